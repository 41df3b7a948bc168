package editor

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNextCluster(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want cluster
	}{
		{"ab", cluster{"a", 1, 1, false}},
		{"e\u0301x", cluster{"e\u0301", 3, 1, false}},
		{"日本", cluster{"日", 3, 2, false}},
		{"👩\u200d👩\u200d👧!", cluster{"👩\u200d👩\u200d👧", 18, 2, false}},
		{"🇩🇪🇫🇷", cluster{"🇩🇪", 8, 2, false}},
		{"\tx", cluster{"→ ", 1, 2, true}},
		{"\x1b[31m", cluster{"␛", 1, 1, true}},
		{"\r\n", cluster{"␍", 1, 1, true}},
		{"\x7f", cluster{"␡", 1, 1, true}},
		{"\u009b2J", cluster{"·", 2, 1, true}},
		{"\x9b2J", cluster{"\ufffd", 1, 1, true}},
		{"\u202eabc", cluster{"·", 3, 1, true}},
		{"\u00a0", cluster{"·", 2, 1, true}},
		{"\u0301", cluster{"·", 2, 1, true}},
		{"\u0903", cluster{"·", 3, 1, true}},
		{"\u200c\u0903", cluster{"·", 6, 1, true}},
		{"\u200b", cluster{"·", 3, 1, true}},
		{"a" + strings.Repeat("\u0301", 70), cluster{"·", 63, 1, true}},
	}
	for _, test := range tests {
		if got := nextCluster(test.text); got != test.want {
			t.Errorf("%q: %+v, want %+v", test.text, got, test.want)
		}
	}
}

func TestClustersAreSane(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := texts().Draw(t, "text")
		for text != "" {
			c := nextCluster(text)
			if c.bytes < 1 || c.bytes > min(len(text), maxCluster) || c.width != ansi.StringWidth(c.glyph) || c.width < 1 {
				t.Fatalf("%q: %+v", text, c)
			}
			if !c.odd && c.glyph != text[:c.bytes] {
				t.Fatalf("%q: %+v", text, c)
			}
			if c != nextCluster(text[:min(len(text), maxCluster+1)]) {
				t.Fatalf("%q: looks too far", text)
			}
			text = text[c.bytes:]
		}
	})
}

// boundaries measures a line the simple way.
func boundaries(text string) []mark {
	list := []mark{{}}
	for at := (mark{}); at[inBytes] < len(text); {
		c := nextCluster(text[at[inBytes]:])
		runes := utf8.RuneCountInString(text[at[inBytes] : at[inBytes]+c.bytes])
		at = at.plus(mark{c.bytes, runes, c.width})
		list = append(list, at)
	}
	return list
}

func longLines() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var line strings.Builder
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			line.WriteString(strings.Repeat(texts().Draw(t, "part"), rapid.IntRange(1, 40).Draw(t, "times")))
		}
		return line.String()
	})
}

// TestRuler edits a long line and compares the ruler that followed with measuring anew.
func TestRuler(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var cache rulers
		line := longLines().Draw(t, "line")
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			r := cache.of(0, line)
			want := boundaries(line)
			for range 5 {
				unit := rapid.IntRange(0, 2).Draw(t, "unit")
				limit := rapid.IntRange(0, want[len(want)-1][unit]+2).Draw(t, "limit")
				last := want[0]
				for _, m := range want {
					if m[unit] <= limit {
						last = m
					}
				}
				if got := r.seek(unit, limit); got != last {
					t.Fatalf("unit %d up to %d: %v, want %v", unit, limit, got, last)
				}
			}
			from := rapid.IntRange(0, len(line)).Draw(t, "from")
			to := rapid.IntRange(from, min(len(line), from+100)).Draw(t, "to")
			line = line[:from] + texts().Draw(t, "inserted") + line[to:]
		}
	})
}

func TestRulerMeasuresOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("é", 1<<20)
	old := newRuler(line)
	changed := old
	changed.update(line[:1<<20] + "x" + line[1<<20:])
	same := 0
	for same < len(old.segments) && old.segments[same] == changed.segments[same] {
		same++
	}
	tail := slices.Clone(old.segments[same+3:])
	if diff := cmp.Diff(tail, changed.segments[len(changed.segments)-len(tail):]); diff != "" {
		t.Error("more than the neighbourhood was measured")
	}
}

func TestRulerAtTheEdgeOfASegment(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("a", 4*segmentSize)
	r := newRuler(line)
	r.update(line[:2*segmentSize] + "\u0301" + line[2*segmentSize:])
	if got, want := r.seek(inCells, 2*segmentSize), (mark{2*segmentSize + 2, 2*segmentSize + 1, 2 * segmentSize}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRulersFollowMovedLines(t *testing.T) {
	t.Parallel()
	var cache rulers
	line := strings.Repeat("日", 10_000)
	r := cache.of(3, line)
	if cache.of(3, line) != r || cache.of(4, line) != r {
		t.Error("measured again")
	}
	changed := cache.of(4, line+"x")
	if r.text != line || changed.seek(inBytes, 1<<20)[inCells] != 20_001 || cache.of(3, line) != r {
		t.Error("a line changed that was not edited")
	}
	for row := range 3 * maxRulers {
		cache.of(row, strings.Repeat("x", 2000+row))
	}
	if len(cache.byRow) > maxRulers {
		t.Errorf("%d are kept", len(cache.byRow))
	}
}
