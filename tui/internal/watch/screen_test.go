package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func byName(a, b core.Pair) int { return strings.Compare(identity(a), identity(b)) }

func TestRetryOfTheSelectedOne(t *testing.T) {
	t.Parallel()
	for _, inGrid := range []bool{false, true} {
		w := &world{}
		s := newScreen(t, filled(30, fewRoles()...), w)
		s.Do(ui.Down)
		want, _ := s.selected()
		if inGrid {
			s.Do(ui.Grid)
		}
		msgs := run(s.Do(ui.Retry))
		if s.Why(ui.Retry) == "" {
			t.Error("a second retry is possible while the first is on its way")
		}
		msgs = run(s.Update(msgs[0]))
		if diff := cmp.Diff([][]core.Pair{{want}}, w.asked); diff != "" {
			t.Errorf("asked for (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(ui.Note{Text: "Asked for 1 assignment to be driven again."}, msgs[0]); diff != "" {
			t.Error(diff)
		}
		if got, _ := s.selected(); got != want {
			t.Errorf("the cursor went from %v to %v", want, got)
		}
	}
}

func TestRetryOfMarkedOnes(t *testing.T) {
	t.Parallel()
	w := &world{}
	s := newScreen(t, filled(30, fewRoles()...), w)
	var marked []core.Pair
	for range 3 {
		p, _ := s.selected()
		marked = append(marked, p)
		s.Do(ui.Mark)
	}
	typeFilter(s, accountName(13)) // hides all but one of them
	if st := s.Status(); st.Marked != 3 || st.Hidden != 2 {
		t.Fatalf("%d marked, %d hidden", st.Marked, st.Hidden)
	}
	d := opened(t, s, s.Do(ui.Retry))
	if len(w.asked) != 0 {
		t.Fatal("it was asked before it was confirmed")
	}
	shown := text(d)
	for _, p := range marked {
		if !strings.Contains(shown, string(p.Role)+" in ") || !strings.Contains(shown, string(p.Account)) {
			t.Errorf("%v is not named:\n%s", p, shown)
		}
	}
	if !strings.Contains(d.Title(), "3 marked assignments") || !strings.Contains(shown, "2 marked assignments not shown by the filter") ||
		strings.Count(shown, "(hidden by the filter)") != 2 {
		t.Errorf("%s\n%s", d.Title(), shown)
	}
	_, yes := d.Press(tuitest.Key("y"))
	s.Update(run(yes)[0])
	slices.SortFunc(marked, byName)
	slices.SortFunc(w.asked[0], byName)
	if diff := cmp.Diff(marked, w.asked[0]); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	if st := s.Status(); st.Marked != 0 {
		t.Errorf("%d are still marked", st.Marked)
	}
}

func TestRetryOfCellsMarkedInTheGrid(t *testing.T) {
	t.Parallel()
	w := &world{}
	s := newScreen(t, filled(30, fewRoles()...), w)
	s.Do(ui.Grid)
	var marked []core.Pair
	for len(marked) < 2 {
		if p, _ := s.selected(); s.Why(ui.Mark) == "" {
			s.Do(ui.Mark)
			marked = append(marked, p)
		}
		s.Do(ui.Down)
	}
	if view := ansi.Strip(s.View(80, 20)); strings.Count(view, "*") != 2 {
		t.Errorf("the marks do not show in\n%s", view)
	}
	_, yes := opened(t, s, s.Do(ui.Retry)).Press(tuitest.Key("y"))
	s.Update(run(yes)[0])
	slices.SortFunc(marked, byName)
	if diff := cmp.Diff(marked, w.asked[0]); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	typeFilter(s, "failed")
	s.grid.choose(core.Pair{Role: "DevOps", Account: accountID(13)}) // active, of an account with failures
	if note := run(s.Do(ui.Mark)); len(note) != 1 || s.Status().Marked != 0 {
		t.Errorf("%v, %d marked", note, s.Status().Marked)
	}
}

// One mark that the filter hides is not driven without a word, although it is only one.
func TestRetryOfAHiddenMark(t *testing.T) {
	t.Parallel()
	w := &world{}
	s := newScreen(t, filled(30, fewRoles()...), w)
	s.Do(ui.Mark)
	typeFilter(s, accountName(13))
	opened(t, s, s.Do(ui.Retry))
	if len(w.asked) != 0 {
		t.Error("it was asked without confirmation")
	}
}

func TestRetryAll(t *testing.T) {
	t.Parallel()
	w := &world{}
	b := filled(30, fewRoles()...)
	s := newScreen(t, b, w)
	typeFilter(s, "nothing has this")
	d := opened(t, s, s.Do(ui.RetryAll))
	if c := b.Counts(); !strings.Contains(text(d), fmt.Sprintf("%d failed", c.Failed)) || !strings.Contains(text(d), "Audit: 2 failed, 3 under way") {
		t.Errorf("the numbers are missing:\n%s", text(d))
	}
	_, yes := d.Press(tuitest.Key("y"))
	s.Update(run(yes)[0])
	var want []core.Pair
	for n, role := range fewRoles() {
		for i := range 30 {
			if r := assignment(i, role, n); (i+n)%6 != 4 && !r.Waiting && r.Status != core.AssignmentActive {
				want = append(want, r.Pair)
			}
		}
	}
	slices.SortFunc(want, byName)
	slices.SortFunc(w.asked[0], byName)
	if diff := cmp.Diff(want, w.asked[0]); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestRetryThatFails(t *testing.T) {
	t.Parallel()
	w := &world{err: core.Errorf(core.CodeDenied, "no")}
	s := newScreen(t, filled(30, fewRoles()...), w)
	s.Do(ui.Mark)
	msg := run(s.Update(run(s.Do(ui.Retry))[0]))[0]
	if f, ok := msg.(ui.Failed); !ok || f.Err != w.err {
		t.Errorf("%#v", msg)
	}
	if s.Status().Marked != 1 || s.Why(ui.Retry) != "" {
		t.Error("what failed cannot be tried again as it was")
	}
}

func TestWhyNot(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(30, fewRoles()...), &world{})
	typeFilter(s, "waiting")
	if why := s.Why(ui.Retry); !strings.Contains(why, "not registered") {
		t.Errorf("retry of one that waits: %q", why)
	}
	empty := newScreen(t, &rollout.Board{}, &world{})
	for _, a := range []ui.Action{ui.Retry, ui.RetryAll, ui.Detail} {
		if empty.Why(a) == "" || empty.Do(a) != nil {
			t.Errorf("%s is possible on an empty board", a)
		}
	}
}

func TestOnlyFailed(t *testing.T) {
	t.Parallel()
	b := filled(30, fewRoles()...)
	s := newScreen(t, b, &world{})
	s.Do(ui.OnlyBad)
	if st := s.Status(); st.Shown != b.Counts().Failed || st.State != "only failed" {
		t.Errorf("%d shown, %q", st.Shown, st.State)
	}
	s.Do(ui.Grid)
	if len(s.grid.accounts) == 0 || len(s.grid.accounts) > b.Counts().Failed {
		t.Errorf("%d accounts in the grid", len(s.grid.accounts))
	}
	for _, i := range s.grid.accounts {
		if b.AccountCounts(i).Failed == 0 {
			t.Errorf("nothing failed in %s", b.Account(i).ID)
		}
	}
	if !s.Back() || s.rows.onlyBad || !s.Back() || s.inGrid || s.Back() {
		t.Error("Esc does not leave level by level")
	}
}

func TestTheCursorStaysBetweenListAndGrid(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(30, fewRoles()...), &world{})
	for range 5 {
		s.Do(ui.Down)
	}
	want, _ := s.selected()
	s.Do(ui.Grid)
	if got, _ := s.selected(); got != want {
		t.Errorf("grid: %v, not %v", got, want)
	}
	s.Do(ui.First)
	want, _ = s.selected()
	if _, _, ok := find(s.board, want); !ok {
		t.Fatal("the test needs an assignment here")
	}
	s.Do(ui.Grid)
	if got, _ := s.selected(); got != want {
		t.Errorf("list: %v, not %v", got, want)
	}
}

// The cursor of the grid shows without colour.
func TestGridCursorHasBrackets(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(30, manyRoles(9)...), &world{})
	s.Do(ui.Grid)
	if view := ansi.Strip(s.View(80, 20)); strings.Count(view, "[✗]") != 1 || strings.Count(view, "[") != 1 {
		t.Errorf("no cursor in\n%s", view)
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()
	w := &world{records: map[core.Pair]core.AssignmentRecord{}}
	s := newScreen(t, filled(30, fewRoles()...), w)
	p, _ := s.selected()
	w.records[p] = core.AssignmentRecord{Pair: p, History: []core.StatusChange{
		{Status: "pending", At: start.Add(-time.Hour)}, {Status: "failed", At: start, Code: "AccessDenied"},
	}}
	cmd := s.Do(ui.Detail)
	msgs := run(cmd)
	d := msgs[0].(ui.Open).Dialog
	if !strings.Contains(text(d), "Reading the record.") {
		t.Errorf("it does not say that it reads:\n%s", text(d))
	}
	s.Update(msgs[1])
	shown := text(d)
	for _, part := range []string{
		"with an explicit deny", "Attempts    3", "has to except the", "cam status --role " + string(p.Role) + " --account " + string(p.Account),
		"cam retry --role", "2026-03-04 12:00:00  ✗ failed    AccessDenied", "2026-03-04 11:00:00  … pending",
	} {
		if !strings.Contains(shown, part) {
			t.Errorf("%q is missing in\n%s", part, shown)
		}
	}
}

func TestDetailsOfOneThatWaits(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(30, fewRoles()...), &world{})
	typeFilter(s, "waiting")
	d := opened(t, s, s.Do(ui.Detail))
	for _, part := range []string{"cam deploy sub-account --master 999988887777", "The record is not there any more."} {
		if !strings.Contains(text(d), part) {
			t.Errorf("%q is missing in\n%s", part, text(d))
		}
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	full, none := filled(30, fewRoles()...), &rollout.Board{}
	ago := func(d time.Duration) time.Time { return start.Add(-d) }
	tests := []struct {
		name   string
		board  *rollout.Board
		health rollout.Health
		loaded bool
		filter string
		want   ui.Status // State, Bad, Busy, Stale
		view   string
	}{
		{"loading", full, rollout.Health{}, false, "", ui.Status{State: "loading, 100 assignments so far", Busy: true}, "Audit"},
		{"first", none, rollout.Health{}, false, "", ui.Status{State: "loading, 0 assignments so far", Busy: true}, "Reading what is recorded"},
		{"network", full, rollout.Health{Err: core.Errorf(core.CodeUnavailable, "dial"), Since: ago(40 * time.Second), NextTry: ago(-8 * time.Second), LastGood: ago(50 * time.Second)}, true, "",
			ui.Status{State: "connection lost 40 s ago, trying again in 8 s", Bad: true, Stale: true}, "Audit"},
		{"expired", full, rollout.Health{Err: core.Errorf(core.CodeNoCredentials, "the session has expired").WithHint("sign in again: aws sso login"), LastGood: start}, true, "",
			ui.Status{State: "session expired: sign in again: aws sso login", Bad: true, Stale: true}, "Audit"},
		{"throttled", full, rollout.Health{Err: core.Errorf(core.CodeThrottled, "slow"), NextTry: ago(-1500 * time.Millisecond)}, true, "",
			ui.Status{State: "AWS asks to slow down, trying again in 2 s", Bad: true}, "Audit"},
		{"no table", none, rollout.Health{Err: core.Errorf(core.CodeNotFound, "there is no table CrossAccountManager-Accounts")}, true, "",
			ui.Status{State: "not installed here: there is no table CrossAccountManager-Accounts", Bad: true}, "cam deploy master"},
		{"no match", full, rollout.Health{LastGood: start}, true, "zzz", ui.Status{State: "no match"}, "No assignment matches"},
		{"nothing", none, rollout.Health{LastGood: start}, true, "", ui.Status{}, "Nothing has been pushed yet"},
		{"old", full, rollout.Health{LastGood: ago(2 * time.Minute)}, true, "", ui.Status{Stale: true}, "Audit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, test.board, &world{})
			s.SetFilter(test.filter)
			s.Refresh(test.health, test.loaded)
			st := s.Status()
			if diff := cmp.Diff(test.want, ui.Status{State: st.State, Bad: st.Bad, Busy: st.Busy, Stale: st.Stale}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !st.AsOf.Equal(test.health.LastGood) {
				t.Errorf("as of %v", st.AsOf)
			}
			if view := ansi.Strip(s.View(100, 24)); !strings.Contains(view, test.view) {
				t.Errorf("%q is missing in\n%s", test.view, view)
			}
		})
	}
}

func TestPushLine(t *testing.T) {
	t.Parallel()
	began := start.Add(-12 * time.Second)
	for want, p := range map[string]PushProgress{
		" … uploading 3 of 7: role/devops.yaml, 12 s":                 {Uploading: "role/devops.yaml", Done: 3, Total: 7, Started: began},
		" … 4 files to be processed, 12 s":                            {Done: 7, Total: 7, Files: 4, Started: began},
		" … 5 pending, 1 being removed, 2 failed, 4 waiting, 12 s":    {Pending: 5, Leaving: 1, Failed: 2, Waiting: 4, Started: began},
		" ● rolled out in 10 s":                                       {Finished: true, Started: began, Now: start.Add(-2 * time.Second)},
		" ✗ push ended after 12 s: no (AccessDenied); ask somebody":   {Finished: true, Err: &core.Error{Message: "no", AWSCode: "AccessDenied", Hint: "ask somebody"}, Started: began, Now: start},
		" … looking whether everything is as planned, 12 s":           {Done: 7, Total: 7, Started: began},
		" … uploading 0 of 7, 12 s":                                   {Total: 7, Started: began},
		" … 1 failed, looking whether everything is as planned, 12 s": {Failed: 1, Started: began},
	} {
		if got := ansi.Strip(p.line(ui.NewTheme(true), start)); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestPushIsShownUntilEsc(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(5, fewRoles()...), &world{})
	s.Update(PushProgress{Total: 7, Started: start, Now: start})
	if !s.Status().Busy || s.Back() {
		t.Error("a push under way is not shown as such, or can be sent away")
	}
	s.Update(PushProgress{Finished: true, Started: start, Now: start})
	if !strings.Contains(s.View(80, 20), "rolled out") || !s.Back() || strings.Contains(s.View(80, 20), "rolled out") {
		t.Error("the end of a push does not go away with Esc")
	}
}

func TestTheGridFollowsBoardAndFilter(t *testing.T) {
	t.Parallel()
	b := filled(30, fewRoles()...)
	s := newScreen(t, b, &world{})
	s.Do(ui.Grid)
	s.View(80, 20)
	r := assignment(99, "Newest", 0)
	b.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{r}})
	s.View(80, 20)
	s.grid.choose(r.Pair)
	if got, _ := s.selected(); got != r.Pair {
		t.Errorf("%v is not in the grid", r.Pair)
	}
	typeFilter(s, "newest")
	if n, m := len(s.grid.accounts), len(s.grid.roles); n != 1 || m != 1 {
		t.Errorf("%d accounts and %d roles match", n, m)
	}
}

// A seventeenth role gives all rows other numbers. The line under the cursor vanishes
// at the same time: the cursor is then on the one that stood below it.
func TestMoreRolesThanNumbersHadRoomFor(t *testing.T) {
	t.Parallel()
	b := filled(30, manyRoles(14)...)
	s := newScreen(t, b, &world{})
	s.Do(ui.Filter)
	for _, r := range "!failed active" {
		s.Update(tuitest.Key(string(r)))
	}
	for range 40 {
		s.Do(ui.Down)
	}
	s.View(80, 20)
	s.Do(ui.Up) // so that the next line is on the screen
	gone, _ := s.selected()
	s.Do(ui.Down)
	want, _ := s.selected()
	s.Do(ui.Up)
	b.Apply(rollout.Batch{Gone: []core.Pair{gone}, Assignments: []core.AssignmentRecord{
		assignment(0, "Zoo1", 0), assignment(0, "Zoo2", 0), assignment(0, "Zoo3", 0), assignment(0, "Zoo4", 0),
	}})
	if s.View(80, 20); s.rows.roleBits != 5 {
		t.Fatalf("%d bits for roles: the test is not one any more", s.rows.roleBits)
	}
	if got, _ := s.selected(); got != want {
		t.Errorf("the cursor is on %v, not %v", got, want)
	}
}

// TestStartsAtWhatFailed: until somebody moves the cursor, what fails comes up under it;
// after that it stays where it was put, up to the next push.
func TestStartsAtWhatFailed(t *testing.T) {
	t.Parallel()
	b := filled(30, "DevOps")
	s := newScreen(t, b, &world{})
	s.View(100, 20)
	fail := func(i int, version int64) {
		r := assignment(i, "DevOps", 0)
		r.Status, r.Updated, r.Version = core.AssignmentFailed, start.Add(time.Duration(version)*time.Hour), version
		r.Failure = &core.Failure{Code: "AccessDenied", Message: "no", At: r.Updated}
		b.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{r}})
		s.View(100, 20)
	}
	on := func(want int, when string) {
		t.Helper()
		if p, _ := s.selected(); p.Account != accountID(want) {
			t.Errorf("%s the cursor is on %v, want %s", when, p, accountID(want))
		}
	}
	fail(3, 5)
	on(3, "at first")
	s.Do(ui.Up)
	fail(6, 6)
	on(3, "once moved")
	s.Update(PushProgress{Uploading: "role/a.yaml", Total: 1})
	fail(8, 7)
	on(8, "after a push began")
}
