package editor

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// frame is what View drew last.
type frame struct {
	width, height int
	cursorX       int
	cursorY       int
	drawn         string
	valid         bool // still what would be drawn
}

// View draws the editor: h lines of w cells each. It scrolls so that the cursor is seen.
// It costs little if nothing has changed.
func (e *Editor) View(w, h int) string {
	if w < 1 || h < 1 {
		e.last = frame{}
		return ""
	}
	if e.last.valid && e.last.width == w && e.last.height == h {
		return e.last.drawn
	}
	g := e.gutter(w)
	at := e.ruler(e.cursor.row).seek(inBytes, e.cursor.off)
	wide := 1
	if line := e.line(); at[inBytes] < len(line) {
		wide = nextCluster(line[at[inBytes]:]).width
	}
	e.scrollTo(at[inCells], wide, w-g.width(), h)
	lines := make([]string, h)
	header := e.highlighter.scalarAbove(&e.text, e.scroll.top)
	for y := range lines {
		row := e.scroll.top + y
		if row >= len(e.text.lines) {
			lines[y] = e.blank(w)
			continue
		}
		body := e.text.body(row)
		lines[y] = e.drawGutter(g, row) + e.drawLine(row, w-g.width(), inScalar(body, header))
		header = e.highlighter.scalarAfter(body, header)
	}
	e.last = frame{
		width: w, height: h, drawn: strings.Join(lines, "\n"), valid: true,
		cursorX: g.width() + at[inCells] - e.scroll.left, cursorY: e.cursor.row - e.scroll.top,
	}
	return e.last.drawn
}

// CursorCell is where the cursor is in the last View, from 0, for the terminal's own
// cursor. It is not visible if there was no View since the cursor moved.
func (e *Editor) CursorCell() (x, y int, visible bool) {
	return e.last.cursorX, e.last.cursorY, e.last.valid
}

// scrollTo shows the cursor, which stands at a cell of its line and is so wide.
func (e *Editor) scrollTo(cell, wide, w, h int) {
	if below := e.cursor.row - e.scroll.top; e.jumped && (below < 0 || below >= h) {
		e.scroll.top = e.cursor.row - h/3 // what follows a place says most about it
	}
	e.jumped = false
	top := min(e.scroll.top, len(e.text.lines)-h)
	top = max(0, min(top, e.cursor.row))
	e.scroll.top = max(top, e.cursor.row-h+1)
	left, more := e.scroll.left, min(w/4, 8) // more, not to scroll at every key
	switch {
	case cell < left:
		left = cell - more
	case cell+wide > left+w:
		left = cell + wide - w + more
	}
	e.scroll.left = max(0, min(left, cell))
}

func (e *Editor) blank(w int) string {
	p := e.painter[textClass][0]
	return p.before + strings.Repeat(" ", w) + p.after
}

// The least width of the text beside a marker, and beside line numbers too.
const (
	leastText     = 4
	leastNumbered = 12
)

// gutter is the cells left of the text: a marker of a finding and the line number, as far
// as there is room.
type gutter struct{ marker, digits int }

func (g gutter) width() int {
	if g.digits > 0 {
		return g.marker + g.digits + 1
	}
	return g.marker
}

func (e *Editor) gutter(w int) gutter {
	g := gutter{marker: len(noMarker), digits: max(3, len(strconv.Itoa(len(e.text.lines))))}
	if w-g.width() < leastNumbered {
		g.digits = 0
	}
	if w-g.width() < leastText {
		g.marker = 0
	}
	return g
}

// Markers of a line, in letters and signs that every terminal has.
const (
	noMarker      = "  "
	errorMarker   = "E!"
	warningMarker = "W?"
)

func (e *Editor) drawGutter(g gutter, row int) string {
	text, c := noMarker, lineNumberClass
	for _, f := range e.findingsAt(row) {
		if f.Error {
			text, c = errorMarker, errorClass
			break
		}
		text, c = warningMarker, warningClass
	}
	if g.marker == 0 {
		text = ""
	}
	if g.digits > 0 {
		number := strconv.Itoa(row + 1)
		text += strings.Repeat(" ", g.digits-len(number)) + number + " "
	}
	if text == "" {
		return ""
	}
	p := e.painter[c][e.lookOf(row)]
	return p.before + text + p.after
}

func (e *Editor) lookOf(row int) look {
	if row == e.cursor.row {
		return onCursorLine
	}
	return 0
}

// drawLine draws w cells of a line. How wide a cluster is, is known; but where clusters
// meet that the text keeps apart, a terminal may take them for one. Then, which is rare,
// they are replaced.
func (e *Editor) drawLine(row, w int, scalar bool) string {
	line := e.drawCells(row, w, scalar, false)
	if ansi.StringWidth(line) != w {
		line = e.drawCells(row, w, scalar, true)
	}
	return line
}

func (e *Editor) drawCells(row, w int, scalar, ascii bool) string {
	text := e.text.body(row)
	spans := e.highlighter.line(text, scalar)
	start := e.rulers.of(row, text).seek(inCells, e.scroll.left)
	c := canvas{painter: &e.painter, width: w, x: start[inCells] - e.scroll.left}
	base := e.lookOf(row)
	for off := start[inBytes]; off < len(text) && c.x < w; {
		next := nextCluster(text[off:])
		if ascii && next.glyph[0] >= 0x80 {
			next.glyph = strings.Repeat("?", next.width)
		}
		for len(spans) > 0 && spans[0].end <= off {
			spans = spans[1:]
		}
		kind, l := e.classAt(row, off, spans), base
		if next.odd && kind != selectionClass {
			kind = commentClass
		}
		if row == e.cursor.row && off <= e.cursor.off && e.cursor.off < off+next.bytes {
			l |= atCursor
		}
		c.put(next.glyph, next.width, kind, l)
		off += next.bytes
	}
	if row == e.cursor.row && e.cursor.off == len(text) {
		c.put(" ", 1, textClass, base|atCursor)
	}
	return c.finish(base)
}

// classAt is the class of a byte of a row; spans begin with that of the byte.
func (e *Editor) classAt(row, off int, spans []span) class {
	switch {
	case row == e.match.row && e.match.from <= off && off < e.match.to:
		return selectionClass
	case len(spans) > 0:
		return spans[0].class
	}
	return textClass
}
