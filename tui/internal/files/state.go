package files

import (
	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// state is where a file stands.
type state struct {
	word    string // one of those below
	unsaved bool   // it has unsaved text besides
}

// The words, the worst first.
const (
	unreadable = "unreadable" // the folder does not give it
	invalid    = "invalid"    // it has errors
	draft      = "draft"      // it has unsaved text
	created    = "new"        // the bucket does not have it
	edited     = "edited"     // the bucket has another one
	pushed     = "pushed"     // the bucket has it since this run
	unchanged  = "unchanged"  // the bucket has the same
)

var words = []string{unreadable, invalid, draft, created, edited, pushed, unchanged}

// stateOf tells where a file stands. As long as it is not known what the bucket holds,
// files are compared with those that the folder held when the screen started.
func (s *Screen) stateOf(name string) state {
	f := s.disk[name]
	unsaved := s.hasUnsaved(name)
	switch {
	case f != nil && f.err != nil:
		return state{word: unreadable, unsaved: unsaved}
	case s.factsOf(name).errors > 0:
		return state{word: invalid, unsaved: unsaved}
	case unsaved:
		return state{word: draft}
	case f == nil:
		return state{word: created}
	}
	return state{word: s.compared(f)}
}

// compared tells a file from what was before.
func (s *Screen) compared(f *file) string {
	if s.pushed == nil {
		switch before := s.start[f.name]; {
		case before == nil:
			return created
		case !same(before, f):
			return edited
		}
		return unchanged
	}
	data, has := s.pushed[f.name]
	switch {
	case !has:
		return created
	case f.data == nil || string(data) != string(f.data):
		return edited
	case s.uploaded[f.name]:
		return pushed
	}
	return unchanged
}

// hasUnsaved reports whether a file has text that is not in it.
func (s *Screen) hasUnsaved(name string) bool {
	if s.opened != nil && s.opened.name == name {
		return s.opened.unsaved()
	}
	return s.drafts[name] != nil
}

// look is how a state is shown.
func (s state) look(t *ui.Theme) (lipgloss.Style, string) {
	style, sign := t.Dim, "·"
	switch s.word {
	case unreadable, invalid:
		style, sign = t.Bad, "✗"
	case draft:
		style, sign = t.Warn, "*"
	case created:
		style, sign = t.Added, "+"
	case edited:
		style, sign = t.Changed, "~"
	case pushed:
		style, sign = t.Good, "●"
	}
	text := sign + " " + s.word
	if s.unsaved {
		text += ", " + draft
	}
	return style, text
}
