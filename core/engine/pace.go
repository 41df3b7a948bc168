package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cross-account-manager/cam/core"
)

// Pace says how patient and how parallel the engine is.
type Pace struct {
	Lease    time.Duration // a writer that is silent for so long has died
	Base     time.Duration // first wait of a backoff; doubles up to Max
	Max      time.Duration
	Attempts int           // tries of something that may only be too early
	Parallel int           // records written at once
	Stuck    time.Duration // open assignments older than this are driven again
}

// DefaultPace suits AWS: new roles are visible after seconds, and a handler's longest
// call ends well within the lease.
var DefaultPace = Pace{
	Lease: time.Minute, Base: 200 * time.Millisecond, Max: 5 * time.Second,
	Attempts: 6, Parallel: 32, Stuck: 10 * time.Minute,
}

// wait sleeps for the backoff of an attempt (0 is the first), with jitter.
func (p Pace) wait(ctx context.Context, attempt int) error {
	d := min(p.Base<<min(attempt, 16), p.Max)
	d = d/2 + rand.N(d/2+1)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// retry repeats op while it fails with one of the codes.
func (p Pace) retry(ctx context.Context, op func(context.Context) error, codes ...core.Code) error {
	var err error
	for attempt := range p.Attempts {
		if attempt > 0 {
			if p.wait(ctx, attempt-1) != nil {
				return err
			}
		}
		if err = op(ctx); !core.IsCode(err, codes...) {
			return err
		}
	}
	return err
}

// each runs do for every item, a few at once, and stops at the first error.
func each[T any](ctx context.Context, parallel int, items []T, do func(context.Context, T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error { return do(ctx, item) })
	}
	return g.Wait()
}

// transient reports whether trying again later may succeed without anybody's help.
func transient(err error) bool {
	return core.IsCode(err, core.CodeThrottled, core.CodeUnavailable, core.CodeConflict) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// Permanent reports whether an event that failed with err would fail again: whoever
// delivers events then records the failure instead of delivering again.
func Permanent(err error) bool {
	return err != nil && !transient(err) &&
		core.IsCode(err, core.CodeInvalid, core.CodeDenied, core.CodeNotFound, core.CodeMalformed, core.CodeLimit)
}

func awsCode(err error) string {
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e.AWSCode
	}
	return ""
}
