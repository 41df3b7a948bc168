package files

import (
	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// Do implements ui.Screen.
func (s *Screen) Do(a ui.Action) tea.Cmd {
	if a == ui.Refresh {
		return s.look(true)
	}
	if s.opened != nil {
		return s.doOpened(a)
	}
	switch a {
	case ui.Left, ui.Right:
		s.fold(a == ui.Left)
		return nil
	case ui.Mark, ui.MarkAll:
		return nil
	case ui.NewEntry:
		if s.Why(a) != "" {
			return nil
		}
		return s.askKind()
	}
	if s.list.Do(a) {
		return nil
	}
	one := s.selected()
	if one == nil || s.Why(a) != "" {
		return nil
	}
	switch a {
	case ui.Edit:
		if one.isFolder {
			s.toggle(one.name)
			return nil
		}
		return s.open(place{file: one.name})
	case ui.EditOwn:
		return s.own(one.name)
	case ui.Usage:
		return s.showUsage(one)
	case ui.DeleteFile:
		return s.askDelete(one)
	case ui.DropDraft:
		return s.askDrop(one)
	}
	return nil
}

// doOpened performs an action of the editor.
func (s *Screen) doOpened(a ui.Action) tea.Cmd {
	o := s.opened
	if s.Why(a) != "" {
		return nil
	}
	switch a {
	case ui.Save:
		return s.save(o.base, false)
	case ui.SaveOwn:
		if !o.unsaved() && s.disk[o.name] != nil {
			return s.own(o.name)
		}
		return s.save(o.base, true)
	case ui.Undo:
		return s.after(func() { o.ed.Undo() })
	case ui.Redo:
		return s.after(func() { o.ed.Redo() })
	case ui.NextFind:
		o.ed.NextFinding()
	case ui.PrevFind:
		o.ed.PreviousFinding()
	case ui.Search:
		o.startSearch()
	case ui.Close:
		if o.searching {
			o.stopSearch()
			return nil
		}
		return s.close()
	}
	return nil
}

// Why implements ui.Screen.
func (s *Screen) Why(a ui.Action) string {
	if s.opened != nil {
		return s.whyOpened(a)
	}
	one := s.selected()
	switch a {
	case ui.Left, ui.Right:
		if one == nil {
			return "the list is empty"
		}
		return ""
	case ui.NewEntry:
		if s.asOf.IsZero() || s.err != nil {
			return "the configuration folder was not read"
		}
		return ""
	case ui.Edit, ui.EditOwn, ui.Usage, ui.DeleteFile, ui.DropDraft:
		if one == nil {
			return "no file is selected"
		}
		if one.isFolder && a != ui.Edit {
			return "a folder is selected, not a file"
		}
		return s.whyFile(a, one)
	default:
		return s.list.Why(a)
	}
}

func (s *Screen) whyFile(a ui.Action, one *row) string {
	f, unsaved := s.disk[one.name], s.drafts[one.name] != nil
	switch {
	case a == ui.Edit && f != nil && !unsaved:
		return f.locked()
	case a == ui.EditOwn && unsaved:
		return "it has unsaved text: Enter opens it, and Ctrl+O there saves it and goes on in your editor"
	case a == ui.DeleteFile && f == nil:
		return "it was never saved; X discards its text"
	case a == ui.DropDraft && !unsaved:
		return "it has no unsaved text"
	case s.saving && a != ui.Usage:
		return "still saving"
	}
	return ""
}

func (s *Screen) whyOpened(a ui.Action) string {
	o := s.opened
	switch {
	case s.saving && (a == ui.Save || a == ui.SaveOwn):
		return "still saving"
	case a == ui.Save && !o.unsaved() && s.disk[o.name] != nil:
		return "there is nothing to save"
	case a == ui.Undo && !o.ed.CanUndo():
		return "there is nothing to undo"
	case a == ui.Redo && !o.ed.CanRedo():
		return "there is nothing to do again"
	case (a == ui.NextFind || a == ui.PrevFind) && len(s.factsOf(o.name).findings) == 0:
		return "there are no findings in this file"
	}
	return ""
}

// fold closes or opens a folder. From a file, closing goes to its folder first.
func (s *Screen) fold(close bool) {
	one := s.selected()
	switch {
	case one == nil:
	case !one.isFolder && close:
		s.list.Table.Select(folderOf(one.name))
	case one.isFolder && s.rows.closed[one.name] != close:
		s.toggle(one.name)
	}
}

func (s *Screen) toggle(folder string) {
	s.rows.closed[folder] = !s.rows.closed[folder]
	s.list.Refresh()
}
