package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// press takes a key: to the dialog that is open, to the key map, or to a text field.
func (m *model) press(key tea.KeyPressMsg) tea.Cmd {
	if key.String() == "ctrl+c" || m.tooSmall() && key.String() == "q" {
		return m.perform(ui.Quit)
	}
	if m.tooSmall() {
		return nil // nobody sees what it would do
	}
	if n := len(m.dialogs); n > 0 {
		d := m.dialogs[n-1]
		if !d.armed {
			return nil
		}
		done, cmd := d.Press(key)
		if done {
			m.dialogs = slices.DeleteFunc(m.dialogs, func(o *dialog) bool { return o == d })
		}
		return cmd
	}
	m.notice.text = ""
	b, found := ui.Find(key.String(), m.scopes())
	switch {
	case found:
		return m.perform(b.Action)
	case m.captures():
		return m.current().Update(key)
	}
	return nil
}

func (m *model) paste(msg tea.PasteMsg) tea.Cmd {
	if m.tooSmall() {
		return nil
	}
	if n := len(m.dialogs); n > 0 {
		if d := m.dialogs[n-1]; d.armed {
			d.Paste(msg.Content)
		}
		return nil
	}
	if m.captures() {
		return m.current().Update(msg)
	}
	return nil
}

func (m *model) captures() bool { s := m.current(); return s != nil && s.Captures() }

// scopes are the parts of the key map that apply now. While a text field has the
// keyboard these are only the editor's and the global ones.
func (m *model) scopes() []ui.Scope {
	s := m.current()
	if s == nil {
		return []ui.Scope{ui.Browse, ui.Global}
	}
	scopes := s.Scopes()
	if s.Captures() {
		scopes = slices.DeleteFunc(slices.Clone(scopes), func(o ui.Scope) bool { return o != ui.Editor && o != ui.Global })
	}
	return scopes
}

// perform does an action, or says why it cannot be done now.
func (m *model) perform(a ui.Action) tea.Cmd {
	if why := m.why(a); why != "" {
		m.notice.tell(string(a) + ": " + ui.Clean(why))
		return nil
	}
	if v, ok := ui.ViewOf(a); ok {
		return m.show(v)
	}
	switch a {
	case ui.Leave:
		if m.admin != nil && m.admin.plan.Pushing() {
			return m.ask(m.leaveDialog())
		}
		return m.leave()
	case ui.Quit:
		return m.leave()
	case ui.Suspend:
		return tea.Suspend
	case ui.Help:
		return m.ask(m.help())
	case ui.Palette:
		return m.ask(m.palette())
	case ui.Errors:
		return m.ask(m.notice.page())
	case ui.Dismiss:
		m.notice.dismiss()
		return nil
	case ui.Role:
		return m.ask(m.rolePicker())
	case ui.Become:
		return m.ask(m.personaPicker())
	case ui.NextView, ui.PrevView:
		return m.neighbour(a)
	case ui.Back:
		m.back()
		return nil
	case ui.Refresh:
		return m.refresh()
	}
	if s := m.current(); s != nil {
		return s.Do(a)
	}
	return nil
}

func (m *model) leave() tea.Cmd {
	m.quit = true
	m.cutShort = m.uploading()
	return tea.Quit
}

// uploading reports whether a push would stay half done.
func (m *model) uploading() bool { return m.admin != nil && m.admin.plan.Uploading() }

// back leaves one level: of the screen, else the view.
func (m *model) back() {
	if s := m.current(); s != nil && s.Back() {
		return
	}
	if n := len(m.visited); n > 0 {
		m.view, m.visited = m.visited[n-1], m.visited[:n-1]
		return
	}
	m.notice.tell("q quits")
}

func (m *model) neighbour(a ui.Action) tea.Cmd {
	views := ui.Views()
	step := 1
	if a == ui.PrevView {
		step = len(views) - 1
	}
	return m.show(views[(slices.Index(views, m.view)+step)%len(views)])
}

// why says why an action is not available now; empty when it is.
func (m *model) why(a ui.Action) string {
	if _, ok := ui.ViewOf(a); ok {
		return "" // a view that cannot be shown says more than a line could
	}
	switch a {
	case ui.Become:
		if len(m.opt.Personas) == 0 {
			return "only the demo has other people to be"
		}
		if m.admin != nil && m.admin.plan.Pushing() {
			return "a push is under way"
		}
	case ui.Dismiss:
		if len(m.notice.open) == 0 {
			return "no error is shown"
		}
	case ui.Role:
		if m.whoErr != nil {
			return "it is not known who you are"
		}
	case ui.Quit, ui.Leave, ui.Suspend, ui.Help, ui.Palette, ui.Errors, ui.Back, ui.Refresh, ui.NextView, ui.PrevView:
	default:
		if s := m.current(); s != nil {
			return s.Why(a)
		}
		return "nothing is shown yet"
	}
	return ""
}

// ask opens a dialog. It is armed when it has been on the screen for a moment.
func (m *model) ask(d ui.Dialog) tea.Cmd {
	m.dialogN++
	id := m.dialogN
	m.dialogs = append(m.dialogs, &dialog{Dialog: d, id: id, armed: !d.Guarded()})
	if !d.Guarded() {
		return nil
	}
	return tea.Tick(armAfter, tickArmed(id))
}
