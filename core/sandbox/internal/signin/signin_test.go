package signin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/signin"
)

var start = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)

// keys has three access keys: a role session, a chained one and a user's.
type keys struct{}

func (keys) AccessKey(id string) (api.AccessKey, bool) {
	caller := api.Caller{
		AccountID: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/Dev/<i>me", Type: "AssumedRole",
		PrincipalARN: "arn:aws:iam::111122223333:role/team/Dev",
		Session:      &api.Session{Name: "<i>me", Expires: start.Add(time.Hour)},
	}
	switch id {
	case "ASIAROLE":
	case "ASIACHAINED":
		caller.Session = &api.Session{Name: "me", Expires: start.Add(time.Hour), Chained: true}
	case "AKIAUSER":
		return api.AccessKey{ID: id, Secret: "secret-key", Caller: api.Caller{AccountID: "111122223333", Type: "User"}}, true
	default:
		return api.AccessKey{}, false
	}
	return api.AccessKey{ID: id, Secret: "secret-key", Token: "session-token", Caller: caller}, true
}

type endpoint struct {
	*signin.Service
	now time.Time
}

func newEndpoint() *endpoint {
	e := &endpoint{now: start}
	e.Service = signin.New(signin.Options{Clock: func() time.Time { return e.now }, Credentials: keys{}})
	return e
}

func (e *endpoint) get(values url.Values) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", "/federation?"+values.Encode(), nil))
	return w
}

func session(id, key, token string) url.Values {
	b, _ := json.Marshal(map[string]string{"sessionId": id, "sessionKey": key, "sessionToken": token})
	return url.Values{"Action": {"getSigninToken"}, "SessionType": {"json"}, "Session": {string(b)}}
}

func (e *endpoint) token(t *testing.T) string {
	t.Helper()
	w := e.get(session("ASIAROLE", "secret-key", "session-token"))
	var out struct{ SigninToken string }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 || out.SigninToken == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return out.SigninToken
}

func login(token, destination string) url.Values {
	return url.Values{"Action": {"login"}, "Issuer": {"<script>"}, "Destination": {destination}, "SigninToken": {token}}
}

const console = "https://console.aws.amazon.com/s3?a=1&b=<2>"

func TestLogin(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	token := e.token(t)
	w := e.get(login(token, console))
	body := w.Body.String()
	if w.Code != 200 || w.Header().Get("Location") != "" {
		t.Fatalf("%d %s", w.Code, body)
	}
	for _, want := range []string{`id="account">111122223333<`, `id="role">Dev<`, "&lt;i&gt;me", "&lt;script&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, no := range []string{"<script>", "<i>", token, "secret-key", "session-token"} {
		if strings.Contains(body, no) {
			t.Errorf("the page has %s", no)
		}
	}
	if c := w.Result().Cookies(); len(c) != 1 || c[0].Name != "aws-userInfo" || !c[0].HttpOnly {
		t.Errorf("cookies = %v", c)
	}
	e.now = start.Add(15 * time.Minute)
	if w := e.get(login(token, console)); w.Code != http.StatusBadRequest {
		t.Errorf("a token of 15 minutes: %d", w.Code)
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/federation", strings.NewReader(session("ASIAROLE", "secret-key", "session-token").Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	newEndpoint().ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	with := func(v url.Values, key, value string) url.Values { v.Set(key, value); return v }
	good := func() url.Values { return session("ASIAROLE", "secret-key", "session-token") }
	tests := map[string]struct {
		values url.Values
		status int
	}{
		"good":               {good(), 200},
		"duration":           {with(good(), "SessionDuration", "43200"), 200},
		"short duration":     {with(good(), "SessionDuration", "899"), 400},
		"long duration":      {with(good(), "SessionDuration", "43201"), 400},
		"no duration":        {with(good(), "SessionDuration", "x"), 400},
		"chained":            {session("ASIACHAINED", "secret-key", "session-token"), 200},
		"chained, duration":  {with(session("ASIACHAINED", "secret-key", "session-token"), "SessionDuration", "900"), 400},
		"wrong key":          {session("ASIAROLE", "secret-kez", "session-token"), 400},
		"wrong token":        {session("ASIAROLE", "secret-key", ""), 400},
		"unknown":            {session("ASIAOTHER", "secret-key", "session-token"), 400},
		"long-term key":      {session("AKIAUSER", "secret-key", ""), 400},
		"no JSON":            {with(good(), "Session", "secret-key"), 400},
		"other type":         {with(good(), "SessionType", "xml"), 400},
		"other action":       {with(good(), "Action", "logout"), 400},
		"login, bad token":   {login("x", console), 400},
		"login, destination": {login("x", "javascript:alert(1)"), 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEndpoint().get(tt.values)
			if w.Code != tt.status {
				t.Errorf("%d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if strings.Contains(w.Body.String(), "secret-ke") || strings.Contains(w.Body.String(), "session-token") {
				t.Error("the answer repeats a secret")
			}
		})
	}
	e := newEndpoint()
	if w := e.get(login(e.token(t), "javascript:alert(1)")); w.Code != 400 {
		t.Errorf("a destination that is no web page: %d", w.Code)
	}
	e.now = start.Add(time.Hour)
	if w := e.get(good()); w.Code != 400 {
		t.Errorf("expired credentials: %d", w.Code)
	}
}
