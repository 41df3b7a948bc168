package editor

import (
	"strconv"
	"strings"
)

// lexYAML cuts a line of YAML 1.2 that is not inside a block scalar. Quoted and flow
// constructs over several lines are taken line by line, which is mostly right.
func lexYAML(line string) []span {
	l := lexer{line: line}
	if l.marker() {
		return l.spans
	}
	l.take(l.over(0, blanks), textClass)
	for l.at(l.pos, "-?") && l.endsWord(l.pos+1) { // entries of sequences and complex keys
		l.take(l.pos+1, punctuationClass)
		l.take(l.over(l.pos, blanks), textClass)
	}
	for flow := 0; l.pos < len(line); {
		switch c := line[l.pos]; {
		case l.at(l.pos, blanks):
			l.take(l.over(l.pos, blanks), textClass)
		case c == '#' && (l.pos == 0 || l.at(l.pos-1, blanks)):
			l.take(len(line), commentClass)
		case l.at(l.pos, "[]{}") || c == ',' && flow > 0:
			flow = max(0, flow+nesting(c))
			l.take(l.pos+1, punctuationClass)
		case c == ':' && (l.endsWord(l.pos+1) || flow > 0 || l.afterKey()):
			l.take(l.pos+1, punctuationClass)
		case c == '"' || c == '\'':
			l.keyOr(l.quoted(c == '"'), stringClass)
		case l.at(l.pos, "&*!"): // anchor, alias, tag
			l.take(l.until(l.pos+1, wordEnds(flow > 0)), keywordClass)
		case flow == 0 && l.at(l.pos, "|>") && headerOf(line) != noScalar:
			l.take(l.until(l.pos, blanks), punctuationClass)
		default:
			l.scalar(flow > 0)
		}
	}
	return l.spans
}

// flowEnds is what ends a word in a flow collection.
const flowEnds = ",[]{}"

// nesting is how a character of a flow collection changes the depth.
func nesting(c byte) int {
	switch c {
	case '[', '{':
		return 1
	case ']', '}':
		return -1
	}
	return 0
}

// marker takes a line that is a directive, or the marker of a document's begin or end.
func (l *lexer) marker() bool {
	switch {
	case strings.HasPrefix(l.line, "%"):
		l.take(len(l.line), keywordClass)
	case strings.HasPrefix(l.line, "---"), strings.HasPrefix(l.line, "..."):
		if len(strings.TrimRight(l.line, blanks)) == 3 {
			l.take(len(l.line), punctuationClass)
		}
	}
	return l.pos > 0
}

// wordEnds is what ends an anchor, an alias or a tag.
func wordEnds(flow bool) string {
	if flow {
		return blanks + flowEnds
	}
	return blanks
}

// endsWord reports whether white space or the line's end is at a place.
func (l *lexer) endsWord(pos int) bool { return pos >= len(l.line) || l.at(pos, blanks) }

// afterKey reports whether the last span is a key, as a quoted one before its colon is.
func (l *lexer) afterKey() bool {
	last := len(l.spans) - 1
	return last >= 0 && l.spans[last].class == keyClass
}

// scalar takes a plain scalar: to the colon that makes it a key, to a comment, in a flow
// collection to its next punctuation, or to the end (YAML 1.2.2, section 7.3.3).
func (l *lexer) scalar(flow bool) {
	end := l.pos + 1
	for ; end < len(l.line); end++ {
		c := l.line[end]
		if c == ':' && (l.endsWord(end+1) || flow && l.at(end+1, flowEnds)) {
			break
		}
		if c == '#' && l.at(end-1, blanks) || flow && l.at(end, flowEnds) {
			break
		}
	}
	word := strings.TrimRight(l.line[l.pos:end], blanks)
	stop := l.pos + len(word)
	switch {
	case end < len(l.line) && l.line[end] == ':':
		l.take(stop, keyClass)
	default:
		l.take(stop, classOfYAML(word))
	}
}

// classOfYAML resolves a plain scalar by the core schema (YAML 1.2.2, section 10.3.2).
func classOfYAML(word string) class {
	switch word {
	case "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE":
		return keywordClass
	}
	if isNumber(word) {
		return numberClass
	}
	return stringClass
}

// isNumber reports whether a word looks like a number to JSON or YAML.
func isNumber(word string) bool {
	if strings.Trim(word[:min(1, len(word))], digits+"+-.") != "" {
		return false
	}
	_, err := strconv.ParseInt(word, 0, 64)
	if err != nil {
		_, err = strconv.ParseFloat(word, 64)
	}
	return err == nil && strings.ContainsAny(word, digits)
}
