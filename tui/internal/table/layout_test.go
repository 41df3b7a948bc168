package table_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/tui/internal/table"
)

func TestColumnsDropByPriority(t *testing.T) {
	t.Parallel()
	tb := table.New(accountColumns, table.Styles{})
	tests := []struct {
		width int
		want  string
	}{
		{75, "ACCOUNT ID|NAME|EMAIL|GROUP|ROLES|STATUS"},
		{74, "ACCOUNT ID|NAME|GROUP|ROLES|STATUS"},
		{57, "ACCOUNT ID|NAME|GROUP|ROLES|STATUS"},
		{56, "ACCOUNT ID|NAME|ROLES|STATUS"},
		{46, "ACCOUNT ID|NAME|STATUS"},
		{39, "ACCOUNT ID|STATUS"},
		{24, "ACCOUNT ID|STATUS"},
		{20, "ACCOUNT…|STATUS"}, // what is shortest has its width first
		{13, "ACC…|STA…"},
		{12, "ACCOUNT …"},
		{5, "A…"},
		{4, "…"},
		{3, ""},
	}
	for _, tt := range tests {
		header := strings.Split(tb.View(tt.width, 1), "\n")[0]
		// Two titles of two words have no two spaces within.
		got := strings.Join(strings.FieldsFunc(strings.ReplaceAll(header, "  ", "|"), func(r rune) bool { return r == '|' }), "|")
		got = strings.ReplaceAll(strings.Trim(got, " |"), "| ", "|")
		if got != tt.want {
			t.Errorf("width %d: %q, want %q", tt.width, got, tt.want)
		}
	}
}

func TestFlexShrinksFirstAndTakesTheRest(t *testing.T) {
	t.Parallel()
	tb := table.New([]table.Column{
		{Title: "A", Min: 4, Flex: true},
		{Title: "B", Min: 4},
		{Title: "C", Min: 4, Max: 6, Flex: true},
	}, table.Styles{})
	fill(tb, newRows([]string{"aaaaaaaaaa", "bbbbbbbb", "cccccccccc"}))
	tests := []struct {
		width int
		want  string
	}{
		{40, ">  aaaaaaaaaa           bbbbbbbb  ccccc…"},
		{31, ">  aaaaaaaaaa  bbbbbbbb  ccccc…"},
		{29, ">  aaaaaaa…  bbbbbbbb  ccccc…"},
		{26, ">  aaaaa…  bbbbbbbb  cccc…"},
		{23, ">  aaa…  bbbbbbbb  ccc…"},
		{20, ">  aaa…  bbbb…  ccc…"},
		{19, ">  aaa…  bbb…  ccc…"},
		{18, ">  aaaa…  bbbbbbbb"},
		{16, ">  aaa…  bbbbbb…"},
		{8, ">  aaaa…"},
		{4, ">  …"},
	}
	for _, tt := range tests {
		got := strings.Split(tb.View(tt.width, 2), "\n")[1]
		if diff := cmp.Diff(tt.want, strings.TrimRight(got, " ")); diff != "" {
			t.Errorf("width %d (-want +got):\n%s", tt.width, diff)
		}
	}
}

// TestColumnsDoNotJump: a column that has grown stays so while rows are scrolled, and
// through a refresh; another width of the screen measures again.
func TestColumnsDoNotJump(t *testing.T) {
	t.Parallel()
	columns := []table.Column{{Title: "A"}, {Title: "B"}}
	tb := table.New(columns, table.Styles{})
	long, short := newRows([]string{"aaaaaaaa", "b"}), newRows([]string{"a", "b"})
	at := func() int { return strings.Index(strings.Split(tb.View(30, 3), "\n")[0], "B") }

	fill(tb, short)
	if got := at(); got != 6 {
		t.Errorf("B begins at %d", got)
	}
	fill(tb, long)
	if got := at(); got != 13 {
		t.Errorf("it has not grown: B begins at %d", got)
	}
	fill(tb, short)
	if got := at(); got != 13 {
		t.Errorf("it has shrunk: B begins at %d", got)
	}
	tb.SetColumns([]table.Column{{Title: "A"}, {Title: "B ▲"}})
	if got := at(); got != 13 {
		t.Errorf("it has shrunk with the title: B begins at %d", got)
	}
	tb.View(31, 3)
	if got := at(); got != 6 {
		t.Errorf("it does not forget with the width: B begins at %d", got)
	}
	fill(tb, long)
	at()
	fill(tb, short)
	tb.SetColumns([]table.Column{{Title: "A", Right: true}, {Title: "B"}})
	if got := at(); got != 6 {
		t.Errorf("it does not forget with the columns: B begins at %d", got)
	}
}

// TestRowsFarAwayAreSampled: the columns know of long texts before they are reached.
func TestRowsFarAwayAreSampled(t *testing.T) {
	t.Parallel()
	var cells [][]string
	for i := range 1000 {
		cells = append(cells, []string{strings.Repeat("x", 1+i/50), "y"})
	}
	tb := table.New([]table.Column{{Title: "A"}, {Title: "B"}}, table.Styles{})
	fill(tb, newRows(cells...))
	before := strings.Split(tb.View(60, 5), "\n")[0]
	tb.End()
	if diff := cmp.Diff(before, strings.Split(tb.View(60, 5), "\n")[0]); diff != "" {
		t.Errorf("the columns moved (-top +end):\n%s", diff)
	}
}

func TestRightAlignment(t *testing.T) {
	t.Parallel()
	tb := table.New([]table.Column{{Title: "COUNT", Right: true}, {Title: "X"}}, table.Styles{})
	fill(tb, newRows([]string{"7", "x"}, []string{"審", "x"}, []string{"12345678", "x"}))
	want := []string{"      COUNT  X", ">         7  x", "         審  x", "   12345678  x"}
	if diff := cmp.Diff(want, plain(tb.View(14, 4))); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}
