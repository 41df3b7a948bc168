package editor

import (
	"testing"

	"pgregory.net/rapid"
)

func TestTextSurvives(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "a", "a\n", "a\r\nb\r\n", "a\r\nb\nc\r", "\ufeffa\n", "\ufeff\ufeffa", "\r\n\r\r\n", "\xff\x00\x1b"} {
		e := New("a.yaml", text, Styles{})
		e.View(20, 5)
		press(t, e, "right", "down", "end", "pgdown")
		if e.Text() != text || e.Changed() {
			t.Errorf("%q has become %q", text, e.Text())
		}
		press(t, e, "ctrl+home", "x")
		e.Undo()
		if e.Text() != text || e.Changed() {
			t.Errorf("%q has become %q", text, e.Text())
		}
	}
	e := New("a.yaml", "\ufeffa", Styles{})
	press(t, e, "ctrl+home", "x")
	if e.Text() != "\ufeffxa" {
		t.Errorf("the mark must stay in front: %q", e.Text())
	}
	if _, column := e.Cursor(); column != 2 {
		t.Errorf("the mark is no column: %d", column)
	}
}

func TestSetText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, before, text, after string }{
		{"the same", "a\nb|\n", "a\nb\n", "a\nb|\n"},
		{"below the cursor", "a|b\nc\nd", "ab\nx\ny\nd", "a|b\nx\ny\nd"},
		{"above the cursor", "a\nb\ncd|\n", "x\ncd\n", "x\ncd|\n"},
		{"at the cursor", "a\nbbb|\nc", "a\nb\nc", "a\nb|\nc"},
		{"lines gone", "a\nb\nc|\nd\n", "a\nd\n", "a\nd|\n"},
		{"everything", "a\nb|", "", "|"},
		{"from nothing", "|", "a\nb", "|a\nb"},
		{"a line added at the end", "a\nb|", "a\nb\nc", "a\nb|\nc"},
		{"not inside a cluster", "ab|", "e\u0301x", "|e\u0301x"},
	}
	for _, test := range tests {
		e := open(t, "a.yaml", test.before)
		before := e.Text()
		e.SetText(test.text)
		if got := state(e); got != test.after {
			t.Errorf("%s: %q, want %q", test.name, got, test.after)
		}
		if e.Text() != test.text || e.Changed() != (before != test.text) {
			t.Errorf("%s: %q, changed %v", test.name, e.Text(), e.Changed())
		}
		if e.Undo() != (before != test.text) || e.Undo() || state(e) != test.before {
			t.Errorf("%s: undone %q", test.name, state(e))
		}
	}
	e := New("a.yaml", "\ufeffa", Styles{})
	if e.SetText("b"); e.Text() != "\ufeffb" {
		t.Errorf("%q", e.Text())
	}
}

func TestGoTo(t *testing.T) {
	t.Parallel()
	const text = "日e\u0301x\r\n\tb\n"
	tests := []struct{ line, column, wantLine, wantColumn int }{
		{1, 1, 1, 1}, {1, 2, 1, 2}, {1, 3, 1, 2}, {1, 4, 1, 4}, {1, 5, 1, 5}, {1, 99, 1, 5},
		{2, 2, 2, 2}, {3, 1, 3, 1}, {9, 9, 3, 1}, {0, 0, 1, 1}, {-5, -5, 1, 1},
	}
	e := New("a.yaml", text, Styles{})
	for _, test := range tests {
		e.GoTo(test.line, test.column)
		if line, column := e.Cursor(); line != test.wantLine || column != test.wantColumn {
			t.Errorf("%d:%d: %d:%d, want %d:%d", test.line, test.column, line, column, test.wantLine, test.wantColumn)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before, text string
		next               bool
		after              string
	}{
		{"here", "a\n|foo", "FOO", false, "a\n|foo"},
		{"the next", "|foo foo", "foo", true, "foo |foo"},
		{"the next overlaps", "|aaa", "aa", true, "a|aa"},
		{"below", "|a\nxFoo", "foo", false, "a\nx|Foo"},
		{"wraps", "foo\nb|ar", "foo", false, "|foo\nbar"},
		{"wraps within the line", "foo b|ar", "foo", false, "|foo bar"},
		{"the only one again", "x|foo", "foo", true, "x|foo"},
		{"from the end", "foo|", "foo", true, "|foo"},
		{"folded", "|straße ÉTÉ", "été", false, "straße |ÉTÉ"},
		{"an invalid byte by itself only", "|é\xa9", "\xa9", false, "é|\xa9"},
		{"folded widely", "|5 \u212a", "k", false, "5 |\u212a"},
		{"none", "fo|o", "bar", false, "fo|o"},
		{"nothing", "fo|o", "", false, "fo|o"},
		{"not over lines", "|a\nb", "a\nb", false, "|a\nb"},
	}
	for _, test := range tests {
		e := open(t, "a.yaml", test.before)
		found := e.Find(test.text, test.next)
		if state(e) != test.after || found != (test.name[:2] != "no") {
			t.Errorf("%s: %v %q, want %q", test.name, found, state(e), test.after)
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	e := New("a.yaml", "one\ntwo\nthree\n", Styles{})
	if e.NextFinding() || e.PreviousFinding() {
		t.Error("there is none")
	}
	e.SetFindings([]Finding{
		{Line: 99, Column: 1, Message: "end"}, {Line: 2, Column: 3, Message: "b", Error: true},
		{Line: 2, Column: 1, Message: "a"}, {Line: 3, Column: 99, Message: "c"}, {Message: "start"},
	})
	var order string
	for range 6 {
		if !e.NextFinding() {
			t.Fatal("there are some")
		}
		f, ok := e.FindingHere()
		if !ok {
			t.Fatal("a finding is here")
		}
		order += f.Message + " "
	}
	if want := "a b c end start a "; order != want {
		t.Errorf("%s, want %s", order, want)
	}
	order = ""
	for range 5 {
		e.PreviousFinding()
		f, _ := e.FindingHere()
		order += f.Message + " "
	}
	if want := "start end c b a "; order != want {
		t.Errorf("%s, want %s", order, want)
	}
	e.GoTo(2, 2)
	if f, ok := e.FindingHere(); !ok || f.Message != "a" {
		t.Errorf("%v", f)
	}
	e.SetFindings([]Finding{{Line: 2, Column: 1}})
	if e.GoTo(1, 1); e.NextFinding() {
		if _, ok := e.FindingHere(); !ok || !e.NextFinding() {
			t.Error("the only one is found again")
		}
	}
	if e.GoTo(3, 1); len(e.findingsAt(2)) != 0 {
		t.Error("no finding is in the last line but one")
	}
}

// TestModel compares random operations with a text that is simply one string.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		initial := texts().Draw(t, "text")
		e := New(rapid.SampledFrom([]string{"a.yaml", "a.json", "a"}).Draw(t, "name"), initial, colored())
		keys := rapid.SampledFrom(sortedStrokes())
		revision := 0
		check := func() {
			if want := e.text.clamp(e.cursor); want != e.cursor {
				t.Fatalf("the cursor is outside: %v, not %v", e.cursor, want)
			}
			if text := e.text.text(); len(text) != e.text.bytes {
				t.Fatalf("%d bytes counted of %d", e.text.bytes, len(text))
			}
			if e.Revision() < revision {
				t.Fatalf("revision %d after %d", e.Revision(), revision)
			}
			revision = e.Revision()
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { check() },
			"type": func(t *rapid.T) {
				head, tail := e.text.slice(position{}, e.cursor), e.text.slice(e.cursor, e.text.end())
				atom := rapid.SampledFrom(atoms).Draw(t, "typed")
				e.insert(typing, atom)
				if got := e.text.text(); got != head+atom+tail {
					t.Fatalf("typed: %q, want %q", got, head+atom+tail)
				}
			},
			"press": func(t *rapid.T) { press(t, e, keys.Draw(t, "key")) },
			"erase": func(t *rapid.T) {
				text, at := e.text.text(), len(e.text.slice(position{}, e.cursor))
				key := rapid.SampledFrom([]string{"backspace", "delete", "ctrl+k", "ctrl+u", "ctrl+w"}).Draw(t, "key")
				press(t, e, key)
				left := e.text.text()
				gone := len(text) - len(left)
				if key != "delete" && key != "ctrl+k" {
					at -= gone
				}
				if gone < 0 || left != text[:at]+text[at+gone:] {
					t.Fatalf("erased %q to %q by %s", text, left, key)
				}
			},
			"paste":   func(t *rapid.T) { e.Paste(texts().Draw(t, "pasted")) },
			"setText": func(t *rapid.T) { e.SetText(texts().Draw(t, "set")) },
			"undo":    func(*rapid.T) { e.Undo() },
			"redo":    func(*rapid.T) { e.Redo() },
			"find":    func(t *rapid.T) { e.Find(rapid.SampledFrom(atoms).Draw(t, "found"), rapid.Bool().Draw(t, "next")) },
			"view": func(t *rapid.T) {
				w, h := rapid.IntRange(1, 120).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
				checkView(t, e.View(w, h), w, h)
				if x, y, ok := e.CursorCell(); !ok || x < 0 || x >= w || y < 0 || y >= h {
					t.Fatalf("the cursor is at %d,%d of %dx%d", x, y, w, h)
				}
			},
		})
		checkHistory(t, e, initial)
	})
}

// checkHistory undoes and redoes everything, there and back.
func checkHistory(t *rapid.T, e *Editor, initial string) {
	for e.Redo() {
	}
	final := e.Text()
	for range 2 {
		for e.Undo() {
		}
		if e.Text() != initial || e.Changed() {
			t.Fatalf("all undone: %q, want %q", e.Text(), initial)
		}
		for e.Redo() {
		}
		if e.Text() != final || e.Changed() != (final != initial) {
			t.Fatalf("all redone: %q, want %q", e.Text(), final)
		}
	}
}
