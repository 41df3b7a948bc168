package cloud

import (
	"context"
	"math/rand/v2"
	"time"
)

// pause waits a moment that grows with each lost race, so that writers spread out.
func pause(ctx context.Context, race int) error {
	d := min(5*time.Millisecond<<min(race, 10), 500*time.Millisecond)
	t := time.NewTimer(rand.N(d) + time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
