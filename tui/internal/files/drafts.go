package files

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// errand is one thing to do in the store: keep a draft, or forget that of a file.
type errand struct {
	file  string
	draft *memory.Draft // nil: forget
	step  uint64
}

// shelved is what came of errands.
type shelved struct {
	undone []string // files whose drafts are not in the store as they should
	err    error
}

// sync makes the draft of the open file what its text is now.
func (s *Screen) sync() {
	o := s.opened
	if o == nil {
		return
	}
	draft := s.drafts[o.name]
	if !o.unsaved() {
		s.forget(o.name)
		return
	}
	if text := o.ed.Text(); draft == nil || draft.Text != text || draft.Base != o.base {
		s.drafts[o.name] = &memory.Draft{Folder: s.folder.Path(), File: o.name, Text: text, Base: o.base, At: s.kit.Now()}
		s.dirty[o.name] = true
	}
}

// forget drops the draft of a file.
func (s *Screen) forget(name string) {
	if s.drafts[name] != nil {
		delete(s.drafts, name)
		s.dirty[name] = true
	}
}

// errands takes over everything that the store does not have as it is here.
func (s *Screen) errands() []errand {
	out := make([]errand, 0, len(s.dirty))
	for name := range s.dirty {
		s.step++
		out = append(out, errand{name, s.drafts[name], s.step})
	}
	clear(s.dirty)
	return out
}

func (s *shelf) do(errands []errand) shelved {
	var done shelved
	for _, e := range errands {
		var err error
		if e.draft != nil {
			err = s.put(e.draft, e.step)
		} else {
			err = s.forget(e.file, e.step)
		}
		if err != nil {
			done.undone = append(done.undone, e.file)
			done.err = errors.Join(done.err, err)
		}
	}
	return done
}

// store brings the store up to date.
func (s *Screen) store() tea.Cmd {
	errands := s.errands()
	if len(errands) == 0 {
		return nil
	}
	shelf := s.shelf
	return func() tea.Msg { return shelf.do(errands) }
}

// keepDrafts stores the text that is being edited, and whatever else is not stored.
func (s *Screen) keepDrafts() tea.Cmd {
	s.sync()
	return s.store()
}

// wasShelved reports the first failure of several: the texts are still here, and are
// stored with the next change.
func (s *Screen) wasShelved(msg shelved) tea.Cmd {
	for _, name := range msg.undone {
		s.dirty[name] = true
	}
	first := msg.err != nil && !s.shelfBad
	s.shelfBad = msg.err != nil
	if first {
		return ui.Fail("keeping a draft", msg.err)
	}
	return nil
}

// SaveDrafts stores what is not saved, at once, for when the program ends. It is called
// by the goroutine that the screen belongs to, or when that one is gone.
func (s *Screen) SaveDrafts() error {
	s.sync()
	done := s.shelf.do(s.errands())
	for _, name := range done.undone {
		s.dirty[name] = true
	}
	return done.err
}

// draftCount is how many files have text that is not saved.
func (s *Screen) draftCount() int {
	n := len(s.drafts)
	if o := s.opened; o != nil {
		if had := s.drafts[o.name] != nil; had != o.unsaved() {
			if had {
				n--
			} else {
				n++
			}
		}
	}
	return n
}
