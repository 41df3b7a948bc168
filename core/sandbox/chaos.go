package sandbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// mischief decides, from one seed, what goes wrong. It is safe for concurrent use;
// which of two concurrent calls is hit depends on their order.
type mischief struct {
	Chaos
	calm   atomic.Bool // nothing goes wrong at present
	mu     sync.Mutex
	random *rand.Rand
	runs   map[string]*life // of functions, by access key
}

// life is a function's run that may be ended at any of its calls.
type life struct {
	cancel context.CancelCauseFunc
	dead   bool
}

var errKilled = errors.New("the function's process was killed")

func newMischief(c Chaos, seed uint64) *mischief {
	return &mischief{Chaos: c, random: rand.New(rand.NewPCG(seed, 0x5ca1ab1e)), runs: map[string]*life{}}
}

func (m *mischief) chance(p float64) bool {
	if p <= 0 || m.calm.Load() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.random.Float64() < p
}

// upTo returns a function that gives a random duration below longest; nil for zero.
func (m *mischief) upTo(longest time.Duration) func() time.Duration {
	if longest <= 0 {
		return nil
	}
	return func() time.Duration {
		if m.calm.Load() {
			return 0
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		return time.Duration(m.random.Int64N(int64(longest) + 1))
	}
}

// Calm ends the chaos of the options: from now on the sandbox is kind. What went wrong
// before stays as it is. Storm lets the chaos begin again.
func (s *Sandbox) Calm() { s.mischief.calm.Store(true) }

// Storm undoes Calm.
func (s *Sandbox) Storm() { s.mischief.calm.Store(false) }

// Plan implements delivery.Deliveries.
func (m *mischief) Plan() (copies int, delay time.Duration) {
	copies = 1
	if m.chance(m.Duplicate) {
		copies = 2
	}
	if d := m.upTo(m.Delay); d != nil {
		delay = d()
	}
	return copies, delay
}

// faults answers some calls in the service's stead, with the codes that the AWS SDK
// knows how to retry.
func (m *mischief) faults(*api.Call) *api.Error {
	switch {
	case m.chance(m.Throttle):
		return api.Errorf(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	case m.chance(m.Fail):
		return api.Errorf(http.StatusServiceUnavailable, "ServiceUnavailable", "The service is temporarily unavailable")
	}
	return nil
}

func (m *mischief) latency(*api.Call) time.Duration {
	if d := m.upTo(m.Latency); d != nil {
		return d()
	}
	return 0
}

// run runs a function so that any of its calls may be its last.
func (m *mischief) run(ctx context.Context, f Function, code func(context.Context, Function) ([]byte, error)) ([]byte, error) {
	if m.Kill <= 0 || m.calm.Load() {
		return code(ctx, f)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	key := f.Environment["AWS_ACCESS_KEY_ID"]
	me := &life{cancel: cancel}
	m.mu.Lock()
	m.runs[key] = me
	m.mu.Unlock()
	out, err := code(ctx, f)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.runs, key)
	if me.dead {
		return nil, errKilled
	}
	return out, err
}

// deadly wraps a service: a call of a function may end the function, before the call
// had any effect or after it, when the answer is lost.
func (m *mischief) deadly(s api.Service) api.Service {
	if m.Kill <= 0 {
		return s
	}
	return serviceFunc(func(w http.ResponseWriter, c *api.Call) {
		m.mu.Lock()
		run := m.runs[c.Caller.AccessKeyID]
		dies := run != nil && !run.dead && !m.calm.Load() && m.random.Float64() < m.Kill
		late := m.random.Float64() < 0.5
		dead := run != nil && run.dead
		if dies {
			run.dead = true
		}
		m.mu.Unlock()
		if dead || dies && !late {
			run.cancel(errKilled)
			panic(http.ErrAbortHandler)
		}
		if !dies {
			s.Serve(w, c)
			return
		}
		s.Serve(discard{header: http.Header{}}, c)
		run.cancel(errKilled)
		panic(http.ErrAbortHandler)
	})
}

type serviceFunc func(http.ResponseWriter, *api.Call)

func (f serviceFunc) Serve(w http.ResponseWriter, c *api.Call) { f(w, c) }

// discard is the answer that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
