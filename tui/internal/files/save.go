package files

import (
	"errors"
	"io/fs"
	"maps"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// saved is what came of saving a text.
type saved struct {
	name     string
	text     string
	revision int
	own      bool  // goes on in the user's own editor
	other    *file // what stood in the way: somebody else's text; without data if the file is gone
	err      error
}

// save writes the open text, if the file still is what the text was made from, by its
// digest; empty if there was no file.
func (s *Screen) save(base string, own bool) tea.Cmd {
	o, folder := s.opened, s.folder
	done := saved{name: o.name, text: o.ed.Text(), revision: o.ed.Revision(), own: own}
	s.saving = true
	return func() tea.Msg {
		now, err := fresh(folder.FS(), done.name)
		switch {
		case err != nil:
			done.err = err
		case now.digest != base && (now.digest == "" || string(now.data) != done.text):
			done.other = now
		default:
			done.err = folder.Write(done.name, []byte(done.text))
		}
		return done
	}
}

// fresh reads a file as it is now. One that is not there has no digest.
func fresh(fsys fs.FS, name string) (*file, error) {
	info, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return &file{name: name}, nil
	}
	if err != nil {
		return nil, err
	}
	f := readFile(fsys, name, info.Size())
	if f.err == nil && f.data == nil {
		f.digest = "too large" // in any case not what was opened
	}
	return f, f.err
}

// wasSaved takes the result of saving.
func (s *Screen) wasSaved(d saved) tea.Cmd {
	s.saving = false
	switch {
	case d.err != nil:
		return tea.Batch(s.keepDrafts(), ui.Fail("saving "+ui.Clean(d.name), saveError(d.err)))
	case d.other != nil:
		return tea.Batch(s.keepDrafts(), s.askOverwrite(d))
	}
	f := newFile(d.name, []byte(d.text))
	s.disk = maps.Clone(s.disk)
	s.disk[d.name] = f
	s.epoch++ // a look that is under way may have seen the file as it was
	s.looking = false
	if o := s.opened; o != nil && o.name == d.name {
		o.base, o.elsewhere, o.gone = f.digest, false, false
		markSaved(o, d)
	} else if draft := s.drafts[d.name]; draft != nil && draft.Text == d.text {
		s.forget(d.name) // the editor was closed meanwhile
	} else if draft != nil {
		later := *draft // commands may still read the old one
		later.Base = f.digest
		s.drafts[d.name], s.dirty[d.name] = &later, true
	}
	s.then = func() tea.Cmd { return s.afterSave(d) }
	stored := s.keepDrafts()
	s.arrange()
	return tea.Batch(stored, s.validate(), changed)
}

// markSaved tells the editor what its file holds. What was typed while it was written
// is a change on top of that.
func markSaved(o *opened, d saved) {
	if o.ed.Revision() == d.revision {
		o.ed.MarkSaved()
		return
	}
	later := o.ed.Text()
	o.ed.SetText(d.text)
	o.ed.MarkSaved()
	o.ed.SetText(later)
}

func saveError(err error) error {
	if known, ok := errors.AsType[*core.Error](err); ok && known.Hint != "" {
		return err
	}
	return core.Errorf(core.CodeFailure, "the file was not written: %w", err).
		WithHint("Your text is still in the editor, and kept as a draft. Save again once there is room and permission to write.")
}

// afterSave says what the check of what was saved found, and goes to the first error.
func (s *Screen) afterSave(d saved) tea.Cmd {
	f := s.factsOf(d.name)
	if d.own {
		return s.own(d.name)
	}
	first, wrong := f.firstError()
	if !wrong {
		return ui.Say("Saved " + ui.Clean(d.name) + "." + elsewhere(s.findings))
	}
	if o := s.opened; o != nil && o.name == d.name && o.ed.Revision() == d.revision {
		s.goTo(place{d.name, first.Line, first.Column})
	}
	return ui.Say("Saved " + ui.Clean(d.name) + " with " + ui.Count(f.errors, "error") + "; nothing can be pushed until then. Ctrl+N goes from one to the next.")
}

// elsewhere tells of errors in other files.
func elsewhere(findings []core.Finding) string {
	n := 0
	for _, f := range findings {
		if f.Severity == core.SeverityError {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return " Other files have " + ui.Count(n, "error") + "."
}

// askOverwrite asks what to do where the file is not what the text was made from.
func (s *Screen) askOverwrite(d saved) tea.Cmd {
	items := []ui.Item{
		{ID: mine, Text: "Overwrite the file", Detail: "with my text, " + size(d.text)},
		{ID: theirs, Text: "Take the file's text", Detail: size(string(d.other.data)) + ", as it is on disk; undo brings mine back"},
	}
	heading := ui.Clean(d.name) + " was changed by somebody else since it was opened"
	if d.other.digest == "" {
		heading = ui.Clean(d.name) + " was deleted since it was opened"
		items = []ui.Item{{ID: mine, Text: "Write the file again", Detail: "with my text, " + size(d.text)}}
	} else if d.other.data == nil || d.other.locked() != "" {
		items[1].Why = "it cannot be edited here"
	}
	items = append(items, ui.Item{ID: "", Text: "Cancel", Detail: "nothing is written; my text stays in the editor"})
	return ui.Ask(ui.NewPick(heading, items, "", func(answer ui.Item) tea.Cmd {
		o := s.opened
		if o == nil || o.name != d.name {
			return nil // it was closed meanwhile, and is a draft
		}
		switch answer.ID {
		case mine:
			return s.save(d.other.digest, d.own)
		case theirs:
			return s.after(func() { o.replace(d.other) })
		}
		return nil
	}))
}
