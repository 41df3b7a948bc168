package delivery

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

type plan struct {
	copies int
	delay  time.Duration
}

func (p plan) Plan() (int, time.Duration) { return p.copies, p.delay }

func TestSend(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		plan Deliveries
		want int64
	}{
		"no plan": {nil, 1}, "lost": {plan{0, 0}, 0}, "twice": {plan{2, 0}, 2}, "late": {plan{3, time.Millisecond}, 3},
	} {
		d := New(test.plan)
		var n atomic.Int64
		d.Send(func() { n.Add(1) })
		if err := d.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n.Load() != test.want {
			t.Errorf("%s: %d deliveries, want %d", name, n.Load(), test.want)
		}
	}
}

func TestCloseDropsWhatIsLate(t *testing.T) {
	t.Parallel()
	d := New(plan{2, time.Hour})
	d.Send(func() { t.Error("delivered") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d.Idle(ctx) == nil {
		t.Error("idle while two deliveries are outstanding")
	}
	if n := d.Close(); n != 2 {
		t.Errorf("dropped %d, want 2", n)
	}
	if err := d.Idle(t.Context()); err != nil {
		t.Error(err)
	}
	if d.After(time.Hour, func() {}) {
		t.Error("accepted after Close")
	}
}
