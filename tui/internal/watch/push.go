package watch

import (
	"strings"
	"time"

	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// PushProgress is a message: how far a push is. It carries what engine.Push tells while
// it uploads and while it waits.
type PushProgress struct {
	Uploading   string // key of the file that is, or was last, uploaded
	Done, Total int    // files that have been uploaded, of how many

	Files   int // uploaded files that the engine has not processed
	Pending int // assignments that are being provisioned
	Leaving int // assignments that are being removed
	Failed  int
	Waiting int // assignments whose account has not registered

	Finished bool
	Err      error // why it ended, if not well

	Started, Now time.Time
}

// over reports whether nothing more will come.
func (p *PushProgress) over() bool { return p.Finished || p.Err != nil }

// line tells of a push in one line.
func (p *PushProgress) line(t *ui.Theme, now time.Time) string {
	if p.over() {
		now = p.Now
	}
	took := ui.Span(now.Sub(p.Started))
	switch {
	case p.Err != nil:
		message, code, hint := ui.Explain(p.Err)
		text := " ✗ push ended after " + took + ": " + ui.Clean(message)
		if code != "" {
			text += " (" + ui.Clean(code) + ")"
		}
		if hint != "" {
			text += "; " + ui.Clean(hint)
		}
		return t.Bad.Render(text)
	case p.Finished:
		text := " ● rolled out in " + took
		if p.Waiting > 0 {
			text += ", " + ui.Count(p.Waiting, "assignment") + " waiting for their account to register"
		}
		return t.Good.Render(text)
	default:
		return t.Busy.Render(" … " + strings.Join(p.doing(), ", ") + ", " + took)
	}
}

// doing is what a push that is under way does.
func (p *PushProgress) doing() []string {
	if p.Done < p.Total {
		text := "uploading " + ui.Number(p.Done) + " of " + ui.Number(p.Total)
		if p.Uploading != "" {
			text += ": " + ui.Clean(p.Uploading)
		}
		return []string{text}
	}
	var out []string
	if p.Files > 0 {
		out = append(out, ui.Count(p.Files, "file")+" to be processed")
	}
	for _, n := range []struct {
		count int
		what  string
	}{{p.Pending, "pending"}, {p.Leaving, "being removed"}, {p.Failed, "failed"}, {p.Waiting, "waiting"}} {
		if n.count > 0 {
			out = append(out, ui.Number(n.count)+" "+n.what)
		}
	}
	if p.Files+p.Pending+p.Leaving == 0 {
		out = append(out, "looking whether everything is as planned")
	}
	return out
}
