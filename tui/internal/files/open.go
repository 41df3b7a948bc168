package files

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// open opens a file in the editor, with its draft if it has one. Where both the file and
// the draft are not what they were made from, it asks which to go on with.
func (s *Screen) open(at place) tea.Cmd {
	f, draft := s.disk[at.file], s.drafts[at.file]
	if f == nil && draft == nil && (s.opened == nil || s.opened.name != at.file) {
		return ui.Fail("opening "+ui.Clean(at.file), core.Errorf(core.CodeNotFound, "there is no such file in the configuration folder").
			WithHint("Ctrl+R reads the folder again"))
	}
	if s.opened != nil && s.opened.name == at.file {
		s.goTo(at)
		return nil
	}
	if f != nil && f.locked() != "" {
		err := core.Errorf(core.CodeFailure, "%s", f.locked()).WithHint("v opens it in your own editor")
		if draft != nil {
			err = err.WithHint("its unsaved text from %s is kept", cmp.Or(ui.Ago(s.kit.Now(), draft.At), "before"))
		}
		return ui.Fail("opening "+ui.Clean(at.file), err)
	}
	if draft != nil && f != nil && draft.Base != f.digest && draft.Text != string(f.data) {
		return s.askWhich(at)
	}
	left := s.close()
	s.enter(s.begin(at.file))
	s.goTo(at)
	if draft == nil {
		return tea.Batch(left, s.look(false))
	}
	note := "This is the unsaved text from " + cmp.Or(ui.Ago(s.kit.Now(), draft.At), "before") + "; undo goes back to the file's."
	switch {
	case f == nil && draft.Base != "":
		note = "The file is gone from the folder. This is its unsaved text; saving makes the file again."
	case f == nil:
		note = "This text was never saved to a file."
	}
	return tea.Batch(left, s.look(false), ui.Say(note))
}

// enter shows a text in the editor.
func (s *Screen) enter(o *opened) {
	s.opened = o
	o.show(s.factsOf(o.name).findings)
	s.list.Table.Select(o.name)
}

func (s *Screen) goTo(at place) {
	if at.line > 0 {
		s.opened.ed.GoTo(at.line, max(1, at.column))
	}
}

// Answers of the dialogs about two texts.
const (
	mine   = "mine"
	theirs = "theirs"
)

// askWhich asks which of two texts of a file to go on with. The other one is an undo
// away. Escape opens neither, and changes nothing.
func (s *Screen) askWhich(at place) tea.Cmd {
	f, draft := s.disk[at.file], s.drafts[at.file]
	pick := ui.NewPick(ui.Clean(at.file)+" has changed since your unsaved text was begun", []ui.Item{
		{ID: mine, Text: "Go on with my text", Detail: size(draft.Text) + ", from " + cmp.Or(ui.Ago(s.kit.Now(), draft.At), "before") + "; undo shows the file's"},
		{ID: theirs, Text: "Take the file's text", Detail: size(string(f.data)) + ", as it is on disk; undo brings mine back"},
	}, mine, func(answer ui.Item) tea.Cmd {
		left := s.close()
		o := s.begin(at.file)
		s.enter(o)
		s.goTo(at)
		switch f := s.disk[at.file]; {
		case f == nil: // it went away while the question was open
		case answer.ID == theirs:
			o.replace(f)
			return tea.Batch(left, s.edited(), ui.Say("This is the file's text; undo brings yours back."))
		default:
			o.base, o.elsewhere = f.digest, false
		}
		return tea.Batch(left, s.edited(), ui.Say("This is your text; saving it replaces the file's, which undo shows."))
	})
	return ui.Ask(pick)
}

// size says how long a text is.
func size(text string) string {
	n := strings.Count(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		n++
	}
	return ui.Count(n, "line")
}
