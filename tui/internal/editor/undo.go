package editor

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	undoLimit     = 64 << 20 // bytes of text in the history
	deltaOverhead = 128      // what a step costs beside its text
	maxGroup      = 4096     // bytes of typing that are undone at once
)

// kind tells which steps may become one.
type kind int

const (
	single kind = iota // never
	typing
	erasing
)

// delta is one step: at a place, inserted stands where removed stood.
type delta struct {
	kind              kind
	at                position
	removed, inserted string
	before, after     position // the cursor
}

func (d *delta) size() int { return len(d.removed) + len(d.inserted) + deltaOverhead }

// join adds the step next to d if both are parts of one action: a word with the spaces
// before it, or a run of deletions.
func (d *delta) join(next *delta) bool {
	if d.kind == single || d.kind != next.kind || d.after != next.before || d.size() > maxGroup {
		return false
	}
	switch {
	case d.kind == typing:
		if d.at.after(d.inserted) != next.at || startsWord(next.inserted, d.inserted) {
			return false
		}
		d.inserted += next.inserted
	case strings.Contains(next.removed, "\n"):
		return false
	case next.at == d.at: // delete
		d.removed += next.removed
	case next.at.after(next.removed) == d.at: // backspace
		d.removed, d.at = next.removed+d.removed, next.at
	default:
		return false
	}
	d.after = next.after
	return true
}

// startsWord reports whether a group of typing ends between two texts: where white space
// follows something else.
func startsWord(next, previous string) bool {
	first, _ := utf8.DecodeRuneInString(next)
	last, _ := utf8.DecodeLastRuneInString(previous)
	return unicode.IsSpace(first) && !unicode.IsSpace(last)
}

// history is the steps that can be undone and redone, as deltas.
type history struct {
	done, undone []delta
	size, limit  int
	sealed       bool // the next step begins a group
}

// push adds a step that was just done. The oldest are forgotten beyond the limit, never
// the newest.
func (h *history) push(d delta) {
	for i := range h.undone {
		h.size -= h.undone[i].size()
	}
	h.undone = nil
	if last := len(h.done) - 1; last >= 0 && !h.sealed {
		was := h.done[last].size()
		if h.done[last].join(&d) {
			h.size += h.done[last].size() - was
			return
		}
	}
	h.sealed = false
	h.size += d.size()
	h.done = append(h.done, d)
	for h.size > h.limit && len(h.done) > 1 {
		h.size -= h.done[0].size()
		h.done[0] = delta{} // its text is free now
		h.done = h.done[1:]
	}
}

// undo takes the newest step back. The caller reverts it.
func (h *history) undo() (delta, bool) { return h.move(&h.done, &h.undone) }

// redo takes the newest undone step. The caller applies it.
func (h *history) redo() (delta, bool) { return h.move(&h.undone, &h.done) }

func (h *history) move(from, to *[]delta) (delta, bool) {
	h.sealed = true
	last := len(*from) - 1
	if last < 0 {
		return delta{}, false
	}
	d := (*from)[last]
	(*from)[last] = delta{}
	*from, *to = (*from)[:last], append(*to, d)
	return d, true
}
