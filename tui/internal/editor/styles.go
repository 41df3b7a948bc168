package editor

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// Styles is how an editor looks. Nothing depends on them alone: findings have letters in
// the gutter, and the cursor is always reversed.
type Styles struct {
	Text, LineNumber, CursorLine                       lipgloss.Style // CursorLine lies under the others
	Key, String, Number, Comment, Punctuation, Keyword lipgloss.Style
	Error, Warning                                     lipgloss.Style // the gutter of a line with a finding
	Selection                                          lipgloss.Style // what Find found
}

// look is where a piece of text stands, beside what it is.
type look int

const (
	onCursorLine look = 1 << iota
	atCursor
	looks // how many combinations there are
)

// pen is the escape sequences around a piece of text.
type pen struct{ before, after string }

// painter has a pen for everything: to render a style anew for each token would cost more
// than all the rest.
type painter [classes][looks]pen

func newPainter(s Styles) painter {
	styles := [classes]lipgloss.Style{
		textClass: s.Text, keyClass: s.Key, stringClass: s.String, numberClass: s.Number,
		commentClass: s.Comment, punctuationClass: s.Punctuation, keywordClass: s.Keyword,
		lineNumberClass: s.LineNumber, errorClass: s.Error, warningClass: s.Warning,
		selectionClass: s.Selection,
	}
	var p painter
	for c, style := range styles {
		for l := range looks {
			p[c][l] = newPen(style, s, l)
		}
	}
	return p
}

func newPen(style lipgloss.Style, s Styles, l look) pen {
	if l&onCursorLine != 0 {
		style = style.Inherit(s.CursorLine)
	}
	style = style.Inherit(s.Text)
	if l&atCursor != 0 {
		style = style.Reverse(!style.GetReverse())
	}
	const probe = "x"
	before, after, ok := strings.Cut(style.Inline(true).Render(probe), probe)
	if !ok || !onlySGR(before) || !onlySGR(after) {
		return pen{}
	}
	return pen{before, after}
}

// onlySGR reports whether s is nothing but Select Graphic Rendition sequences (ECMA-48).
func onlySGR(s string) bool {
	for s != "" {
		rest, ok := strings.CutPrefix(s, "\x1b[")
		parameters := strings.TrimLeft(rest, "0123456789;:")
		if !ok || !strings.HasPrefix(parameters, "m") {
			return false
		}
		s = parameters[1:]
	}
	return true
}
