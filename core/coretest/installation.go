package coretest

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/lambda"
)

// QuickPace is the engine's pace where nothing is far away.
var QuickPace = engine.Pace{
	Lease: 20 * time.Second, Base: 5 * time.Millisecond, Max: 200 * time.Millisecond,
	Attempts: 6, Parallel: 8, Stuck: time.Millisecond,
}

// limit bounds everything that an installation waits for.
const limit = 2 * time.Minute

// Options of an installation. The zero value is a kind sandbox at QuickPace.
type Options struct {
	Sandbox sandbox.Options // Run is the installation's own
	Pace    engine.Pace     // of the functions; zero: QuickPace
}

// Installation is the master stack on a sandbox, with its functions in this process.
// Its methods fail the test they belong to; they are safe for concurrent use, but
// Wait waits for everybody's work.
type Installation struct {
	Box   *sandbox.Sandbox
	Admin *cloud.Client // an administrator of the master account

	t    testing.TB
	ctx  context.Context
	pace engine.Pace
	log  *Log
	runs atomic.Int64 // runs of functions that have begun

	mu   sync.Mutex
	cold bool                        // every run has a process of its own
	warm map[string][]lambda.Handler // processes that wait for the next event, by function
}

// Install starts a sandbox and deploys the master stack, before any chaos begins. Both
// end with the test; the functions' logs are shown if it fails.
func Install(t testing.TB, o Options) *Installation {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	in := &Installation{t: t, ctx: ctx, pace: o.Pace, log: &Log{}, warm: map[string][]lambda.Handler{}}
	if in.pace == (engine.Pace{}) {
		in.pace = QuickPace
	}
	in.cold = o.Sandbox.Chaos.Kill > 0 // who is killed is found by the run's own credentials
	o.Sandbox.Run = in.run
	var err error
	if in.Box, err = sandbox.Start(o.Sandbox); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Box.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the functions' logs:\n%s", in.log)
		}
	})
	in.Box.Calm()
	if err := in.Box.Install(ctx); err != nil {
		t.Fatalf("deploying the master stack: %v", err)
	}
	in.Box.Storm()
	in.Admin = in.As("admin")
	return in
}

// run is the code of all functions. As in Lambda, a process handles one event at a
// time, and is kept for the next one if it ended well; a sub-account's function runs too
// seldom for that.
func (in *Installation) run(ctx context.Context, f sandbox.Function) ([]byte, error) {
	in.runs.Add(1)
	handler, err := in.process(ctx, f)
	if err != nil {
		return nil, err
	}
	answer, err := handler(ctx, f.Event)
	if err == nil && !in.cold && f.AccountID == in.Box.Master() {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.warm[f.FunctionARN] = append(in.warm[f.FunctionARN], handler)
	}
	return answer, err
}

// process takes a warm process of a function, or starts one.
func (in *Installation) process(ctx context.Context, f sandbox.Function) (lambda.Handler, error) {
	in.mu.Lock()
	if n := len(in.warm[f.FunctionARN]); n > 0 {
		defer in.mu.Unlock()
		handler := in.warm[f.FunctionARN][n-1]
		in.warm[f.FunctionARN] = in.warm[f.FunctionARN][:n-1]
		return handler, nil
	}
	in.mu.Unlock()
	return lambda.New(ctx, lambda.Options{
		Handler: f.Handler, Env: f.Environment, Pace: in.pace,
		Log: slog.New(in.log).With("function", f.FunctionName, "account", f.AccountID),
	})
}

// Context ends with the test, or when it takes too long.
func (in *Installation) Context() context.Context { return in.ctx }

// Log is what the functions logged so far.
func (in *Installation) Log() *Log { return in.log }

// As is somebody in the master account, see sandbox.Sandbox.As.
func (in *Installation) As(who string) *cloud.Client {
	in.t.Helper()
	id, err := in.Box.As(who)
	return in.client(id, err)
}

// AdminOf is an administrator of an account that has joined.
func (in *Installation) AdminOf(account string) *cloud.Client {
	in.t.Helper()
	id, err := in.Box.AdminOf(account)
	return in.client(id, err)
}

func (in *Installation) client(id sandbox.Identity, err error) *cloud.Client {
	in.t.Helper()
	if err != nil {
		in.t.Fatal(err)
	}
	client, err := cloud.New(in.ctx, cloud.Options{
		Credentials: &core.Credentials{
			AccessKeyID: id.AccessKeyID, SecretAccessKey: core.NewSecret(id.SecretAccessKey), SessionToken: core.NewSecret(id.SessionToken),
		},
		Region: in.Box.Region(), Endpoint: in.Box.Endpoint(),
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return client
}

// Master is the account ID of the master.
func (in *Installation) Master() core.AccountID { return core.AccountID(in.Box.Master()) }

// Partition is where the installation stands.
func (in *Installation) Partition() core.Partition { return core.PartitionOf(in.Box.Region()) }
