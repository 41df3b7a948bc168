package table

import (
	"maps"
	"slices"
)

// Marks are identities: they stay through every filter, order and refresh, and even if
// their rows vanish, until ClearMarks or Forget.

// ToggleMark marks the row under the cursor, or takes its mark away.
func (t *Table) ToggleMark() {
	if len(t.order) == 0 {
		return
	}
	if t.Marked(t.id) {
		delete(t.marks, t.id)
		return
	}
	t.marks[t.id] = struct{}{}
}

// MarkAll marks every row that is shown, on the screen or outside of it.
func (t *Table) MarkAll() {
	if len(t.marks) == 0 {
		t.marks = make(map[string]struct{}, len(t.order))
	}
	for _, row := range t.order {
		t.marks[t.source.ID(int(row))] = struct{}{}
	}
}

// ClearMarks takes every mark away, hidden ones too.
func (t *Table) ClearMarks() { t.marks = map[string]struct{}{} }

// Forget takes away the marks for which gone is true, as those of rows that no longer
// exist.
func (t *Table) Forget(gone func(id string) bool) {
	maps.DeleteFunc(t.marks, func(id string, _ struct{}) bool { return gone(id) })
}

// Marked reports whether a row is marked.
func (t *Table) Marked(id string) bool {
	_, ok := t.marks[id]
	return ok
}

// Marks lists what is marked, sorted.
func (t *Table) Marks() []string { return slices.Sorted(maps.Keys(t.marks)) }

// MarkCount is how many rows are marked, hidden ones too.
func (t *Table) MarkCount() int { return len(t.marks) }

// HiddenMarks lists, sorted, what is marked but not among the rows that are shown: what
// a dialog must name before it acts on marks.
func (t *Table) HiddenMarks() []string {
	var hidden []string
	for id := range t.marks {
		if !t.shows(id) {
			hidden = append(hidden, id)
		}
	}
	slices.Sort(hidden)
	return hidden
}

func (t *Table) shows(id string) bool {
	if len(t.order) == 0 {
		return false
	}
	row, ok := t.source.Row(id)
	return ok && t.isShown(uint32(row))
}
