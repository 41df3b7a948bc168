package table

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
)

// longest is how much of a cell is looked at, in bytes: more than any screen has room
// for, and a bound for the cost of text that is absurdly long.
const longest = 1024

// clean makes any text fit for a cell.
func clean(text string) string {
	if len(text) <= longest {
		return alone(core.Line(text))
	}
	end := longest
	for end > longest-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return alone(core.Line(text[:end])) + ellipsis
}

// widthOf is the width of clean text in cells of the terminal.
func widthOf(text string) int {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return ansi.StringWidth(text)
		}
	}
	return len(text) // a cell for each, and much quicker
}

// alone drops from the ends of a text what would join the character before or after
// it, such as an accent without a letter: it would change its neighbour, and the width
// of the line.
func alone(text string) string {
	for text != "" && text[0] >= utf8.RuneSelf && len(firstCharacter(" "+text)) > 1 {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	for text != "" && text[len(text)-1] >= utf8.RuneSelf {
		_, size := utf8.DecodeLastRuneInString(text)
		if len(firstCharacter(text[len(text)-size:]+" ")) == size {
			break
		}
		text = text[:len(text)-size]
	}
	return text
}

// firstCharacter is the first of what a reader takes for one character: a grapheme
// cluster (Unicode Standard Annex 29).
func firstCharacter(text string) string {
	cluster, _ := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	return cluster
}

// cell is clean text in its column.
type cell struct {
	text  string
	width int
	right bool
	row   ink // of the row: what surrounds the text
	ink   ink // of the text
	match ink // on top of it, for what the query found
	cut   ink // on top of it, for the ellipsis
}

// write draws a cell, exactly as wide as its column.
func (c cell) write(p *pen, q query.Query) {
	shown, isCut := clip(c.text, c.width)
	pad := c.width - widthOf(shown)
	if isCut {
		pad -= widthOf(ellipsis)
	}
	if c.right {
		p.blank(c.row, pad)
	}
	var spans []query.Span
	if !q.Empty() {
		spans = widen(c.text, q.Spans(c.text))
	}
	at := 0
	for _, s := range spans {
		if s.From >= len(shown) {
			break
		}
		p.write(c.ink, shown[at:s.From])
		at = min(s.To, len(shown))
		p.write(c.ink+c.match, shown[s.From:at])
	}
	p.write(c.ink, shown[at:])
	if isCut {
		if n := len(spans); n > 0 && spans[n-1].To > len(shown) {
			c.cut = c.match // the reason why the row is here is behind the cut
		}
		p.write(c.ink+c.cut, ellipsis)
	}
	if !c.right {
		p.blank(c.row, pad)
	}
}

// clip is the part of a text that has room in a width, next to an ellipsis if it is not
// all.
func clip(text string, width int) (shown string, isCut bool) {
	if widthOf(text) <= width {
		return text, false
	}
	width -= widthOf(ellipsis)
	end := 0
	for end < len(text) {
		character := firstCharacter(text[end:])
		if width -= widthOf(character); width < 0 {
			break
		}
		end += len(character)
	}
	return text[:end], true
}

// widen makes spans begin and end where characters do, as a terminal sees them: an
// accent is not taken from its letter, nor one emoji made several.
func widen(text string, spans []query.Span) []query.Span {
	var out []query.Span
	for at := 0; at < len(text) && len(spans) > 0; {
		end := at + len(firstCharacter(text[at:]))
		if spans[0].From < end {
			if n := len(out); n > 0 && out[n-1].To == at {
				out[n-1].To = end
			} else {
				out = append(out, query.Span{From: at, To: end})
			}
		}
		for len(spans) > 0 && spans[0].To <= end {
			spans = spans[1:]
		}
		at = end
	}
	return out
}
