package rollout_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

// TestFollowsAnEngine that changes roles and accounts at random, quicker than lists are
// read: in the end the board misses nothing.
func TestFollowsAnEngine(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *tables) {
				s.fill(80, 12)
				s.lag, s.latency = 400*time.Millisecond, 20*time.Millisecond
			}, func(t *testing.T, s *tables, w *rollout.Watcher, v *screen) {
				e := &randomEngine{rand.New(rand.NewPCG(seed, 1)), s}
				for range 25 {
					e.act()
					time.Sleep(time.Duration(e.IntN(40_000)) * time.Millisecond)
				}
				if seed%3 == 0 {
					w.Refresh()
				}
				later(5 * time.Minute)
				wantBoard(t, v, s)
				if !v.now().Loaded || v.now().Health.Err != nil {
					t.Errorf("%v, %+v", v.now().Loaded, v.now().Health)
				}
			})
		})
	}
}

// randomEngine keeps the engine's order: what changed is marked, then its assignments,
// then it is changed once more; the assignments are done whenever they are done.
type randomEngine struct {
	*rand.Rand
	*tables
}

func (e *randomEngine) act() {
	switch e.IntN(5) {
	case 0:
		e.changeRole(e.IntN(14), e.IntN(81)) // also new ones
	case 1:
		for range e.IntN(4) {
			e.changeAccount(e.IntN(90))
		}
	case 2:
		for n := range e.IntN(80) {
			e.changeAccount(n)
		}
	case 3:
		for r := range 12 {
			for n := range 80 {
				if e.at(r, n).Status == core.AssignmentFailed && e.IntN(2) == 0 {
					e.settle(r, n) // a retry
				}
			}
		}
	case 4:
		for n := range e.IntN(12) {
			e.changeRole(n, 80)
		}
	}
}

func (e *randomEngine) changeRole(r, accounts int) {
	e.role(r, func(r *core.RoleRecord) { r.Description, r.Dirty = fmt.Sprint(e.Int()), true })
	for n := range accounts {
		e.settle(r, n)
	}
	e.role(r, func(r *core.RoleRecord) { r.Dirty = false })
}

func (e *randomEngine) changeAccount(n int) {
	e.account(n, func(r *core.AccountRecord) { r.Name, r.Status, r.Dirty = fmt.Sprint(e.Int()), core.AccountActive, true })
	for r := range 12 {
		if e.IntN(2) == 0 {
			e.settle(r, n)
		}
	}
	e.account(n, func(r *core.AccountRecord) { r.Dirty = false })
}

// settle begins work on an assignment that soon ends, one way or another.
func (e *randomEngine) settle(r, account int) {
	e.assignment(r, account, func(a *core.AssignmentRecord) {
		a.Status, a.Failure, a.Waiting = core.AssignmentPending, nil, e.IntN(20) == 0
	})
	end := []core.AssignmentStatus{core.AssignmentActive, core.AssignmentActive, core.AssignmentDeleted, core.AssignmentFailed}[e.IntN(4)]
	time.AfterFunc(time.Duration(e.IntN(3000))*time.Millisecond, func() {
		if now := e.at(r, account); now.Waiting || now.Status != core.AssignmentPending {
			return // somebody else has done it
		}
		e.assignment(r, account, func(a *core.AssignmentRecord) {
			a.Status = end
			if end == core.AssignmentFailed {
				a.Failure = &core.Failure{Code: "AccessDenied", Message: "no"}
			}
		})
	})
}
