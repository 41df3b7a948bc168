package organisation

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
	Kit       *ui.Kit
	Board     *rollout.Board // the root model applies updates to it, between calls of the screen
	State     State
	Roles     Roles
	Invites   report.Invitations // nil: not known
	Clipboard ui.Clipboard
	Filter    string // of the accounts, to start with
}

// Screen shows the accounts and the roles of an installation.
type Screen struct {
	ctx       context.Context
	kit       *ui.Kit
	board     *rollout.Board
	state     State
	iam       Roles
	clipboard ui.Clipboard

	accounts  *accounts
	roles     *roles
	parts     [2]part
	at        int // the part that is shown
	condition report.Condition
}

// part is one of the lists, and the board's revision that it shows.
type part struct {
	*browse.Browser
	shown uint64
}

// The parts.
const (
	partAccounts = iota
	partRoles
)

// New makes the screen. ctx ends what it has under way.
func New(ctx context.Context, o Options) *Screen {
	if o.Invites == nil {
		o.Invites = func(core.AccountID) (core.Invitation, bool) { return core.Invitation{}, false }
	}
	s := &Screen{
		ctx: ctx, kit: o.Kit, board: o.Board, state: o.State, iam: o.Roles, clipboard: o.Clipboard,
		accounts: &accounts{kit: o.Kit, board: o.Board, invite: o.Invites},
		roles:    &roles{kit: o.Kit, board: o.Board},
	}
	s.parts[partAccounts] = part{browse.New(o.Kit, s.accounts, browse.Options{
		Unit: "account", Columns: accountColumns(), Orders: accountOrders(), Filter: o.Filter,
	}), o.Board.Revision()}
	s.parts[partRoles] = part{browse.New(o.Kit, s.roles, browse.Options{
		Unit: "role", Columns: roleColumns(), Orders: roleOrders(),
	}), o.Board.Revision()}
	return s
}

// Refresh is called after every update of the watcher, with what it says of its
// reading. The rows follow the board when they are next looked at.
func (s *Screen) Refresh(h rollout.Health, loaded bool) {
	s.condition = report.Condition{Health: h, Loaded: loaded}
}

// list is the list that is shown, as the board is now. Every call of the screen gets it
// from here, so that no row outlives a change of the board.
func (s *Screen) list() *browse.Browser {
	p := &s.parts[s.at]
	if revision := s.board.Revision(); revision != p.shown {
		p.shown = revision
		p.Refresh()
	}
	return p.Browser
}

// Restyle follows a change of the theme.
func (s *Screen) Restyle() {
	for _, p := range s.parts {
		p.Restyle()
	}
}

// Scopes implements ui.Screen.
func (s *Screen) Scopes() []ui.Scope {
	return []ui.Scope{ui.Organisation, ui.List, ui.Browse, ui.Global}
}

// Captures implements ui.Screen.
func (s *Screen) Captures() bool { return s.list().Captures() }

// Back implements ui.Screen: the filter's input, the filter, only pending, the roles.
func (s *Screen) Back() bool {
	switch {
	case s.list().Back():
	case s.at == partAccounts && s.accounts.onlyPending:
		s.showOnlyPending(false)
	case s.at == partRoles:
		s.at = partAccounts
	default:
		return false
	}
	return true
}

func (s *Screen) showOnlyPending(only bool) {
	s.accounts.onlyPending = only
	s.list().Refresh()
}

// Update implements ui.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case accountRead:
		msg.into.account = msg.account
	case roleRead:
		msg.into.role = msg.role
	case documentsRead:
		msg.into.iam = msg.iam
	case tea.KeyPressMsg, tea.PasteMsg:
		s.list().Update(msg)
	}
	return nil
}

// Status implements ui.Screen.
func (s *Screen) Status() ui.Status {
	st := s.list().Status()
	if s.at == partAccounts && s.accounts.onlyPending {
		st.State = "only pending"
	}
	s.condition.Fill(&st, s.kit.Now(), s.board)
	return st
}

// View implements ui.Screen.
func (s *Screen) View(w, h int) string {
	const headAbove = 5
	list := s.list()
	if s.board.Accounts()+s.board.Roles() == 0 {
		return ui.Block(s.condition.Empty(s.kit, w, func() []string { return s.nothing(w) }), w, h)
	}
	head, rest := "", h
	if h >= headAbove {
		head, rest = ui.Block([]string{s.head()}, w, 1)+"\n", h-1
	}
	if list.Table.Len() > 0 {
		return head + list.View(w, rest)
	}
	return head + ui.Block(s.noRows(list), w, rest)
}

// head names the parts, the one that is shown in brackets.
func (s *Screen) head() string {
	t := s.kit.Theme
	out := ""
	for i, title := range []string{
		"Accounts " + ui.Number(s.board.Accounts()), "Roles " + ui.Number(s.board.Roles()),
	} {
		if i == s.at {
			out += " " + t.Title.Render("["+title+"]")
		} else {
			out += " " + t.Dim.Render(" "+title+" ")
		}
	}
	return out
}

// noRows says why a list has no rows, although something is recorded.
func (s *Screen) noRows(list *browse.Browser) []string {
	t := s.kit.Theme
	switch {
	case list.Filter() != "":
		return []string{"", t.Bold.Render("  Nothing matches the filter."), "", t.Dim.Render("  Esc takes it away.")}
	case s.at == partAccounts && s.accounts.onlyPending:
		return []string{"", t.Good.Render("  No account is pending."), "", t.Dim.Render("  f shows all accounts.")}
	case s.at == partAccounts:
		return []string{"", t.Bold.Render("  No account is recorded.")}
	default:
		return []string{"", t.Bold.Render("  No role is recorded.")}
	}
}

func (s *Screen) nothing(w int) []string {
	t := s.kit.Theme
	return append([]string{t.Bold.Render("  Nothing has been pushed yet.")},
		ui.Paragraph(t.Dim, "Accounts and roles are recorded when they are pushed: write them in the files (2), and press 3 to see what a push would do.", w)...)
}
