// Package signin is the sandbox's sign-in federation endpoint: it exchanges temporary
// credentials for a sign-in token, and a token for a console session (IAM User Guide,
// "Enable custom identity broker access to the AWS console").
//
// It has no console. Login answers with a small page that says which account and role
// the session is for, and sets a cookie; the page never redirects, because the sandbox
// stands for AWS and the address given is the real AWS console. It keeps tokens in
// memory for 15 minutes and nothing else. No answer repeats the credentials or the
// token that a request brought.
//
// Start reading at Service.ServeHTTP.
package signin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	tokenLife  = 15 * time.Minute
	maxForm    = 64 << 10
	minSeconds = 900
	maxSeconds = 43200
)

// Options are what a Service is made of; both are required.
type Options struct {
	Clock       api.Clock
	Credentials api.Credentials
}

// Service answers /federation. It is safe for concurrent use.
type Service struct {
	opts Options

	mu     sync.Mutex
	tokens map[string]token
}

// token is what a sign-in token stands for.
type token struct {
	caller  api.Caller
	expires time.Time
	session time.Time // when the console session would end
}

// New returns a Service without tokens.
func New(opts Options) *Service {
	return &Service{opts: opts, tokens: map[string]token{}}
}

// ServeHTTP answers one request, by its Action parameter.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		refuse(w, http.StatusMethodNotAllowed, "The federation endpoint takes GET and POST.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "The parameters cannot be read.")
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	switch r.Form.Get("Action") {
	case "getSigninToken":
		s.getToken(w, r.Form)
	case "login":
		s.login(w, r.Form)
	default:
		refuse(w, http.StatusBadRequest, "Action must be getSigninToken or login.")
	}
}

// getToken exchanges credentials for a token.
func (s *Service) getToken(w http.ResponseWriter, form url.Values) {
	var session struct {
		ID    string `json:"sessionId"`
		Key   string `json:"sessionKey"`
		Token string `json:"sessionToken"`
	}
	if err := json.Unmarshal([]byte(form.Get("Session")), &session); err != nil {
		refuse(w, http.StatusBadRequest, "Session must be JSON with sessionId, sessionKey and sessionToken.")
		return
	}
	if t := form.Get("SessionType"); t != "" && t != "json" {
		refuse(w, http.StatusBadRequest, "SessionType must be json.")
		return
	}
	key, ok := s.opts.Credentials.AccessKey(session.ID)
	now := s.opts.Clock()
	switch {
	case !ok, !equal(session.Key, key.Secret), !equal(session.Token, key.Token):
		refuse(w, http.StatusBadRequest, "The credentials are not valid.")
		return
	case key.Caller.Session == nil || key.Caller.Type != "AssumedRole":
		refuse(w, http.StatusBadRequest, "The credentials must be of a role or a federated user.")
		return
	case !now.Before(key.Caller.Session.Expires):
		refuse(w, http.StatusBadRequest, "The credentials have expired.")
		return
	}
	end, problem := sessionEnd(form, key.Caller.Session, now)
	if problem != "" {
		refuse(w, http.StatusBadRequest, problem)
		return
	}
	value := s.store(token{key.Caller, now.Add(tokenLife), end}, now)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"SigninToken": value})
}

// sessionEnd is when the console session ends: with the credentials, or later when
// SessionDuration says so, which role chaining does not allow.
func sessionEnd(form url.Values, session *api.Session, now time.Time) (time.Time, string) {
	if !form.Has("SessionDuration") {
		return session.Expires, ""
	}
	seconds, err := strconv.Atoi(form.Get("SessionDuration"))
	switch {
	case err != nil || seconds < minSeconds || seconds > maxSeconds:
		return time.Time{}, "SessionDuration must be between 900 and 43200 seconds."
	case session.Chained:
		return time.Time{}, "SessionDuration is not allowed with credentials from role chaining."
	}
	return now.Add(time.Duration(seconds) * time.Second), ""
}

// store keeps a token and forgets those that have expired.
func (s *Service) store(t token, now time.Time) string {
	b := make([]byte, 96)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	value := base64.RawURLEncoding.EncodeToString(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.tokens, func(_ string, t token) bool { return !now.Before(t.expires) })
	s.tokens[value] = t
	return value
}

func (s *Service) login(w http.ResponseWriter, form url.Values) {
	s.mu.Lock()
	t, ok := s.tokens[form.Get("SigninToken")]
	s.mu.Unlock()
	if !ok || !s.opts.Clock().Before(t.expires) {
		refuse(w, http.StatusBadRequest, "The sign-in token is not valid or has expired.")
		return
	}
	destination, err := url.Parse(form.Get("Destination"))
	if err != nil || destination.Scheme != "https" && destination.Scheme != "http" || destination.Host == "" {
		refuse(w, http.StatusBadRequest, "Destination must be the URL of a console page.")
		return
	}
	http.SetCookie(w, userInfo(t))
	writePage(w, http.StatusOK, signedIn, signedInData{
		Account: t.caller.AccountID, Role: roleName(t.caller.PrincipalARN), Session: t.caller.Session.Name,
		ARN: t.caller.ARN, Ends: t.session.UTC().Format("2006-01-02 15:04:05 UTC"),
		Destination: destination.String(), Issuer: form.Get("Issuer"),
	})
}

// userInfo is the cookie from which AWS's console tells who is signed in.
func userInfo(t token) *http.Cookie {
	b, _ := json.Marshal(map[string]string{"arn": t.caller.ARN, "issuer": t.caller.PrincipalARN})
	return &http.Cookie{
		Name: "aws-userInfo", Value: url.QueryEscape(string(b)), Path: "/", Expires: t.session,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
