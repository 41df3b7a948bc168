package table

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// ink is the SGR sequence (ECMA-48) that begins a look, empty for none. Inks added
// together are layers: what the later one says, holds.
type ink string

// newInk takes from a style what text on a line can have.
func newInk(s lipgloss.Style) ink {
	var a ansi.Style
	if s.GetBold() {
		a = a.Bold()
	}
	if s.GetFaint() {
		a = a.Faint()
	}
	if s.GetItalic() {
		a = a.Italic(true)
	}
	if s.GetUnderline() {
		a = a.UnderlineStyle(s.GetUnderlineStyle())
	}
	if s.GetBlink() {
		a = a.Blink(true)
	}
	if s.GetReverse() {
		a = a.Reverse(true)
	}
	if s.GetStrikethrough() {
		a = a.Strikethrough(true)
	}
	if c := s.GetForeground(); c != (lipgloss.NoColor{}) {
		a = a.ForegroundColor(c)
	}
	if c := s.GetBackground(); c != (lipgloss.NoColor{}) {
		a = a.BackgroundColor(c)
	}
	if len(a) == 0 {
		return ""
	}
	return ink(a.String())
}

// pen writes a line and changes looks only where they change.
type pen struct {
	line strings.Builder
	look ink
}

func (p *pen) write(look ink, text string) {
	if text == "" {
		return
	}
	p.use(look)
	p.line.WriteString(text)
}

// blank writes as many spaces, none if that is negative.
func (p *pen) blank(look ink, spaces int) {
	p.write(look, strings.Repeat(" ", max(spaces, 0)))
}

func (p *pen) use(look ink) {
	if look == p.look {
		return
	}
	if p.look != "" {
		p.line.WriteString(ansi.ResetStyle)
	}
	p.line.WriteString(string(look))
	p.look = look
}

// end is the line, with no look left on.
func (p *pen) end() string {
	p.use("")
	return p.line.String()
}

// inks are Styles, ready to draw.
type inks struct{ header, row, selected, marked, match, dim ink }

func newInks(s Styles) inks {
	return inks{
		header: newInk(s.Header), row: newInk(s.Row), selected: newInk(s.Selected),
		marked: newInk(s.Marked), match: newInk(s.Match), dim: newInk(s.Dim),
	}
}
