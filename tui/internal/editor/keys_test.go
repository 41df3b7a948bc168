package editor

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// keyTest is keys, separated by spaces, and what they make of a text; | is the cursor.
type keyTest struct{ name, file, before, keys, after string }

// editing is the keys that change the text.
func editing() []keyTest {
	return []keyTest{
		{"type", "a.yaml", "a|c", "b", "ab|c"},
		{"type wide", "a.yaml", "|", "日é", "日é|"},
		{"space", "a.yaml", "a|c", "space", "a |c"},
		{"enter", "a.yaml", "  a|c", "enter", "  a\n  |c"},
		{"enter on the keypad", "a.yaml", "a|", "kpenter", "a\n|"},
		{"enter after a key", "a.yaml", "  a:|", "enter", "  a:\n    |"},
		{"enter after a key and spaces", "a.yaml", "a: |", "enter", "a: \n  |"},
		{"enter after a comment", "a.yaml", "# a:|", "enter", "# a:\n|"},
		{"enter in indentation", "a.yaml", " |  a:", "enter", " \n |  a:"},
		{"enter after tabs", "a.txt", "\ta:|", "enter", "\ta:\n\t|"},
		{"enter after a brace", "a.json", "  {|", "enter", "  {\n    |"},
		{"enter after a bracket", "a.JSON", "[|]", "enter", "[\n  |]"},
		{"a colon in JSON is none", "a.json", "\"a\":|", "enter", "\"a\":\n|"},
		{"a brace in YAML is none", "a.yml", "{|", "enter", "{\n|"},
		{"enter keeps CRLF", "a.yaml", "a:|\r\nb\r\n", "enter", "a:\r\n  |\r\nb\r\n"},
		{"tab", "a.yaml", "a|", "tab", "a  |"},
		{"outdent", "a.yaml", "   a|", "shift+tab", " a|"},
		{"outdent one", "a.yaml", " a|", "shift+tab", "a|"},
		{"outdent a tab", "a.yaml", "\ta|", "shift+tab", "a|"},
		{"outdent nothing", "a.yaml", "a|", "shift+tab", "a|"},
		{"outdent left of the text", "a.yaml", " |  a", "shift+tab", "| a"},
		{"backspace", "a.yaml", "ab|c", "backspace", "a|c"},
		{"backspace a cluster", "a.yaml", "ae\u0301|", "backspace", "a|"},
		{"backspace a family", "a.yaml", "a👩\u200d👩\u200d👧|", "backspace", "a|"},
		{"backspace joins", "a.yaml", "a\n|b", "backspace", "a|b"},
		{"backspace joins CRLF", "a.yaml", "a\r\n|b", "backspace", "a|b"},
		{"backspace at the beginning", "a.yaml", "|a", "backspace", "|a"},
		{"backspace in even indentation", "a.yaml", "    |a", "backspace", "  |a"},
		{"backspace in odd indentation", "a.yaml", "   |a", "backspace", "  |a"},
		{"backspace of one space", "a.yaml", " |a", "backspace", "|a"},
		{"backspace after text", "a.yaml", "a    |", "backspace", "a   |"},
		{"delete", "a.yaml", "a|bc", "delete", "a|c"},
		{"delete a cluster", "a.yaml", "a|e\u0301c", "delete", "a|c"},
		{"delete joins", "a.yaml", "a|\r\nb", "delete", "a|b"},
		{"delete at the end", "a.yaml", "a|", "delete", "a|"},
		{"ctrl+k", "a.yaml", "ab|cd\r\ne", "ctrl+k", "ab|\r\ne"},
		{"ctrl+k at the end", "a.yaml", "ab|\ne", "ctrl+k", "ab|\ne"},
		{"ctrl+u", "a.yaml", "a\nab|cd", "ctrl+u", "a\n|cd"},
		{"ctrl+w", "a.yaml", "foo bar |x", "ctrl+w", "foo |x"},
		{"ctrl+w at the beginning of a line", "a.yaml", "foo\n|x", "ctrl+w", "foo|x"},
		{"move up", "a.yaml", "a\r\nb|c\r\nd", "alt+up", "b|c\r\na\r\nd"},
		{"move up from the end", "a.yaml", "a\nbc|", "alt+up", "bc|\na"},
		{"move up at the top", "a.yaml", "a|\nb", "alt+up", "a|\nb"},
		{"move down", "a.yaml", "|a\nb\nc\n", "alt+down", "b\n|a\nc\n"},
		{"move down at the bottom", "a.yaml", "a\nb|\n", "alt+down", "a\nb|\n"},
		{"the end is no line", "a.yaml", "a\nb\n|", "alt+up", "a\nb\n|"},
	}
}

// moving is the keys that move the cursor.
func moving() []keyTest {
	return []keyTest{
		{"left", "a.yaml", "ab|", "left", "a|b"},
		{"left over a flag", "a.yaml", "🇩🇪🇫🇷|", "left", "🇩🇪|🇫🇷"},
		{"left over a line", "a.yaml", "a\r\n|b", "left", "a|\r\nb"},
		{"left at the beginning", "a.yaml", "|a", "left", "|a"},
		{"right", "a.yaml", "|日b", "right", "日|b"},
		{"right over a line", "a.yaml", "a|\r\nb", "right", "a\r\n|b"},
		{"right at the end", "a.yaml", "a|", "right", "a|"},
		{"up", "a.yaml", "abc\nab|c", "up", "ab|c\nabc"},
		{"up by cells", "a.yaml", "日本語\nabcd|", "up", "日本|語\nabcd"},
		{"up inside a wide one", "a.yaml", "日本語\nabc|", "up", "日|本語\nabc"},
		{"up at the top", "a.yaml", "a|b\nc", "up", "a|b\nc"},
		{"down", "a.yaml", "a|b\ncd", "down", "ab\nc|d"},
		{"down at the bottom", "a.yaml", "a|b", "down", "a|b"},
		{"the column is kept", "a.yaml", "abc|\na\nabc", "down down", "abc\na\nabc|"},
		{"until it is changed", "a.yaml", "abc|\na\nabc", "down left down", "abc\na\n|abc"},
		{"home", "a.yaml", "a\n  b|", "home", "a\n|  b"},
		{"ctrl+a", "a.yaml", "a\n  b|", "ctrl+a", "a\n|  b"},
		{"end", "a.yaml", "|ab\r\n", "end", "ab|\r\n"},
		{"ctrl+e", "a.yaml", "|ab\n", "ctrl+e", "ab|\n"},
		{"word left", "a.yaml", "foo bar_9  |", "ctrl+left", "foo |bar_9  "},
		{"word left by class", "a.yaml", "foo: bar--|", "ctrl+left ctrl+left", "foo: |bar--"},
		{"word left over a line", "a.yaml", "foo\n|bar", "ctrl+left", "foo|\nbar"},
		{"word right", "a.yaml", "|  été bar", "ctrl+right", "  été| bar"},
		{"word right by class", "a.yaml", "|foo::bar", "ctrl+right ctrl+right", "foo::|bar"},
		{"word right over a line", "a.yaml", "foo|\nbar", "ctrl+right", "foo\n|bar"},
		{"word right over a keycap", "a.yaml", "|#\ufe0f\u20e3 a", "ctrl+right", "#\ufe0f\u20e3| a"},
		{"page down", "a.yaml", "|1\n2\n3\n4\n5\n6\n7", "pgdown", "1\n2\n3\n4\n|5\n6\n7"},
		{"page down to the end", "a.yaml", "1\n2\n3\n4\n5\n|6\n7", "pgdown", "1\n2\n3\n4\n5\n6\n|7"},
		{"page up", "a.yaml", "1\n2\n3\n4\n5\n6|\n7", "pgup", "1\n2|\n3\n4\n5\n6\n7"},
		{"ctrl+home", "a.yaml", "a\nb\n|", "ctrl+home", "|a\nb\n"},
		{"ctrl+end", "a.yaml", "|a\nb\n", "ctrl+end", "a\nb\n|"},
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for _, test := range slices.Concat(editing(), moving()) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := open(t, test.file, test.before)
			e.View(80, 5)
			for key := range strings.FieldsSeq(test.keys) {
				press(t, e, key)
			}
			if got := state(e); got != test.after {
				t.Errorf("%q and %s: %q, want %q", test.before, test.keys, got, test.after)
			}
			changed := e.text.text() != strings.Replace(test.before, "|", "", 1)
			if e.Changed() != changed || e.CanUndo() != changed || e.Revision() > 0 != changed {
				t.Errorf("changed %v, undo %v, revision %d; the text %v", e.Changed(), e.CanUndo(), e.Revision(), changed)
			}
			for e.Undo() {
			}
			if changed && state(e) != test.before {
				t.Errorf("undone: %q, want %q", state(e), test.before)
			}
		})
	}
}

func TestKeysOfOthers(t *testing.T) {
	t.Parallel()
	e := open(t, "a.yaml", "a|b\nc")
	for _, key := range []tea.KeyPressMsg{
		{Code: tea.KeyEscape}, {Code: tea.KeyF1}, {Code: 'z', Mod: tea.ModCtrl}, {Code: 'd', Mod: tea.ModCtrl},
		{Code: 's', Mod: tea.ModCtrl}, {Code: 'x', Mod: tea.ModAlt}, {Code: tea.KeyInsert}, {Code: tea.KeyLeftShift},
	} {
		if e.Press(key) {
			t.Errorf("%s is taken", key)
		}
	}
	if got := state(e); got != "a|b\nc" || e.Revision() != 0 {
		t.Errorf("%q, revision %d", got, e.Revision())
	}
	// What an input method sends may read like the name of a key.
	if !e.Press(tea.KeyPressMsg{Code: tea.KeyExtended, Text: "up"}) || state(e) != "aup|b\nc" {
		t.Errorf("typed: %q", state(e))
	}
}

func TestPaste(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, before, paste, after string }{
		{"lines as a terminal sends them", "a|b", "1\r2\r", "a1\n2\n|b"},
		{"lines of Windows", "a|b", "1\r\n2", "a1\n2|b"},
		{"into a text of Windows", "a|b\r\n", "1\n2\r3", "a1\r\n2\r\n3|b\r\n"},
		{"nothing", "a|b", "", "a|b"},
		{"no indentation is added", "  a:|", "\n x", "  a:\n x|"},
		{"bytes as they are", "|", "\x1b[31m\t\xff", "\x1b[31m\t\xff|"},
	}
	for _, test := range tests {
		e := open(t, "a.yaml", test.before)
		e.Paste(test.paste)
		if got := state(e); got != test.after {
			t.Errorf("%s: %q, want %q", test.name, got, test.after)
		}
		if e.Undo() != (test.paste != "") || state(e) != test.before {
			t.Errorf("%s: undone: %q", test.name, state(e))
		}
	}
}
