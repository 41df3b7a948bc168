package broker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/core"
)

// wantClean checks an error, and everything it wraps, in every form in which it could
// be shown.
func wantClean(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		wantNoSecret(t, e)
	}
}

func wantNoSecret(t *testing.T, v any) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	text, _ := json.Marshal(v)
	shown := fmt.Sprintf("%v %+v %#v %s", v, v, v, v) + log.String() + string(text)
	for _, secret := range []string{fakeSecret, fakeToken, "s3cretToken", url.QueryEscape(fakeSecret), url.QueryEscape(fakeToken), "federation?"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%T shows %q", v, secret)
		}
	}
}

func TestNothingShowsSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld()
	opt := w.options()
	cache := &Memory{}
	opt.Cache = cache
	got, entry, err := New(opt).Credentials(t.Context(), Request{Account: "pay"})
	if err != nil {
		t.Fatal(err)
	}
	link := Console{URL: core.NewSecret(loginURL("https://h", "https://d", core.NewSecret("s3cretToken"))), Entry: entry}
	key := Key{UserID: "AROAX:alice", Master: master, Role: "DevOps", Account: payments}
	for _, v := range []any{got, entry, link, key, key.String(), refreshed{creds: got}, cache.creds, step{duration: 1}} {
		wantNoSecret(t, v)
	}
	if got.SecretAccessKey.Reveal() != fakeSecret {
		t.Error("the test looks for the wrong secret")
	}
}

func TestUnwritableCredentialsAreNotShown(t *testing.T) {
	t.Parallel()
	c := creds
	c.SecretAccessKey = core.NewSecret(fakeSecret + "\n%")
	for _, f := range []Format{FormatINI, FormatDotenv, FormatWindowsCmd} {
		var out strings.Builder
		err := WriteCredentials(&out, f, c, Meta{Profile: "p"})
		wantCode(t, err, core.CodeUsage, string(f))
		wantClean(t, err)
		if out.Len() != 0 {
			t.Errorf("%s wrote something", f)
		}
	}
}
