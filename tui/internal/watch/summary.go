package watch

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// Heights, in lines, below which parts of the summary make room for the list.
const (
	countsAbove = 5
	barAbove    = 10
)

// summary is what stands above list and grid: counts, how far everything is, and the
// push that is under way.
func (s *Screen) summary(w, h int) []string {
	var out []string
	c := s.board.Counts()
	if h >= countsAbove && c.All() > 0 {
		out = append(out, counts(s.kit.Theme, c, w))
		if h >= barAbove {
			out = append(out, bar(s.kit.Theme, c, w))
		}
	}
	if s.push != nil && h >= countsAbove {
		out = append(out, s.push.line(s.kit.Theme, s.kit.Now()))
	}
	return out
}

// counts writes the counts with signs and words; where that is too wide, without those
// that are zero, and where that is too wide, without words.
func counts(t *ui.Theme, c rollout.Counts, w int) string {
	line := ""
	for _, form := range []struct{ zeros, words bool }{{true, true}, {false, true}, {false, false}} {
		var parts []string
		for _, n := range report.Tally(c) {
			if n.N == 0 && !form.zeros {
				continue
			}
			style, _ := t.Status(n.Word)
			text := report.Sign(t, n.Word) + " " + ui.Number(n.N)
			if form.words {
				text += " " + n.Word
			}
			if n.N == 0 {
				style = t.Dim
			}
			parts = append(parts, style.Render(text))
		}
		if line = " " + strings.Join(parts, "  "); ansi.StringWidth(line) <= w {
			break
		}
	}
	return line
}

// bar draws how many of all assignments are active.
func bar(t *ui.Theme, c rollout.Counts, w int) string {
	all := c.All()
	text := ui.Number(c.Active) + " of " + ui.Number(all) + " active, " + ui.Number(c.Active*100/all) + "%"
	room := min(w-ansi.StringWidth(text)-4, 40)
	if room < 8 {
		return " " + text
	}
	full := c.Active * room / all
	return " " + t.Good.Render(strings.Repeat("█", full)) + t.Dim.Render(strings.Repeat("░", room-full)) + "  " + text
}
