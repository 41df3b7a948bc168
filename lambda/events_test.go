package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

// logged is a function that does nothing but log, and its log.
func logged() (*function, *bytes.Buffer) {
	var out bytes.Buffer
	return &function{name: MasterInit, log: slog.New(slog.NewJSONHandler(&out, nil))}, &out
}

// levels are the levels of a log's lines.
func levels(t *testing.T, log *bytes.Buffer) []string {
	t.Helper()
	var got []string
	for line := range strings.Lines(log.String()) {
		var record struct{ Level string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, record.Level)
	}
	return got
}

// notification is an S3 event with a record for each key, as S3 encodes keys.
func notification(keys ...string) string {
	records := make([]string, len(keys))
	for i, key := range keys {
		records[i] = fmt.Sprintf(`{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":%q,"sequencer":"0A1B"}}}`, key)
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestObjects(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		event  string
		want   []string // keys
		levels []string
	}{
		"one":           {notification("account/a.yaml"), []string{"account/a.yaml"}, []string{"INFO"}},
		"every record":  {notification("account/a.yaml", "role/b.yaml"), []string{"account/a.yaml", "role/b.yaml"}, []string{"INFO", "INFO"}},
		"the same":      {notification("a", "a"), []string{"a", "a"}, []string{"INFO", "INFO"}},
		"space as plus": {notification("account/all+accounts.yaml"), []string{"account/all accounts.yaml"}, []string{"INFO"}},
		"percent":       {notification("account/a%2Bb%25%C3%A9.yaml"), []string{"account/a+b%é.yaml"}, []string{"INFO"}},
		"bad encoding":  {notification("account/100%.yaml"), nil, []string{"ERROR"}},
		"test event":    {`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}`, nil, nil},
		"no records":    {`{"Records":[]}`, nil, nil},
		"no JSON":       {`Records`, nil, []string{"ERROR"}},
		"another shape": {`{"Records":"none"}`, nil, []string{"ERROR"}},
		"an array":      {`[]`, nil, []string{"ERROR"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, log := logged()
			var got []string
			out, err := f.objects(func(_ context.Context, key string) error {
				got = append(got, key)
				return nil
			})(t.Context(), []byte(test.event))
			if err != nil || out != nil {
				t.Errorf("answered %q, %v", out, err)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("keys, -want +got:\n%s", d)
			}
			if d := cmp.Diff(test.levels, levels(t, log)); d != "" {
				t.Errorf("log, -want +got:\n%s", d)
			}
		})
	}
}

// topicEvent is an SNS event with a record for each message.
func topicEvent(messages ...string) string {
	records := make([]string, len(messages))
	for i, m := range messages {
		text, _ := json.Marshal(m)
		records[i] = fmt.Sprintf(`{"EventSource":"aws:sns","Sns":{"MessageId":"m-%d","TopicArn":"t","Message":%s}}`, i, text)
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestMessages(t *testing.T) {
	t.Parallel()
	add := core.Event{Action: core.ActionAdd, Account: "012345670123", Role: "DevOps"}
	for name, test := range map[string]struct {
		event  string
		want   []core.Event
		levels []string
	}{
		"one": {topicEvent(`{"Action":"ADD","SubAccountId":"012345670123","Role":"DevOps"}`), []core.Event{add}, []string{"INFO"}},
		"every record": {
			topicEvent(`{"Action":"ADD","SubAccountId":"012345670123","Role":"DevOps"}`, `{"Action":"REMOVE","Role":"Audit"}`),
			[]core.Event{add, {Action: core.ActionRemove, Role: "Audit"}},
			[]string{"INFO", "INFO"},
		},
		"unknown keys": {topicEvent(`{"Action":"ADD","SubAccountId":"012345670123","Role":"DevOps","Colour":"blue"}`), []core.Event{add}, []string{"INFO"}},
		"a proof": {
			topicEvent(`{"Action":"ADD","SubAccountId":"012345670123","Role":"DevOps","Proof":{"Query":"Action=x"},"Reason":"registration"}`),
			[]core.Event{{Action: core.ActionAdd, Account: "012345670123", Role: "DevOps", Proof: &core.Proof{Query: "Action=x"}, Reason: core.ReasonRegistration}},
			[]string{"INFO"},
		},
		"one of two is no JSON":  {topicEvent(`hello`, `{"Action":"ADD","SubAccountId":"012345670123","Role":"DevOps"}`), []core.Event{add}, []string{"WARN", "INFO"}},
		"empty":                  {topicEvent(``), nil, []string{"WARN"}},
		"an account as a number": {topicEvent(`{"SubAccountId":12345670123}`), nil, []string{"WARN"}},
		"a list":                 {topicEvent(`[]`), nil, []string{"WARN"}},
		"no records":             {`{}`, nil, nil},
		"no JSON":                {``, nil, []string{"ERROR"}},
		"another shape":          {`{"Records":{}}`, nil, []string{"ERROR"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, log := logged()
			var got []core.Event
			out, err := f.messages(func(_ context.Context, ev core.Event) error {
				got = append(got, ev)
				return nil
			})(t.Context(), []byte(test.event))
			if err != nil || out != nil {
				t.Errorf("answered %q, %v", out, err)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("events, -want +got:\n%s", d)
			}
			if d := cmp.Diff(test.levels, levels(t, log)); d != "" {
				t.Errorf("log, -want +got:\n%s", d)
			}
		})
	}
}

// Only what may succeed later is delivered again; what will fail again is logged as an
// error, and recorded by the engine.
func TestDeliveredAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err   error
		again bool
		level string
	}{
		"done":                {nil, false, "INFO"},
		"denied":              {core.Errorf(core.CodeDenied, "no"), false, "ERROR"},
		"invalid":             {core.Errorf(core.CodeInvalid, "no"), false, "ERROR"},
		"not found":           {core.Errorf(core.CodeNotFound, "no"), false, "ERROR"},
		"malformed":           {core.Errorf(core.CodeMalformed, "no"), false, "ERROR"},
		"quota":               {core.Errorf(core.CodeLimit, "no"), false, "ERROR"},
		"wrapped":             {fmt.Errorf("reading: %w", core.Errorf(core.CodeDenied, "no")), false, "ERROR"},
		"throttled":           {core.Errorf(core.CodeThrottled, "later"), true, "WARN"},
		"unavailable":         {core.Errorf(core.CodeUnavailable, "later"), true, "WARN"},
		"lost a race":         {core.Errorf(core.CodeConflict, "later"), true, "WARN"},
		"out of time":         {context.DeadlineExceeded, true, "WARN"},
		"denied, out of time": {core.Errorf(core.CodeDenied, "no: %w", context.Canceled), true, "WARN"},
		"expired session":     {core.Errorf(core.CodeNoCredentials, "expired"), true, "WARN"},
		"unknown":             {errors.New("odd"), true, "WARN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, handler := range map[string]func(*function) Handler{
				"object": func(f *function) Handler { return f.objects(func(context.Context, string) error { return test.err }) },
				"message": func(f *function) Handler {
					return f.messages(func(context.Context, core.Event) error { return test.err })
				},
			} {
				f, log := logged()
				event := map[string]string{"object": notification("k"), "message": topicEvent(`{}`)}[kind]
				_, err := handler(f)(t.Context(), []byte(event))
				if (err != nil) != test.again {
					t.Errorf("%s: answered %v", kind, err)
				}
				if got := levels(t, log); len(got) != 1 || got[0] != test.level {
					t.Errorf("%s: log %s", kind, log)
				}
			}
		})
	}
}

// One record that fails does not keep the others from being handled.
func TestOneOfSeveralFails(t *testing.T) {
	t.Parallel()
	f, _ := logged()
	handled := 0
	_, err := f.objects(func(_ context.Context, key string) error {
		handled++
		if key == "b" {
			return core.Errorf(core.CodeThrottled, "later")
		}
		return nil
	})(t.Context(), []byte(notification("a", "b", "c")))
	if handled != 3 || !core.IsCode(err, core.CodeThrottled) {
		t.Errorf("%d of 3 handled, answered %v", handled, err)
	}
}

// A log line says what was done, to which role and account, and why it failed; it never
// has a message or a proof in it.
func TestLog(t *testing.T) {
	t.Parallel()
	f, log := logged()
	failing := f.messages(func(context.Context, core.Event) error {
		return &core.Error{Code: core.CodeDenied, AWSCode: "AccessDenied", Message: "taking the role"}
	})
	const message = `{"Action":"ADD","SubAccountId":"111122223333","Role":"DevOps","Proof":{"Query":"X-Amz-Signature=not-for-the-log"}}`
	if _, err := failing(t.Context(), []byte(topicEvent(message, `not-for-the-log`))); err != nil {
		t.Error(err)
	}
	if _, err := failing(t.Context(), []byte(`{"Records":"not-for-the-log`)); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "not-for-the-log") {
		t.Errorf("the log has the message in it:\n%s", log)
	}
	var first map[string]any
	if err := json.NewDecoder(log).Decode(&first); err != nil {
		t.Fatal(err)
	}
	delete(first, slog.TimeKey)
	want := map[string]any{
		"level": "ERROR", "msg": "refused", "message_id": "m-0", "action": "ADD", "account": "111122223333", "role": "DevOps",
		"error": "taking the role", "code": "denied", "aws_code": "AccessDenied",
	}
	if d := cmp.Diff(want, first); d != "" {
		t.Errorf("log record, -want +got:\n%s", d)
	}
}
