package table_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMarks(t *testing.T) {
	t.Parallel()
	r, tb := named("a b c d e"), oneColumn()
	check := func(when, marked, hidden string) {
		t.Helper()
		if diff := cmp.Diff(marked, strings.Join(tb.Marks(), " ")); diff != "" {
			t.Errorf("%s: marks (-want +got):\n%s", when, diff)
		}
		if got := tb.MarkCount(); got != len(strings.Fields(marked)) {
			t.Errorf("%s: MarkCount() = %d", when, got)
		}
		if diff := cmp.Diff(hidden, strings.Join(tb.HiddenMarks(), " ")); diff != "" {
			t.Errorf("%s: hidden marks (-want +got):\n%s", when, diff)
		}
	}
	tb.ToggleMark()
	tb.MarkAll()
	check("no source", "", "")
	fill(tb, r)
	tb.Select("d")
	tb.ToggleMark()
	tb.Select("b")
	tb.ToggleMark()
	check("two", "b d", "")
	tb.ToggleMark()
	check("and back", "d", "")
	tb.SetRows(r.pick("c a"))
	check("filtered", "d", "d")
	tb.MarkAll()
	check("all that are shown", "a c d", "d")
	tb.SetRows(nil)
	tb.ToggleMark()
	check("nothing shown", "a c d", "a c d")
	fill(tb, named("x d c"))
	check("refreshed: a is gone", "a c d", "a")
	if !tb.Marked("c") || tb.Marked("x") {
		t.Error("Marked is wrong")
	}
	tb.Forget(func(id string) bool { return id == "a" || id == "x" })
	check("forgotten", "c d", "")
	tb.ClearMarks()
	check("cleared", "", "")
}

func TestMarksAreDrawn(t *testing.T) {
	t.Parallel()
	tb := oneColumn()
	fill(tb, named("a b c"))
	tb.ToggleMark()
	tb.Down()
	tb.Down()
	tb.ToggleMark()
	want := []string{"   ID ", " * a  ", "   b  ", ">* c  "}
	if diff := cmp.Diff(want, plain(tb.View(6, 4))); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}
