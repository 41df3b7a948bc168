package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// Sheet is a text of fields and paragraphs that grows line by line. Its lines are
// styled, clean, and no wider than its width.
type Sheet struct {
	Lines []string

	theme *ui.Theme
	now   time.Time
	width int
	label int // the width of labels
}

// NewSheet begins an empty sheet of lines of at most w cells.
func NewSheet(kit *ui.Kit, w int) *Sheet {
	return &Sheet{theme: kit.Theme, now: kit.Now(), width: max(w, 1), label: min(12, max(w/3, 1))}
}

// Field adds a value with its label; nothing for an empty value.
func (s *Sheet) Field(label, value string) { s.Styled(label, s.theme.Text, value) }

// Styled is Field in a style.
func (s *Sheet) Styled(label string, style lipgloss.Style, value string) {
	if value = ui.Clean(value); value == "" {
		return
	}
	lead := s.theme.Dim.Render(ui.Fit(label, s.label-1)) + " "
	for _, line := range s.wrap(value, s.width-s.label) {
		s.Lines = append(s.Lines, ansi.Truncate(lead+style.Render(line), s.width, ""))
		lead = strings.Repeat(" ", s.label)
	}
}

// Status adds a status as sign and word, and since when it is so.
func (s *Sheet) Status(label, word string, since time.Time) {
	if word == "" {
		return
	}
	style, _ := s.theme.Status(word)
	text := Sign(s.theme, word) + " " + word
	if !since.IsZero() {
		text += " since " + MomentAgo(s.now, since)
	}
	s.Styled(label, style, text)
}

// Counts adds how many assignments there are in each status, but for zeros.
func (s *Sheet) Counts(label string, c rollout.Counts) {
	before := len(s.Lines)
	for _, n := range Tally(c) {
		if n.N > 0 {
			style, _ := s.theme.Status(n.Word)
			s.Styled(label, style, Sign(s.theme, n.Word)+" "+ui.Number(n.N)+" "+n.Word)
			label = ""
		}
	}
	if len(s.Lines) == before {
		s.Field(label, "none")
	}
}

// Heading begins a part of the sheet.
func (s *Sheet) Heading(text string) {
	s.Gap()
	s.Lines = append(s.Lines, s.theme.Bold.Render(ansi.Truncate(ui.Clean(text), s.width, "…")))
}

// Gap leaves a line empty, but not the first one.
func (s *Sheet) Gap() {
	if len(s.Lines) > 0 {
		s.Lines = append(s.Lines, "")
	}
}

// Text adds a paragraph; nothing for an empty text.
func (s *Sheet) Text(style lipgloss.Style, text string) {
	if text = ui.Clean(text); text == "" {
		return
	}
	for _, line := range s.wrap(text, s.width) {
		s.Lines = append(s.Lines, style.Render(line))
	}
}

// wrap breaks a text between words, and words that are too long.
func (s *Sheet) wrap(text string, w int) []string {
	w = max(w, 1)
	var out []string
	for _, line := range ui.Wrap(text, w) {
		out = append(out, ansi.Truncate(line, w, "…"))
	}
	return out
}

// Command adds a command line or a link, broken between words only, or where a word is
// wider than the sheet.
func (s *Sheet) Command(text string) {
	line := ""
	for word := range strings.FieldsSeq(ui.Clean(text)) {
		if line != "" && ansi.StringWidth(line+" "+word) > s.width {
			s.raw(s.theme.Accent, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	s.raw(s.theme.Accent, line)
}

// Document adds a JSON document, indented. What is no JSON is shown as it is.
func (s *Sheet) Document(text string) {
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") == nil {
		text = out.String()
	}
	for _, line := range ui.CleanLines(text) {
		s.raw(s.theme.Text, line)
	}
}

func (s *Sheet) raw(style lipgloss.Style, text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(ansi.Hardwrap(text, s.width, true), "\n") {
		s.Lines = append(s.Lines, style.Render(line))
	}
}

// Failure adds what failed, with AWS's code, and when; nothing if nothing did.
func (s *Sheet) Failure(label string, f *core.Failure) {
	if f == nil {
		return
	}
	s.Styled(label, s.theme.Bad, Reason(f))
	s.Field("Last tried", MomentAgo(s.now, f.At))
}

// History adds the changes of a status, the newest first.
func (s *Sheet) History(history []core.StatusChange) {
	s.Heading("History")
	if len(history) == 0 {
		s.Text(s.theme.Dim, "Nothing has been remembered.")
	}
	for i := len(history) - 1; i >= 0; i-- {
		h := history[i]
		word := ui.Clean(h.Status)
		style, _ := s.theme.Status(word)
		line := s.theme.Dim.Render(ui.Fit(Moment(s.now, h.At), len(time.DateTime))) + "  " +
			style.Render(ui.Fit(Sign(s.theme, word)+" "+word, 10)) + "  " + ui.Clean(h.Code)
		s.Lines = append(s.Lines, ansi.Truncate(line, s.width, "…"))
	}
}

// Trouble adds an error with AWS's code and the next step.
func (s *Sheet) Trouble(err error) {
	message, code, hint := ui.Explain(err)
	s.Text(s.theme.Bad, message)
	s.Field("AWS says", code)
	s.Field("Next step", hint)
}
