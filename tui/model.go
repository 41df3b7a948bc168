package tui

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/enter"
	"github.com/cross-account-manager/cam/tui/internal/files"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch"
)

// model is the root: it owns the screens and everything that is around them. Screens
// are plain structs; all that reaches them goes through Update.
type model struct {
	ctx  context.Context
	opt  Options
	kit  *ui.Kit
	w, h int

	session  Session
	persona  string // whom one became; empty for oneself
	opening  int    // counts sessions: what an earlier one brings late is dropped
	who      broker.Whoami
	whoErr   error
	role     string // to use instead of the session's own
	accounts *enter.Screen
	files    *files.Screen
	admin    *admin
	adminErr error // why there is no admin; nil while that is being found out

	view    ui.View
	visited []ui.View
	dialogs []*dialog
	dialogN int
	notice  notice
	quit    bool
	// cutShort says that a push was stopped by leaving.
	cutShort bool
	crash    *Crash

	spinning bool
	frame    int
	dirty    bool
	drawn    tea.View
}

// dialog is one that is open. It takes no keys before it is armed: what was pressed
// before it could be seen was meant for something else.
type dialog struct {
	ui.Dialog
	id    int
	armed bool
}

// Crash is a fault of the program, as Run returns it.
type Crash struct {
	Value any
	Stack []byte
}

// Error implements error.
func (c *Crash) Error() string { return fmt.Sprintf("an internal error: %v", c.Value) }

// Messages of the root itself.
type (
	tick   struct{}
	spin   struct{}
	armed  struct{ id int }
	opened struct { // a session answered
		opening int
		who     broker.Whoami
		err     error
	}
	became struct { // a persona's session is there
		name    string
		session Session
		err     error
	}
	faulty Crash // a command failed by a fault of the program
)

func newModel(ctx context.Context, o Options) *model {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &model{ctx: ctx, opt: o, kit: &ui.Kit{Theme: ui.NewTheme(true), Now: o.Now}, view: ui.ViewAccounts, dirty: true}
	if o.View != "" {
		m.view = ui.View(o.View)
	}
	if o.Folder != nil {
		m.files = files.New(ctx, files.Options{Kit: m.kit, Folder: o.Folder, Store: o.Store, Filter: m.startFilter(ui.ViewFiles)})
	}
	m.role = o.Role
	return m
}

// startFilter is the filter that a view starts with.
func (m *model) startFilter(v ui.View) string {
	if m.opt.View == string(v) || m.opt.View == "" && v == ui.ViewAccounts {
		return m.opt.Filter
	}
	return ""
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor, m.open("", m.opt.Session), m.nextTick()}
	if m.files != nil {
		cmds = append(cmds, m.files.Do(ui.Refresh))
	}
	return safe(tea.Batch(cmds...))
}

// Update implements tea.Model. A fault in it ends the program in order.
func (m *model) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() {
		if fault := recover(); fault != nil {
			cmd = m.fail(Crash{fault, debug.Stack()})
		}
	}()
	if m.crash != nil { // while drawing
		return m, m.fail(*m.crash)
	}
	cmd = m.update(msg)
	return m, safe(tea.Batch(cmd, m.startSpinner()))
}

func (m *model) fail(c Crash) tea.Cmd {
	m.crash = &c
	m.quit = true
	return tea.Quit
}

func (m *model) update(msg tea.Msg) tea.Cmd {
	m.dirty = true
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.restyle(msg.IsDark())
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tick:
		return tea.Batch(m.rest(ui.Tick{}), m.nextTick())
	case spin:
		m.frame++
		m.spinning = false
	case armed:
		for _, d := range m.dialogs {
			d.armed = d.armed || d.id == msg.id
		}
	case faulty:
		m.notice.fail("an action", core.Errorf(core.CodeFailure, "an internal error: %v", msg.Value).WithHint("please report it; nothing else was affected"), m.kit.Now(), false)
	case ui.Failed:
		if !errors.Is(msg.Err, context.Canceled) || m.ctx.Err() == nil {
			m.notice.fail(msg.What, msg.Err, m.kit.Now(), msg.Shown)
		}
	case ui.Note:
		m.notice.say(msg.Text)
	case ui.Open:
		return m.ask(msg.Dialog)
	case ui.Show:
		return m.show(msg.View)
	case ui.Perform:
		return m.perform(msg.Action)
	case opened:
		return m.opened(msg)
	case became:
		return m.became(msg)
	default:
		return m.rest(msg)
	}
	return nil
}

// rest takes the messages of installations and screens.
func (m *model) rest(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case installed:
		return m.installed(msg)
	case watched:
		return m.watched(msg)
	case watch.PushProgress:
		m.admin.pushed(msg)
		if msg.Finished {
			return tea.Batch(m.tell(msg), m.readPushed())
		}
	case pushedFiles:
		if msg.opening == m.opening && msg.err == nil && m.files != nil {
			m.files.SetPushed(msg.files)
		}
		return nil
	}
	return m.tell(msg)
}

// tell gives a message to all screens, also those that are not shown.
func (m *model) tell(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range m.screens() {
		cmds = append(cmds, s.Update(msg))
	}
	return tea.Batch(cmds...)
}

// screens are all that there are now.
func (m *model) screens() []ui.Screen {
	out := []ui.Screen{}
	if m.files != nil {
		out = append(out, m.files)
	}
	if m.accounts != nil {
		out = append(out, m.accounts)
	}
	if a := m.admin; a != nil {
		out = append(out, a.plan, a.watch, a.organisation)
	}
	return out
}

// screen is the one that a view shows; nil while there is none.
func (m *model) screen(v ui.View) ui.Screen {
	switch {
	case v == ui.ViewFiles && m.files != nil:
		return m.files
	case v == ui.ViewAccounts && m.accounts != nil:
		return m.accounts
	case m.admin == nil:
		return nil
	case v == ui.ViewPlan:
		return m.admin.plan
	case v == ui.ViewRollout:
		return m.admin.watch
	case v == ui.ViewOrganisation:
		return m.admin.organisation
	}
	return nil
}

func (m *model) current() ui.Screen { return m.screen(m.view) }

// show goes to a view.
func (m *model) show(v ui.View) tea.Cmd {
	if v != m.view {
		m.visited = append(m.visited, m.view)
		m.view = v
	}
	if a := m.admin; a != nil && v == ui.ViewPlan {
		return a.plan.Enter()
	}
	return nil
}

// restyle follows the terminal's background.
func (m *model) restyle(dark bool) {
	if dark == m.kit.Theme.Dark {
		return
	}
	m.kit.Theme = ui.NewTheme(dark)
	if m.files != nil {
		m.files.Restyle()
	}
	if m.accounts != nil {
		m.accounts.Restyle()
	}
	if a := m.admin; a != nil {
		a.plan.Restyle()
		a.watch.Restyle()
		a.organisation.Restyle()
	}
}

const (
	slowTick   = 10 * time.Second
	diskTick   = 2 * time.Second // while the files are shown: others may change them
	fastTick   = time.Second
	spinEvery  = 120 * time.Millisecond
	armAfter   = 200 * time.Millisecond
	expiryTick = 2 * time.Minute // below it seconds are counted
)

// nextTick wakes the clock for ages and countdowns, no oftener than they change.
func (m *model) nextTick() tea.Cmd {
	every := slowTick
	if left := m.who.Expires.Sub(m.kit.Now()); !m.who.Expires.IsZero() && left > 0 && left < expiryTick || m.busy() || m.troubled() {
		every = fastTick
	} else if m.view == ui.ViewFiles && m.files != nil {
		every = diskTick
	}
	return tea.Tick(every, func(time.Time) tea.Msg { return tick{} })
}

func (m *model) busy() bool {
	s := m.current()
	return m.opening == 0 || s == nil && m.adminErr == nil || s != nil && s.Status().Busy
}

// troubled is while a lost connection counts down to the next try.
func (m *model) troubled() bool {
	s := m.current()
	return s != nil && s.Status().Bad
}

// startSpinner turns the spinner while something is under way.
func (m *model) startSpinner() tea.Cmd {
	if m.spinning || m.quit || !m.busy() {
		return nil
	}
	m.spinning = true
	return tea.Tick(spinEvery, func(time.Time) tea.Msg { return spin{} })
}

// safe turns a fault in a command into a message, in those within batches too.
func safe(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if fault := recover(); fault != nil {
				msg = faulty{fault, debug.Stack()}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = safe(batch[i])
			}
		}
		return msg
	}
}
