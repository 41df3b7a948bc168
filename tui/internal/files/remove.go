package files

import (
	"bytes"
	"maps"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// removed is what came of deleting a file.
type removed struct {
	name string
	err  error
}

// askDelete asks before a file is deleted, and lists what is in it.
func (s *Screen) askDelete(one *row) tea.Cmd {
	name, f, facts := one.name, s.disk[one.name], one.facts
	unsaved := s.drafts[name] != nil
	held := s.pushed != nil && f.data != nil && bytes.Equal(s.pushed[name], f.data) && s.pushed[name] != nil
	users := []core.RoleName(nil)
	if facts.policy != nil {
		users = s.config.PolicyUsers(facts.policy.Name)
	}
	return ui.Ask(&ui.Confirm{
		Heading: "Delete " + ui.Clean(name) + "?", Verb: "Delete",
		Yes: func() tea.Cmd { return s.remove(name, f.digest) },
		Render: func(t *ui.Theme, w int) []string {
			var out []string
			for i := range facts.accounts {
				out = append(out, t.Removed.Render("  − account ")+string(facts.accounts[i].ID)+"  "+ui.Clean(facts.accounts[i].Name))
			}
			for i := range facts.roles {
				out = append(out, t.Removed.Render("  − role ")+ui.Clean(string(facts.roles[i].Name)))
			}
			for _, user := range users {
				out = append(out, t.Removed.Render("  ! ")+"the role "+ui.Clean(string(user))+" names this policy, and will not be valid")
			}
			if len(out) > 0 {
				out = append(out, "")
			}
			if unsaved {
				out = append(out, wrapped(t.Warn, "Its unsaved text goes too.", w)...)
			}
			text := "The configuration bucket does not hold this text, or it is not known what it holds: only git may have it."
			if held {
				text = "The configuration bucket holds the same text until the next push."
			}
			out = append(out, wrapped(t.Text, text, w)...)
			return append(out, wrapped(t.Dim, "The plan shows what a push would then remove.", w)...)
		},
	})
}

// remove deletes a file, if it still is what was shown.
func (s *Screen) remove(name, digest string) tea.Cmd {
	folder := s.folder
	s.saving = true
	return func() tea.Msg {
		if now, err := fresh(folder.FS(), name); err == nil && now.data != nil && now.digest != digest {
			return removed{name, core.Errorf(core.CodeConflict, "it has changed meanwhile").WithHint("look at it again first")}
		}
		return removed{name, folder.Remove(name)}
	}
}

func (s *Screen) wasRemoved(r removed) tea.Cmd {
	s.saving = false
	if r.err != nil {
		return ui.Fail("deleting "+ui.Clean(r.name), core.Errorf(core.CodeFailure, "the file was not deleted: %w", r.err).
			WithHint("It is as it was, and so is its unsaved text."))
	}
	s.disk = maps.Clone(s.disk)
	delete(s.disk, r.name)
	s.epoch++
	s.looking = false
	s.forget(r.name)
	s.arrange()
	return tea.Batch(s.store(), s.validate(), changed, ui.Say("Deleted "+ui.Clean(r.name)+"."))
}

// askDrop asks before unsaved text is thrown away.
func (s *Screen) askDrop(one *row) tea.Cmd {
	name, f := one.name, s.disk[one.name]
	text := "Nothing but this text is left of the file: it was never saved, or is gone from the folder."
	if f != nil && f.data != nil {
		text = "The file stays as it is on disk."
	}
	before := ""
	if f != nil {
		before = string(f.data)
	}
	added, gone := difference(before, s.drafts[name].Text)
	return ui.Ask(&ui.Confirm{
		Heading: "Discard the unsaved text of " + ui.Clean(name) + "?", Verb: "Discard",
		Yes: func() tea.Cmd {
			s.forget(name)
			s.arrange()
			return tea.Batch(s.store(), s.validate(), changed, ui.Say("Discarded the unsaved text of "+ui.Clean(name)+"."))
		},
		Render: func(t *ui.Theme, w int) []string {
			lines := t.Added.Render("  + "+ui.Count(added, "line")) + "  " + t.Removed.Render("− "+ui.Count(gone, "line"))
			return append([]string{lines + "  against the file", ""}, wrapped(t.Text, text, w)...)
		},
	})
}

// difference counts the lines that one text has more of than another, and fewer of.
// Lines that only moved do not count.
func difference(before, after string) (added, gone int) {
	counts := map[string]int{}
	for line := range strings.Lines(after) {
		counts[line]++
	}
	for line := range strings.Lines(before) {
		counts[line]--
	}
	for _, n := range counts {
		if n > 0 {
			added += n
		} else {
			gone -= n
		}
	}
	return added, gone
}
