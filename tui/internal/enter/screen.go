package enter

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/browse"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// staleAfter is the age at which a list says that it is old.
const staleAfter = 5 * time.Minute

// Options are what the screen works with.
type Options struct {
	Kit       *ui.Kit
	Broker    Broker
	Desk      Desk
	Store     memory.Store
	Clipboard ui.Clipboard
	Filter    string // to start with
	Region    string // where consoles open by default
}

// Screen lists the accounts approved for a role and opens them.
type Screen struct {
	ctx       context.Context
	kit       *ui.Kit
	broker    Broker
	desk      Desk
	store     memory.Store
	clipboard ui.Clipboard
	region    string

	master core.AccountID
	role   string // empty: the session's own
	prefs  memory.Preferences

	rows    *rows
	list    *browse.Browser
	reading int
	stop    context.CancelFunc
	noRole  bool
	moved   bool            // somebody chose where the cursor is
	fresh   map[string]bool // what the reading under way has seen
	loading bool
	working string // what is being done in an account
	err     error
	asOf    time.Time
}

// New makes the screen. ctx ends what it has under way.
func New(ctx context.Context, o Options) *Screen {
	r := &rows{kit: o.Kit, opened: map[core.AccountID]memory.Opened{}, sessions: map[core.AccountID]time.Time{}}
	r.reset()
	s := &Screen{
		ctx: ctx, kit: o.Kit, broker: o.Broker, desk: o.Desk, store: o.Store, clipboard: o.Clipboard, region: o.Region,
		rows: r, prefs: memory.Preferences{Accounts: r.opened, Roles: map[core.RoleName]time.Time{}},
	}
	s.list = browse.New(o.Kit, r, browse.Options{Unit: "account", Columns: columns, Orders: orders, Marks: true, Filter: o.Filter})
	return s
}

// remembered are the preferences, read once it is known whose they are.
type remembered struct {
	master core.AccountID
	prefs  memory.Preferences
}

// Use shows the accounts of a role; empty stands for the session's own. It is called
// when it is known who the caller is, and when another role is chosen.
func (s *Screen) Use(master core.AccountID, role string) tea.Cmd {
	if s.role != role || s.noRole {
		s.clear()
	}
	s.role, s.noRole = role, false
	return tea.Batch(s.read(), s.Remember(master))
}

// Remember reads how accounts of a master account were opened before.
func (s *Screen) Remember(master core.AccountID) tea.Cmd {
	if master == s.master {
		return nil
	}
	s.master = master
	store := s.store
	return func() tea.Msg { return remembered{master, memory.Load(store, master)} }
}

// NoRole says that the session has no role to list for.
func (s *Screen) NoRole() { s.clear(); s.noRole = true }

// Failed says that it is not known who the caller is.
func (s *Screen) Failed(err error) { s.loading, s.err, s.reading = false, err, s.reading+1 }

func (s *Screen) clear() {
	s.rows.reset()
	s.list.Table.ClearMarks()
	s.list.Renumbered()
	s.asOf, s.moved = time.Time{}, false
}

// Close ends what is under way.
func (s *Screen) Close() {
	if s.stop != nil {
		s.stop()
	}
}

// UsedRoles are the roles that were used before.
func (s *Screen) UsedRoles() map[core.RoleName]time.Time { return s.prefs.Roles }

// Restyle follows a change of the theme.
func (s *Screen) Restyle() { s.list.Restyle() }

// Scopes implements ui.Screen.
func (s *Screen) Scopes() []ui.Scope {
	return []ui.Scope{ui.Accounts, ui.List, ui.Browse, ui.Global}
}

// Captures implements ui.Screen.
func (s *Screen) Captures() bool { return s.list.Captures() }

// Back implements ui.Screen.
func (s *Screen) Back() bool { return s.list.Back() }

// Update implements ui.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loaded:
		return s.arrived(msg)
	case remembered:
		if msg.master == s.master {
			s.prefs, s.rows.opened = msg.prefs, msg.prefs.Accounts
			s.refresh()
		}
	case finished:
		return s.finish(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		s.moved = true
		s.list.Update(msg)
	}
	return nil
}

// Status implements ui.Screen.
func (s *Screen) Status() ui.Status {
	st := s.list.Status()
	st.AsOf, st.Busy = s.asOf, s.loading || s.working != ""
	st.Stale = !s.asOf.IsZero() && s.kit.Now().Sub(s.asOf) > staleAfter
	switch {
	case s.noRole:
		st.State = "no role"
	case s.working != "":
		st.State = s.working
	case s.loading && s.asOf.IsZero():
		st.State = "loading, " + ui.Number(s.rows.Total()) + " so far"
	case s.loading:
		st.State = "refreshing"
	case core.IsCode(s.err, core.CodeNoCredentials):
		st.State, st.Bad = ui.NoSession(s.err), true
	case s.err != nil:
		st.State, st.Bad = "could not be read", true
	case st.Total > 0 && st.Shown == 0:
		st.State = "no match"
	}
	return st
}

// View implements ui.Screen.
func (s *Screen) View(w, h int) string {
	if s.rows.Total() > 0 {
		return s.list.View(w, h)
	}
	t := s.kit.Theme
	switch {
	case s.noRole:
		return ui.Block(slices.Concat([]string{""}, ui.Paragraph(t.Bold, "Your session holds no CrossAccountManager role.", w),
			ui.Paragraph(t.Dim, "R chooses a role that you may take in the master account; its accounts are listed here.", w)), w, h)
	case s.loading || s.reading == 0:
		return ui.Block([]string{"", t.Dim.Render("  Reading the accounts that are approved for you.")}, w, h)
	case s.err != nil:
		return ui.Block(ui.Trouble(t, s.err, w), w, h)
	default:
		return ui.Block(slices.Concat([]string{""}, ui.Paragraph(t.Bold, "No account is approved for this role.", w),
			ui.Paragraph(t.Dim, "R switches to another role. Ctrl+R looks again. An administrator decides which accounts a role reaches.", w)), w, h)
	}
}

// refresh shows what has been read. Until somebody moves the cursor it is on the first
// row, whatever arrives in which order; after that it stays with its account.
func (s *Screen) refresh() {
	s.list.Refresh()
	if !s.moved {
		s.list.Table.Home()
	}
}

// selected is the entry under the cursor.
func (s *Screen) selected() (broker.Entry, bool) {
	if row, ok := s.list.Table.Selected(); ok {
		return s.rows.entries[row], true
	}
	return broker.Entry{}, false
}
