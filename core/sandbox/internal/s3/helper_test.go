package s3

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	owningAccount = "111122223333"
	otherAccount  = "444455556666"
	keyARN        = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
)

// fixture is a Service behind HTTP, with neighbours that record what they are asked.
type fixture struct {
	t       *testing.T
	service *Service
	url     string
	auth    *recordingAuth
	keys    *fakeKeys
	invoker *fakeInvoker
	topics  *fakeTopics
	now     atomic.Int64 // Unix nanoseconds
}

func (f *fixture) clock() time.Time { return time.Unix(0, f.now.Load()) }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, auth: &recordingAuth{}, keys: &fakeKeys{}, invoker: &fakeInvoker{}, topics: &fakeTopics{}}
	f.now.Store(time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC).UnixNano())
	f.service = New(Options{Clock: f.clock, Auth: f.auth, Keys: f.keys, Invoker: f.invoker, Publisher: f.topics, Seed: 1})
	server := httptest.NewServer(front(f.service, f.clock))
	t.Cleanup(server.Close)
	t.Cleanup(f.service.Close)
	f.url = server.URL
	return f
}

// client is the SDK as a caller of the account; the access key is the account ID.
func (f *fixture) client(account string, options ...func(*s3.Options)) *s3.Client {
	base := func(o *s3.Options) {
		o.Region = "us-east-1"
		o.BaseEndpoint = aws.String(f.url)
		o.UsePathStyle = true
		o.RetryMaxAttempts = 1
		o.Credentials = credentials.NewStaticCredentialsProvider(account, "secret", "")
	}
	return s3.New(s3.Options{}, append([]func(*s3.Options){base}, options...)...)
}

// front stands in for the sandbox's HTTP front: no signatures, the caller is named
// by the access key.
func front(s api.Service, clock api.Clock) http.HandlerFunc {
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.HasPrefix(r.Header.Get("x-amz-content-sha256"), "STREAMING-") {
			body = unchunk(body, r.Header)
		}
		account, region := scope(r)
		c := &api.Call{
			Service: "s3", Region: region, RequestID: fmt.Sprintf("%016X", count.Add(1)), Now: clock(), HTTP: r, Body: body,
		}
		if account != "" {
			c.Caller = api.Caller{
				AccountID: account, ARN: "arn:aws:iam::" + account + ":user/test", PrincipalARN: "arn:aws:iam::" + account + ":user/test",
				UserID: "AIDATEST", Type: "User",
			}
		}
		s.Serve(w, c)
	}
}

// scope reads access key and region from the credential scope.
func scope(r *http.Request) (account, region string) {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, after, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(after, ",")
	}
	parts := strings.Split(credential, "/")
	if len(parts) < 3 {
		return "", "us-east-1"
	}
	return parts[0], parts[2]
}

// unchunk removes aws-chunked and turns trailers into headers.
func unchunk(body []byte, h http.Header) []byte {
	in := bufio.NewReader(bytes.NewReader(body))
	var out []byte
	for {
		line, err := in.ReadString('\n')
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, parseErr := strconv.ParseInt(size, 16, 64)
		if err != nil || parseErr != nil || n == 0 {
			break
		}
		chunk := make([]byte, n)
		_, _ = io.ReadFull(in, chunk)
		out = append(out, chunk...)
		_, _ = in.ReadString('\n')
	}
	for {
		line, err := in.ReadString('\n')
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			h.Set(name, strings.TrimSpace(value))
		}
		if err != nil {
			return out
		}
	}
}

// recordingAuth allows everything that deny does not refuse.
type recordingAuth struct {
	mu   sync.Mutex
	asks []api.Ask
	deny func(api.Ask) bool
}

func (a *recordingAuth) Authorize(c *api.Call, ask api.Ask) *api.Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asks = append(a.asks, ask)
	if a.deny != nil && a.deny(ask) {
		return api.Errorf(403, "AccessDeniedException", "User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", c.Caller.ARN, ask.Action, ask.Resource, ask.Action)
	}
	return nil
}

// refuse makes the actions fail from now on.
func (a *recordingAuth) refuse(actions ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deny = func(ask api.Ask) bool {
		return strings.Contains(" "+strings.Join(actions, " ")+" ", " "+ask.Action+" ")
	}
}

// last is the newest question for an action.
func (a *recordingAuth) last(t *testing.T, action string) api.Ask {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := len(a.asks) - 1; i >= 0; i-- {
		if a.asks[i].Action == action {
			return a.asks[i]
		}
	}
	t.Fatalf("%s was not asked for", action)
	return api.Ask{}
}

type keyUse struct {
	ARN, Action, Via string
	Context          map[string]string
}

type fakeKeys struct {
	mu   sync.Mutex
	uses []keyUse
	deny string
}

func (k *fakeKeys) Resolve(_, _, ref string) (string, *api.Error) {
	if ref == "alias/missing" {
		return "", api.Errorf(400, "NotFoundException", "Alias alias/missing is not found.")
	}
	return keyARN, nil
}

func (k *fakeKeys) Use(_ *api.Call, arn, action, via string, context map[string]string) *api.Error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if action == k.deny {
		return api.Errorf(400, "AccessDeniedException", "not authorized to perform: %s", action)
	}
	k.uses = append(k.uses, keyUse{arn, action, via, context})
	return nil
}

type fakeInvoker struct {
	mu     sync.Mutex
	calls  []api.Invocation
	refuse bool
}

func (i *fakeInvoker) InvokeAsync(in api.Invocation) *api.Error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.calls = append(i.calls, in)
	return nil
}

func (i *fakeInvoker) CheckInvoke(api.Invocation) *api.Error {
	if i.refuse {
		return api.Errorf(403, "AccessDeniedException", "no")
	}
	return nil
}

func (i *fakeInvoker) take() []api.Invocation {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := i.calls
	i.calls = nil
	return out
}

type fakeTopics struct {
	mu     sync.Mutex
	sent   []api.Publication
	refuse bool
}

func (p *fakeTopics) PublishAs(m api.Publication) *api.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse {
		return api.Errorf(403, "AuthorizationError", "no")
	}
	p.sent = append(p.sent, m)
	return nil
}
