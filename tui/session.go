package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/tui/internal/changes"
	"github.com/cross-account-manager/cam/tui/internal/enter"
	"github.com/cross-account-manager/cam/tui/internal/organisation"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch"
)

// Messages about installations. Those of an earlier session are dropped.
type (
	installed struct {
		opening      int
		installation *Installation
		err          error
	}
	watched struct {
		opening int
		update  rollout.Update
		ok      bool
	}
	pushedFiles struct {
		opening int
		files   map[string][]byte
		err     error
	}
)

// open acts as somebody from now on.
func (m *model) open(name string, s Session) tea.Cmd {
	if m.accounts != nil {
		m.accounts.Close()
	}
	m.closeAdmin()
	m.opening++
	m.session, m.persona = s, name
	m.who, m.whoErr, m.adminErr = broker.Whoami{}, nil, nil
	m.accounts = enter.New(m.ctx, enter.Options{
		Kit: m.kit, Broker: s.Users, Desk: m.opt.Desk, Store: m.opt.Store, Clipboard: m.clipboard(),
		Filter: m.startFilter(ui.ViewAccounts), Region: s.Region,
	})
	return tea.Batch(m.identify(), m.findInstallation())
}

func (m *model) clipboard() ui.Clipboard { return ui.Clipboard{Tmux: m.opt.Tmux} }

func (m *model) identify() tea.Cmd {
	ctx, users, opening := m.ctx, m.session.Users, m.opening
	return func() tea.Msg {
		who, err := users.Whoami(ctx)
		return opened{opening, who, err}
	}
}

func (m *model) findInstallation() tea.Cmd {
	ctx, find, opening := m.ctx, m.session.Installation, m.opening
	return func() tea.Msg {
		i, err := find(ctx)
		return installed{opening, i, err}
	}
}

// opened takes who the session is, and reads what is approved for it.
func (m *model) opened(msg opened) tea.Cmd {
	if msg.opening != m.opening {
		return nil
	}
	m.who, m.whoErr = msg.who, msg.err
	if msg.err != nil {
		m.accounts.Failed(msg.err)
		return func() tea.Msg { return ui.Failed{What: "asking who you are", Err: msg.err, Shown: true} }
	}
	if m.who.CurrentRole == "" && m.role == "" {
		m.accounts.NoRole()
		return m.accounts.Remember(m.who.MasterAccount)
	}
	return m.accounts.Use(m.who.MasterAccount, m.role)
}

// useRole lists for another role from now on.
func (m *model) useRole(role string) tea.Cmd {
	m.role = role
	if role == "" && m.who.CurrentRole == "" {
		m.accounts.NoRole()
		return nil
	}
	m.visited = append(m.visited, m.view)
	m.view = ui.ViewAccounts
	return m.accounts.Use(m.who.MasterAccount, role)
}

func (m *model) became(msg became) tea.Cmd {
	if msg.err != nil {
		return ui.Fail("becoming "+msg.name, msg.err)
	}
	m.role = ""
	m.view, m.visited = ui.ViewAccounts, nil
	return m.open(msg.name, msg.session)
}

// installed takes the installation: its screens, and the watch on its records.
func (m *model) installed(msg installed) tea.Cmd {
	if msg.opening != m.opening {
		return nil
	}
	if m.adminErr = msg.err; msg.err != nil {
		if core.IsCode(msg.err, core.CodeDenied, core.CodeNotFound, core.CodeNoCredentials) {
			return nil // no admin, or nothing installed: the views say so
		}
		return ui.Fail("looking for the installation", msg.err)
	}
	i := msg.installation
	ctx, stop := context.WithCancel(m.ctx)
	a := &admin{installation: i, board: &rollout.Board{}, stop: stop}
	a.watcher = rollout.Watch(ctx, i.State, rollout.Options{})
	invites := func(id core.AccountID) (core.Invitation, bool) { return i.Invite(id), true }
	a.plan = changes.New(m.ctx, changes.Options{
		Kit: m.kit, Folder: folderFS(m.opt.Folder), NewPush: i.Push, Settings: i.Settings,
		Filter: m.startFilter(ui.ViewPlan), Goto: m.gotoFile, Name: a.nameOf,
	})
	a.watch = watch.New(m.ctx, watch.Options{
		Kit: m.kit, Board: a.board, State: i.State, Driver: m.driver(a), Invites: invites, Filter: m.startFilter(ui.ViewRollout),
	})
	a.organisation = organisation.New(m.ctx, organisation.Options{
		Kit: m.kit, Board: a.board, State: i.State, Roles: i.Master, Invites: invites, Clipboard: m.clipboard(), Filter: m.startFilter(ui.ViewOrganisation),
	})
	m.admin = a
	cmds := []tea.Cmd{m.nextUpdate(), m.readPushed()}
	if m.view == ui.ViewPlan {
		cmds = append(cmds, a.plan.Enter())
	}
	return tea.Batch(cmds...)
}

// driver drives assignments again, and looks at once what becomes of them.
type driver struct {
	publisher core.Publisher
	watcher   *rollout.Watcher
	now       func() time.Time
}

func (m *model) driver(a *admin) driver {
	return driver{a.installation.Publisher, a.watcher, m.kit.Now}
}

// Retry implements watch.Driver.
func (d driver) Retry(ctx context.Context, pairs []core.Pair) error {
	err := engine.Retry(ctx, d.publisher, pairs, d.now())
	d.watcher.Hurry()
	return err
}

// nextUpdate waits for what the watch on the records reads next.
func (m *model) nextUpdate() tea.Cmd {
	updates, opening := m.admin.watcher.Updates(), m.opening
	return func() tea.Msg {
		u, ok := <-updates
		return watched{opening, u, ok}
	}
}

// watched brings the board to what was read.
func (m *model) watched(msg watched) tea.Cmd {
	if msg.opening != m.opening || m.admin == nil || !msg.ok {
		return nil
	}
	a := m.admin
	a.board.Apply(msg.update.Batches...)
	a.loaded = a.loaded || msg.update.Loaded
	a.watch.Refresh(msg.update.Health, a.loaded)
	a.organisation.Refresh(msg.update.Health, a.loaded)
	return m.nextUpdate()
}

func (m *model) readPushed() tea.Cmd {
	if m.admin == nil {
		return nil
	}
	ctx, read, opening := m.ctx, m.admin.installation.Pushed, m.opening
	return func() tea.Msg {
		files, err := read(ctx)
		return pushedFiles{opening, files, err}
	}
}

// gotoFile opens a file of the folder where something is wrong.
func (m *model) gotoFile(file string, line, column int) tea.Cmd {
	if m.files == nil {
		return nil
	}
	return tea.Batch(func() tea.Msg { return ui.Show{View: ui.ViewFiles} }, m.files.Open(file, line, column))
}

// refresh reads everything again, the session included: it may have been renewed.
func (m *model) refresh() tea.Cmd {
	cmds := []tea.Cmd{m.identify()} // and with it the accounts
	if a := m.admin; a != nil {
		a.watcher.Refresh()
		cmds = append(cmds, m.readPushed())
	} else {
		cmds = append(cmds, m.findInstallation())
	}
	if s := m.current(); s != nil && s != ui.Screen(m.accounts) && s.Why(ui.Refresh) == "" {
		cmds = append(cmds, s.Do(ui.Refresh))
	}
	return tea.Batch(cmds...)
}

func (m *model) closeAdmin() {
	if m.admin != nil {
		m.admin.stop()
		m.admin.plan.Close()
		m.admin = nil
	}
}

// noAdmin explains why a view for admins shows nothing.
func (m *model) noAdmin(w int) []string {
	t := m.kit.Theme
	switch {
	case m.adminErr == nil:
		return []string{"", t.Dim.Render("  Looking for the installation.")}
	case core.IsCode(m.adminErr, core.CodeDenied):
		return append([]string{"", t.Bold.Render("  This view is for admins.")},
			ui.Paragraph(t.Dim, "Your session may not read the installation. The policy CrossAccountManager-Administrator lets it.", w)...)
	default:
		return ui.Trouble(t, m.adminErr, w)
	}
}
