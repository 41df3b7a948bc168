package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/lambda"
)

// fleet runs the functions of a sandbox, each in a process of its own that stays for
// the next events.
type fleet struct {
	tb     testing.TB
	binary string
	heard  chan struct{} // the master has handled an event about an account

	mu        sync.Mutex
	slots     map[string]*slot // by function ARN
	lost      map[string]bool  // handlers whose events do not arrive
	ran       map[string]int   // events by handler
	processes []*process       // all there ever were
	secrets   []string         // all that their variables held
}

// slot is a function's process. The lock is held while it handles an event.
type slot struct {
	sync.Mutex
	*process
}

func newFleet(tb testing.TB) *fleet {
	f := &fleet{tb: tb, binary: bootstrap(tb), heard: make(chan struct{}, 1), slots: map[string]*slot{}, lost: map[string]bool{}, ran: map[string]int{}}
	tb.Cleanup(f.stop)
	return f
}

func (f *fleet) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.processes {
		p.stop()
	}
}

// run implements sandbox.Options.Run.
func (f *fleet) run(ctx context.Context, fn sandbox.Function) ([]byte, error) {
	s, lost := f.slot(fn)
	if lost {
		return nil, nil
	}
	if fn.Handler == lambda.AccountInit && bytes.Contains(fn.Event, []byte(`"RequestType":"Delete"`)) {
		fn.Event = f.answerLate(fn)
	}
	s.Lock()
	defer s.Unlock()
	for {
		if s.process == nil {
			s.process = f.start(fn)
		}
		out, err := s.invoke(ctx, fn)
		if !errors.Is(err, errGone) {
			if fn.Handler == lambda.AccountEvent {
				f.hear()
			}
			return out, err
		}
		s.process = nil
	}
}

// hear notes that an account's event was handled.
func (f *fleet) hear() {
	select {
	case f.heard <- struct{}{}:
	default:
	}
}

// answerLate makes CloudFormation get the answer to a custom resource's deletion only
// when the master has handled what the function told it. AWS takes seconds to notice an
// answer, and only then deletes the role that signed what the function told.
func (f *fleet) answerLate(fn sandbox.Function) (event []byte) {
	select {
	case <-f.heard: // of an earlier event
	default:
	}
	endpoint := fn.Environment["AWS_ENDPOINT_URL"]
	target, err := url.Parse(endpoint)
	if err != nil {
		f.tb.Error(err)
		return fn.Event
	}
	proxy := httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-f.heard:
			proxy.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
	f.tb.Cleanup(late.Close)
	return bytes.ReplaceAll(fn.Event, []byte(endpoint), []byte(late.URL))
}

func (f *fleet) slot(fn sandbox.Function) (s *slot, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ran[fn.Handler]++
	if f.slots[fn.FunctionARN] == nil {
		f.slots[fn.FunctionARN] = &slot{}
	}
	return f.slots[fn.FunctionARN], f.lost[fn.Handler]
}

func (f *fleet) start(fn sandbox.Function) *process {
	env := maps.Clone(fn.Environment)
	env[actAs] = "bootstrap"
	p := startProcess(f.tb, f.binary, env)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.processes = append(f.processes, p)
	f.secrets = append(f.secrets, env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"])
	return p
}

// lose makes a handler's events get lost, or arrive again.
func (f *fleet) lose(handler string, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost[handler] = lost
}
