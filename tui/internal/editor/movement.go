package editor

import (
	"unicode"
	"unicode/utf8"
)

// GoTo puts the cursor at a line and a column, both from 1; a column counts characters
// (Unicode code points, as validators do). What is outside the text is moved inside.
func (e *Editor) GoTo(line, column int) {
	e.moveTo(e.at(line, column))
	e.jumped = true
}

// Cursor is the cursor's line and column as GoTo takes them.
func (e *Editor) Cursor() (line, column int) {
	m := e.ruler(e.cursor.row).seek(inBytes, e.cursor.off)
	inside := utf8.RuneCountInString(e.line()[m[inBytes]:e.cursor.off])
	return e.cursor.row + 1, m[inRunes] + inside + 1
}

// at is the place of a line and a column, from 1, moved inside the text.
func (e *Editor) at(line, column int) position {
	row := max(0, min(line-1, len(e.text.lines)-1))
	return position{row, e.ruler(row).seek(inRunes, max(0, column-1))[inBytes]}
}

// leftOf is the beginning of the cluster before the cursor, over the line's beginning.
func (e *Editor) leftOf() position {
	p := e.cursor
	switch {
	case p.off > 0:
		p.off = e.ruler(p.row).seek(inBytes, p.off-1)[inBytes]
	case p.row > 0:
		p.row--
		p.off = len(e.text.body(p.row))
	}
	return p
}

// rightOf is the end of the cluster at the cursor, over the line's end.
func (e *Editor) rightOf() position {
	p, line := e.cursor, e.line()
	switch {
	case p.off < len(line):
		p.off = e.ruler(p.row).seek(inBytes, p.off)[inBytes]
		p.off += nextCluster(line[p.off:]).bytes
	case p.row < len(e.text.lines)-1:
		p = position{row: p.row + 1}
	}
	return p
}

func (e *Editor) left()  { e.moveTo(e.leftOf()) }
func (e *Editor) right() { e.moveTo(e.rightOf()) }

// vertical moves by lines and keeps the column as it is on the screen.
func (e *Editor) vertical(lines int) {
	goal := e.goal
	if goal < 0 {
		goal = e.ruler(e.cursor.row).seek(inBytes, e.cursor.off)[inCells]
	}
	row := max(0, min(e.cursor.row+lines, len(e.text.lines)-1))
	e.moveTo(position{row, e.ruler(row).seek(inCells, goal)[inBytes]})
	e.goal = goal
}

// page moves by a screenful, one line of which stays, and scrolls along.
func (e *Editor) page(direction int) {
	lines := direction * max(1, e.last.height-1)
	e.scroll.top += lines
	e.vertical(lines)
}

// wordLeft is the beginning of the word before the cursor, over the line's beginning.
func (e *Editor) wordLeft() position {
	if e.cursor.off == 0 {
		return e.leftOf()
	}
	line, off := e.line(), e.cursor.off
	class := spaceClass
	for off > 0 {
		r, n := utf8.DecodeLastRuneInString(line[:off])
		next := classOf(r)
		if class != spaceClass && next != class {
			break
		}
		class, off = next, off-n
	}
	return position{e.cursor.row, e.ruler(e.cursor.row).seek(inBytes, off)[inBytes]}
}

// wordRight is the end of the word after the cursor, over the line's end.
func (e *Editor) wordRight() position {
	line, off := e.line(), e.cursor.off
	if off == len(line) {
		return e.rightOf()
	}
	class := spaceClass
	for off < len(line) {
		r, n := utf8.DecodeRuneInString(line[off:])
		next := classOf(r)
		if class != spaceClass && next != class {
			break
		}
		class, off = next, off+n
	}
	m := e.ruler(e.cursor.row).seek(inBytes, off)
	if m[inBytes] <= e.cursor.off { // inside one cluster
		return e.rightOf()
	}
	return position{e.cursor.row, m[inBytes]}
}

// A word is a run of one class; white space separates.
const (
	spaceClass = iota
	wordClass
	otherClass
)

func classOf(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return spaceClass
	case r == '_' || r == '\u200d' || unicode.In(r, unicode.L, unicode.N, unicode.M):
		return wordClass
	}
	return otherClass
}
