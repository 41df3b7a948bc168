package editor

import (
	"cmp"
	"slices"
	"sort"
)

// Finding is what a validator says about a place in the text.
type Finding struct {
	Line, Column int // from 1; a column counts Unicode code points
	Error        bool
	Message      string
}

// SetFindings replaces the findings. They stay where they are put, whatever is edited,
// until the owner has validated again.
func (e *Editor) SetFindings(findings []Finding) {
	e.findings = slices.Clone(findings)
	slices.SortStableFunc(e.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	e.last.valid = false
}

// NextFinding moves the cursor to the first finding after it, else to the first of all.
// It reports whether there is any.
func (e *Editor) NextFinding() bool {
	for _, f := range e.findings {
		if p := e.at(f.Line, f.Column); e.cursor.before(p) {
			e.moveTo(p)
			return true
		}
	}
	if len(e.findings) > 0 {
		e.GoTo(e.findings[0].Line, e.findings[0].Column)
	}
	return len(e.findings) > 0
}

// PreviousFinding moves the cursor to the last finding before it, else to the last of all.
// It reports whether there is any.
func (e *Editor) PreviousFinding() bool {
	for _, f := range slices.Backward(e.findings) {
		if p := e.at(f.Line, f.Column); p.before(e.cursor) {
			e.moveTo(p)
			return true
		}
	}
	last := len(e.findings) - 1
	if last >= 0 {
		e.GoTo(e.findings[last].Line, e.findings[last].Column)
	}
	return last >= 0
}

// FindingHere is the finding to show for the cursor's line: the last at or before the
// cursor, else the first of the line.
func (e *Editor) FindingHere() (Finding, bool) {
	here := e.findingsAt(e.cursor.row)
	if len(here) == 0 {
		return Finding{}, false
	}
	for _, f := range slices.Backward(here) {
		if !e.cursor.before(e.at(f.Line, f.Column)) {
			return f, true
		}
	}
	return here[0], true
}

// findingsAt is the findings of a row. Those outside the text belong to its first or last.
func (e *Editor) findingsAt(row int) []Finding {
	from := func(line int) int {
		return sort.Search(len(e.findings), func(i int) bool { return e.findings[i].Line >= line })
	}
	start, end := from(row+1), len(e.findings)
	if row == 0 {
		start = 0
	}
	if row < len(e.text.lines)-1 {
		end = from(row + 2)
	}
	return e.findings[start:end]
}
