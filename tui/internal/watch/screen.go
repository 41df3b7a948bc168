package watch

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/browse"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// Options are what the screen works with.
type Options struct {
	Kit     *ui.Kit
	Board   *rollout.Board // the root model applies updates to it, between calls of the screen
	State   State
	Driver  Driver
	Invites report.Invitations // nil: not known
	Filter  string             // to start with
}

// Screen shows the assignments of an installation and how they fare.
type Screen struct {
	ctx    context.Context
	kit    *ui.Kit
	board  *rollout.Board
	state  State
	driver Driver

	rows      *rows
	list      *browse.Browser
	grid      grid
	inGrid    bool
	condition report.Condition
	push      *PushProgress
	moved     bool // somebody chose where the cursor is, since the last push began
	asking    bool // a retry is on its way

	shown     uint64  // the board's revision that the list shows
	gridShown gridKey // what the grid shows
}

// gridKey is what the content of the grid depends on.
type gridKey struct {
	revision uint64
	filter   string
	onlyBad  bool
}

// New makes the screen. ctx ends what it has under way.
func New(ctx context.Context, o Options) *Screen {
	if o.Invites == nil {
		o.Invites = func(core.AccountID) (core.Invitation, bool) { return core.Invitation{}, false }
	}
	r := &rows{kit: o.Kit, board: o.Board, invite: o.Invites}
	r.fit()
	s := &Screen{
		ctx: ctx, kit: o.Kit, board: o.Board, state: o.State, driver: o.Driver, rows: r,
		grid: grid{kit: o.Kit, board: o.Board}, shown: o.Board.Revision(),
	}
	s.list = browse.New(o.Kit, r, browse.Options{Unit: "assignment", Columns: columns, Marks: true, Filter: o.Filter})
	return s
}

// Refresh is called after every update of the watcher, with what it says of its
// reading. The rows follow the board when they are next looked at.
func (s *Screen) Refresh(h rollout.Health, loaded bool) {
	s.condition = report.Condition{Health: h, Loaded: loaded}
}

// settle brings list and grid up to date with the board, the filter and each other's
// cursor. It is the first thing that every call of the screen does: no number of a row
// outlives a change of the board.
func (s *Screen) settle() {
	if revision := s.board.Revision(); revision != s.shown {
		s.shown = revision
		if s.rows.fit() {
			s.list.Table.SetSource(s.rows)
		}
		if s.list.Table.MarkCount() > 0 {
			s.list.Table.Forget(s.isGone)
		}
		s.list.Refresh()
		if !s.moved {
			s.list.Table.Home() // where the failed ones are
		}
	}
	key := gridKey{s.shown, s.list.Filter(), s.rows.onlyBad}
	if s.inGrid && key != s.gridShown {
		s.gridShown = key
		s.grid.set(s.rows.gridOf())
		if !s.moved {
			s.grid.do(ui.First)
		}
	}
}

func (s *Screen) isGone(id string) bool {
	account, role, ok := find(s.board, pairOf(id))
	return !ok || s.board.Cell(account, role).Status == core.AssignmentDeleted
}

// Restyle follows a change of the theme.
func (s *Screen) Restyle() { s.list.Restyle() }

// SetFilter replaces the filter.
func (s *Screen) SetFilter(text string) {
	s.settle()
	s.list.SetFilter(text)
}

// Scopes implements ui.Screen.
func (s *Screen) Scopes() []ui.Scope {
	return []ui.Scope{ui.Rollout, ui.List, ui.Browse, ui.Global}
}

// Captures implements ui.Screen.
func (s *Screen) Captures() bool { return s.list.Captures() }

// Back implements ui.Screen: the filter's input, the filter, the marks, only failed,
// the line of a push that is over, the grid.
func (s *Screen) Back() bool {
	s.settle()
	switch {
	case s.list.Back():
	case s.rows.onlyBad:
		s.showOnlyBad(false)
	case s.push != nil && s.push.over():
		s.push = nil
	case s.inGrid:
		s.toggleGrid()
	default:
		return false
	}
	return true
}

func (s *Screen) showOnlyBad(only bool) {
	s.rows.onlyBad = only
	s.list.Refresh()
	s.settle()
}

// toggleGrid changes between list and grid. The cursor stays on its assignment.
func (s *Screen) toggleGrid() {
	p, ok := s.selected()
	s.inGrid = !s.inGrid
	s.settle()
	switch {
	case ok && s.inGrid:
		s.grid.choose(p)
	case ok:
		s.list.Table.Select(identity(p))
	}
}

// Update implements ui.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	s.settle()
	switch msg := msg.(type) {
	case PushProgress:
		if s.push == nil || s.push.over() {
			s.moved = false
		}
		s.push = &msg
	case described:
		msg.into.record, msg.into.err, msg.into.read = msg.record, msg.err, true
	case retried:
		return s.finish(msg)
	case tea.KeyPressMsg:
		s.moved = true
		if !s.inGrid || !s.grid.do(whileTyping(msg.String())) {
			s.list.Update(msg)
		}
	case tea.PasteMsg:
		s.list.Update(msg)
	}
	s.settle()
	return nil
}

// whileTyping are the keys that move the grid's cursor while the filter is typed.
func whileTyping(key string) ui.Action {
	switch key {
	case "up":
		return ui.Up
	case "down":
		return ui.Down
	case "pgup":
		return ui.PageUp
	case "pgdown":
		return ui.PageDown
	default:
		return ""
	}
}

// Status implements ui.Screen.
func (s *Screen) Status() ui.Status {
	s.settle()
	st := s.list.Status()
	if s.rows.onlyBad {
		st.State = "only failed"
	}
	s.condition.Fill(&st, s.kit.Now(), s.board)
	st.Busy = st.Busy || s.asking || s.push != nil && !s.push.over()
	return st
}

// View implements ui.Screen.
func (s *Screen) View(w, h int) string {
	s.settle()
	top := s.summary(w, h)
	rest := h - len(top)
	body := ""
	switch {
	case s.board.Counts().All() == 0:
		body = ui.Block(s.condition.Empty(s.kit, w, func() []string { return s.nothing(w) }), w, rest)
	case s.rows.onlyBad && s.board.Counts().Failed == 0:
		body = ui.Block([]string{"", s.kit.Theme.Good.Render("  Nothing has failed."), "", s.kit.Theme.Dim.Render("  f shows all assignments.")}, w, rest)
	case s.list.Table.Len() == 0:
		body = ui.Block([]string{"", s.kit.Theme.Bold.Render("  No assignment matches the filter."), "", s.kit.Theme.Dim.Render("  Esc takes it away.")}, w, rest)
	case s.inGrid:
		body = s.grid.view(w, rest, s.marked())
	default:
		body = s.list.View(w, rest)
	}
	if len(top) == 0 {
		return body
	}
	return ui.Block(top, w, len(top)) + "\n" + body
}

func (s *Screen) nothing(w int) []string {
	t := s.kit.Theme
	if s.board.Roles() == 0 && s.board.Accounts() == 0 {
		return append([]string{t.Bold.Render("  Nothing has been pushed yet.")},
			ui.Paragraph(t.Dim, "Press 3 to see what a push would do, and push there. Then its rollout is shown here, live.", w)...)
	}
	return append([]string{t.Bold.Render("  No role reaches an account.")},
		ui.Paragraph(t.Dim, "Accounts or roles are recorded (5), but nothing is assigned. The files (2) decide which role reaches which account; press 3 to see what a push would do.", w)...)
}

// marked says which cells of the grid are marked.
func (s *Screen) marked() func(account, role uint32) bool {
	if s.list.Table.MarkCount() == 0 {
		return func(uint32, uint32) bool { return false }
	}
	return func(account, role uint32) bool {
		return s.list.Table.Marked(s.rows.ID(int(s.rows.row(account, role))))
	}
}
