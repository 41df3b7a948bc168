package table_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/table"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
)

var sgr = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// controls keeps what must never be in a view; joiners are parts of characters.
func controls(r rune) rune {
	if r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf) {
		return r
	}
	return -1
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 12}, {80, 10}, {60, 8}, {30, 5}} {
		w, h := size[0], size[1]
		tb := table.New(accountColumns, table.Styles{})
		fill(tb, accounts())
		tb.Down()
		tb.ToggleMark()
		tb.Down()
		view := tb.View(w, h)
		checkShape(t, view, w, h)
		tuitest.Golden(t, fmt.Sprintf("%dx%d", w, h), tuitest.Framed(view))
	}
}

func TestGoldenEmpty(t *testing.T) {
	t.Parallel()
	tb := table.New(accountColumns, table.Styles{})
	tuitest.Golden(t, "empty-60x4", tuitest.Framed(tb.View(60, 4)))
}

// TestGoldenStyled shows each SGR sequence as <...>.
func TestGoldenStyled(t *testing.T) {
	t.Parallel()
	tb := table.New(accountColumns, colours())
	tb.SetQuery(query.Parse("prod nobody"))
	tb.SetSource(styled{accounts()})
	tb.SetRows(accounts().all())
	tb.ToggleMark()
	view := tb.View(80, 8)
	checkShape(t, view, 80, 8)
	tuitest.Golden(t, "styled-80x8", tuitest.Framed(sgr.ReplaceAllStringFunc(view, func(s string) string {
		return "<" + s[2:len(s)-1] + ">"
	})))
}

func colours() table.Styles {
	return table.Styles{
		Header:   lipgloss.NewStyle().Bold(true),
		Selected: lipgloss.NewStyle().Reverse(true),
		Marked:   lipgloss.NewStyle().Foreground(lipgloss.Color("3")),
		Match:    lipgloss.NewStyle().Underline(true).Margin(2).Width(99).Hyperlink("https://example.com"),
		Dim:      lipgloss.NewStyle().Faint(true),
	}
}

func TestTinySizes(t *testing.T) {
	t.Parallel()
	sources := map[string]*rows{"none": newRows(), "some": accounts()}
	for name, r := range sources {
		for _, columns := range [][]table.Column{nil, accountColumns, {{}}, {{Min: 9, Max: 3, Right: true}}} {
			tb := table.New(columns, colours())
			fill(tb, r)
			for w := range 40 {
				for h := 1; h <= 4; h++ {
					checkShape(t, tb.View(w, h), w, h)
				}
				tb.Down()
			}
			for _, size := range [][2]int{{0, 0}, {-1, -1}, {5, 0}, {5, -3}} {
				if got := tb.View(size[0], size[1]); got != "" {
					t.Errorf("%s: View(%v) = %q", name, size, got)
				}
			}
			if got := tb.View(-2, 3); got != "\n\n" {
				t.Errorf("%s: View(-2, 3) = %q", name, got)
			}
		}
	}
}

func TestNothingPanicsWithoutRows(t *testing.T) {
	t.Parallel()
	tb := table.New(nil, table.Styles{})
	tb.SetRows([]uint32{1, 2, 3})
	for range 2 {
		for _, key := range []string{"up", "down", "pgup", "pgdn", "home", "end"} {
			press(tb, key)
		}
		tb.ToggleMark()
		tb.MarkAll()
		if tb.Select("a") || tb.Len() != 0 || len(tb.Marks()) != 0 {
			t.Error("there is something in an empty table")
		}
		tb.View(10, 3)
		fill(tb, newRows())
	}
	tb.SetSource(nil)
	checkShape(t, tb.View(10, 3), 10, 3)
}

func TestHighlight(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, query string
		width             int
		want              string // matches in brackets
	}{
		{"one", "payments-prod", "prod", 20, "payments-[prod]"},
		{"two, in any case", "Payments-Prod", "prod PAY", 20, "[Pay]ments-[Prod]"},
		{"not what is excluded", "payments", "!pay", 20, "payments"},
		{"after cleaning", "pay\x1bments", "payments", 20, "[payments]"},
		{"reaching into the cut", "payments-prod", "prod", 12, "payments-[pr…]"},
		{"behind the cut", "payments-prod", "prod", 8, "payment[…]"},
		{"before the cut", "payments-prod", "pay", 8, "[pay]ment…"},
		{"a whole letter with its accent", "cafe\u0301s", "e", 20, "caf[e\u0301]s"},
		{"a whole emoji", "x👩‍💻y", "👩", 20, "x[👩‍💻]y"},
		{"wide text", "審計アカウント", "計ア", 20, "審[計ア]カウント"},
		{"wide text, cut", "審計アカウント", "ト", 8, "審計ア[…]"},
	}
	for _, tt := range tests {
		for _, selected := range []bool{true, false} {
			styles := table.Styles{Match: lipgloss.NewStyle().Bold(true), Row: lipgloss.NewStyle().Faint(true)}
			tb := table.New([]table.Column{{Title: "T", Flex: true}}, styles)
			tb.SetQuery(query.Parse(tt.query))
			fill(tb, newRows([]string{"-"}, []string{tt.text}))
			if selected {
				tb.Down()
			}
			view := tb.View(tt.width+3, 3)
			checkShape(t, view, tt.width+3, 3)
			if got := brackets(strings.Split(view, "\n")[2]); got != tt.want {
				t.Errorf("%s, selected %t: %q, want %q", tt.name, selected, got, tt.want)
			}
		}
	}
}

var bold = regexp.MustCompile("\x1b\\[2m\x1b\\[1m(.*?)\x1b\\[m")

// brackets puts what is bold in brackets and drops what is not text of the cell.
func brackets(line string) string {
	line = ansi.Strip(bold.ReplaceAllString(line, "[$1]"))
	return strings.TrimRight(strings.TrimLeft(line, "> "), " ")
}

func TestAbsurdlyLongCell(t *testing.T) {
	t.Parallel()
	tb := oneColumn()
	fill(tb, newRows([]string{strings.Repeat("審", 1<<20)}))
	view := tb.View(23, 2)
	checkShape(t, view, 23, 2)
	if line := plain(view)[1]; !strings.HasSuffix(strings.TrimSpace(line), "審…") {
		t.Errorf("line %q", line)
	}
}

// TestCellsDoNotJoin: what would change the character before or after a cell is not
// drawn, so that the columns after it stand where they must.
func TestCellsDoNotJoin(t *testing.T) {
	t.Parallel()
	tb := table.New([]table.Column{{Title: "A"}, {Title: "B", Min: 4}}, table.Styles{})
	fill(tb, newRows(
		[]string{"\u0301\u0302accents", "x"}, []string{"\ufe0fselector", "x"}, []string{"\u200djoiner", "x"},
		[]string{"prefix\u0d4e", "x"}, []string{"\u0301", "x"}, []string{"e\u0301", "x"},
	))
	want := []string{
		"   A         B    ", ">  accents   x    ", "   selector  x    ", "   joiner    x    ",
		"   prefix    x    ", "             x    ", "   e\u0301         x    ",
	}
	view := tb.View(18, 7)
	checkShape(t, view, 18, 7)
	if diff := cmp.Diff(want, plain(view)); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}
