package editor

import (
	"slices"
	"strings"
)

// position is a place in the text: a line, from 0, and a byte offset in it.
type position struct{ row, off int }

func (p position) before(q position) bool {
	return p.row < q.row || p.row == q.row && p.off < q.off
}

// after is where text ends that begins at p.
func (p position) after(text string) position {
	last := strings.LastIndexByte(text, '\n')
	if last < 0 {
		return position{p.row, p.off + len(text)}
	}
	return position{p.row + strings.Count(text, "\n"), len(text) - last - 1}
}

// buffer is a text as its lines. Every line but the last ends with "\n", the last never
// does; there is always one. The concatenation of all is the text, to the byte.
type buffer struct {
	lines []string
	bytes int
}

func newBuffer(text string) buffer {
	return buffer{lines: strings.SplitAfter(text, "\n"), bytes: len(text)}
}

// text is all of it.
func (b *buffer) text() string { return strings.Join(b.lines, "") }

// body is a line without its line ending, "\n" or "\r\n".
func (b *buffer) body(row int) string {
	line, ended := strings.CutSuffix(b.lines[row], "\n")
	if ended {
		line = strings.TrimSuffix(line, "\r")
	}
	return line
}

// ending is the line ending of the text: that of the first line.
func (b *buffer) ending() string {
	if strings.HasSuffix(b.lines[0], "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// clamp is the place nearest to p that a cursor can have.
func (b *buffer) clamp(p position) position {
	p.row = max(0, min(p.row, len(b.lines)-1))
	p.off = max(0, min(p.off, len(b.body(p.row))))
	return p
}

// end is the end of the text.
func (b *buffer) end() position {
	last := len(b.lines) - 1
	return position{last, len(b.lines[last])}
}

// slice is a copy of the text between two places: a part of a line would keep the whole
// line in memory.
func (b *buffer) slice(from, to position) string {
	if from.row == to.row {
		return strings.Clone(b.lines[from.row][from.off:to.off])
	}
	var text strings.Builder
	text.WriteString(b.lines[from.row][from.off:])
	for _, line := range b.lines[from.row+1 : to.row] {
		text.WriteString(line)
	}
	text.WriteString(b.lines[to.row][:to.off])
	return text.String()
}

// replace puts text in the place of what is between from and to.
func (b *buffer) replace(from, to position, text string) {
	for row := from.row; row <= to.row; row++ {
		b.bytes -= len(b.lines[row])
	}
	head, tail := b.lines[from.row][:from.off], b.lines[to.row][to.off:]
	lines := []string{head + text + tail}
	if strings.Contains(text, "\n") {
		lines = strings.SplitAfter(text, "\n")
		last := len(lines) - 1
		lines[0], lines[last] = head+lines[0], lines[last]+tail
	}
	for _, line := range lines {
		b.bytes += len(line)
	}
	b.lines = slices.Replace(b.lines, from.row, to.row+1, lines...)
}

// snapshot remembers what the text is. It shares the text's memory.
func (b *buffer) snapshot() buffer {
	return buffer{lines: slices.Clone(b.lines), bytes: b.bytes}
}

func (b *buffer) equal(o *buffer) bool {
	return b.bytes == o.bytes && slices.Equal(b.lines, o.lines)
}
