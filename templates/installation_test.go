package templates_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/lambda"
)

// decision is one authorisation of a sandbox.
type decision struct {
	ask     policy.Request
	applied policy.Policies
	answer  policy.Decision
	step    string // of the scenario that was under way
}

// installation is the master stack on a sandbox of its own, with the real functions,
// each run in a process of its own. What it is asked to do reports errors and goes on:
// much of what happens here is meant to be refused.
type installation struct {
	*sandbox.Sandbox
	t   testing.TB
	ctx context.Context

	mu     sync.Mutex
	nobody string // a URL that takes any answer

	step      string
	decisions []decision
	lost      map[string]bool             // handlers whose events are lost
	dying     map[string]bool             // handlers that die when their work is done
	sessions  map[string]sandbox.Function // last run, by execution role's account and name
	started   int                         // runs of functions
	shift     time.Duration               // of the clock
	people    map[string]aws.Config       // users made by operator
}

// pace is the engine's where nothing is far away.
var pace = engine.Pace{
	Lease: 20 * time.Second, Base: time.Millisecond, Max: 20 * time.Millisecond, Attempts: 3, Parallel: 8, Stuck: time.Nanosecond,
}

// install starts a sandbox and deploys the master stack.
func install(t testing.TB, o sandbox.Options) *installation {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	in := &installation{
		t: t, ctx: ctx, lost: map[string]bool{}, dying: map[string]bool{}, sessions: map[string]sandbox.Function{},
		people: map[string]aws.Config{}, step: "install",
	}
	o.Run, o.Decided = in.run, in.decided
	o.Clock = func() time.Time {
		in.mu.Lock()
		defer in.mu.Unlock()
		return time.Now().Add(in.shift)
	}
	box, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	in.Sandbox = box
	t.Cleanup(func() { _ = box.Close() })
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	in.nobody = server.URL
	if err := box.Install(ctx); err != nil {
		t.Fatal(err)
	}
	return in
}

func (in *installation) decided(r policy.Request, p policy.Policies, d policy.Decision) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.decisions = append(in.decisions, decision{r, p, d, in.step})
}

// run is the code of all functions. A lost event is one that the function never got; a
// dying function has done its work when its process ends.
func (in *installation) run(ctx context.Context, f sandbox.Function) ([]byte, error) {
	in.mu.Lock()
	in.started++
	in.sessions[f.AccountID+"/"+f.Handler] = f
	lost, dying := in.lost[f.Handler], in.dying[f.Handler]
	in.mu.Unlock()
	if lost {
		return nil, nil
	}
	handler, err := lambda.New(ctx, lambda.Options{Handler: f.Handler, Env: f.Environment, Pace: pace, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	out, err := handler(ctx, f.Event)
	if dying {
		return nil, errors.New("the process has ended")
	}
	return out, err
}

// set puts handlers into a set for the time of do.
func (in *installation) set(m map[string]bool, handlers []string, do func()) {
	put := func(v bool) {
		in.mu.Lock()
		defer in.mu.Unlock()
		for _, h := range handlers {
			m[h] = v
		}
	}
	put(true)
	do()
	put(false)
}

// quiet waits until no event and no function is under way.
func (in *installation) quiet() {
	for {
		before := in.runs()
		if err := in.Idle(in.ctx); err != nil {
			in.t.Fatalf("the sandbox does not come to rest: %v", err)
		}
		if in.runs() == before {
			return
		}
	}
}

func (in *installation) runs() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.started
}

// as does something as a step of the scenario and returns what was decided meanwhile.
func (in *installation) as(step string, do func()) []decision {
	in.mu.Lock()
	in.step = step
	from := len(in.decisions)
	in.mu.Unlock()
	do()
	in.quiet()
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.decisions[from:])
}

// config is an identity for the AWS SDK.
func (in *installation) config(key, secret, token string) aws.Config {
	return aws.Config{
		Region: in.Region(), BaseEndpoint: aws.String(in.Endpoint()), Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
		Retryer: func() aws.Retryer { return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 1 }) },
	}
}

// identity is somebody of the sandbox for the AWS SDK.
func (in *installation) identity(id sandbox.Identity, err error) aws.Config {
	in.t.Helper()
	if err != nil {
		in.t.Fatal(err)
	}
	return in.config(id.AccessKeyID, id.SecretAccessKey, id.SessionToken)
}

// admin is an administrator of an account.
func (in *installation) admin(account string) aws.Config {
	in.t.Helper()
	return in.identity(in.AdminOf(account))
}

// handler is the session of a function's last run: what somebody has who took the
// function over.
func (in *installation) handler(account, name string) aws.Config {
	in.t.Helper()
	in.mu.Lock()
	f, known := in.sessions[account+"/"+name]
	in.mu.Unlock()
	if !known {
		in.t.Fatalf("%s of %s never ran", name, account)
	}
	return in.config(f.Environment["AWS_ACCESS_KEY_ID"], f.Environment["AWS_SECRET_ACCESS_KEY"], f.Environment["AWS_SESSION_TOKEN"])
}

// client is the same identity as cam acts with it.
func (in *installation) client(cfg aws.Config) *cloud.Client {
	in.t.Helper()
	c, err := cfg.Credentials.Retrieve(in.ctx)
	if err != nil {
		in.t.Fatal(err)
	}
	client, err := cloud.New(in.ctx, cloud.Options{
		Credentials: &core.Credentials{
			AccessKeyID: c.AccessKeyID, SecretAccessKey: core.NewSecret(c.SecretAccessKey), SessionToken: core.NewSecret(c.SessionToken),
		},
		Region: in.Region(), Endpoint: in.Endpoint(), Retries: 1,
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return client
}

// custom runs a function as CloudFormation does for a custom resource, and returns the
// answer's reason if it failed.
func (in *installation) custom(account, handler, request string) error {
	in.t.Helper()
	answer := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		_ = r.Write(&b)
		answer <- b.String()
	}))
	defer server.Close()
	event := fmt.Sprintf(`{"RequestType":%q,"ResponseURL":%q,"StackId":"stack","RequestId":"request","LogicalResourceId":"Init","PhysicalResourceId":%q}`,
		request, server.URL, core.Prefix+handler)
	if _, err := in.Invoke(in.ctx, account, core.Prefix+handler, []byte(event)); err != nil {
		return err
	}
	if text := <-answer; !strings.Contains(text, `"SUCCESS"`) {
		return errors.New(text)
	}
	return nil
}
