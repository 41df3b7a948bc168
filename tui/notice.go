package tui

import (
	"time"

	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// failure is something that went wrong, as the log keeps it.
type failure struct {
	at   time.Time
	what string
	err  error
}

// maxFailures bounds the log.
const maxFailures = 200

// notice is what is told above the footer: errors until they are dismissed, what worked
// until the next key.
type notice struct {
	log  []failure // all of them
	open []failure // not dismissed yet
	text string
	sign string // before the text
}

// fail takes an error. One that is shown already only goes into the log.
func (n *notice) fail(what string, err error, at time.Time, shown bool) {
	f := failure{at, what, err}
	n.text = ""
	if shown {
		n.log = keep(n.log, f)
		return
	}
	if last := len(n.open) - 1; last >= 0 && n.open[last].what == what && n.open[last].err.Error() == err.Error() {
		n.open[last] = f
		return
	}
	n.open, n.log = keep(n.open, f), keep(n.log, f)
}

func keep(list []failure, f failure) []failure {
	list = append(list, f)
	return list[max(0, len(list)-maxFailures):]
}

// say tells of something that worked, tell of why something does nothing.
func (n *notice) say(text string)  { n.text, n.sign = text, "✓ " }
func (n *notice) tell(text string) { n.text, n.sign = text, "– " }

// dismiss takes the newest error away; the log keeps it.
func (n *notice) dismiss() { n.open = n.open[:max(0, len(n.open)-1)] }

// lines draws what is to be told: the newest error, or else what worked.
func (n *notice) lines(t *ui.Theme, w int) []string {
	if len(n.open) == 0 {
		if n.text == "" {
			return nil
		}
		lines := ui.Wrap(n.text, w-2)
		for i := range lines {
			lines[i] = "  " + lines[i]
		}
		lines[0] = t.Good.Render(n.sign) + lines[0][2:]
		return lines
	}
	f := n.open[len(n.open)-1]
	message, code, hint := ui.Explain(f.err)
	text := "✗ " + ui.Clean(f.what+": "+message)
	if code != "" {
		text += " [" + ui.Clean(code) + "]"
	}
	var out []string
	for _, line := range ui.Wrap(text, w) {
		out = append(out, t.Bad.Render(line))
	}
	if hint != "" {
		for _, line := range ui.Wrap(ui.Clean(hint), w-2) {
			out = append(out, "  "+line)
		}
	}
	more := "Ctrl+X dismisses, ! lists all"
	if len(n.open) > 1 {
		more = ui.Number(len(n.open)) + " errors; " + more
	}
	return append(out, t.Dim.Render("  "+more))
}

// page lists all errors, the newest first.
func (n *notice) page() *ui.Page {
	log := append([]failure{}, n.log...)
	return ui.NewPage("What went wrong", func(t *ui.Theme, w int) []string {
		var out []string
		for i := len(log) - 1; i >= 0; i-- {
			f := log[i]
			message, code, hint := ui.Explain(f.err)
			out = append(out, t.Bold.Render(f.at.Local().Format("15:04:05")+"  "+ui.Clean(f.what)))
			out = append(out, ui.Paragraph(t.Bad, message, w)...)
			if code != "" {
				out = append(out, t.Dim.Render("  AWS says: "+ui.Clean(code)))
			}
			if hint != "" {
				out = append(out, ui.Paragraph(t.Text, hint, w)...)
			}
			out = append(out, "")
		}
		if len(out) == 0 {
			return []string{"Nothing went wrong so far."}
		}
		return out
	})
}
