package editor

import "strings"

const (
	maxHighlight = 2000 // bytes of a line that is highlighted
	maxContext   = 2000 // lines looked back for the beginning of a block scalar
	maxLexed     = 4096 // lines remembered
)

// highlighter gives the spans of lines. Every line is lexed by itself, once, which is why
// moving and scrolling cost nothing; only whether it is inside a YAML block scalar
// depends on the lines above.
type highlighter struct {
	format format
	lexed  map[lexedLine][]span
}

type lexedLine struct {
	text   string
	scalar bool
}

// line is the spans of a line, none if it is not highlighted.
func (h *highlighter) line(text string, scalar bool) []span {
	if len(text) > maxHighlight || h.format == plain {
		return nil
	}
	key := lexedLine{text, scalar}
	spans, known := h.lexed[key]
	if known {
		return spans
	}
	switch {
	case scalar:
		spans = []span{{len(text), stringClass}}
	case h.format == yaml:
		spans = lexYAML(text)
	default:
		spans = lexJSON(text)
	}
	if h.lexed == nil || len(h.lexed) >= maxLexed {
		h.lexed = map[lexedLine][]span{}
	}
	h.lexed[key] = spans
	return spans
}

// noScalar is the indentation of a block scalar's header where there is none.
const noScalar = -1

// scalarAbove is the indentation of the header of the block scalar in which a row is if it
// is indented deeper, else noScalar. It looks for lines ever less indented above the row:
// those it is nested in (YAML 1.2.2, section 8.1).
func (h *highlighter) scalarAbove(b *buffer, row int) int {
	if h.format != yaml {
		return noScalar
	}
	found, nearest := noScalar, 1<<30
	for above := row - 1; above >= max(0, row-maxContext) && nearest > 0; above-- {
		line := b.lines[above]
		indent, blank := indentOf(line)
		if blank || indent >= nearest {
			continue
		}
		nearest = indent
		if header := headerOf(b.body(above)); header != noScalar {
			found = header // the outermost counts: what looks like one inside is text
		}
	}
	return found
}

// scalarAfter is scalarAbove for the row after a line, of which it is known.
func (h *highlighter) scalarAfter(line string, header int) int {
	if h.format != yaml || inScalar(line, header) {
		return header
	}
	return headerOf(line)
}

// inScalar reports whether a line belongs to a block scalar with a header so indented.
func inScalar(line string, header int) bool {
	if header == noScalar {
		return false
	}
	indent, blank := indentOf(line)
	return blank || indent > header
}

// indentOf counts the spaces before a line's text. A line longer than maxHighlight is
// looked at so far only.
func indentOf(line string) (spaces int, blank bool) {
	line = line[:min(len(line), maxHighlight)]
	rest := strings.TrimLeft(line, " ")
	return len(line) - len(rest), strings.Trim(rest, "\t\r\n") == ""
}

// headerOf is how deep what has a block scalar is indented, if a line ends with the header
// of one, else noScalar. A header is | or >, with indicators, after a key, a dash, an
// anchor or a tag (YAML 1.2.2, section 8.1.1).
func headerOf(line string) int {
	if len(line) > maxHighlight || strings.HasPrefix(strings.TrimLeft(line, " "), "#") {
		return noScalar
	}
	if comment := strings.Index(line, " #"); comment >= 0 {
		line = line[:comment]
	}
	line = strings.TrimRight(line, " \t")
	start := strings.LastIndexAny(line, " \t") + 1
	header, before := line[start:], strings.TrimRight(line[:start], " \t")
	if header == "" || header[0] != '|' && header[0] != '>' || strings.Trim(header[1:], "+-123456789") != "" {
		return noScalar
	}
	owner := before[strings.LastIndexAny(before, " \t")+1:]
	if !strings.HasSuffix(owner, ":") && owner != "-" && !strings.HasPrefix(owner, "!") && !strings.HasPrefix(owner, "&") {
		return noScalar
	}
	return ownerIndent(before)
}

// ownerIndent is the column of a line's key, or of its last dash if it has no key: the
// dashes of sequences before a key are indentation to it.
func ownerIndent(line string) int {
	dash := 0
	for column := range len(line) {
		switch {
		case line[column] == ' ':
		case line[column] == '-' && (column+1 == len(line) || line[column+1] == ' '):
			dash = column
		case line[column] == '!', line[column] == '&':
			if !strings.HasSuffix(line, ":") {
				return dash
			}
			return column
		default:
			return column
		}
	}
	return dash
}
