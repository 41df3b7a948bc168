package delivery

import (
	"context"
	"sync"
)

// Tracker counts work that is outstanding, and lets others wait for its end.
// Unlike a sync.WaitGroup it may be waited for while work is being added, and with
// a context. Its methods may be called concurrently.
type Tracker struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed while n is zero
}

// NewTracker makes a Tracker without work.
func NewTracker() *Tracker {
	idle := make(chan struct{})
	close(idle)
	return &Tracker{idle: idle}
}

// Add enters one piece of work.
func (t *Tracker) Add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		t.idle = make(chan struct{})
	}
	t.n++
}

// Done ends one piece of work.
func (t *Tracker) Done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n--; t.n == 0 {
		close(t.idle)
	}
}

// Idle waits until nothing is outstanding, or until ctx is done.
func (t *Tracker) Idle(ctx context.Context) error {
	t.mu.Lock()
	idle := t.idle
	t.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
