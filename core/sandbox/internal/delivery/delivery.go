// Package delivery hands events from one sandbox service to the next and is as
// unkind as AWS on request: S3 notifications and SNS messages arrive at least
// once, in no particular order and at no particular time.
//
// It knows neither the events nor the receivers, and keeps no event once it is
// handed on. Start reading at Deliveries and Dispatcher.
package delivery

import (
	"context"
	"sync"
	"time"
)

// Deliveries decides what becomes of one event. Plan is called once for each
// event and receiver, concurrently; copies is how many times it arrives (0 loses
// it) and delay how long after it was sent. Different delays reorder events.
type Deliveries interface {
	Plan() (copies int, delay time.Duration)
}

// Dispatcher sends events as planned. The zero value is not usable; see New.
// Its methods may be called concurrently.
type Dispatcher struct {
	plan    Deliveries
	pending *Tracker

	mu     sync.Mutex
	closed bool
	timers map[uint64]*time.Timer
	last   uint64 // number of the newest timer
}

// New makes a Dispatcher. A nil plan delivers everything once and at once, in the
// goroutine that sends.
func New(plan Deliveries) *Dispatcher {
	return &Dispatcher{plan: plan, pending: NewTracker(), timers: map[uint64]*time.Timer{}}
}

// Send calls deliver as often and as late as planned. deliver must be safe to
// call concurrently with itself.
func (d *Dispatcher) Send(deliver func()) {
	copies, delay := 1, time.Duration(0)
	if d.plan != nil {
		copies, delay = d.plan.Plan()
	}
	for range copies {
		if delay <= 0 {
			deliver()
			continue
		}
		d.After(delay, deliver)
	}
}

// After runs f after delay, unless the dispatcher is closed before; false when it
// is closed already.
func (d *Dispatcher) After(delay time.Duration, f func()) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.pending.Add()
	d.last++
	id := d.last
	d.timers[id] = time.AfterFunc(delay, func() {
		if d.take(id) {
			defer d.pending.Done()
			f()
		}
	})
	return true
}

// take claims a fired timer; false when Close was faster.
func (d *Dispatcher) take(id uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.timers[id]
	delete(d.timers, id)
	return ok
}

// Idle waits until no delivery is outstanding, or until ctx is done.
func (d *Dispatcher) Idle(ctx context.Context) error { return d.pending.Idle(ctx) }

// Close drops every delivery that has not begun, and every later one that is
// delayed. It returns how many it dropped now.
func (d *Dispatcher) Close() int {
	d.mu.Lock()
	dropped := d.timers
	d.timers = map[uint64]*time.Timer{}
	d.closed = true
	d.mu.Unlock()
	for _, t := range dropped {
		t.Stop()
		d.pending.Done()
	}
	return len(dropped)
}
