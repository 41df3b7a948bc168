package files

import (
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/editor"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// opened is the file in the editor.
type opened struct {
	name string
	ed   *editor.Editor
	base string // digest of the file that the text was made from; empty if there was none
	// The file has another text now than that from which this one was made, or is gone.
	elsewhere, gone bool

	search    textinput.Model
	searching bool
	missed    bool // the text that is searched is not there
	top       int  // the line of the last View at which the text began
}

// Timers of the last change.
type (
	checkNow struct{ change int }
	draftNow struct{ change int }
)

// begin makes an editor of a file with its draft, if it has one, as a change that can be
// undone.
func (s *Screen) begin(name string) *opened {
	o := &opened{name: name, search: textinput.New()}
	o.search.Prompt = "Find: "
	o.search.CharLimit = 1000
	text := ""
	if f := s.disk[name]; f != nil {
		text, o.base = string(f.data), f.digest
	}
	o.ed = editor.New(name, text, editorStyles(s.kit.Theme))
	if d := s.drafts[name]; d != nil {
		o.ed.SetText(d.Text)
		o.elsewhere = d.Base != o.base
		o.gone = o.base == "" && d.Base != ""
		o.base = d.Base
	}
	return o
}

func editorStyles(t *ui.Theme) editor.Styles {
	return editor.Styles{
		Text: t.Text, LineNumber: t.Dim, CursorLine: t.Text, Key: t.CodeKey, String: t.CodeString, Number: t.CodeNumber,
		Comment: t.CodeComment, Punctuation: t.CodePunctuation, Keyword: t.CodeKeyword,
		Error: t.Bad, Warning: t.Warn, Selection: t.Match,
	}
}

// unsaved reports whether the text is nowhere else than here and in its draft.
func (o *opened) unsaved() bool { return o.ed.Changed() || o.gone }

// replace takes the text that the file has now. What was there before is an undo away.
func (o *opened) replace(f *file) {
	o.ed.SetText(string(f.data))
	o.ed.MarkSaved()
	o.base, o.elsewhere, o.gone = f.digest, false, false
}

// show puts findings into the margin.
func (o *opened) show(findings []core.Finding) {
	out := make([]editor.Finding, 0, len(findings))
	for _, f := range findings {
		text := f.Message
		if f.Advice != "" {
			text += "; " + f.Advice
		}
		out = append(out, editor.Finding{
			Line: max(1, f.Line), Column: max(1, f.Column), Error: f.Severity == core.SeverityError, Message: text,
		})
	}
	o.ed.SetFindings(out)
}

// update takes keys and pastes.
func (o *opened) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch {
		case !o.searching:
			o.ed.Press(msg)
		case msg.String() == "enter":
			o.find(true)
		default:
			o.retype(msg)
		}
	case tea.PasteMsg:
		if o.searching {
			o.retype(tea.PasteMsg{Content: ui.Clean(msg.Content[:min(len(msg.Content), 1000)])})
			return
		}
		o.ed.Paste(strings.ToValidUTF8(msg.Content, "\ufffd"))
	}
}

func (o *opened) retype(msg tea.Msg) {
	before := o.search.Value()
	o.search, _ = o.search.Update(msg)
	if o.search.Value() != before {
		o.find(false)
	}
}

func (o *opened) find(next bool) {
	o.missed = !o.ed.Find(o.search.Value(), next) && o.search.Value() != ""
}

// startSearch gives the keyboard to the search; if it has it, it goes on to the next.
func (o *opened) startSearch() {
	if o.searching {
		o.find(true)
		return
	}
	o.searching = true
	o.search.CursorEnd()
	_ = o.search.Focus()
}

func (o *opened) stopSearch() {
	o.searching, o.missed = false, false
	o.search.Blur()
}

// after makes a change of the open text, and sets the timers that follow one.
func (s *Screen) after(change func()) tea.Cmd {
	o := s.opened
	before := o.ed.Revision()
	change()
	if o.ed.Revision() == before {
		return nil
	}
	return s.edited()
}

// edited sets the timers for the check and the draft of the open text. A check that is
// under way is of an older text.
func (s *Screen) edited() tea.Cmd {
	s.changes++
	s.generation++
	change := s.changes
	return tea.Batch(
		s.timer(checkAfter, func(time.Time) tea.Msg { return checkNow{change} }),
		s.timer(draftAfter, func(time.Time) tea.Msg { return draftNow{change} }),
	)
}

// leave leaves the editor. What is not saved stays as a draft, to be stored.
func (s *Screen) leave() {
	if o := s.opened; o != nil {
		s.sync()
		s.opened = nil
		s.arrange()
		s.list.Table.Select(o.name)
	}
}

// close leaves the editor, and stores the draft at once.
func (s *Screen) close() tea.Cmd {
	o := s.opened
	if o == nil {
		return nil
	}
	s.leave()
	if s.drafts[o.name] == nil {
		return s.store()
	}
	return tea.Batch(s.store(), s.validate(), changed, ui.Say("The text of "+ui.Clean(o.name)+" is not saved; it stays as a draft."))
}

// changed tells the others of a change.
func changed() tea.Msg { return ui.FilesChanged{} }

// viewOpened draws a line about the file, the text, and what is said about the cursor's
// line, or the search.
func (s *Screen) viewOpened(w, h int) string {
	o := s.opened
	foot := 1
	if h >= 16 {
		foot = 2
	}
	if o.top = 1; h < 4 {
		o.top = 0
		return o.ed.View(w, h)
	}
	text := o.ed.View(w, h-1-foot) // first: it may move the cursor into view
	return ui.Block([]string{s.heading(w)}, w, 1) + "\n" + text + "\n" + ui.Block(s.footing(w, foot), w, foot)
}

// cursor is where the terminal's cursor belongs.
func (o *opened) cursor() (x, y int, visible bool) {
	x, y, visible = o.ed.CursorCell()
	return x, y + o.top, visible && !o.searching
}

// heading is the line about the file.
func (s *Screen) heading(w int) string {
	o, t := s.opened, s.kit.Theme
	state := s.stateOf(o.name)
	style, text := state.look(t)
	line, column := o.ed.Cursor()
	parts := []string{style.Render(text)}
	switch {
	case o.gone:
		parts = append(parts, t.Warn.Render("! gone from the folder"))
	case o.elsewhere:
		parts = append(parts, t.Warn.Render("! changed on disk"))
	}
	parts = append(parts, "line "+ui.Number(line)+", "+strconv.Itoa(column))
	switch {
	case o.ed.CanUndo() && o.ed.CanRedo():
		parts = append(parts, t.Dim.Render("undo, redo"))
	case o.ed.CanUndo():
		parts = append(parts, t.Dim.Render("undo"))
	case o.ed.CanRedo():
		parts = append(parts, t.Dim.Render("redo"))
	}
	rest := "  " + strings.Join(parts, "  ")
	name := ui.Clean(o.name)
	if most := max(w-ansi.StringWidth(rest), min(w/3, 16)); ansi.StringWidth(name) > most {
		name = ui.Fit(name, most)
	}
	return t.Title.Render(name) + rest
}

// footing is what is said about the cursor's line, or the search.
func (s *Screen) footing(w, h int) []string {
	o, t := s.opened, s.kit.Theme
	if o.searching {
		o.search.SetWidth(max(1, w-len(o.search.Prompt)-14))
		line := o.search.View()
		if o.missed {
			line += t.Warn.Render("  not found")
		}
		return []string{line, t.Dim.Render("Enter next  Esc back to the text")}[:h]
	}
	f, here := o.ed.FindingHere()
	if !here {
		found := s.factsOf(o.name)
		if len(found.findings) == 0 {
			return nil
		}
		return []string{t.Dim.Render(tally(found) + "; Ctrl+N goes to the next")}
	}
	style, sign := t.Warn, "! "
	if f.Error {
		style, sign = t.Bad, "✗ "
	}
	lines := ui.Wrap(sign+ui.Clean(f.Message), max(w, 8))
	if len(lines) > h {
		lines = append(lines[:h-1:h-1], ui.Fit(strings.Join(lines[h-1:], " "), w))
	}
	for i := range lines {
		lines[i] = style.Render(lines[i])
	}
	return lines
}

// tally counts findings.
func tally(f *facts) string {
	var parts []string
	if f.errors > 0 {
		parts = append(parts, ui.Count(f.errors, "error"))
	}
	if f.warnings > 0 {
		parts = append(parts, ui.Count(f.warnings, "warning"))
	}
	return strings.Join(parts, ", ")
}
