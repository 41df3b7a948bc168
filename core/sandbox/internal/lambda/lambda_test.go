package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	functionF = "arn:aws:lambda:us-east-1:111122223333:function:f"
	queueQ    = "arn:aws:sqs:us-east-1:111122223333:q"
)

type fixture struct {
	t       *testing.T
	service *Service
	deny    atomic.Value // string: action that is refused
	trust   atomic.Bool  // the role may be assumed

	mu      sync.Mutex
	letters []api.Letter
	runs    []Run
}

func (f *fixture) AccessKey(id string) (api.AccessKey, bool) {
	return api.AccessKey{ID: id, Caller: api.Caller{AccountID: "111122223333", Type: "AssumedRole", Session: &api.Session{}}}, true
}

func (f *fixture) Authorize(c *api.Call, ask api.Ask) *api.Error {
	if ask.Action == f.deny.Load() {
		return api.Errorf(403, "AccessDenied", "User: %s is not authorized to perform: %s", c.Caller.ARN, ask.Action)
	}
	return nil
}

func (f *fixture) Enqueue(l api.Letter) *api.Error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.letters = append(f.letters, l)
	return nil
}

// newFixture has the function f with the given code.
func newFixture(t *testing.T, run Runner, edit func(*Options)) *fixture {
	t.Helper()
	f := &fixture{t: t}
	f.deny.Store("")
	f.trust.Store(true)
	opt := Options{
		Clock: time.Now, Auth: f, Callers: f, Queues: f, RetryDelay: func(int) time.Duration { return time.Millisecond },
		Credentials: func(_, _, session string) (string, string, string, *api.Error) {
			if !f.trust.Load() {
				return "", "", "", api.Errorf(403, "AccessDenied", "no")
			}
			return "AKIA", "secret", "token-" + session, nil
		},
		Run: func(ctx context.Context, r Run) ([]byte, error) {
			f.mu.Lock()
			f.runs = append(f.runs, r)
			f.mu.Unlock()
			return run(ctx, r)
		},
	}
	if edit != nil {
		edit(&opt)
	}
	f.service = New(opt)
	t.Cleanup(f.service.Close)
	f.want(http.MethodPost, "/2015-03-31/functions", `{"FunctionName":"f","Runtime":"provided.al2023","Handler":"h","Role":"arn:aws:iam::111122223333:role/r","Code":{"ZipFile":"eA=="},"Timeout":1,"Environment":{"Variables":{"KEY":"v"}}}`, 201, "")
	return f
}

// call makes one request; header pairs follow the body.
func (f *fixture) call(method, path, body string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.service.Serve(w, &api.Call{
		Service: "lambda", Region: "us-east-1", RequestID: "request-1", HTTP: req, Body: []byte(body),
		Caller: api.Caller{AccountID: "111122223333", ARN: "arn:aws:iam::111122223333:user/u"},
	})
	return w
}

// want makes a request and checks the status and the error type.
func (f *fixture) want(method, path, body string, status int, kind string) *httptest.ResponseRecorder {
	f.t.Helper()
	w := f.call(method, path, body)
	if w.Code != status || w.Header().Get("x-amzn-ErrorType") != kind {
		f.t.Errorf("%s %s: %d %s, want %d %s: %s", method, path, w.Code, w.Header().Get("x-amzn-ErrorType"), status, kind, w.Body)
	}
	return w
}

func (f *fixture) idle() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Second)
	defer cancel()
	if err := f.service.Idle(ctx); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.runs)
}

func echo(_ context.Context, r Run) ([]byte, error) { return r.Event, nil }

func TestCreateFunctionIsChecked(t *testing.T) {
	t.Parallel()
	f := newFixture(t, echo, nil)
	body := func(name, more string) string {
		return `{"FunctionName":"` + name + `","Runtime":"go","Handler":"h","Role":"arn:aws:iam::111122223333:role/r","Code":{"ZipFile":"eA=="}` + more + `}`
	}
	const path = "/2015-03-31/functions"
	f.want(http.MethodPost, path, body("f", ""), 409, "ResourceConflictException")
	f.want(http.MethodPost, path, body("g", `,"Environment":{"Variables":{"AWS_REGION":"x"}}`), 400, "InvalidParameterValueException")
	f.want(http.MethodPost, path, body("g", `,"Timeout":901`), 400, "ValidationException")
	f.want(http.MethodPost, path, body("g", `,"Layers":["x"]`), 400, "InvalidParameterValueException")
	f.deny.Store("sqs:SendMessage")
	f.want(http.MethodPost, path, body("g", `,"DeadLetterConfig":{"TargetArn":"`+queueQ+`"}`), 400, "InvalidParameterValueException")
	f.deny.Store("iam:PassRole")
	f.want(http.MethodPost, path, body("g", ""), 403, "AccessDeniedException")
	f.deny.Store("")
	f.trust.Store(false)
	w := f.want(http.MethodPost, path, body("g", ""), 400, "InvalidParameterValueException")
	if !strings.Contains(w.Body.String(), "The role defined for the function cannot be assumed by Lambda.") {
		t.Error(w.Body)
	}
}

func TestControlPlane(t *testing.T) {
	t.Parallel()
	f := newFixture(t, echo, nil)
	const base = "/2015-03-31/functions/f"
	var got struct{ FunctionArn, State, CodeSha256 string }
	_ = json.Unmarshal(f.want(http.MethodGet, base+"/configuration", "", 200, "").Body.Bytes(), &got)
	if got.FunctionArn != functionF || got.State != "Active" || got.CodeSha256 != "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=" {
		t.Errorf("configuration %+v", got)
	}
	f.want(http.MethodGet, "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Af", "", 200, "")
	f.want(http.MethodGet, base+"?Qualifier=3", "", 404, "ResourceNotFoundException")
	f.want(http.MethodPut, base+"/configuration", `{"Timeout":5,"RevisionId":"stale"}`, 412, "PreconditionFailedException")
	if w := f.want(http.MethodPut, base+"/configuration", `{"Timeout":5}`, 200, ""); !strings.Contains(w.Body.String(), `"KEY":"v"`) {
		t.Errorf("an update loses what it does not name: %s", w.Body)
	}
	f.want(http.MethodPut, "/2017-10-31/functions/f/concurrency", `{"ReservedConcurrentExecutions":901}`, 400, "InvalidParameterValueException")
	f.want(http.MethodPost, "/2017-03-31/tags/"+functionF, `{"Tags":{"a":"b"}}`, 204, "")
	if w := f.want(http.MethodGet, "/2017-03-31/tags/"+functionF, "", 200, ""); w.Body.String() != `{"Tags":{"a":"b"}}` {
		t.Error(w.Body)
	}
	f.want(http.MethodGet, base+"/aliases", "", 404, "UnknownOperationException")
	f.want(http.MethodDelete, base, "", 204, "")
	f.want(http.MethodGet, base, "", 404, "ResourceNotFoundException")
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(ctx context.Context, r Run) ([]byte, error) {
		switch string(r.Event) {
		case `"panic"`:
			panic("boom")
		case `"error"`:
			return nil, errors.New("broken")
		case `"slow"`:
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return r.Event, nil
	}, nil)
	const path = "/2015-03-31/functions/f/invocations"
	for body, want := range map[string][2]string{
		`{"a":1}`: {"", `{"a":1}`}, "": {"", "{}"},
		`"panic"`: {"Unhandled", `{"errorMessage":"boom","errorType":"string"}`},
		`"error"`: {"Unhandled", `{"errorMessage":"broken","errorType":"errorString"}`},
		`"slow"`:  {"Unhandled", `Task timed out after 1.00 seconds`},
	} {
		w := f.call(http.MethodPost, path, body)
		if w.Code != 200 || w.Header().Get("X-Amz-Function-Error") != want[0] || !strings.Contains(w.Body.String(), want[1]) {
			t.Errorf("%s: %d %s %s", body, w.Code, w.Header().Get("X-Amz-Function-Error"), w.Body)
		}
	}
	env := f.runs[0].Environment
	if env["KEY"] != "v" || env["AWS_SESSION_TOKEN"] != "token-f" || env["_HANDLER"] != "h" || env["AWS_REGION"] != "us-east-1" {
		t.Errorf("environment %v", env)
	}
	f.want(http.MethodPost, path, `{`, 400, "InvalidRequestContentException")
	before := f.count()
	if w := f.call(http.MethodPost, path, "{}", "X-Amz-Invocation-Type", "DryRun"); w.Code != 204 || f.count() != before {
		t.Errorf("a dry run ran: %d", w.Code)
	}
	big := `"` + strings.Repeat("x", maxAsync) + `"`
	if w := f.call(http.MethodPost, path, big, "X-Amz-Invocation-Type", "Event"); w.Code != 413 {
		t.Errorf("a large event: %d", w.Code)
	}
}

func TestResourcePolicyGuardsServices(t *testing.T) {
	t.Parallel()
	f := newFixture(t, echo, nil)
	in := api.Invocation{FunctionARN: functionF, SourceService: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::b", SourceAccount: "111122223333", Event: []byte("{}")}
	if e := f.service.InvokeAsync(in); e == nil || e.Code != "AccessDeniedException" {
		t.Errorf("invoked without permission: %v", e)
	}
	const path = "/2015-03-31/functions/f/policy"
	f.want(http.MethodGet, path, "", 404, "ResourceNotFoundException")
	grant := `{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::b","SourceAccount":"111122223333"}`
	w := f.want(http.MethodPost, path, grant, 201, "")
	if !strings.Contains(w.Body.String(), `\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:s3:::b\"}`) {
		t.Error(w.Body)
	}
	f.want(http.MethodPost, path, grant, 409, "ResourceConflictException")
	if e := f.service.InvokeAsync(in); e != nil {
		t.Error(e)
	}
	for _, edit := range []func(*api.Invocation){
		func(i *api.Invocation) { i.SourceARN = "arn:aws:s3:::other" },
		func(i *api.Invocation) { i.SourceAccount = "444455556666" },
		func(i *api.Invocation) { i.SourceService = "sns.amazonaws.com" },
	} {
		other := in
		edit(&other)
		if f.service.CheckInvoke(other) == nil {
			t.Errorf("let in %+v", other)
		}
	}
	f.idle()
	if f.count() != 1 {
		t.Errorf("%d runs, want 1", f.count())
	}
	f.want(http.MethodDelete, path+"/s", "", 204, "")
	f.want(http.MethodDelete, path+"/s", "", 404, "ResourceNotFoundException")
}

func TestRetriesThenDeadLetter(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(context.Context, Run) ([]byte, error) { panic("boom") }, nil)
	f.want(http.MethodPut, "/2015-03-31/functions/f/configuration", `{"DeadLetterConfig":{"TargetArn":"`+queueQ+`"}}`, 200, "")
	f.want(http.MethodPut, "/2019-09-25/functions/f/event-invoke-config", `{"DestinationConfig":{"OnFailure":{"Destination":"`+queueQ+`2"}}}`, 200, "")
	f.call(http.MethodPost, "/2015-03-31/functions/f/invocations", `{"a":1}`, "X-Amz-Invocation-Type", "Event")
	f.idle()
	if f.count() != 3 || len(f.letters) != 2 {
		t.Fatalf("%d runs, %d letters", f.count(), len(f.letters))
	}
	var r record
	if err := json.Unmarshal([]byte(f.letters[0].Body), &r); err != nil || r.RequestContext.Condition != "RetriesExhausted" || r.RequestContext.Count != 3 || string(r.RequestPayload) != `{"a":1}` {
		t.Errorf("record %+v %v", r, err)
	}
	if l := f.letters[1]; l.Body != `{"a":1}` || l.Attributes["ErrorMessage"] != "boom" || l.Attributes["RequestID"] != "request-1" {
		t.Errorf("dead letter %+v", l)
	}
}

func TestKilledRunIsRetried(t *testing.T) {
	t.Parallel()
	var kills atomic.Int64
	f := newFixture(t, echo, func(o *Options) {
		o.BeforeInvoke = func(Run) error {
			if kills.Add(1) <= 2 {
				return errors.New("signal: killed")
			}
			return nil
		}
	})
	f.call(http.MethodPost, "/2015-03-31/functions/f/invocations", `{}`, "X-Amz-Invocation-Type", "Event")
	f.idle()
	if kills.Load() != 3 || f.count() != 1 {
		t.Errorf("%d attempts, %d runs", kills.Load(), f.count())
	}
}

func TestReservedConcurrency(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	release := make(chan struct{})
	f := newFixture(t, func(context.Context, Run) ([]byte, error) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-release
		return nil, nil
	}, nil)
	const invocations = "/2015-03-31/functions/f/invocations"
	f.want(http.MethodPut, "/2017-10-31/functions/f/concurrency", `{"ReservedConcurrentExecutions":2}`, 200, "")
	for range 6 {
		f.call(http.MethodPost, invocations, `{}`, "X-Amz-Invocation-Type", "Event")
	}
	f.want(http.MethodPost, invocations, `{}`, 429, "TooManyRequestsException")
	close(release)
	f.idle()
	if most.Load() > 2 || f.count() != 6 {
		t.Errorf("%d at once, %d runs", most.Load(), f.count())
	}
	f.want(http.MethodPut, "/2017-10-31/functions/f/concurrency", `{"ReservedConcurrentExecutions":0}`, 200, "")
	f.call(http.MethodPost, invocations, `{}`, "X-Amz-Invocation-Type", "Event")
	f.idle()
	if f.count() != 6 {
		t.Error("a function without concurrency ran")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(ctx context.Context, _ Run) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }, func(o *Options) {
		o.Workers = 1
		o.RetryDelay = func(int) time.Duration { return time.Hour }
	})
	for range 4 {
		f.call(http.MethodPost, "/2015-03-31/functions/f/invocations", `{}`, "X-Amz-Invocation-Type", "Event")
	}
	f.service.Close()
	f.idle()
}
