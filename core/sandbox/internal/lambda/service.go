package lambda

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/delivery"
)

// servicePrincipal is who assumes the execution roles.
const servicePrincipal = "lambda.amazonaws.com"

// Run is one run of a function.
type Run struct {
	FunctionName, FunctionARN, Handler string
	AccountID, Region, RequestID       string
	// Environment is the function's variables and the reserved ones, credentials of
	// the execution role included.
	Environment map[string]string
	Event       []byte    // JSON
	Deadline    time.Time // when the function times out; ctx is done then too
}

// Runner is the code of all functions. It is called concurrently. response is
// JSON; an error becomes a function error, and so does a panic.
type Runner func(ctx context.Context, r Run) (response []byte, err error)

// Options are what the service needs from its neighbours. Clock, Auth, Run,
// Credentials and Callers are required.
type Options struct {
	Clock api.Clock
	Auth  api.Authorizer
	Run   Runner
	// Credentials mints a session of an execution role, as Lambda does; it fails
	// when the role's trust policy does not let Lambda in.
	Credentials func(accountID, roleARN, sessionName string) (key, secret, token string, err *api.Error)
	// Callers finds who a minted session is, to ask what it may do.
	Callers   api.Credentials
	Queues    api.Queues    // nil: no SQS dead letters and destinations
	Publisher api.Publisher // nil: no SNS dead letters and destinations
	// Endpoint is the value of AWS_ENDPOINT_URL for functions; nil leaves it out.
	Endpoint func() string
	// RetryDelay is how long to wait before the given retry (1, 2) of an
	// asynchronous event; nil is what AWS does: one minute, then two.
	RetryDelay func(retry int) time.Duration
	// Workers is how many asynchronous events run at once; 0 means 8.
	Workers int
	// BeforeInvoke is called before every run; an error kills the run as if the
	// function's process had died. Nil for none.
	BeforeInvoke func(Run) error
	Seed         uint64 // of request and revision IDs
}

// Service is Lambda for all accounts of the sandbox. It implements api.Service,
// api.Invoker and api.InvocationChecker.
type Service struct {
	opt     Options
	retries *delivery.Dispatcher
	pending *delivery.Tracker // asynchronous events, from acceptance to their end
	ctx     context.Context   // done when the service is closed
	stop    context.CancelFunc

	mu        sync.Mutex // guards all below and what is reachable from it
	functions map[string]*function
	queue     []*event
	workers   int
	random    *rand.ChaCha8
}

// New makes a Lambda without functions. Close ends what it runs.
func New(opt Options) *Service {
	if opt.Workers <= 0 {
		opt.Workers = 8
	}
	if opt.RetryDelay == nil {
		opt.RetryDelay = func(retry int) time.Duration { return time.Duration(retry) * time.Minute }
	}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], opt.Seed)
	ctx, stop := context.WithCancel(context.Background())
	return &Service{
		opt: opt, retries: delivery.New(nil), pending: delivery.NewTracker(), ctx: ctx, stop: stop,
		functions: map[string]*function{}, random: rand.NewChaCha8(seed),
	}
}

// Idle waits until no asynchronous event is queued, running or waiting for a
// retry, or until ctx is done.
func (s *Service) Idle(ctx context.Context) error { return s.pending.Idle(ctx) }

// Close drops the events that are queued and tells running functions to end. It
// does not wait for them; Idle does.
func (s *Service) Close() {
	s.stop()
	dropped := s.retries.Close()
	s.mu.Lock()
	dropped += len(s.queue)
	s.queue = nil
	s.mu.Unlock()
	for range dropped {
		s.pending.Done()
	}
}

// Serve implements api.Service.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	w.Header().Set("x-amzn-RequestId", c.RequestID)
	if err := s.dispatch(w, c); err != nil {
		writeError(w, err)
	}
}

// newID makes a UUID of version 4.
func (s *Service) newID() string {
	b := make([]byte, 16)
	s.mu.Lock()
	_, _ = s.random.Read(b) // never fails
	s.mu.Unlock()
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
