package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
)

// Clean is untrusted text as it may be drawn: one line without control characters.
func Clean(s string) string { return core.Line(s) }

// CleanLines is untrusted text of several lines, each cleaned; indentation stays, tabs
// become two spaces.
func CleanLines(s string) []string {
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(s, "\r\n", "\n"), "\n"), "\n")
	for i, line := range lines {
		line = strings.ReplaceAll(line, "\t", "  ")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		lines[i] = line[:indent] + keepSpaces(line[indent:])
	}
	return lines
}

// keepSpaces cleans between spaces only, so that what stands in columns stays there.
func keepSpaces(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		words[i] = core.Line(w)
	}
	return strings.Join(words, " ")
}

// Fit cuts or pads a styled line to exactly w cells.
func Fit(s string, w int) string {
	if w <= 0 {
		return ""
	}
	n := ansi.StringWidth(s)
	if n > w {
		s = ansi.Truncate(s, w, "…")
		n = ansi.StringWidth(s)
	}
	return s + strings.Repeat(" ", max(0, w-n))
}

// Block makes exactly h lines of w cells of styled lines.
func Block(lines []string, w, h int) string {
	if h <= 0 {
		return ""
	}
	out := make([]string, h)
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], w)
		} else {
			out[i] = strings.Repeat(" ", max(0, w))
		}
	}
	return strings.Join(out, "\n")
}

// Wrap breaks a styled text into lines of at most w cells, between words if it can.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	return strings.Split(ansi.Wrap(s, w, " -/:"), "\n")
}

// Beside puts two blocks of the same height side by side.
func Beside(left, separator, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	for i := range l {
		if i < len(r) {
			l[i] += separator + r[i]
		}
	}
	return strings.Join(l, "\n")
}

// Number writes a count with thousands apart.
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count is a number with its noun: "1 account", "2 accounts", "3 entries".
func Count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "y"):
		noun = noun[:len(noun)-1] + "ies"
	default:
		noun += "s"
	}
	return Number(n) + " " + noun
}

// Span is a duration as a person says it, rounded down: "12 s", "3 min", "5 h", "2 d".
func Span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d/time.Second)))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	default:
		return fmt.Sprintf("%d d", int(d/(24*time.Hour)))
	}
}

// Ago says how long ago something was; empty for the zero time.
func Ago(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Span(now.Sub(t)) + " ago"
}

// Typable reports whether a key may go to a line of text: it is no text, or text that
// draws nothing else than itself.
func Typable(key tea.KeyPressMsg) bool {
	return strings.TrimSpace(key.Text) == Clean(key.Text)
}

// Trouble explains an error in full: what happened, AWS's code, what to do next.
func Trouble(t *Theme, err error, w int) []string {
	message, code, hint := Explain(err)
	out := append([]string{""}, Paragraph(t.Bad, message, w)...)
	if code != "" {
		out = append(out, "", t.Dim.Render("  AWS says: "+Clean(code)))
	}
	if hint != "" {
		out = append(append(out, ""), Paragraph(t.Text, hint, w)...)
	}
	return out
}

// Paragraph is untrusted text in wrapped and indented lines.
func Paragraph(style lipgloss.Style, text string, w int) []string {
	lines := Wrap(Clean(text), max(w-4, 8))
	for i := range lines {
		lines[i] = "  " + style.Render(lines[i])
	}
	return lines
}
