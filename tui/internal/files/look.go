package files

import (
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// looked is what a look at the folder found.
type looked struct {
	epoch  int
	first  bool
	found  contents
	drafts map[string]*memory.Draft // of the first look
	err    error                    // of the folder
	store  error                    // of the drafts
	at     time.Time
}

// look reads what changed in the folder; with everything set, it relies on no time of
// change. The first look reads the drafts too.
func (s *Screen) look(everything bool) tea.Cmd {
	s.looking, s.lookedAt = true, s.kit.Now()
	s.epoch++
	ctx, fsys, shelf, now := s.ctx, s.folder.FS(), s.shelf, s.kit.Now
	known, l := s.disk, looked{epoch: s.epoch, first: s.asOf.IsZero()}
	if everything {
		known = nil
	}
	return func() tea.Msg {
		l.found, l.err = lookAt(ctx, fsys, known)
		if l.first {
			l.drafts, l.store = shelf.all(l.found.files)
		}
		l.at = now()
		return l
	}
}

// saw takes what a look found.
func (s *Screen) saw(l looked) tea.Cmd {
	if l.epoch != s.epoch {
		return nil
	}
	s.looking, s.err = false, l.err
	var cmds []tea.Cmd
	if l.store != nil {
		cmds = append(cmds, ui.Fail("reading the drafts", l.store))
	}
	if l.first {
		s.start = l.found.files
		maps.Copy(s.drafts, l.drafts)
	}
	if l.err != nil {
		// What was read before stays: a folder may be away for a moment only.
		s.then = nil
		if l.first {
			s.disk, s.others = map[string]*file{}, map[string]bool{}
		}
		if s.asOf.IsZero() && len(s.drafts) > 0 {
			s.asOf = l.at
		}
		s.arrange()
		return tea.Batch(append(cmds, s.resume())...)
	}
	differs := !maps.EqualFunc(s.disk, l.found.files, same) || !maps.Equal(s.others, l.found.others)
	s.asOf = l.at
	s.disk, s.others = l.found.files, l.found.others
	cmds = append(cmds, s.followDisk(), s.dropNeedless())
	switch {
	case l.first:
		cmds = append(cmds, s.validate())
	case differs:
		cmds = append(cmds, s.validate(), changed)
	case s.then != nil:
		cmds = append(cmds, s.validate())
	}
	s.arrange()
	return tea.Batch(append(cmds, s.resume())...)
}

func same(a, b *file) bool {
	return a.digest == b.digest && a.size == b.size && (a.err == nil) == (b.err == nil)
}

// resume opens what was to be opened as soon as the folder was read.
func (s *Screen) resume() tea.Cmd {
	if s.pending == nil {
		return nil
	}
	at := *s.pending
	s.pending = nil
	return s.open(at)
}

// followDisk compares the open text with its file. A text without changes follows it,
// any other stays and is marked.
func (s *Screen) followDisk() tea.Cmd {
	o := s.opened
	if o == nil {
		return nil
	}
	f := s.disk[o.name]
	switch {
	case f == nil:
		o.elsewhere, o.gone = false, o.base != ""
	case f.digest == o.base:
		o.elsewhere, o.gone = false, false
	case o.unsaved() || f.locked() != "":
		o.elsewhere, o.gone = true, false
	default:
		o.replace(f)
		s.generation++
		return ui.Say(ui.Clean(o.name) + " changed on disk and was read again.")
	}
	return nil
}

// dropNeedless forgets drafts that say what their files say.
func (s *Screen) dropNeedless() tea.Cmd {
	for name, d := range s.drafts {
		if f := s.disk[name]; f != nil && f.data != nil && d.Text == string(f.data) && (s.opened == nil || s.opened.name != name) {
			s.forget(name)
		}
	}
	return s.store()
}
