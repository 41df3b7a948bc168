package watch

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// machine drives a screen at random and checks after each step what always holds.
type machine struct {
	board   *rollout.Board
	screen  *Screen
	version int64
	w, h    int
}

func moves() []ui.Action {
	return []ui.Action{
		ui.Up, ui.Down, ui.Left, ui.Right, ui.PageUp, ui.PageDown, ui.First, ui.Last, ui.Mark, ui.MarkAll, ui.Sort,
		ui.Preview, ui.ScrollUp, ui.ScrollDwn, ui.Grid, ui.OnlyBad, ui.Filter, ui.Detail, ui.Retry, ui.RetryAll,
	}
}

func (m *machine) key(t *rapid.T) {
	if m.screen.Captures() {
		m.screen.Update(tuitest.Key(rapid.SampledFrom([]string{"p", "r", "0", "!", " ", "up", "down", "backspace", "enter", "esc"}).Draw(t, "key")))
		return
	}
	a := rapid.SampledFrom(moves()).Draw(t, "action")
	why := m.screen.Why(a)
	if cmd := m.screen.Do(a); why != "" && cmd != nil {
		t.Fatalf("%s did something though %q", a, why)
	}
}

func (m *machine) back(*rapid.T) { m.screen.Back() }

func (m *machine) resize(t *rapid.T) {
	m.w, m.h = rapid.IntRange(1, 130).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
}

// change applies some records, new ones among them. The cursor stays where it is as
// long as that is shown.
func (m *machine) change(t *rapid.T) {
	before, had := m.screen.selected()
	m.version++
	var batch rollout.Batch
	for range rapid.IntRange(1, 8).Draw(t, "records") {
		r := assignment(rapid.IntRange(0, 40).Draw(t, "account"), rapid.SampledFrom(append(manyRoles(20), "漢字", "e\u0301te\u0301", "x\ny")).Draw(t, "role"), rapid.IntRange(0, 22).Draw(t, "n"))
		r.Version, r.Of.Name = m.version, rapid.SampledFrom([]string{"payments", "漢字の口座", "👩‍👩‍👧 family", "", "\x1b[31mred"}).Draw(t, "name")
		if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
			batch.Gone = append(batch.Gone, r.Pair)
			continue
		}
		batch.Assignments = append(batch.Assignments, r)
	}
	m.board.Apply(batch)
	m.screen.Refresh(rollout.Health{LastGood: start}, true)
	m.screen.settle()
	if after, has := m.screen.selected(); had && m.shows(before) && (!has || after != before) {
		t.Fatalf("the cursor went from %v to %v", before, after)
	}
}

// shows reports whether the list has a line, or the grid a place, for a pair.
func (m *machine) shows(p core.Pair) bool {
	s := m.screen
	s.settle()
	if s.inGrid {
		account, _ := s.board.AccountIndex(p.Account)
		role, _ := s.board.RoleIndex(p.Role)
		return slices.Contains(s.grid.accounts, account) && slices.Contains(s.grid.roles, role)
	}
	account, role, ok := find(s.board, p)
	return ok && slices.Contains(s.rows.Order(s.list.Query(), 0), s.rows.row(account, role))
}

func (m *machine) check(t *rapid.T) {
	tuitest.WellFormed(t, m.screen.View(m.w, m.h), m.w, m.h)
	st := m.screen.Status()
	if st.Shown > st.Total || st.Hidden > st.Marked {
		t.Fatalf("status %+v", st)
	}
	if s := m.screen; s.inGrid && !s.rows.onlyBad {
		accounts, roles := m.board.Grid(s.list.Query(), rollout.Selection{})
		if !slices.Equal(accounts, s.grid.accounts) || !slices.Equal(roles, s.grid.roles) {
			t.Fatalf("the grid has accounts %v and roles %v, not %v and %v", s.grid.accounts, s.grid.roles, accounts, roles)
		}
	}
	if p, ok := m.screen.selected(); ok && !m.shows(p) {
		t.Fatalf("the cursor is on %v, which is not shown", p)
	}
}

func TestRandomUse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := filled(rapid.IntRange(0, 25).Draw(rt, "accounts"), manyRoles(rapid.IntRange(0, 12).Draw(rt, "roles"))...)
		m := &machine{board: b, screen: newScreen(t, b, &world{}), version: 1, w: 80, h: 24}
		m.screen.moved = true // before that it goes to the first row by itself
		rt.Repeat(map[string]func(*rapid.T){"key": m.key, "key again": m.key, "back": m.back, "resize": m.resize, "change": m.change, "": m.check})
	})
}
