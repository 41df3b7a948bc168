package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Dialog asks for something, above everything else, and has the whole keyboard.
type Dialog interface {
	Title() string
	// Press takes a key; done closes the dialog, and cmd is what comes of it.
	Press(key tea.KeyPressMsg) (done bool, cmd tea.Cmd)
	// Paste takes pasted text.
	Paste(text string)
	// Lines draws the content, at most h lines of at most w cells.
	Lines(t *Theme, w, h int) []string
	// Keys tells which keys do what, for the last line.
	Keys() string
	// Guarded dialogs do not take keys that were pressed before they could be seen.
	Guarded() bool
}

// DrawDialog draws a dialog over a body of w by h cells. The box is no larger than its
// content needs.
func DrawDialog(t *Theme, d Dialog, w, h int) string {
	boxed := w >= 30 && h >= 7
	innerW, innerH := w, h-2
	if boxed {
		innerW, innerH = min(w-4, 100), h-4
	}
	lines := d.Lines(t, innerW, max(innerH, 1))
	if len(lines) > innerH {
		lines = lines[:max(innerH, 0)]
	}
	title, keys := t.Title.Render(Fit(Clean(d.Title()), min(innerW, ansi.StringWidth(Clean(d.Title()))))), t.Dim.Render(ansi.Truncate(d.Keys(), innerW, "…"))
	if !boxed {
		return Block(append(append([]string{title}, lines...), keys), w, h)
	}
	widest := max(ansi.StringWidth(title)+2, ansi.StringWidth(keys), 24)
	for _, line := range lines {
		widest = max(widest, ansi.StringWidth(line))
	}
	widest = min(widest, innerW)
	side := t.Border.Render("│")
	box := []string{t.Border.Render("╭─") + " " + Fit(title, min(ansi.StringWidth(title), widest-2)) + " " +
		t.Border.Render(strings.Repeat("─", max(0, widest-ansi.StringWidth(title)-1))+"╮")}
	for _, line := range append(lines, "", keys) {
		box = append(box, side+" "+Fit(line, widest)+" "+side)
	}
	box = append(box, t.Border.Render("╰"+strings.Repeat("─", widest+2)+"╯"))
	return centered(box, w, h)
}

func centered(box []string, w, h int) string {
	left := max(0, (w-ansi.StringWidth(box[0]))/2)
	top := max(0, (h-len(box))/3)
	out := make([]string, 0, h)
	for range top {
		out = append(out, "")
	}
	for _, line := range box {
		out = append(out, strings.Repeat(" ", left)+line)
	}
	return Block(out, w, h)
}

// scroll is a window on more lines than fit.
type scroll struct {
	at, height, total int
}

func (s *scroll) move(by int) { s.at = max(0, min(s.at+by, s.total-s.height)) }

// window cuts lines to h of them, and keeps the last line for saying what is not shown.
func (s *scroll) window(t *Theme, lines []string, h int) []string {
	s.total = len(lines)
	if s.total <= h {
		s.at, s.height = 0, h
		return lines
	}
	s.height = max(1, h-1)
	s.move(0)
	shown := append([]string{}, lines[s.at:min(s.at+s.height, s.total)]...)
	return append(shown, t.Dim.Render("lines "+Number(s.at+1)+" to "+Number(min(s.at+s.height, s.total))+" of "+Number(s.total)))
}

// press scrolls; false if the key does not.
func (s *scroll) press(key string) bool {
	switch key {
	case "up", "k":
		s.move(-1)
	case "down", "j":
		s.move(1)
	case "pgup":
		s.move(-s.height)
	case "pgdown", "space":
		s.move(s.height)
	case "home", "g":
		s.move(-s.total)
	case "end", "G":
		s.move(s.total)
	default:
		return false
	}
	return true
}

// Page is a dialog that only shows text. Render gives the lines for a width.
type Page struct {
	Heading string
	Render  func(t *Theme, w int) []string
	scroll  scroll
}

// NewPage makes a page of lines that are already styled and clean.
func NewPage(heading string, render func(t *Theme, w int) []string) *Page {
	return &Page{Heading: heading, Render: render}
}

// Title implements Dialog.
func (p *Page) Title() string { return p.Heading }

// Guarded implements Dialog.
func (p *Page) Guarded() bool { return false }

// Keys implements Dialog.
func (p *Page) Keys() string { return "↑↓ scroll  Esc close" }

// Paste implements Dialog.
func (p *Page) Paste(string) {}

// Press implements Dialog.
func (p *Page) Press(key tea.KeyPressMsg) (bool, tea.Cmd) {
	if p.scroll.press(key.String()) {
		return false, nil
	}
	switch key.String() {
	case "esc", "q", "enter", "?":
		return true, nil
	}
	return false, nil
}

// Lines implements Dialog.
func (p *Page) Lines(t *Theme, w, h int) []string {
	return p.scroll.window(t, p.Render(t, w), h)
}
