package broker

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

// signin serves a federation endpoint and a broker that uses it.
func signin(t *testing.T, w *world, h http.HandlerFunc) *Broker {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	opt := w.options()
	opt.SigninEndpoint, opt.HTTP = s.URL, s.Client()
	return New(opt)
}

func TestFederatedConsole(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := signin(t, w, func(out http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/federation" || r.URL.RawQuery != "" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		r.ParseForm()
		var session map[string]string
		if err := json.Unmarshal([]byte(r.PostForm.Get("Session")), &session); err != nil {
			t.Error(err)
		}
		r.PostForm.Del("Session")
		if diff := cmp.Diff(url.Values{"Action": {"getSigninToken"}, "SessionType": {"json"}}, r.PostForm); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]string{"sessionId": "ASIA1", "sessionKey": fakeSecret, "sessionToken": fakeToken}, session); diff != "" {
			t.Error(diff)
		}
		io.WriteString(out, `{"SigninToken":"to+ken"}`)
	})
	b.opt.Cache = &Memory{}
	stale := creds
	stale.Expires = now.Add(10 * time.Minute)
	b.opt.Cache.Put(t.Context(), Key{UserID: "AROAX:alice", Master: master, Role: "DevOps", Account: payments}, stale)
	got, err := b.Console(t.Context(), ConsoleRequest{Account: "pay", Service: "S3", Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(got.URL.Reveal())
	want := url.Values{
		"Action": {"login"}, "Issuer": {"cross-account-manager"}, "SigninToken": {"to+ken"},
		"Destination": {"https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" || u.Path != "/federation" {
		t.Error(u.Path, diff)
	}
	if got.Renewable || !got.Expires.Equal(now.Add(time.Hour)) || got.Entry.AccountID != payments {
		t.Errorf("got %+v", got)
	}
	if calls := w.taken(); len(calls) != 1 || !strings.HasSuffix(calls[0], "for 0s") {
		t.Errorf("the duration must be left out: %v", calls)
	}
}

func TestGovCloudTakesGETOnly(t *testing.T) {
	t.Parallel()
	b := signin(t, newWorld(), func(out http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Query().Get("Action") != "getSigninToken" || r.URL.Query().Has("SessionDuration") {
			t.Errorf("%s %s", r.Method, r.URL.Query())
		}
		io.WriteString(out, `{"SigninToken":"x"}`)
	})
	if _, err := b.signinToken(t.Context(), b.opt.SigninEndpoint, "aws-us-gov", creds); err != nil {
		t.Fatal(err)
	}
}

func TestSwitchRoleTakesNoCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld()
	got, err := New(w.options()).Console(t.Context(), ConsoleRequest{Account: "pay", SwitchRole: true})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(got.URL.Reveal())
	q := u.Query()
	color := q.Get("color")
	q.Del("color")
	want := url.Values{"account": {"222222222222"}, "roleName": {"CrossAccountManager-DevOps"}, "displayName": {"DevOps @ payments-prod"}}
	if diff := cmp.Diff(want, q); diff != "" || u.Host != "signin.aws.amazon.com" || u.Path != "/switchrole" || len(color) != 6 {
		t.Error(u, diff)
	}
	if !got.Renewable || len(w.taken()) != 0 {
		t.Errorf("got %+v after %v", got, w.taken())
	}
	_, err = New(w.options()).Console(t.Context(), ConsoleRequest{Account: "pay", SwitchRole: true, Service: "s3"})
	wantCode(t, err, core.CodeUsage)
}

// No error of the federation endpoint tells what was sent or what came back, whatever
// the method.
func TestFederationErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	answers := map[string]struct {
		h    http.HandlerFunc
		code core.Code
	}{
		"bad request": {func(w http.ResponseWriter, r *http.Request) { echo(w, r, 400) }, core.CodeDenied},
		"throttled":   {func(w http.ResponseWriter, r *http.Request) { echo(w, r, 429) }, core.CodeThrottled},
		"broken":      {func(w http.ResponseWriter, r *http.Request) { echo(w, r, 502) }, core.CodeUnavailable},
		"no token":    {func(w http.ResponseWriter, r *http.Request) { echo(w, r, 200) }, core.CodeFailure},
		"empty token": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{}`) }, core.CodeFailure},
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"SigninToken":"`+strings.Repeat("x", federationMaxBody)+`"}`)
		}, core.CodeFailure},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/federation" {
				t.Error("followed a redirect")
			}
			http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		}, core.CodeFailure},
		"cut off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, core.CodeUnavailable},
	}
	for name, answer := range answers {
		for _, p := range []core.Partition{"aws", "aws-us-gov"} {
			t.Run(name+" "+string(p), func(t *testing.T) {
				t.Parallel()
				b := signin(t, newWorld(), answer.h)
				_, err := b.signinToken(t.Context(), b.opt.SigninEndpoint, p, creds)
				wantCode(t, err, answer.code)
				wantClean(t, err)
			})
		}
	}
}

func TestUnreachableFederation(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(nil)
	host := s.URL
	s.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, p := range []core.Partition{"aws", "aws-us-gov"} {
		_, err := New(newWorld().options()).signinToken(t.Context(), host, p, creds)
		wantCode(t, err, core.CodeUnavailable, "cannot be reached")
		wantClean(t, err)
		_, err = New(newWorld().options()).signinToken(cancelled, host, p, creds)
		wantClean(t, err)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

func echo(w http.ResponseWriter, r *http.Request, status int) {
	w.WriteHeader(status)
	body, _ := io.ReadAll(r.Body)
	io.WriteString(w, r.URL.String()+string(body))
}

func TestSigninEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"": "https://signin.amazonaws.cn", "http://127.0.0.1:8080/": "http://127.0.0.1:8080", "http://localhost:1": "http://localhost:1",
		"http://[::1]:1": "http://[::1]:1", "https://signin.example.com": "https://signin.example.com",
		"http://signin.example.com": "", "ftp://127.0.0.1": "", "127.0.0.1:8080": "", "https://u:p@h": "", "https://h/?x=y": "", "%": "",
	} {
		got, err := New(Options{SigninEndpoint: endpoint}).signinHost("aws-cn")
		if want == "" {
			wantCode(t, err, core.CodeUsage)
		} else if got != want || err != nil {
			t.Errorf("%q: got %q, %v", endpoint, got, err)
		}
	}
}

func TestDestination(t *testing.T) {
	t.Parallel()
	tests := []struct {
		p    core.Partition
		r    ConsoleRequest
		want string // empty: refused as usage
	}{
		{"aws", ConsoleRequest{}, "https://us-east-1.console.aws.amazon.com/console/home?region=us-east-1"},
		{"aws", ConsoleRequest{Service: "iam", Region: "eu-west-1"}, "https://console.aws.amazon.com/iam/home"},
		{"aws-cn", ConsoleRequest{Service: "ec2"}, "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1"},
		{"aws-us-gov", ConsoleRequest{Service: "lambda", Region: "us-gov-east-1"}, "https://us-gov-east-1.console.amazonaws-us-gov.com/lambda/home?region=us-gov-east-1"},
		{"aws", ConsoleRequest{Service: "frobnicator"}, ""},
		{"aws", ConsoleRequest{Region: "cn-north-1"}, ""}, {"aws-cn", ConsoleRequest{Region: "eu-west-1"}, ""},
		{"aws", ConsoleRequest{Region: "evil.com/eu-west-1"}, ""}, {"aws", ConsoleRequest{Region: "us-east-1\n"}, ""},
		{"aws", ConsoleRequest{Destination: "https://console.aws.amazon.com/x?y=z#a/b"}, "https://console.aws.amazon.com/x?y=z#a/b"},
		{"aws", ConsoleRequest{Destination: "https://eu-west-1.Console.aws.amazon.com/"}, "https://eu-west-1.Console.aws.amazon.com/"},
		{"aws", ConsoleRequest{Destination: "https://console.aws.amazon.com/", Service: "s3"}, ""},
		{"aws", ConsoleRequest{Destination: "http://console.aws.amazon.com/"}, ""},
		{"aws", ConsoleRequest{Destination: "https://console.aws.amazon.com.evil.com/"}, ""},
		{"aws", ConsoleRequest{Destination: "https://evilconsole.aws.amazon.com/"}, ""},
		{"aws", ConsoleRequest{Destination: "https://console.aws.amazon.com@evil.com/"}, ""},
		{"aws", ConsoleRequest{Destination: "https://evil.com@console.aws.amazon.com/"}, ""},
		{"aws", ConsoleRequest{Destination: `https://evil.com\.console.aws.amazon.com/`}, ""},
		{"aws", ConsoleRequest{Destination: "https://console.aws.amazon.com:8443/"}, ""},
		{"aws", ConsoleRequest{Destination: "//console.aws.amazon.com/"}, ""},
		{"aws", ConsoleRequest{Destination: "javascript:alert(1)"}, ""},
		{"aws-cn", ConsoleRequest{Destination: "https://console.aws.amazon.com/"}, ""},
	}
	for _, test := range tests {
		got, err := destination(test.p, test.r)
		if test.want == "" {
			wantCode(t, err, core.CodeUsage)
		} else if got != test.want || err != nil {
			t.Errorf("%s %+v: got %q, %v", test.p, test.r, got, err)
		}
	}
	for _, s := range Services() {
		if got, err := destination("aws", ConsoleRequest{Service: s}); err != nil || !strings.HasPrefix(got, "https://") {
			t.Error(s, got, err)
		}
	}
	if _, err := destination("aws-iso", ConsoleRequest{}); core.CodeOf(err) != core.CodeFailure {
		t.Errorf("an unknown partition: %v", err)
	}
}

func FuzzDestination(f *testing.F) {
	for _, s := range []string{"https://console.aws.amazon.com/", `https://a\@console.aws.amazon.com`, "https://[::1%25.console.aws.amazon.com]/", "https://x.console.aws.amazon.com:443?a#b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got, err := destination("aws", ConsoleRequest{Destination: target})
		if err != nil {
			return
		}
		// A browser ends the host at the first of / ? # \ and takes what follows an @.
		rest, https := strings.CutPrefix(strings.ToLower(got), "https://")
		if end := strings.IndexAny(rest, `/?#\`); end >= 0 {
			rest = rest[:end]
		}
		host := strings.TrimSuffix(rest, ":443")
		host = strings.TrimSuffix(host, ":")
		if !https || strings.ContainsAny(host, "@%[] \t\r\n") || host != "console.aws.amazon.com" && !strings.HasSuffix(host, ".console.aws.amazon.com") {
			t.Errorf("%q leads to %q", target, got)
		}
	})
}
