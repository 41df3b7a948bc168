package editor

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func plainView(e *Editor, w, h int) string {
	lines := strings.Split(ansi.Strip(e.View(w, h)), "\n")
	for i := range lines {
		lines[i] += "|"
	}
	return strings.Join(lines, "\n")
}

func TestView(t *testing.T) {
	t.Parallel()
	e := New("a.yaml", "a: 日本\n\tb: \x1b[31m\n# c\n", colored())
	e.SetFindings([]Finding{{Line: 1, Column: 1}, {Line: 2, Column: 1}, {Line: 2, Column: 3, Error: true}})
	want := strings.Join([]string{
		"W?  1 a: 日本     |",
		"E!  2 → b: ␛[31m  |",
		"    3 # c         |",
		"    4             |",
		"                  |",
	}, "\n")
	if diff := cmp.Diff(want, plainView(e, 18, 5)); diff != "" {
		t.Error(diff)
	}
	if got := plainView(e, 9, 2); got != "W?a: 日本|\nE!→ b: ␛[|" {
		t.Errorf("without line numbers: %q", got)
	}
	if got := plainView(e, 5, 2); got != "a: 日|\n→ b: |" {
		t.Errorf("without markers: %q", got)
	}
	if got := plainView(e, 4, 1); got != "a:  |" {
		t.Errorf("half a character: %q", got)
	}
}

func TestViewScrolls(t *testing.T) {
	t.Parallel()
	e := New("a.yaml", "日本語日本語日本語\nabcdefghijklmnopqr\n\n", Styles{})
	e.GoTo(2, 19)
	if got := plainView(e, 10, 4); got != "   本語   |\n  nopqr   |\n          |\n          |" {
		t.Errorf("%q", got)
	}
	if x, y, ok := e.CursorCell(); x != 7 || y != 1 || !ok {
		t.Errorf("the cursor is at %d,%d %v", x, y, ok)
	}
	press(t, e, "home")
	if _, _, ok := e.CursorCell(); ok {
		t.Error("moved since the last view")
	}
	if got := plainView(e, 10, 2); got != "  日本語日|\n  abcdefgh|" {
		t.Errorf("%q", got)
	}
	e = New("a", strings.Repeat("x\n", 100), Styles{})
	e.GoTo(50, 1)
	if e.View(20, 10); e.scroll.top != 46 {
		t.Errorf("top %d", e.scroll.top)
	}
	e.GoTo(55, 1)
	if e.View(20, 10); e.scroll.top != 46 {
		t.Errorf("scrolled without need to %d", e.scroll.top)
	}
	if e.View(20, 50); e.scroll.top != 46 {
		t.Errorf("top %d", e.scroll.top)
	}
	if e.View(20, 80); e.scroll.top != 21 {
		t.Errorf("there is room for more: top %d", e.scroll.top)
	}
}

// The cursor is seen in every theme, and what Find found is highlighted.
func TestViewCursor(t *testing.T) {
	t.Parallel()
	reversed := lipgloss.NewStyle().Reverse(true)
	for name, styles := range map[string]Styles{"none": {}, "colors": colored()} {
		e := New("a.yaml", "ab\n", styles)
		cells := strings.SplitN(e.View(20, 1), "a", 2)[0]
		if i := strings.LastIndex(cells, "\x1b["); i < 0 || !strings.Contains(";"+cells[i+2:len(cells)-1]+";", ";7;") {
			t.Errorf("%s: the cursor is not reversed: %q", name, cells)
		}
	}
	e := New("a.yaml", "ab\n", Styles{CursorLine: reversed})
	if view := e.View(20, 1); !strings.Contains(view, "\x1b[ma\x1b[7m") {
		t.Errorf("the cursor is like its line: %q", view)
	}
	e = New("a.yaml", "x foo\nfoo", Styles{Selection: lipgloss.NewStyle().Bold(true)})
	if e.Find("FOO", false); !strings.Contains(e.View(20, 2), "\x1b[1moo\x1b[m") {
		t.Errorf("not highlighted: %q", e.View(20, 2))
	}
	press(t, e, "right")
	if strings.Contains(e.View(20, 2), "\x1b[1moo") {
		t.Error("still highlighted")
	}
}

func TestViewIsKept(t *testing.T) {
	t.Parallel()
	e := New("a.yaml", "a: b\n", Styles{})
	first := e.View(20, 2)
	e.painter = newPainter(Styles{Text: lipgloss.NewStyle().Bold(true)})
	if e.View(20, 2) != first {
		t.Error("drawn again")
	}
	if e.SetStyles(colored()); e.View(20, 2) == first {
		t.Error("the styles are not used")
	}
	before := e.View(20, 2)
	if e.SetFindings([]Finding{{Line: 2, Column: 1}}); e.View(20, 2) == before {
		t.Error("the findings are not shown")
	}
	if e.View(0, 5) != "" || e.View(5, -1) != "" {
		t.Error("no room, no view")
	}
	if _, _, ok := e.CursorCell(); ok {
		t.Error("no view, no cursor")
	}
}

func TestStylesNeverMoveText(t *testing.T) {
	t.Parallel()
	wild := lipgloss.NewStyle().Padding(1, 3).Margin(2).Border(lipgloss.NormalBorder()).Width(50).Height(3).
		Underline(true).Strikethrough(true).Transform(strings.ToUpper).Hyperlink("https://example.org")
	e := New("a.yaml", "a: b c # d\n- 1\n", Styles{wild, wild, wild, wild, wild, wild, wild, wild, wild, wild, wild, wild})
	e.SetFindings([]Finding{{Line: 1, Column: 1, Error: true}})
	checkView(t, e.View(40, 5), 40, 5)
	if got := ansi.Strip(e.View(40, 1)); !strings.HasPrefix(got, "E!  1 a: b c # d ") {
		t.Errorf("%q", got)
	}
}

func TestViewIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := New(rapid.SampledFrom([]string{"a.yaml", "a.json", "a"}).Draw(t, "name"), texts().Draw(t, "text"), colored())
		e.GoTo(rapid.IntRange(1, 10).Draw(t, "line"), rapid.IntRange(1, 400).Draw(t, "column"))
		w, h := rapid.IntRange(1, 120).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		checkView(t, e.View(w, h), w, h)
	})
}

func FuzzView(f *testing.F) {
	for _, atom := range atoms {
		f.Add("a.yaml", "a"+atom+"\nb: "+atom, 20, 5, 3)
	}
	f.Add("a.json", "{\"a\": [1, \"\x1b]52;c;x\a\"]}", 1, 1, 100)
	f.Fuzz(func(t *testing.T, name, text string, w, h, column int) {
		w, h = 1+(w%120+120)%120, 1+(h%40+40)%40
		e := New(name, text, colored())
		checkView(t, e.View(w, h), w, h)
		e.GoTo(2, column)
		checkView(t, e.View(w, h), w, h)
		if e.Text() != text {
			t.Fatalf("%q has become %q", text, e.Text())
		}
	})
}

func TestViewHighlights(t *testing.T) {
	t.Parallel()
	const key, str, num, pun, end = "\x1b[34m", "\x1b[32m", "\x1b[35m", "\x1b[33m", "\x1b[m"
	styles := colored()
	styles.CursorLine = lipgloss.NewStyle()
	for name, want := range map[string]string{
		"a.yaml": key + "a" + end + pun + ":" + end + " " + pun + "|" + end,
		"b.yaml": str + "  b: 1" + end,
		"c.yml":  key + "c" + end + pun + ":" + end + " " + num + "12" + end,
		"d.json": str + "\"d\"" + end,
		"e.txt":  "c: 12 ",
	} {
		e := New(name, "\na: |\n  b: 1\nc: 12\n[\"d\"]\n", styles)
		if view := e.View(20, 6); !strings.Contains(view, want) {
			t.Errorf("%s: no %q in %q", name, want, view)
		}
		e.GoTo(6, 1)
		if view := e.View(20, 3); name == "b.yaml" && e.scroll.top != 3 || strings.Contains(view, "|") {
			t.Errorf("%s: scrolled to %d", name, e.scroll.top)
		}
	}
}

// TestGoToShowsWhatFollows: a place that was not on the screen is not put on its last
// line.
func TestGoToShowsWhatFollows(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "line-%d:\n", i+1)
	}
	e := New("a.yaml", text.String(), Styles{})
	e.View(40, 12)
	e.GoTo(100, 1)
	if view := ansi.Strip(e.View(40, 12)); !strings.Contains(view, "line-100") || !strings.Contains(view, "line-105") {
		t.Errorf("after GoTo 100:\n%s", view)
	}
	e.GoTo(102, 1) // on the screen already: nothing moves
	if view := ansi.Strip(e.View(40, 12)); !strings.Contains(view, "line-97") {
		t.Errorf("after GoTo 102:\n%s", view)
	}
}
