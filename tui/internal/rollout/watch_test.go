package rollout_test

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

// wantBoard checks that a screen's board says what the tables say.
func wantBoard(t *testing.T, v *screen, s *tables) {
	t.Helper()
	if want, got := reduce(s.recorded()), v.tell(); !reflect.DeepEqual(want, got) { // much quicker than cmp
		t.Fatalf("the tables, and the board (-want +got):\n%s", cmp.Diff(want, got))
	}
}

// later lets time pass, and then everything come to rest.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// inBubble runs a test with a watch on tables in memory, which ends within it.
func inBubble(t *testing.T, prepare func(*tables), test func(t *testing.T, s *tables, w *rollout.Watcher, v *screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newTables()
		prepare(s)
		w, v := watch(ctx, s, rollout.Options{})
		defer func() {
			cancel()
			synctest.Wait() // and no goroutine is left: the bubble would not end
			if !v.isClosed() {
				t.Error("the channel is still open")
			}
		}()
		synctest.Wait()
		test(t, s, w, v)
	})
}

func TestLoad(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) {
		s.fill(3100, 10)
		s.latency = 40 * time.Millisecond
	}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		later(41 * time.Millisecond)
		if n := len(v.times()); n != 1 || v.now().Loaded {
			t.Errorf("after the first page: %d updates", n)
		}
		later(100 * time.Millisecond)
		if len(v.tell().Accounts) == 0 {
			t.Error("no account is shown soon")
		}
		later(5 * time.Second)
		if u := v.now(); !u.Loaded || u.Health.Err != nil || u.Health.LastGood.IsZero() {
			t.Errorf("after loading: %+v", u)
		}
		wantBoard(t, v, s)
		if listed, roles := v.progress(); listed != 10 || roles != 10 {
			t.Errorf("%d of %d roles", listed, roles)
		}
		if n, most := s.count("role"), s.busiest(); n != 10 || most != 8 {
			t.Errorf("%d lists, %d reads at once", n, most)
		}
		if n := v.largestBatch(); n == 0 || n > 2000 {
			t.Errorf("a batch of %d", n)
		}
		at := v.times()
		for i := 1; i < len(at); i++ {
			if between := at[i].Sub(at[i-1]); between < 100*time.Millisecond {
				t.Errorf("updates %v apart", between)
			}
		}
	})
}

// TestIdleCostsLittle: a look at what is open four times a minute, one at the lists.
func TestIdleCostsLittle(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) {
		s.fill(5, 3)
		s.assignment(0, 1, func(r *core.AssignmentRecord) { r.Status, r.Waiting = core.AssignmentPending, true })
		s.status(0, 2, core.AssignmentFailed)
	}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		later(time.Minute)
		for _, operation := range []string{"open", "accounts", "roles", "role", "account", "assignment"} {
			s.count(operation)
		}
		before := len(v.times())
		later(10 * time.Minute)
		for operation, want := range map[string]int{"open": 40, "accounts": 10, "roles": 10, "role": 0, "account": 0, "assignment": 0} {
			if got := s.count(operation); got != want {
				t.Errorf("%s is read %d times in ten minutes, want %d", operation, got, want)
			}
		}
		if got := len(v.times()) - before; got != 40 {
			t.Errorf("%d updates in ten minutes", got)
		}
		if age := time.Since(v.now().Health.LastGood); age > 15*time.Second {
			t.Errorf("the last good look was %v ago", age)
		}
	})
}

// TestFollow an assignment from its beginning to its end.
func TestFollow(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) { s.fill(5, 3) }, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		later(time.Minute)
		s.status(1, 2, core.AssignmentPending)
		later(15 * time.Second)
		wantBoard(t, v, s)
		s.count("open")
		s.count("accounts")
		later(20 * time.Second)
		if n := s.count("open"); n < 19 {
			t.Errorf("while busy, what is open is read %d times in 20 s", n)
		}
		if n := s.count("accounts"); n != 2 {
			t.Errorf("while busy, accounts are read %d times in 20 s", n)
		}
		s.assignment(1, 2, func(r *core.AssignmentRecord) {
			r.Status, r.Failure = core.AssignmentFailed, &core.Failure{Code: "AccessDenied", Message: "no", At: time.Now()}
		})
		later(time.Second)
		wantBoard(t, v, s)
		s.assignment(1, 2, func(r *core.AssignmentRecord) { r.Status, r.Failure = core.AssignmentActive, nil })
		s.count("assignment")
		later(2 * time.Second)
		wantBoard(t, v, s)
		if n := s.count("assignment"); n != 1 {
			t.Errorf("read by key %d times", n)
		}
	})
}

// TestGone: a row that is deleted by hand while it is open.
func TestGone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) {
		s.fill(3, 2)
		s.status(1, 2, core.AssignmentPending)
	}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		s.write(func(now *recorded) { delete(now.assignments, core.Pair{Role: role(1), Account: id(2)}) })
		later(3 * time.Second)
		wantBoard(t, v, s)
		later(time.Minute)
		if n := s.count("assignment"); v.now().Health.Err != nil || n != 1 {
			t.Errorf("%v; read by key %d times", v.now().Health.Err, n)
		}
	})
}

// TestChangedAccounts have their assignments read anew, one by one if they are few, and
// more is expected to happen.
func TestChangedAccounts(t *testing.T) {
	t.Parallel()
	for _, many := range []int{50, 51} {
		inBubble(t, func(s *tables) { s.fill(60, 3) }, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
			later(90 * time.Second)
			for i := range many {
				s.account(i, func(r *core.AccountRecord) { r.Name = "renamed" })
				s.assignment(1, i, func(r *core.AssignmentRecord) { r.Status = core.AssignmentDeleted })
			}
			for _, operation := range []string{"role", "account", "open"} {
				s.count(operation)
			}
			later(time.Minute)
			wantBoard(t, v, s)
			if few, all := s.count("account"), s.count("role"); few+all != map[int]int{50: 50, 51: 3}[many] {
				t.Errorf("%d changed: %d accounts, %d roles read", many, few, all)
			}
			if n := s.count("open"); n < 25 {
				t.Errorf("%d looks in a minute", n)
			}
		})
	}
}

// TestManyLeft: beyond some, roles are read anew instead of assignment by assignment.
func TestManyLeft(t *testing.T) {
	t.Parallel()
	for _, many := range []int{200, 201} {
		inBubble(t, func(s *tables) {
			s.fill(300, 3)
			for i := range many {
				s.status(1, i, core.AssignmentPending)
			}
		}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
			s.count("role")
			for i := range many {
				s.status(1, i, core.AssignmentActive)
			}
			later(3 * time.Second)
			wantBoard(t, v, s)
			keys, lists := s.count("assignment"), s.count("role")
			if many == 200 && (keys != 200 || lists != 0) || many == 201 && (keys != 0 || lists != 1) {
				t.Errorf("%d left: %d read by key, %d lists", many, keys, lists)
			}
		})
	}
}

// TestManyGone at once: their roles are read anew, and not for ever.
func TestManyGone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) {
		s.fill(300, 2)
		for i := range 250 {
			s.status(1, i, core.AssignmentPending)
		}
	}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		s.write(func(now *recorded) {
			for i := range 250 {
				delete(now.assignments, core.Pair{Role: role(1), Account: id(i)})
			}
		})
		s.count("role")
		later(time.Minute)
		wantBoard(t, v, s)
		if n := s.count("role"); n != 1 {
			t.Errorf("%d lists", n)
		}
	})
}

// TestSlowTables are given as long a rest as a look at them takes.
func TestSlowTables(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) {
		s.fill(3, 2)
		s.status(1, 1, core.AssignmentPending)
		s.latency = 5 * time.Second
	}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		later(time.Minute)
		s.count("open")
		later(10 * time.Minute)
		if n := s.count("open"); n < 30 || n > 50 {
			t.Errorf("%d looks of 5 s in ten minutes", n)
		}
	})
}

// TestManyChanges are not each a reason to read everything anew.
func TestManyChanges(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) { s.fill(300, 12) }, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		later(time.Minute)
		s.count("role")
		for range 60 { // more than manyLeft begin, and end, in every second
			for r := range 12 {
				for n := range 30 {
					s.status(r, n, core.AssignmentPending)
				}
			}
			later(1100 * time.Millisecond)
			for r := range 12 {
				for n := range 30 {
					s.status(r, n, core.AssignmentActive)
				}
			}
			later(1100 * time.Millisecond)
		}
		if n := s.count("role"); n < 12*8 || n > 12*15 {
			t.Errorf("12 roles are listed %d times in two minutes", n)
		}
		later(30 * time.Second)
		wantBoard(t, v, s)
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	down := core.Errorf(core.CodeUnavailable, "no network")
	inBubble(t, func(s *tables) {
		s.fill(5, 3)
		s.failing(func(string, string) error { return down })
	}, func(t *testing.T, s *tables, w *rollout.Watcher, v *screen) {
		began := time.Now()
		later(2 * time.Minute)
		var tries []time.Duration
		for _, at := range s.times("accounts") {
			tries = append(tries, at.Sub(began).Round(time.Second))
		}
		want := []time.Duration{0, 1, 3, 7, 15, 31, 61, 91}
		for i := range want {
			want[i] *= time.Second
		}
		if diff := cmp.Diff(want, tries); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
		h := v.now().Health
		if !errors.Is(h.Err, down) || !h.Since.Equal(began) || !h.LastGood.IsZero() || !h.NextTry.Equal(began.Add(121*time.Second)) {
			t.Errorf("health: %+v", h)
		}
		s.failing(nil)
		w.Refresh()
		synctest.Wait()
		later(time.Second)
		wantBoard(t, v, s)
		if u := v.now(); u.Health.Err != nil || !u.Health.Since.IsZero() || !u.Loaded {
			t.Errorf("afterwards: %+v", u)
		}
	})
}

// TestErrorsAfterLoading leave the board as it is, and say how old it is.
func TestErrorsAfterLoading(t *testing.T) {
	t.Parallel()
	for code, pace := range map[core.Code]time.Duration{
		core.CodeUnavailable: time.Second, core.CodeThrottled: time.Second,
		core.CodeNoCredentials: 15 * time.Second, core.CodeDenied: 15 * time.Second, core.CodeNotFound: 15 * time.Second,
	} {
		inBubble(t, func(s *tables) { s.fill(5, 3) }, func(t *testing.T, s *tables, w *rollout.Watcher, v *screen) {
			later(time.Minute)
			good := v.now().Health.LastGood
			s.failing(func(string, string) error { return core.Errorf(code, "no") })
			later(15 * time.Second)
			h := v.now().Health
			if core.CodeOf(h.Err) != code || !h.LastGood.Equal(good) || h.NextTry.Sub(h.Since) != pace {
				t.Errorf("%s: %+v, last good %v", code, h, good)
			}
			if !v.now().Loaded {
				t.Errorf("%s: not loaded any more", code)
			}
			s.status(1, 1, core.AssignmentFailed)
			s.failing(nil)
			later(time.Minute)
			wantBoard(t, v, s)
			if v.now().Health.Err != nil {
				t.Errorf("%s: still %+v", code, v.now().Health)
			}
		})
	}
}

// TestPartOfALoadFails: only that part is read again, and nothing that was read before
// is lost.
func TestPartOfALoadFails(t *testing.T) {
	t.Parallel()
	var healthy atomic.Bool
	inBubble(t, func(s *tables) {
		s.fill(3100, 10)
		s.failing(func(operation, key string) error {
			if (operation == "accounts page" || operation == "role page" && key == string(role(3))) && !healthy.Swap(true) {
				return core.Errorf(core.CodeThrottled, "slow down")
			}
			return nil
		})
		s.latency = 10 * time.Millisecond
	}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		later(500 * time.Millisecond)
		healthy.Store(false) // now a role's list
		later(8 * time.Second)
		wantBoard(t, v, s)
		if n := s.count("role"); n > 10+8 {
			t.Errorf("10 roles were read %d times", n)
		}
	})
}

// TestOneBadRecord keeps no other role from being read.
func TestOneBadRecord(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) {
		s.fill(5, 30)
		s.failing(func(operation, key string) error {
			if operation == "role" && key == string(role(0)) {
				return core.Errorf(core.CodeFailure, "holds an item that is not a record")
			}
			return nil
		})
	}, func(t *testing.T, s *tables, _ *rollout.Watcher, v *screen) {
		later(time.Second)
		if listed, _ := v.progress(); listed != 29 || v.now().Loaded || v.now().Health.Err == nil {
			t.Errorf("%d listed, %+v", listed, v.now().Health)
		}
	})
}

// TestRefresh reads everything, once for any number of calls.
func TestRefresh(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) { s.fill(5, 3) }, func(t *testing.T, s *tables, w *rollout.Watcher, v *screen) {
		later(time.Minute)
		s.write(func(now *recorded) { // behind the back of the lists
			r := now.assignments[core.Pair{Role: role(0), Account: id(0)}]
			r.Status, r.Version = core.AssignmentDeleted, 0
			now.assignments[r.Pair] = r
		})
		s.count("role")
		later(2 * time.Minute)
		w.Refresh()
		w.Refresh()
		later(time.Second)
		wantBoard(t, v, s)
		if n := s.count("role"); n != 3 && n != 6 {
			t.Errorf("%d lists of 3 roles", n)
		}
		if !v.now().Loaded {
			t.Error("not loaded")
		}
	})
}

func TestHurry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *tables) { s.fill(5, 3) }, func(t *testing.T, s *tables, w *rollout.Watcher, v *screen) {
		later(time.Minute + time.Second)
		s.count("open")
		w.Hurry()
		synctest.Wait()
		if n := s.count("open"); n != 1 {
			t.Errorf("%d looks at once", n)
		}
		later(20 * time.Second)
		if n := s.count("open"); n != 20 {
			t.Errorf("%d looks in 20 s", n)
		}
		later(time.Minute)
		s.count("open")
		later(time.Minute)
		if n := s.count("open"); n != 4 {
			t.Errorf("%d looks in a minute of quiet", n)
		}
	})
}

// TestSlowReceiver: reading waits for who does not take updates, and ends all the same.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newTables()
		s.fill(2500, 30)
		w := rollout.Watch(ctx, s, rollout.Options{})
		later(time.Hour)
		if n := s.count("role"); n > 24 {
			t.Errorf("%d lists were read though nobody takes them", n)
		}
		records := 0
		for _, b := range (<-w.Updates()).Batches {
			records += len(b.Accounts) + len(b.Roles) + len(b.Assignments)
		}
		if records > 25_000 {
			t.Errorf("%d records were held", records)
		}
		cancel()
		synctest.Wait()
		for range w.Updates() {
			t.Error("an update after the end")
		}
	})
}

// TestEndsAtOnce wherever it is.
func TestEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 15 * time.Millisecond, 25 * time.Millisecond, 35 * time.Millisecond, time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s := newTables()
			s.fill(100, 30)
			s.latency = 10 * time.Millisecond
			_, v := watch(ctx, s, rollout.Options{})
			later(after)
			cancel()
			synctest.Wait()
			if !v.isClosed() {
				t.Errorf("after %v: not closed", after)
			}
			s.count("open")
			later(time.Hour)
			if s.count("open") > 0 {
				t.Errorf("after %v: still reading", after)
			}
		})
	}
}
