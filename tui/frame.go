package tui

import (
	"cmp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// View implements tea.Model. What did not change is not drawn again. A fault while
// drawing is kept for the next message, which ends the program in order.
func (m *model) View() (v tea.View) {
	if !m.dirty {
		return m.drawn
	}
	defer func() {
		if fault := recover(); fault != nil {
			m.crash = &Crash{fault, debug.Stack()}
			v = tea.NewView("An internal error. Press a key to leave; drafts are kept.")
		}
	}()
	m.dirty = false
	m.drawn = tea.NewView(m.draw())
	m.drawn.AltScreen = true
	m.drawn.WindowTitle = "cam"
	if m.who.CurrentRole != "" {
		m.drawn.WindowTitle = "cam " + string(m.who.CurrentRole)
	}
	return m.drawn
}

// draw draws the whole screen: header, views, body, notice, status, footer.
func (m *model) draw() string {
	if m.w == 0 || m.h == 0 {
		return ""
	}
	if m.tooSmall() {
		return ui.Block(ui.Wrap("cam needs 40 x 10 characters. Make the window larger; q quits, nothing is lost.", m.w), m.w, m.h)
	}
	notice := m.notice.lines(m.kit.Theme, m.w)
	f := ui.Layout(m.w, m.h, len(notice))
	lines := []string{m.header(f.W)}
	if f.Tabs {
		lines = append(lines, m.tabs(f.W))
	}
	lines = append(lines, m.body(f.W, f.Body))
	if f.Notice > 0 {
		lines = append(lines, ui.Block(clip(notice, f.Notice), f.W, f.Notice))
	}
	lines = append(lines, m.status(f.W), m.footer(f.W, f.Footer))
	return strings.Join(lines, "\n")
}

// tooSmall is a screen on which nothing can be shown but that it is.
func (m *model) tooSmall() bool { return m.w < ui.MinWidth || m.h < ui.MinHeight }

// clip keeps the first lines and the last, which says how to get rid of the others.
func clip(lines []string, h int) []string {
	if len(lines) <= h || h < 2 {
		return lines
	}
	return append(append([]string{}, lines[:h-1]...), lines[len(lines)-1])
}

func (m *model) body(w, h int) string {
	if n := len(m.dialogs); n > 0 {
		return ui.DrawDialog(m.kit.Theme, m.dialogs[n-1], w, h)
	}
	if s := m.current(); s != nil {
		return s.View(w, h)
	}
	if m.view == ui.ViewFiles {
		return ui.Block(m.noFolder(w), w, h)
	}
	return ui.Block(m.noAdmin(w), w, h)
}

// noFolder says how to get a configuration folder.
func (m *model) noFolder(w int) []string {
	t := m.kit.Theme
	return append([]string{"", t.Bold.Render("  No configuration folder.")},
		ui.Paragraph(t.Dim, "Start cam in one, or with --dir FOLDER. cam init FOLDER makes one to start from.", w)...)
}

// header says who acts, with what, and for how long: at every size the badge, the role
// and the identity.
func (m *model) header(w int) string {
	t := m.kit.Theme
	badge := t.BadgeRead.Render(" READ-ONLY ")
	if m.admin != nil {
		badge = t.BadgeAdmin.Render(" ADMIN ")
	}
	role := string(m.who.CurrentRole)
	if m.role != "" {
		role = string(core.ParseRoleName(m.role))
	}
	left := t.Title.Render("cam") + " " + badge + " "
	right, identity := m.expiry(w), m.identity()
	room := w - ansi.StringWidth(left) - ansi.StringWidth(right) - 1
	roleText := "role " + cmp.Or(ui.Clean(role), "none")
	rest := t.Bold.Render(ansi.Truncate(roleText, max(10, room-12), "…"))
	if left := room - ansi.StringWidth(rest) - 2; left > 0 {
		rest += "  " + t.Dim.Render(ansi.Truncate(identity, left, "…"))
	}
	return ui.Fit(left+ui.Fit(rest, room)+" "+right, w)
}

// identity is who the caller is, the name first: it is cut from the right.
func (m *model) identity() string {
	switch {
	case m.whoErr != nil:
		return "no session"
	case m.who.ARN == "":
		return "asking AWS who you are"
	}
	text := m.who.SessionName
	if m.persona != "" {
		text = "demo as " + m.persona
	}
	text = ui.Clean(text) + " in " + string(m.who.MasterAccount)
	if m.session.Region != "" {
		text += "  " + ui.Clean(m.session.Region)
	}
	return text
}

// expiry counts down to the end of the session. Where there is little room it is said
// only when it matters.
func (m *model) expiry(w int) string {
	t := m.kit.Theme
	const soon = 10 * time.Minute
	left := m.who.Expires.Sub(m.kit.Now())
	expired, ending := "session expired", "session ends in "+ui.Span(left)
	if w < 70 {
		expired, ending = "expired", ui.Span(left)
	}
	switch {
	case core.IsCode(m.whoErr, core.CodeNoCredentials):
		return t.Bad.Render(ui.NoSession(m.whoErr))
	case m.who.Expires.IsZero():
		return ""
	case left <= 0:
		return t.Bad.Render(expired)
	case left < soon:
		return t.Warn.Render(ending)
	case w < 60:
		return ""
	default:
		return t.Dim.Render("session " + ui.Span(left))
	}
}

// tabs are the views with their keys.
func (m *model) tabs(w int) string {
	t := m.kit.Theme
	short := w < 76
	out := ""
	for i, v := range ui.Views() {
		if w < 50 && v != m.view { // the keys alone
			out += t.Dim.Render(" " + string(rune('1'+i)) + " ")
			continue
		}
		name := strings.ToUpper(string(v[:1])) + string(v[1:])
		if short {
			name = map[ui.View]string{ui.ViewAccounts: "Acc", ui.ViewFiles: "Files", ui.ViewPlan: "Plan", ui.ViewRollout: "Rollout", ui.ViewOrganisation: "Org"}[v]
		}
		text := string(rune('1'+i)) + " " + name
		if v == m.view {
			out += t.Selected.Render("["+text+"]") + " "
			continue
		}
		out += t.Dim.Render(" "+text+" ") + " "
	}
	return ui.Fit(out, w)
}

var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"}

// status says what is shown of what there is, and how old it is.
func (m *model) status(w int) string {
	t := m.kit.Theme
	s := m.current()
	if s == nil {
		return ui.Fit("", w)
	}
	st := s.Status()
	left := ""
	switch {
	case st.Typing != "":
		left = st.Typing + "  "
	case st.Filter != "":
		left = t.Key.Render("/") + t.Bold.Render(ui.Clean(st.Filter)) + "  "
	}
	if st.Unit != "" {
		text := ui.Count(st.Total, st.Unit)
		if st.Shown != st.Total {
			text = ui.Number(st.Shown) + " of " + text
		}
		left += text
	}
	if st.Order != "" && w >= 70 {
		left += t.Dim.Render(" by " + st.Order)
	}
	if st.Marked > 0 {
		left += "  " + t.Bold.Render(ui.Number(st.Marked)+" marked")
		if st.Hidden > 0 {
			left += t.Warn.Render(" (" + ui.Number(st.Hidden) + " not shown)")
		}
	}
	state := t.Dim.Render(ui.Clean(st.State))
	if st.Bad {
		state = t.Bad.Render("! " + ui.Clean(st.State))
	} else if st.Busy {
		state = t.Busy.Render(spinner[m.frame%len(spinner)]+" ") + state
	}
	age := m.age(st)
	// The filter and the counts stay; what goes on is cut, and the age goes first.
	room := w - ansi.StringWidth(left) - 2
	if ansi.StringWidth(state)+ansi.StringWidth(age) > room {
		age = ""
	}
	right := ansi.Truncate(state, max(0, room), "…") + age
	return ui.Fit(ui.Fit(left, max(0, w-ansi.StringWidth(right)-1))+" "+right, w)
}

// age says when what is shown was read.
func (m *model) age(st ui.Status) string {
	t := m.kit.Theme
	if st.AsOf.IsZero() {
		return ""
	}
	text := "  as of " + st.AsOf.Local().Format("15:04:05")
	if age := m.kit.Now().Sub(st.AsOf); age >= time.Minute {
		text += " (" + ui.Span(age) + " ago)"
	}
	if st.Stale {
		return t.Warn.Render(text + ", stale")
	}
	return t.Dim.Render(text)
}

// footer shows the keys that matter here. Those that do nothing now stay, in brackets;
// pressing one says why.
func (m *model) footer(w, h int) string {
	t := m.kit.Theme
	s := m.current()
	switch {
	case len(m.dialogs) > 0:
		return ui.Block([]string{t.Dim.Render("Esc closes the dialog")}, w, h)
	case s != nil && s.Captures() && !slices.Contains(s.Scopes(), ui.Editor):
		return ui.Block([]string{t.Dim.Render("type to filter, !word to leave out   ↑↓ move   Enter or Esc back to the list")}, w, h)
	}
	always, rest := []string{}, []string{}
	for _, b := range ui.Bindings(m.scopes()) {
		if b.Label == "" {
			continue
		}
		text := t.Key.Render(b.Key()) + " " + b.Label
		if m.why(b.Action) != "" {
			text = t.Dim.Render("(" + b.Key() + " " + b.Label + ")")
		}
		if b.Scope == ui.Browse && (w >= 56 || b.Action == ui.Help) {
			always = append(always, text)
		} else if b.Scope != ui.Browse {
			rest = append(rest, text)
		}
	}
	tail := strings.Join(always, "  ")
	lines := []string{}
	line := ""
	for _, text := range rest {
		room := w
		if len(lines) == h-1 {
			room = w - ansi.StringWidth(tail) - 2
		}
		switch {
		case ansi.StringWidth(line)+ansi.StringWidth(text)+2 <= room:
			line += text + "  "
		case len(lines) < h-1:
			lines = append(lines, line)
			line = text + "  "
		}
	}
	for len(lines) < h-1 {
		lines = append(lines, line)
		line = ""
	}
	return ui.Block(append(lines, ui.Fit(line, max(0, w-ansi.StringWidth(tail)))+tail), w, h)
}
