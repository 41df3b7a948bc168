package front_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/front"
)

// The example credentials of AWS's documentation.
const (
	keyID  = "AKIAIOSFODNN7EXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	tempID = "ASIAIOSFODNN7EXAMPLE"
)

var now = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)

// keys are fixed credentials: one long-term key and one session.
type keys struct{}

func (keys) AccessKey(id string) (api.AccessKey, bool) {
	switch id {
	case keyID:
		return api.AccessKey{ID: id, Secret: secret, Caller: api.Caller{AccountID: "111122223333", ARN: "arn:user", Type: "User"}}, true
	case tempID:
		session := &api.Session{Expires: now.Add(time.Hour)}
		return api.AccessKey{ID: id, Secret: secret, Token: "token", Caller: api.Caller{AccountID: "111122223333", Session: session}}, true
	}
	return api.AccessKey{}, false
}

// recorder is a service that keeps the last call.
type recorder struct{ call *api.Call }

func (s *recorder) Serve(w http.ResponseWriter, c *api.Call) {
	s.call = c
	w.WriteHeader(http.StatusOK)
}

type harness struct {
	*recorder
	front *front.Front
	now   time.Time
}

func newHarness(change func(*front.Options)) *harness {
	h := &harness{recorder: &recorder{}, now: now}
	services := map[string]api.Service{}
	for _, name := range []string{"s3", "sts", "iam", "dynamodb", "kms", "sns", "lambda"} {
		services[name] = h.recorder
	}
	opts := front.Options{Services: services, Credentials: keys{}, Clock: func() time.Time { return h.now }}
	if change != nil {
		change(&opts)
	}
	h.front = front.New(opts)
	return h
}

func (h *harness) send(r *http.Request) *httptest.ResponseRecorder {
	h.call = nil
	w := httptest.NewRecorder()
	h.front.ServeHTTP(w, r)
	return w
}

func request(method, url, body string) *http.Request {
	return httptest.NewRequest(method, url, strings.NewReader(body))
}

const formType = "application/x-www-form-urlencoded; charset=utf-8"

func form(body string) *http.Request {
	r := request("POST", "http://127.0.0.1:4566/", body)
	r.Header.Set("Content-Type", formType)
	return r
}

func readBody(r *http.Request) []byte {
	b, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(b))
	return b
}

func credentials(id, token string) aws.Credentials {
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}
}

// sign signs with the SDK's own signer, as the SDK's clients of the service do.
func sign(r *http.Request, creds aws.Credentials, service string, at time.Time) *http.Request {
	sum := fmt.Sprintf("%x", sha(readBody(r)))
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", sum)
	}
	if err := signer.SignHTTP(context.Background(), creds, r, sum, service, "eu-west-1", at); err != nil {
		panic(err)
	}
	return r
}

func TestHeaderSignature(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request *http.Request
		service string
	}{
		"query body":       {form("Action=GetCallerIdentity&Version=2011-06-15"), "sts"},
		"odd query":        {request("GET", "http://h/b/k?b=2&a=%20x%2By&a-b=&acl&%C3%A4=1", ""), "s3"},
		"odd s3 key":       {request("PUT", "http://h/bucket/a%20b/%C3%A4%2B%281%29~%2A%27%21.json", "data"), "s3"},
		"lambda arn path":  {request("GET", "http://h/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af", ""), "lambda"},
		"unescaped colons": {request("GET", "http://h/2015-03-31/functions/arn:aws:f", ""), "lambda"},
		"virtual host":     {request("GET", "http://bucket.localhost:4566/key", ""), "s3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(nil)
			tt.request.Header.Set("X-Amz-Meta-Spaces", "  a   b  ")
			w := h.send(sign(tt.request, credentials(keyID, ""), tt.service, now))
			if w.Code != http.StatusOK {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if h.call.Service != tt.service || h.call.Region != "eu-west-1" || h.call.Caller.ARN != "arn:user" {
				t.Errorf("call = %+v", h.call)
			}
		})
	}
}

// want is the status of an answer and a part of its code or message.
type want struct {
	status int
	code   string
}

type refusal struct {
	make func(service string) *http.Request
	want map[string]want
}

// refusals are the reasons not to authenticate a request, in each protocol.
func refusals() map[string]refusal {
	build := map[string]func() *http.Request{
		"sts": func() *http.Request { return form("Action=GetCallerIdentity&Version=2011-06-15") },
		"dynamodb": func() *http.Request {
			r := form("{}")
			r.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
			return r
		},
		"s3":     func() *http.Request { return request("GET", "http://h/bucket", "") },
		"lambda": func() *http.Request { return request("GET", "http://h/2015-03-31/functions/f", "") },
	}
	return map[string]refusal{
		"unknown key": {
			func(s string) *http.Request { return sign(build[s](), credentials("AKIANOBODY", ""), s, now) },
			map[string]want{"sts": {403, "InvalidClientTokenId"}, "dynamodb": {400, "UnrecognizedClientException"}, "s3": {403, "InvalidAccessKeyId"}, "lambda": {403, "UnrecognizedClientException"}},
		},
		"wrong secret": {
			func(s string) *http.Request {
				c := credentials(keyID, "")
				c.SecretAccessKey = "wrong"
				return sign(build[s](), c, s, now)
			},
			map[string]want{"sts": {403, "SignatureDoesNotMatch"}, "dynamodb": {400, "InvalidSignatureException"}, "s3": {403, "SignatureDoesNotMatch"}, "lambda": {403, "InvalidSignatureException"}},
		},
		"wrong token": {
			func(s string) *http.Request { return sign(build[s](), credentials(tempID, "other"), s, now) },
			map[string]want{"sts": {403, "InvalidClientTokenId"}, "dynamodb": {400, "UnrecognizedClientException"}, "s3": {400, "InvalidToken"}},
		},
		"no token": {
			func(s string) *http.Request { return sign(build[s](), credentials(tempID, ""), s, now) },
			map[string]want{"sts": {403, "InvalidClientTokenId"}, "s3": {403, "InvalidAccessKeyId"}},
		},
		"token with a long-term key": {
			func(s string) *http.Request { return sign(build[s](), credentials(keyID, "token"), s, now) },
			map[string]want{"sts": {403, "InvalidClientTokenId"}},
		},
		"old": {
			func(s string) *http.Request {
				return sign(build[s](), credentials(keyID, ""), s, now.Add(-16*time.Minute))
			},
			map[string]want{"sts": {403, "Signature expired: 20260304T045007Z is now earlier than 20260304T045107Z (20260304T050607Z - 15 min.)"}, "dynamodb": {400, "InvalidSignatureException"}, "s3": {403, "RequestTimeTooSkewed"}},
		},
		"six minutes ahead": {
			func(s string) *http.Request {
				return sign(build[s](), credentials(keyID, ""), s, now.Add(6*time.Minute))
			},
			map[string]want{"sts": {200, ""}, "dynamodb": {400, "Signature not yet current"}, "s3": {200, ""}},
		},
		"unsigned": {
			func(s string) *http.Request { return build[s]() },
			map[string]want{"sts": {403, "MissingAuthenticationToken"}, "dynamodb": {400, "MissingAuthenticationTokenException"}, "s3": {200, ""}},
		},
		"header after signing": {
			func(s string) *http.Request {
				r := sign(build[s](), credentials(keyID, ""), s, now)
				r.Header.Set("X-Amz-Acl", "public-read")
				return r
			},
			map[string]want{"s3": {403, "AccessDenied"}, "sts": {403, "SignatureDoesNotMatch"}},
		},
		"body after signing": {
			func(s string) *http.Request {
				r := sign(build[s](), credentials(keyID, ""), s, now)
				r.Body = io.NopCloser(strings.NewReader("other"))
				return r
			},
			map[string]want{"s3": {400, "XAmzContentSHA256Mismatch"}, "sts": {403, "SignatureDoesNotMatch"}, "dynamodb": {400, "InvalidSignatureException"}},
		},
		"malformed": {
			func(s string) *http.Request {
				r := build[s]()
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x")
				return r
			},
			map[string]want{"s3": {400, "AuthorizationHeaderMalformed"}, "sts": {400, "IncompleteSignature"}, "dynamodb": {400, "IncompleteSignatureException"}},
		},
	}
}

// TestRefusals holds each reason against the code and status of each protocol.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range refusals() {
		for service, want := range tt.want {
			t.Run(name+"/"+service, func(t *testing.T) {
				t.Parallel()
				h := newHarness(nil)
				w := h.send(tt.make(service))
				got := w.Header().Get("x-amzn-ErrorType") + w.Body.String()
				if w.Code != want.status || !strings.Contains(got, want.code) {
					t.Errorf("got %d %s\nwant %d %s", w.Code, w.Body, want.status, want.code)
				}
				if served := h.call != nil; served != (want.status == 200) {
					t.Errorf("served: %v", served)
				}
			})
		}
	}
}

func TestExpiredToken(t *testing.T) {
	t.Parallel()
	for service, want := range map[string]string{"sts": "ExpiredToken", "kms": "ExpiredTokenException", "s3": "ExpiredToken"} {
		h := newHarness(nil)
		h.now = now.Add(time.Hour)
		r := form("Action=GetCallerIdentity&Version=2011-06-15")
		w := h.send(sign(r, credentials(tempID, "token"), service, h.now))
		if w.Code < 400 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", service, w.Code, w.Body)
		}
	}
}

func TestRouting(t *testing.T) {
	t.Parallel()
	h := newHarness(func(o *front.Options) {
		o.Federation = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
	if w := h.send(request("GET", "http://h/federation?Action=login", "")); w.Code != http.StatusTeapot {
		t.Errorf("federation: %d", w.Code)
	}
	if w := h.send(sign(request("GET", "http://h/federation", ""), credentials(keyID, ""), "s3", now)); w.Code != 200 {
		t.Errorf("a bucket called federation: %d", w.Code)
	}
	w := h.send(sign(form("Action=DescribeInstances"), credentials(keyID, ""), "ec2", now))
	if w.Code != http.StatusNotImplemented || !strings.Contains(w.Body.String(), `no service &#34;ec2&#34;`) {
		t.Errorf("unknown service: %d %s", w.Code, w.Body)
	}
	h.send(sign(form("Action=Publish&Message=a+b"), credentials(keyID, ""), "sns", now))
	if h.call.Operation != "Publish" || h.call.Form.Get("Message") != "a b" {
		t.Errorf("call: %+v", h.call)
	}
	if len(h.call.RequestID) != 36 {
		t.Errorf("request ID %q", h.call.RequestID)
	}
}

func TestFaultsAndLimits(t *testing.T) {
	t.Parallel()
	waited := 0
	h := newHarness(func(o *front.Options) {
		o.MaxBody = 64
		o.Faults = func(*api.Call) *api.Error { return api.Errorf(503, "Throttling", "Rate exceeded") }
		o.Latency = func(*api.Call) time.Duration { waited++; return time.Millisecond }
	})
	w := h.send(sign(form("Action=GetCallerIdentity"), credentials(keyID, ""), "sts", now))
	if w.Code != 503 || !strings.Contains(w.Body.String(), "<Code>Throttling</Code>") || waited != 1 {
		t.Errorf("fault: %d %s (waited %d)", w.Code, w.Body, waited)
	}
	w = h.send(sign(form(strings.Repeat("x", 65)), credentials(keyID, ""), "sts", now))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("large body: %d", w.Code)
	}
}
