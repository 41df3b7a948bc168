package rollout_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

// screen receives updates as a screen does.
type screen struct {
	mu      sync.Mutex
	board   rollout.Board
	last    rollout.Update
	at      []time.Time // of updates
	largest int         // records in a batch
	closed  bool
}

// watch receives everything until the channel is closed.
func watch(ctx context.Context, s rollout.State, o rollout.Options) (*rollout.Watcher, *screen) {
	w, v := rollout.Watch(ctx, s, o), &screen{}
	go func() {
		for u := range w.Updates() {
			v.take(u)
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.closed = true
	}()
	return w, v
}

func (v *screen) take(u rollout.Update) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range u.Batches {
		v.largest = max(v.largest, len(b.Accounts)+len(b.Roles)+len(b.Assignments))
	}
	v.board.Apply(u.Batches...)
	v.last, v.at = u, append(v.at, time.Now())
}

func (v *screen) tell() told {
	v.mu.Lock()
	defer v.mu.Unlock()
	return tell(&v.board)
}

func (v *screen) now() rollout.Update {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

func (v *screen) times() []time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.at)
}

func (v *screen) progress() (listed, roles int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.board.Progress()
}

func (v *screen) largestBatch() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.largest
}

func (v *screen) isClosed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.closed
}
