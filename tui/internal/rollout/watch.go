package rollout

import (
	"cmp"
	"context"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
)

// State is what watching takes.
type State interface {
	engine.State
	Assignment(ctx context.Context, p core.Pair) (core.AssignmentRecord, error)
}

// Options of a watch: how long after one look the next begins, or after as long as the
// look took, if that is longer. While something is under way, and for a while after,
// it looks often.
type Options struct {
	Busy      time.Duration // at open assignments, often; zero: a second
	Idle      time.Duration // at open assignments, seldom; zero: 15 s
	Lists     time.Duration // at accounts and roles, often; zero: 10 s
	ListsIdle time.Duration // at accounts and roles, seldom; zero: a minute
}

func (o Options) withDefaults() Options {
	o.Busy, o.Idle = cmp.Or(o.Busy, time.Second), cmp.Or(o.Idle, 15*time.Second)
	o.Lists, o.ListsIdle = cmp.Or(o.Lists, 10*time.Second), cmp.Or(o.ListsIdle, time.Minute)
	return o
}

// Health says how the last look at the tables went.
type Health struct {
	Err      error     // why it failed; nil if it did not
	Since    time.Time // when it began to fail
	NextTry  time.Time // when it is tried again by itself, while failing
	LastGood time.Time // when a look last succeeded; zero before the first
}

// Update is what happened since the one before. Its batches go to a board, in order;
// one holds at most a few thousand records.
type Update struct {
	Batches []Batch
	Loaded  bool // everything has been read, since the beginning or the last Refresh
	Health  Health
}

// Pace and size of updates.
const (
	updatePace = 100 * time.Millisecond // between two updates, at least
	batchSize  = 2000                   // records in a batch, at most
	heldSize   = 10 * batchSize         // records that wait for a slow receiver, about
)

// Watcher reads the recorded state and follows it. Its methods are safe for
// concurrent use.
type Watcher struct {
	updates chan Update
	refresh chan struct{}
	hurry   chan struct{}
}

// Watch begins to read the state: accounts and roles, then what is open, then the
// assignments of each role. Then it follows. Errors end nothing: they are told in
// Health, and reading goes on after a second, then two, up to 30; where the
// credentials or their permissions do not suffice, after Options.Idle if that is
// longer.
//
// It ends with ctx. The receiver may be slow: what is read waits, up to some ten
// thousand records, and then reading waits.
func Watch(ctx context.Context, s State, o Options) *Watcher {
	w := &Watcher{updates: make(chan Update), refresh: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	parts := make(chan part)
	f := &follower{state: s, options: o.withDefaults(), parts: parts, refresh: w.refresh, hurry: w.hurry}
	go func() {
		defer close(parts)
		f.run(ctx)
	}()
	go w.deliver(ctx, parts)
	return w
}

// Updates come at most ten times a second, one after every look at least. The channel
// is closed when ctx is over and nothing of the watch runs any more.
func (w *Watcher) Updates() <-chan Update { return w.updates }

// Refresh has everything read anew, and at once, also while waiting after an error.
func (w *Watcher) Refresh() { signal(w.refresh) }

// Hurry has the tables looked at now, and often for a while: something is expected to
// begin there.
func (w *Watcher) Hurry() { signal(w.hurry) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is on its way already
	}
}

// part is what a reader hands in: a batch, or how it stands.
type part struct {
	batch  Batch
	status *status
}

type status struct {
	loaded bool
	health Health
}

// deliver gathers parts and sends them on, not too often.
func (w *Watcher) deliver(ctx context.Context, parts <-chan part) {
	defer close(w.updates)
	var held Update
	var records int
	var pending bool
	var pause <-chan time.Time
	for {
		in, out := parts, w.updates
		if records >= heldSize {
			in = nil
		}
		if !pending || pause != nil {
			out = nil
		}
		select {
		case p, more := <-in:
			if !more {
				return
			}
			held.add(p)
			records += p.batch.size()
			pending = true
		case out <- held:
			held.Batches, records, pending = nil, 0, false
			pause = time.After(updatePace)
		case <-pause:
			pause = nil
		case <-ctx.Done():
			for range parts { // until the readers have ended
			}
			return
		}
	}
}

func (u *Update) add(p part) {
	if p.status != nil {
		u.Loaded, u.Health = p.status.loaded, p.status.health
		return
	}
	u.Batches = append(u.Batches, p.batch)
}
