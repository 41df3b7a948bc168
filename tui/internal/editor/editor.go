package editor

import (
	"path/filepath"
	"strings"
)

// byteOrderMark may begin a file. It belongs to the file, not to the text: it is neither
// shown nor edited.
const byteOrderMark = "\ufeff"

// Editor is a text and the place where it is edited. New makes one.
type Editor struct {
	format format
	mark   string // byteOrderMark or nothing
	text   buffer
	cursor position // inside a line's body
	goal   int      // the column in cells that up and down keep to, or -1

	history  history
	revision int
	saved    buffer
	changed  struct{ revision, result int } // what Changed found out, 0 is unknown

	rulers   rulers
	findings []Finding // sorted
	match    match

	painter     painter
	highlighter highlighter
	scroll      struct{ top, left int }
	jumped      bool // to a place, since the last view
	last        frame
}

// New makes an editor of a text, with the cursor at its beginning and the text as saved.
// The name's extension says what is highlighted and how lines are indented: .yaml, .yml
// or .json in any case, else plain text.
func New(name, text string, styles Styles) *Editor {
	body := strings.TrimPrefix(text, byteOrderMark)
	e := &Editor{
		format:  formatOf(filepath.Ext(name)),
		mark:    text[:len(text)-len(body)],
		text:    newBuffer(body),
		goal:    -1,
		history: history{limit: undoLimit},
	}
	e.highlighter.format = e.format
	e.SetStyles(styles)
	e.MarkSaved()
	return e
}

// SetStyles changes the look. Of a style only colors and attributes are used, no margin,
// padding, border or size.
func (e *Editor) SetStyles(styles Styles) {
	e.painter = newPainter(styles)
	e.last.valid = false
}

// Text is the whole text: to the byte what New was given if nothing was edited. It copies
// everything, so ask when Revision has grown.
func (e *Editor) Text() string { return e.mark + e.text.text() }

// SetText replaces the text as one step of the history. The cursor stays where it was in
// what did not change. A byte order mark in text is ignored; the file's own stays.
func (e *Editor) SetText(text string) {
	next := newBuffer(strings.TrimPrefix(text, byteOrderMark))
	old := &e.text
	shorter := min(len(old.lines), len(next.lines))
	head, tail := 0, 0
	for head < shorter && old.lines[head] == next.lines[head] {
		head++
	}
	if head == len(old.lines) && head == len(next.lines) {
		return
	}
	for tail < shorter-head && old.lines[len(old.lines)-1-tail] == next.lines[len(next.lines)-1-tail] {
		tail++
	}
	from, to := position{row: head}, position{row: len(old.lines) - tail}
	if tail == 0 {
		to = old.end()
	}
	cursor, end := e.cursor, len(next.lines)-tail
	switch {
	case cursor.row >= len(old.lines)-tail:
		cursor.row += len(next.lines) - len(old.lines)
	case cursor.row >= head:
		cursor.row = max(head, min(cursor.row, end-1))
	}
	e.edit(single, from, to, strings.Join(next.lines[head:end], ""), cursor)
	e.cursor.off = e.ruler(e.cursor.row).seek(inBytes, e.cursor.off)[inBytes]
}

// Changed reports whether the text differs from what it was at the last MarkSaved, or at
// New. It is exact: undone changes, and those taken back by hand, are none.
func (e *Editor) Changed() bool {
	const same, different = 1, 2
	if e.changed.result == 0 || e.changed.revision != e.revision {
		e.changed.revision, e.changed.result = e.revision, different
		if e.text.equal(&e.saved) {
			e.changed.result = same
		}
	}
	return e.changed.result == different
}

// MarkSaved takes the text as the one that Changed compares with.
func (e *Editor) MarkSaved() {
	e.saved = e.text.snapshot()
	e.changed.result = 0
	e.history.sealed = true
}

// Revision grows with every change of the text, undo and redo included.
func (e *Editor) Revision() int { return e.revision }

// Undo takes the last step back, and reports whether there was one.
func (e *Editor) Undo() bool {
	d, ok := e.history.undo()
	if ok {
		e.text.replace(d.at, d.at.after(d.inserted), d.removed)
		e.textChanged(d.before)
	}
	return ok
}

// Redo does the step again that was undone last, and reports whether there was one.
func (e *Editor) Redo() bool {
	d, ok := e.history.redo()
	if ok {
		e.text.replace(d.at, d.at.after(d.removed), d.inserted)
		e.textChanged(d.after)
	}
	return ok
}

// CanUndo reports whether Undo would do something.
func (e *Editor) CanUndo() bool { return len(e.history.done) > 0 }

// CanRedo reports whether Redo would do something.
func (e *Editor) CanRedo() bool { return len(e.history.undone) > 0 }

// edit is the only way by which the text changes, but for Undo and Redo: it replaces what
// is between two places and puts the cursor where it belongs then.
func (e *Editor) edit(k kind, from, to position, text string, cursor position) {
	removed := e.text.slice(from, to)
	if removed == text {
		e.moveTo(cursor)
		return
	}
	d := delta{kind: k, at: from, removed: removed, inserted: text, before: e.cursor}
	e.text.replace(from, to, text)
	e.textChanged(cursor)
	d.after = e.cursor
	e.history.push(d)
}

func (e *Editor) textChanged(cursor position) {
	e.revision++
	e.place(cursor)
}

// place puts the cursor somewhere, as near as there is text.
func (e *Editor) place(p position) {
	e.cursor, e.goal, e.match = e.text.clamp(p), -1, match{}
	e.last.valid = false
}

// moveTo puts the cursor somewhere by a movement, which ends a group of typing.
func (e *Editor) moveTo(p position) {
	e.place(p)
	e.history.sealed = true
}

// line is the body of the cursor's line.
func (e *Editor) line() string { return e.text.body(e.cursor.row) }

func (e *Editor) ruler(row int) *ruler { return e.rulers.of(row, e.text.body(row)) }
