package table_test

import (
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/tui/internal/table"
)

func TestCursorAfterSetRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, at string
		orders   []string // one SetRows each
		want     string
	}{
		{"the first row at the start", "", nil, "a"},
		{"still shown", "c", []string{"e c a"}, "c"},
		{"reversed", "b", []string{"f e d c b a"}, "b"},
		{"the one that took its place", "c", []string{"a b d e f"}, "d"},
		{"the next that remains", "c", []string{"f a"}, "f"},
		{"the last before, if none is after", "f", []string{"b a"}, "b"},
		{"nearest before first", "e", []string{"a d"}, "d"},
		{"empty", "c", []string{""}, ""},
		{"empty, then all", "c", []string{"", "a b c d e f"}, "c"},
		{"empty twice, then another order", "d", []string{"", "", "f d a"}, "d"},
		{"empty, then without it", "c", []string{"", "f a"}, "f"},
		{"empty, then less than before", "f", []string{"", "a b"}, "b"},
		{"does not go back to a row it left", "c", []string{"a e", "a b c d e f"}, "e"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, tb := named("a b c d e f"), oneColumn()
			fill(tb, r)
			tb.View(20, 10)
			if tt.at != "" && !tb.Select(tt.at) {
				t.Fatalf("Select(%q) failed", tt.at)
			}
			for _, order := range tt.orders {
				tb.SetRows(r.pick(order))
				tb.View(20, 10)
			}
			if got := tb.SelectedID(); got != tt.want {
				t.Errorf("the cursor is on %q, want %q", got, tt.want)
			}
			if row, ok := tb.Selected(); ok != (tt.want != "") || ok && r.ID(row) != tt.want {
				t.Errorf("Selected() = %d, %t", row, ok)
			}
		})
	}
}

func TestCursorAfterSetSource(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, at, ids, want string }{
		{"other numbers", "c", "x y c a", "c"},
		{"gone: the next that was on the screen", "c", "a b x d e", "d"},
		{"gone: the last before it", "e", "x y b a", "b"},
		{"all gone: the same place", "c", "u v w x", "w"},
		{"all gone and fewer", "e", "u v", "v"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := oneColumn()
			fill(tb, named("a b c d e"))
			tb.View(20, 10)
			tb.Select(tt.at)
			tb.SetSource(named(tt.ids))
			if _, ok := tb.Selected(); ok || tb.Len() != 0 || tb.SelectedID() != "" {
				t.Error("rows of the source before are still shown")
			}
			tb.View(20, 10)
			tb.SetRows(named(tt.ids).all())
			if got := tb.SelectedID(); got != tt.want {
				t.Errorf("the cursor is on %q, want %q", got, tt.want)
			}
		})
	}
}

func TestScrolling(t *testing.T) {
	t.Parallel()
	r := named("a b c d e f g h i j")
	steps := []struct {
		do       string
		cursor   string
		onScreen string
	}{
		{"", "a", "a b c d"},
		{"up", "a", "a b c d"},
		{"down down down", "d", "a b c d"},
		{"down", "e", "b c d e"},
		{"up up up up", "a", "a b c d"},
		{"down pgdn", "f", "e f g h"},
		{"pgdn", "j", "g h i j"},
		{"down", "j", "g h i j"},
		{"up pgup", "e", "c d e f"},
		{"pgup pgup", "a", "a b c d"},
		{"end", "j", "g h i j"},
		{"home", "a", "a b c d"},
	}
	tb := oneColumn()
	fill(tb, r)
	tb.View(20, 5)
	for i, s := range steps {
		for _, key := range strings.Fields(s.do) {
			press(tb, key)
		}
		if got := shownIDs(tb.View(20, 5)); got != s.onScreen || tb.SelectedID() != s.cursor {
			t.Errorf("step %d, %s: cursor %s of %q, want %s of %q", i, s.do, tb.SelectedID(), got, s.cursor, s.onScreen)
		}
	}
}

func press(tb *table.Table, key string) {
	switch key {
	case "up":
		tb.Up()
	case "down":
		tb.Down()
	case "pgup":
		tb.PageUp()
	case "pgdn":
		tb.PageDown()
	case "home":
		tb.Home()
	case "end":
		tb.End()
	}
}

func TestCursorKeepsItsLine(t *testing.T) {
	t.Parallel()
	r, tb := named("a b c d e f g h i j"), oneColumn()
	fill(tb, r)
	tb.View(20, 5)
	tb.Select("f") // at the bottom: c d e f
	tb.Up()        // e on the third line
	tests := []struct{ order, onScreen string }{
		{"a b c d e f g h i j", "c d e f"},
		{"j i h g f e d c b a", "g f e d"},
		{"j i h g f x e d c b a", "g f e d"},
		{"d e", "d e"}, // as near as it gets
	}
	for _, tt := range tests {
		tb.SetRows(r.pick(strings.ReplaceAll(tt.order, "x ", "")))
		if got := shownIDs(tb.View(20, 5)); got != tt.onScreen {
			t.Errorf("order %s: on the screen %q, want %q", tt.order, got, tt.onScreen)
		}
	}
}

func TestMovesBeforeFirstView(t *testing.T) {
	t.Parallel()
	tb := oneColumn()
	fill(tb, named("a b c d e f"))
	tb.Down()
	tb.PageDown()
	if got := shownIDs(tb.View(20, 5)); got != "a b c d" || tb.SelectedID() != "c" {
		t.Errorf("cursor %s, on the screen %q", tb.SelectedID(), got)
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	r, tb := named("a b c d e"), oneColumn()
	fill(tb, r)
	tb.SetRows(r.pick("e d b"))
	for id, want := range map[string]bool{"b": true, "a": false, "nobody": false, "": false} {
		if got := tb.Select(id); got != want {
			t.Errorf("Select(%q) = %t", id, got)
		}
	}
	if tb.SelectedID() != "b" {
		t.Errorf("a Select that failed moved the cursor to %q", tb.SelectedID())
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	r, tb := named("a b c d e f"), oneColumn()
	check := func(when string, first, last, total int) {
		t.Helper()
		if f, l, n := tb.Position(); f != first || l != last || n != total {
			t.Errorf("%s: %d-%d of %d, want %d-%d of %d", when, f, l, n, first, last, total)
		}
	}
	check("new", 0, 0, 0)
	fill(tb, r)
	check("never drawn", 0, 0, 6)
	tb.View(20, 5)
	check("at the top", 1, 4, 6)
	tb.End()
	check("at the end", 3, 6, 6)
	tb.View(20, 20)
	check("all on the screen", 1, 6, 6)
	tb.SetRows(nil)
	check("no rows", 0, 0, 0)
}
