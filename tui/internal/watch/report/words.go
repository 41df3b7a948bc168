package report

import (
	"cmp"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// Waiting is the word for an assignment whose account has not registered.
const Waiting = "waiting"

// Word is the one word for where an assignment stands; empty if there is none.
func Word(c rollout.Cell) string {
	switch {
	case !c.Exists:
		return ""
	case c.Waiting && c.Status == core.AssignmentPending:
		return Waiting
	default:
		return cmp.Or(string(c.Status), "unknown")
	}
}

// Sign is the sign of a status word: a space for no word, so that signs stand in
// columns, and a question mark for a word that has none.
func Sign(t *ui.Theme, word string) string {
	_, sign := t.Status(word)
	if word != "" && sign == " " {
		return "?"
	}
	return sign
}

// Counted is how many assignments a word is for.
type Counted struct {
	Word string
	N    int
}

// Tally lists counts by word, in the order in which they are shown: each assignment
// once, deleted ones not at all.
func Tally(c rollout.Counts) []Counted {
	out := []Counted{
		{string(core.AssignmentActive), c.Active},
		{string(core.AssignmentPending), max(0, c.Pending-c.Waiting)},
		{string(core.AssignmentDeleting), c.Deleting},
		{string(core.AssignmentFailed), c.Failed},
		{Waiting, min(c.Waiting, c.Pending)},
	}
	if c.Other > 0 {
		out = append(out, Counted{"unknown", c.Other})
	}
	return out
}

// Signs writes the counts that are not zero with their signs: "● 11  ✗ 1".
func Signs(t *ui.Theme, c rollout.Counts) string {
	var out []string
	for _, n := range Tally(c) {
		if n.N > 0 {
			out = append(out, Sign(t, n.Word)+" "+ui.Number(n.N))
		}
	}
	return strings.Join(out, "  ")
}

// Moment is a time in the place of now, to the second; empty for the zero time.
func Moment(now, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(now.Location()).Format(time.DateTime)
}

// MomentAgo is a time and how long ago it was.
func MomentAgo(now, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return Moment(now, at) + ", " + ui.Ago(now, at)
}

// Reason is a failure in one line: the code, and a sentence.
func Reason(f *core.Failure) string {
	switch {
	case f == nil:
		return ""
	case f.Code == "" || strings.HasPrefix(f.Message, f.Code):
		return f.Message
	case f.Message == "":
		return f.Code
	default:
		return f.Code + ": " + f.Message
	}
}
