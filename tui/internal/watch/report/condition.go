package report

import (
	"cmp"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// StaleAfter is the age at which recorded state says that it is old: a few of the
// watcher's slowest looks.
const StaleAfter = time.Minute

// Condition is how far the reading of the tables is.
type Condition struct {
	Health rollout.Health
	Loaded bool // everything has been read
}

// Fill sets what a screen's status says of the reading; its Shown, Total and Unit are
// set already. Nothing of the board vanishes from the screen because of trouble: only
// its age is told.
func (c Condition) Fill(st *ui.Status, now time.Time, b *rollout.Board) {
	st.AsOf = c.Health.LastGood
	st.Stale = !st.AsOf.IsZero() && (c.Health.Err != nil || now.Sub(st.AsOf) > StaleAfter)
	listed, roles := b.Progress()
	switch {
	case c.Health.Err != nil:
		st.State, st.Bad = c.trouble(now), true
	case !c.Loaded && c.Health.LastGood.IsZero():
		st.State, st.Busy = "loading, "+ui.Count(st.Total, st.Unit)+" so far", true
	case !c.Loaded:
		st.State, st.Busy = "reading again, "+ui.Number(listed)+" of "+ui.Count(roles, "role"), true
	case b.Full():
		st.State, st.Bad = "there is more than can be shown", true
	case st.Total > 0 && st.Shown == 0:
		st.State = "no match"
	}
}

// trouble is an error in a few words.
func (c Condition) trouble(now time.Time) string {
	h := c.Health
	message, _, hint := ui.Explain(h.Err)
	again := ""
	if wait := h.NextTry.Sub(now); wait > 0 {
		again = ", trying again in " + c.wait(now)
	}
	switch core.CodeOf(h.Err) {
	case core.CodeNoCredentials:
		return ui.NoSession(h.Err) + ": " + ui.Clean(cmp.Or(hint, "sign in again"))
	case core.CodeNotFound:
		return "not installed here: " + ui.Clean(message)
	case core.CodeDenied:
		return "may not read the tables: " + ui.Clean(message)
	case core.CodeThrottled:
		return "AWS asks to slow down" + again
	case core.CodeUnavailable:
		return "connection lost " + ui.Ago(now, h.Since) + again
	default:
		return "could not be read" + again + ": " + ui.Clean(message)
	}
}

// wait is how long it is until the next try, rounded up.
func (c Condition) wait(now time.Time) string {
	return ui.Span(c.Health.NextTry.Sub(now) + time.Second - 1)
}

// Empty is the page of a screen that has nothing to show: why that is so. nothing are
// its lines where there really is nothing.
func (c Condition) Empty(kit *ui.Kit, w int, nothing func() []string) []string {
	t, now := kit.Theme, kit.Now()
	switch {
	case c.Health.Err != nil:
		out := ui.Trouble(t, c.Health.Err, w)
		if core.IsCode(c.Health.Err, core.CodeNotFound) {
			out = append(append(out, ""), ui.Paragraph(t.Text, "Cross-Account Manager has no tables in this account and region. "+
				"--region and --profile choose others; cam deploy master installs it.", w)...)
		}
		if c.Health.NextTry.After(now) {
			out = append(out, "", t.Dim.Render("  Trying again in "+c.wait(now)+". Ctrl+R tries now."))
		}
		return out
	case !c.Loaded:
		return []string{"", t.Dim.Render("  Reading what is recorded.")}
	default:
		return append([]string{""}, nothing()...)
	}
}
