package editor

import (
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// steps undoes everything and lists the texts on the way.
func steps(e *Editor) []string {
	list := []string{e.Text()}
	for e.Undo() {
		list = append(list, e.Text())
	}
	return list
}

func TestUndoGroups(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before string
		keys         []string
		want         []string
	}{
		{"words", "|", []string{"foo  bar baz"}, []string{"foo  bar baz", "foo  bar", "foo", ""}},
		{"a line", "|", []string{"ab", "enter", "cd"}, []string{"ab\ncd", "ab\n", "ab", ""}},
		{"backspace", "abc|", []string{"backspace", "backspace"}, []string{"a", "abc"}},
		{"delete", "|abc", []string{"delete", "delete"}, []string{"c", "abc"}},
		{"both", "a|b", []string{"backspace", "delete"}, []string{"", "ab"}},
		{"typing and backspace", "|", []string{"ab", "backspace", "c"}, []string{"ac", "a", "ab", ""}},
		{"a movement between", "|", []string{"ab", "left", "right", "c"}, []string{"abc", "ab", ""}},
		{"lines are not joined with text", "a\nb|", []string{"backspace", "backspace"}, []string{"a", "a\n", "a\nb"}},
		{"words erased", "a b c|", []string{"ctrl+w", "ctrl+w"}, []string{"a ", "a b ", "a b c"}},
	}
	for _, test := range tests {
		e := open(t, "a.txt", test.before)
		press(t, e, test.keys...)
		if got := steps(e); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSavingEndsAGroup(t *testing.T) {
	t.Parallel()
	e := open(t, "a.txt", "|")
	press(t, e, "ab")
	e.MarkSaved()
	press(t, e, "c")
	if !e.Changed() || !e.Undo() || e.Changed() || e.Text() != "ab" {
		t.Errorf("%q, changed %v", e.Text(), e.Changed())
	}
	e.Undo()
	if !e.Changed() {
		t.Error("before what was saved is a change")
	}
	press(t, e, "ab")
	if e.Changed() || e.CanRedo() {
		t.Error("the same text is no change, and what was undone is gone")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	e := New("a.txt", "", Styles{})
	e.history.limit = 10_000
	check := func(limit int) {
		t.Helper()
		size := 0
		for _, d := range slices.Concat(e.history.done, e.history.undone) {
			size += d.size()
		}
		if size != e.history.size || size > limit {
			t.Fatalf("%d bytes kept, %d counted", size, e.history.size)
		}
	}
	for range 100 {
		e.Paste(strings.Repeat("x", 1000))
		check(e.history.limit)
	}
	count := 0
	for e.Undo() {
		count++
	}
	if want := 10_000 / (1000 + deltaOverhead); count != want || len(e.Text()) != 1000*(100-want) {
		t.Errorf("%d steps undone, want %d", count, want)
	}
	e.Paste(strings.Repeat("y", 20_000))
	if !e.Undo() {
		t.Error("the newest step is kept whatever its size")
	}
	check(20_000 + deltaOverhead)
	press(t, e, "ab")
	check(e.history.limit)
}

func TestSmallEditsDoNotKeepLongLines(t *testing.T) {
	t.Parallel()
	e := New("a.json", strings.Repeat("x", 1<<18), Styles{})
	for range 300 {
		press(t, e, "delete", "right")
	}
	line := e.text.lines[0]
	if part := e.text.slice(position{}, position{0, 1}); unsafe.StringData(part) == unsafe.StringData(line) {
		t.Error("what is removed is a part of the line")
	}
	if e.history.size > 300*(deltaOverhead+1) {
		t.Errorf("%d bytes for 300 characters", e.history.size)
	}
}
