package editor

import "unicode/utf8"

// mark is a boundary between two clusters of a line, as what lies before it.
type mark [3]int

// What a mark counts.
const (
	inBytes = iota
	inRunes // Unicode code points; an invalid byte counts as one
	inCells // of the screen
)

func (m mark) plus(o mark) mark { return mark{m[0] + o[0], m[1] + o[1], m[2] + o[2]} }

// segmentSize is the least length in bytes of a segment. A line that is no longer is
// measured anew each time.
const segmentSize = 1024

// ruler measures a line. A long line is cut into segments, measured once: finding a
// place costs a sum and the walk through one segment, and an edit measures only the
// segments it touched.
type ruler struct {
	text     string
	segments []mark // none for a short line
}

func newRuler(text string) ruler {
	r := ruler{text: text}
	if len(text) > segmentSize {
		r.measure(0, nil)
	}
	return r
}

// seek is the last boundary that is not beyond limit, counted in unit.
func (r *ruler) seek(unit, limit int) mark {
	var at mark
	for _, s := range r.segments {
		next := at.plus(s)
		if next[unit] > limit {
			break
		}
		at = next
	}
	for at[inBytes] < len(r.text) {
		next := at.plus(clusterMark(r.text[at[inBytes]:]))
		if next[unit] > limit {
			break
		}
		at = next
	}
	return at
}

func clusterMark(s string) mark {
	c := nextCluster(s)
	return mark{c.bytes, utf8.RuneCountInString(s[:c.bytes]), c.width}
}

// measure appends segments from an offset on, which is a boundary, to the end of the text
// or to a place where stop, given an offset, says that the rest is known.
func (r *ruler) measure(off int, stop func(off int) bool) {
	for off < len(r.text) && (stop == nil || !stop(off)) {
		s, ok := asciiSegment(r.text[off:])
		if !ok || stop != nil {
			s = r.walk(off, stop)
		}
		r.segments = append(r.segments, s)
		off += s[inBytes]
	}
}

// walk is one segment, cluster by cluster.
func (r *ruler) walk(off int, stop func(off int) bool) mark {
	var s mark
	for s[inBytes] < segmentSize && off+s[inBytes] < len(r.text) {
		if s[inBytes] > 0 && stop != nil && stop(off+s[inBytes]) {
			break
		}
		s = s.plus(clusterMark(r.text[off+s[inBytes]:]))
	}
	return s
}

// asciiSegment measures a segment of printable ASCII, which is most of them.
func asciiSegment(s string) (mark, bool) {
	if len(s) <= segmentSize || s[segmentSize] >= utf8.RuneSelf {
		return mark{}, false
	}
	for i := range segmentSize {
		if s[i] < ' ' || s[i] >= 0x7f {
			return mark{}, false
		}
	}
	return mark{segmentSize, segmentSize, segmentSize}, true
}

// update measures the line that r's line has become.
func (r *ruler) update(text string) {
	old := *r
	if len(text) <= segmentSize || len(old.segments) == 0 {
		*r = newRuler(text)
		return
	}
	head, start := old.samePrefix(text)
	tail := old.sameSuffix(text, start)
	*r = ruler{text: text, segments: append(make([]mark, 0, len(old.segments)+4), old.segments[:head]...)}
	if tail == len(old.segments) {
		r.measure(start, nil)
		return
	}
	// A walk from a boundary depends on the rest of the text only: where it meets an old
	// boundary with the same rest, all that follows is the same.
	known := len(text)
	for _, s := range old.segments[tail:] {
		known -= s[inBytes]
	}
	r.measure(start, func(off int) bool {
		for tail < len(old.segments) && known < off {
			known += old.segments[tail][inBytes]
			tail++
		}
		return known == off
	})
	r.segments = append(r.segments, old.segments[tail:]...)
}

// samePrefix is how many segments at the beginning an edit has left alone, and where the
// last of them ends. One less than are equal: a cluster may reach over its end now.
func (r *ruler) samePrefix(text string) (count, end int) {
	off := 0
	for _, s := range r.segments {
		next := off + s[inBytes]
		if next > len(text) || r.text[off:next] != text[off:next] {
			break
		}
		count, off = count+1, next
	}
	if count == 0 {
		return 0, 0
	}
	return count - 1, off - r.segments[count-1][inBytes]
}

// sameSuffix is the first of the segments at the end that an edit has left alone, none
// before offset start.
func (r *ruler) sameSuffix(text string, start int) int {
	first, shift := len(r.segments), len(text)-len(r.text)
	for end := len(r.text); first > 0; first-- {
		begin := end - r.segments[first-1][inBytes]
		if begin < start || begin+shift < start || r.text[begin:end] != text[begin+shift:end+shift] {
			break
		}
		end = begin
	}
	return first
}

// maxRulers is how many long lines are remembered: more than fit on a screen.
const maxRulers = 256

// rulers remembers the rulers of long lines.
type rulers struct {
	byRow map[int]*ruler
}

// of is the ruler of a line. A line that moved to another row is found by its text; one
// that changed, by its row.
func (c *rulers) of(row int, text string) *ruler {
	if len(text) <= segmentSize {
		return &ruler{text: text}
	}
	found := c.byRow[row]
	if found != nil && found.text == text { // at once if it is the same memory
		return found
	}
	for _, r := range c.byRow {
		if len(r.text) == len(text) && r.text == text {
			c.keep(row, r)
			return r
		}
	}
	if found == nil {
		fresh := newRuler(text)
		found = &fresh
	} else {
		changed := *found // another row may still share it
		changed.update(text)
		found = &changed
	}
	c.keep(row, found)
	return found
}

func (c *rulers) keep(row int, r *ruler) {
	if c.byRow == nil || len(c.byRow) >= maxRulers {
		c.byRow = map[int]*ruler{}
	}
	c.byRow[row] = r
}
