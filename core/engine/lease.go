package engine

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// update is one of the stores' Update methods with its key bound.
type update[T any] func(context.Context, core.Change[T]) (T, error)

// held is the right to be the only writer of what a record describes. It ends by
// finish, or by time when its holder has died.
type held[T any] struct {
	write update[T]
	lease func(*T) *core.Lease
	mine  core.Lease
}

var errHeld = core.Errorf(core.CodeConflict, "another writer is at work on this record")

// acquire takes the lease of a record, waiting for another holder to finish. The
// returned context ends before the lease does, so that nothing is written without it.
func acquire[T any](ctx context.Context, e *Engine, write update[T], lease func(*T) *core.Lease) (context.Context, context.CancelFunc, *held[T], error) {
	h := &held[T]{write: write, lease: lease}
	for attempt := 0; ; attempt++ {
		now := e.now()
		h.mine = core.Lease{Owner: rand.Text(), Until: now.Add(e.pace.Lease)}
		_, err := write(ctx, func(r *T) error {
			if lease(r).HeldAt(now) {
				return errHeld
			}
			*lease(r) = h.mine
			return nil
		})
		if err == nil {
			ctx, cancel := context.WithTimeout(ctx, e.pace.Lease*3/4)
			return ctx, cancel, h, nil
		}
		if err != errHeld {
			return nil, nil, nil, err
		}
		if e.pace.wait(ctx, attempt) != nil {
			return nil, nil, nil, errHeld
		}
	}
}

// finish writes the outcome and gives the lease back. It uses its own time limit:
// the outcome of work that was cut short is worth recording.
func (h *held[T]) finish(ctx context.Context, change func(*T)) (T, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return h.write(ctx, func(r *T) error {
		if h.lease(r).Owner != h.mine.Owner {
			return core.Errorf(core.CodeConflict, "the lease of this record was lost")
		}
		*h.lease(r) = core.Lease{}
		change(r)
		return nil
	})
}
