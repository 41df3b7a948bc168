package core_test

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/cross-account-manager/cam/core"
)

const hidden = "wJalrXUtnFEMI"

// leaks reports whether text shows the hidden value, as it is or as hex digits.
func leaks(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, strings.ToLower(hidden)) || strings.Contains(lower, fmt.Sprintf("%x", hidden))
}

// holder has secrets where fmt and encoders look for them, and where they cannot ask
// their methods.
type holder struct {
	Public  core.Secret
	Pointer *core.Secret
	Any     any
	List    []core.Secret
	Map     map[string]core.Secret
	Keys    map[core.Secret]int
	Nested  struct{ Secret core.Secret }
	core.Credentials

	private        core.Secret
	privatePointer *core.Secret
	privateAny     any
	privateList    []core.Secret
	privateKeys    map[core.Secret]int
	privateNested  core.Credentials
}

func newHolder() holder {
	s := core.NewSecret(hidden)
	c := core.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: s, SessionToken: s, Expires: time.Unix(0, 0)}
	h := holder{
		Public: s, Pointer: &s, Any: s, List: []core.Secret{s}, Map: map[string]core.Secret{"k": s}, Keys: map[core.Secret]int{s: 1},
		Credentials: c, private: s, privatePointer: &s, privateAny: s, privateList: []core.Secret{s},
		privateKeys: map[core.Secret]int{s: 1}, privateNested: c,
	}
	h.Nested.Secret = s
	return h
}

func TestSecretReveals(t *testing.T) {
	t.Parallel()
	var none core.Secret
	if got := core.NewSecret(hidden).Reveal(); got != hidden {
		t.Errorf("Reveal gives %q", got)
	}
	if none.Reveal() != "" || !none.Empty() || !core.NewSecret("").Empty() || core.NewSecret(hidden).Empty() {
		t.Error("only the secret without value is empty")
	}
	if none.String() != core.NewSecret(hidden).String() {
		t.Error("printing tells whether there is a value")
	}
}

func TestSecretFormats(t *testing.T) {
	t.Parallel()
	s, h := core.NewSecret(hidden), newHolder()
	values := map[string]any{
		"secret": s, "pointer": &s, "slice": []core.Secret{s}, "array": [1]core.Secret{s}, "map": map[string]core.Secret{"k": s},
		"key": map[core.Secret]int{s: 1}, "holder": h, "pointer to holder": &h, "holders": []holder{h},
		"credentials": h.Credentials, "error": fmt.Errorf("with %v: %w", s, errors.New("cause")), "channel": make(chan core.Secret),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%c", "%U", "%t", "%10.3s", "%-40v", "%!", "%p", "%T"} {
		for name, value := range values {
			if got := fmt.Sprintf(verb, value); leaks(got) {
				t.Errorf("%s of %s: %s", verb, name, got)
			}
		}
	}
	for verb, want := range map[string]string{"%v": "[redacted]", "%+v": "[redacted]", "%#v": "[redacted]", "%s": "[redacted]", "%q": `"[redacted]"`, "%x": fmt.Sprintf("%x", "[redacted]")} {
		if got := fmt.Sprintf(verb, s); got != want {
			t.Errorf("%s: %s, want %s", verb, got, want)
		}
	}
	if got := fmt.Sprint(s, &s); leaks(got) {
		t.Errorf("Sprint: %s", got)
	}
}

func TestSecretEncoders(t *testing.T) {
	t.Parallel()
	h := newHolder()
	encoders := map[string]func(any) ([]byte, error){
		"json": json.Marshal,
		"xml":  xml.Marshal,
		"yaml": func(v any) ([]byte, error) { return yaml.Marshal(v) },
		"gob": func(v any) ([]byte, error) {
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(v)
			return b.Bytes(), err
		},
		"template": func(v any) ([]byte, error) {
			var b bytes.Buffer
			err := template.Must(template.New("").Parse(`{{.}} {{printf "%s %x" . .}}`)).Execute(&b, v)
			return b.Bytes(), err
		},
		"log": func(v any) ([]byte, error) {
			var b bytes.Buffer
			log.New(&b, "", 0).Println(v)
			return b.Bytes(), nil
		},
	}
	for name, encode := range encoders {
		for what, value := range map[string]any{"secret": h.Public, "pointer": h.Pointer, "credentials": h.Credentials, "holder": h, "list": h.List, "map": h.Map} {
			out, err := encode(value)
			if leaks(string(out)) || err != nil && leaks(err.Error()) {
				t.Errorf("%s of %s: %s, %v", name, what, out, err)
			}
			// gob has no form for a type without fields, and XML none for a map: they refuse.
			if err != nil && name != "gob" && name != "xml" {
				t.Errorf("%s of %s: %v", name, what, err)
			}
		}
	}
	for name, want := range map[string]string{"json": `"[redacted]"`, "xml": "<Secret>[redacted]</Secret>"} {
		if out, err := encoders[name](h.Public); err != nil || string(out) != want {
			t.Errorf("%s: %s, %v; want %s", name, out, err, want)
		}
	}
	text, err := encoding.TextMarshaler(h.Public).MarshalText()
	if err != nil || string(text) != "[redacted]" {
		t.Errorf("text: %s, %v", text, err)
	}
}

func TestSecretInLogs(t *testing.T) {
	t.Parallel()
	h := newHolder()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).With("with", h.Public).WithGroup("group").Info("message",
			"secret", h.Public, "pointer", h.Pointer, "list", h.List, "map", h.Map, "credentials", h.Credentials,
			"holder", h, "pointer to holder", &h, slog.Group("inner", slog.Any("any", h.Public)))
		if leaks(b.String()) || !strings.Contains(b.String(), "secret=[redacted]") && !strings.Contains(b.String(), `"secret":"[redacted]"`) {
			t.Errorf("%s: %s", name, b.String())
		}
	}
}

func TestSecretInPanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if text := fmt.Sprint(recover()); leaks(text) || text == "" {
			t.Errorf("panic says %q", text)
		}
	}()
	panic(fmt.Errorf("signing with %v", newHolder()))
}
