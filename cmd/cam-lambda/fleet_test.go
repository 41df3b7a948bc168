package main

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/cross-account-manager/cam/core/sandbox"
)

// fleet runs the functions of a sandbox, each in a process of its own that stays for
// the next events.
type fleet struct {
	tb     testing.TB
	binary string

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
	f := &fleet{tb: tb, binary: bootstrap(tb), slots: map[string]*slot{}, lost: map[string]bool{}, ran: map[string]int{}}
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
	s.Lock()
	defer s.Unlock()
	for {
		if s.process == nil {
			s.process = f.start(fn)
		}
		out, err := s.invoke(ctx, fn)
		if !errors.Is(err, errGone) {
			return out, err
		}
		s.process = nil
	}
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
