package editor

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// strokes are the keys that mean something, as they are pressed.
var strokes = map[string]tea.KeyPressMsg{
	"left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown},
	"home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd}, "pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown},
	"ctrl+a": {Code: 'a', Mod: tea.ModCtrl}, "ctrl+e": {Code: 'e', Mod: tea.ModCtrl},
	"ctrl+left": {Code: tea.KeyLeft, Mod: tea.ModCtrl}, "ctrl+right": {Code: tea.KeyRight, Mod: tea.ModCtrl},
	"ctrl+home": {Code: tea.KeyHome, Mod: tea.ModCtrl}, "ctrl+end": {Code: tea.KeyEnd, Mod: tea.ModCtrl},
	"enter": {Code: tea.KeyEnter}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
	"kpenter": {Code: tea.KeyKpEnter}, "space": {Code: tea.KeySpace, Text: " "},
	"backspace": {Code: tea.KeyBackspace}, "delete": {Code: tea.KeyDelete},
	"ctrl+k": {Code: 'k', Mod: tea.ModCtrl}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+w": {Code: 'w', Mod: tea.ModCtrl},
	"alt+up": {Code: tea.KeyUp, Mod: tea.ModAlt}, "alt+down": {Code: tea.KeyDown, Mod: tea.ModAlt},
}

// press presses keys by name; what is no name is typed, character by character.
func press(t interface{ Fatalf(string, ...any) }, e *Editor, keys ...string) {
	for _, key := range keys {
		if msg, ok := strokes[key]; ok {
			if !e.Press(msg) {
				t.Fatalf("%s means nothing", key)
			}
			continue
		}
		for _, r := range key {
			if !e.Press(tea.KeyPressMsg{Code: r, Text: string(r)}) {
				t.Fatalf("%q means nothing", r)
			}
		}
	}
}

// open makes an editor of a text in which | is the cursor.
func open(t *testing.T, name, text string) *Editor {
	t.Helper()
	before, after, ok := strings.Cut(text, "|")
	if !ok {
		t.Fatalf("no cursor in %q", text)
	}
	e := New(name, before+after, Styles{})
	e.place(position{}.after(before))
	return e
}

// state is the text with | at the cursor.
func state(e *Editor) string {
	head := e.text.slice(position{}, e.cursor)
	return head + "|" + e.text.slice(e.cursor, e.text.end())
}

func colored() Styles {
	color := func(c string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(c)) }
	return Styles{
		LineNumber: color("8"), CursorLine: lipgloss.NewStyle().Background(lipgloss.Color("236")),
		Key: color("4"), String: color("2"), Number: color("5"), Comment: color("7").Italic(true),
		Punctuation: color("3"), Keyword: color("6").Bold(true),
		Error: color("1").Padding(1, 2), Warning: color("11").Underline(true).Width(40),
		Selection: lipgloss.NewStyle().Reverse(true),
	}
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

// checkView fails if a view is not h lines of w cells, or holds what a terminal obeys.
func checkView(t interface{ Fatalf(string, ...any) }, view string, w, h int) {
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got != w {
			t.Fatalf("line %d is %d wide, want %d: %q", i, got, w, line)
		}
		for _, r := range sgr.ReplaceAllString(line, "") {
			if r < ' ' || r >= 0x7f && r < 0xa0 || strings.ContainsRune("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029", r) {
				t.Fatalf("line %d lets %U through: %q", i, r, line)
			}
		}
	}
}

// atoms are pieces of text that go wrong easily.
var atoms = []string{
	"a", "b", " ", "  ", "\n", "\r\n", "\r", "\t", ":", "- ", "key: value", "{", "[", "\"", "#", "|",
	"é", "e\u0301", "\u0301", "日本", "한", "\u1100", "\u1161", "👩\u200d👩\u200d👧", "🏻", "\u200d", "🇩", "🇩🇪", "1\ufe0f\u20e3", "❤\ufe0f",
	"\x1b[31m", "\x1b]0;x\a", "\x00", "\x7f", "\u0085", "\u009b2J", "\x9b", "\xff", "\xe2\x82", "\u202e", "\u2066",
	"\ufeff", "\u00ad", "\u00a0", "\u3000", "\u2028", "\U000e0041", "\u0600", "\u0d4e", "क्ष", "नी", "\u0903", "\ue000", "İ", "ſ", "K",
	"a" + strings.Repeat("\u0301", 70), strings.Repeat("👩\u200d", 12) + "👩", strings.Repeat("x", 300),
}

func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(atoms), 0, 30).Draw(t, "atoms"), "")
	})
}

func sortedStrokes() []string { return slices.Sorted(maps.Keys(strokes)) }
