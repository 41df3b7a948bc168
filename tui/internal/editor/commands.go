package editor

import "strings"

// indentation is one level. YAML forbids tabs for it (YAML 1.2.2, section 6.1).
const indentation = "  "

// Paste inserts text as one step of the history. Its line endings become those of the
// text: a terminal sends a carriage return for each.
func (e *Editor) Paste(text string) {
	if strings.Contains(text, "\r") {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	}
	if ending := e.text.ending(); ending != "\n" {
		text = strings.ReplaceAll(text, "\n", ending)
	}
	e.insert(single, text)
}

func (e *Editor) insert(k kind, text string) {
	e.edit(k, e.cursor, e.cursor, text, e.cursor.after(text))
}

func (e *Editor) erase(k kind, from, to position) { e.edit(k, from, to, "", from) }

// newline breaks the line and indents the new one like it, one level more after what
// opens a block.
func (e *Editor) newline() {
	before := e.line()[:e.cursor.off]
	indent := before[:len(before)-len(strings.TrimLeft(before, " \t"))]
	if e.format.opensBlock(before) {
		indent += indentation
	}
	e.insert(single, e.text.ending()+indent)
}

// outdent takes one level from the cursor's line.
func (e *Editor) outdent() {
	line, n := e.line(), 0
	switch {
	case strings.HasPrefix(line, indentation):
		n = len(indentation)
	case strings.HasPrefix(line, " "), strings.HasPrefix(line, "\t"):
		n = 1
	}
	row := e.cursor.row
	e.edit(single, position{row: row}, position{row, n}, "", position{row, max(0, e.cursor.off-n)})
}

// backspace removes the cluster before the cursor; in the indentation, as many spaces as
// lead to an even column.
func (e *Editor) backspace() {
	from := e.leftOf()
	if off := e.cursor.off; off > 0 && strings.Trim(e.line()[:off], " ") == "" {
		from.off = (off - 1) / len(indentation) * len(indentation)
	}
	e.erase(erasing, from, e.cursor)
}

// deleteRight removes the cluster at the cursor. If the cursor is inside a cluster, as it
// may be while one is typed part by part, it removes the rest of it.
func (e *Editor) deleteRight() { e.erase(erasing, e.cursor, e.rightOf()) }

// moveLine exchanges the cursor's line with a neighbour; the cursor stays in it. The empty
// line after the last line ending is not one: moving it would take the ending away.
func (e *Editor) moveLine(direction int) {
	row, last := e.cursor.row, len(e.text.lines)-1
	upper := min(row, row+direction)
	if upper < 0 || upper == last || upper+1 == last && e.text.lines[last] == "" {
		return
	}
	first, second := e.text.body(upper), e.text.body(upper+1)
	between := e.text.lines[upper][len(first):]
	e.edit(single, position{row: upper}, position{upper + 1, len(second)}, second+between+first,
		position{row + direction, e.cursor.off})
}
