package editor

import "strings"

// class is how a piece of text looks.
type class int

const (
	textClass class = iota
	keyClass
	stringClass
	numberClass
	commentClass
	punctuationClass
	keywordClass
	lineNumberClass
	errorClass
	warningClass
	selectionClass
	classes // how many there are
)

// span is the rest of a line up to a byte, of one class.
type span struct {
	end   int
	class class
}

// lexer cuts a line into spans, in one pass: its cost is in proportion to the line.
type lexer struct {
	line  string
	pos   int
	spans []span
}

// take makes what lies before end a span.
func (l *lexer) take(end int, c class) {
	if end <= l.pos {
		return
	}
	l.pos = end
	if last := len(l.spans) - 1; last >= 0 && l.spans[last].class == c {
		l.spans[last].end = end
		return
	}
	l.spans = append(l.spans, span{end, c})
}

// over is where a run of characters of a set ends that begins at from.
func (l *lexer) over(from int, set string) int {
	for from < len(l.line) && strings.IndexByte(set, l.line[from]) >= 0 {
		from++
	}
	return from
}

// until is where the first character of a set stands, from from on.
func (l *lexer) until(from int, set string) int {
	if i := strings.IndexAny(l.line[from:], set); i >= 0 {
		return from + i
	}
	return len(l.line)
}

// quoted is where a string ends that begins with a quote at the current place. A quote
// that is not closed reaches to the end of the line.
func (l *lexer) quoted(backslash bool) int {
	quote := l.line[l.pos]
	for i := l.pos + 1; i < len(l.line); i++ {
		switch {
		case backslash && l.line[i] == '\\':
			i++
		case l.line[i] == quote:
			return i + 1
		}
	}
	return len(l.line)
}

// keyOr takes what lies before end as a key if a colon follows, else as c.
func (l *lexer) keyOr(end int, c class) {
	if colon := l.over(end, " \t"); colon < len(l.line) && l.line[colon] == ':' {
		c = keyClass
	}
	l.take(end, c)
}

// at reports whether the line has one of a set at a place.
func (l *lexer) at(pos int, set string) bool {
	return pos < len(l.line) && strings.IndexByte(set, l.line[pos]) >= 0
}

const (
	blanks = " \t\r"
	digits = "0123456789"
)

// lexJSON cuts a line of JSON (RFC 8259). No token of JSON spans lines, so that a line by
// itself is enough.
func lexJSON(line string) []span {
	l := lexer{line: line}
	for l.pos < len(line) {
		switch c := line[l.pos]; {
		case l.at(l.pos, blanks):
			l.take(l.over(l.pos, blanks), textClass)
		case c == '"':
			l.keyOr(l.quoted(true), stringClass)
		case l.at(l.pos, "{}[],:"):
			l.take(l.pos+1, punctuationClass)
		default:
			end := l.until(l.pos, blanks+`{}[],:"`)
			l.take(end, classOfJSON(line[l.pos:end]))
		}
	}
	return l.spans
}

func classOfJSON(word string) class {
	switch {
	case word == "true", word == "false", word == "null":
		return keywordClass
	case isNumber(word):
		return numberClass
	}
	return textClass
}
