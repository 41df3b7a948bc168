package table_test

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/tui/internal/table"
)

// rows is a Source of lines of cells; the first cell is the identity.
type rows struct {
	cells [][]string
	byID  map[string]int
}

func newRows(cells ...[]string) *rows {
	r := &rows{cells: cells, byID: map[string]int{}}
	for i, c := range cells {
		r.byID[c[0]] = i
	}
	return r
}

// named is a Source with one column: the identity.
func named(ids string) *rows {
	var cells [][]string
	for _, id := range strings.Fields(ids) {
		cells = append(cells, []string{id})
	}
	return newRows(cells...)
}

func (r *rows) ID(row int) string                { return r.cells[row][0] }
func (r *rows) Row(id string) (row int, ok bool) { row, ok = r.byID[id]; return }
func (r *rows) Cell(row, column int) string      { return r.cells[row][column] }

// all is the order of a source as it is.
func (r *rows) all() []uint32 {
	order := make([]uint32, len(r.cells))
	for i := range order {
		order[i] = uint32(i)
	}
	return order
}

// pick is the order that shows identities.
func (r *rows) pick(ids string) []uint32 {
	var order []uint32
	for _, id := range strings.Fields(ids) {
		order = append(order, uint32(r.byID[id]))
	}
	return order
}

// fill gives the table a source and shows all of it.
func fill(t *table.Table, r *rows) {
	t.SetSource(r)
	t.SetRows(r.all())
}

func oneColumn() *table.Table {
	return table.New([]table.Column{{Title: "ID", Flex: true}}, table.Styles{})
}

// plain is a view without its looks, by line.
func plain(view string) []string { return strings.Split(ansi.Strip(view), "\n") }

// shownIDs are the rows of a view of oneColumn, without what is drawn around them.
func shownIDs(view string) string {
	var ids []string
	for _, line := range plain(view)[1:] {
		ids = append(ids, strings.TrimLeft(strings.TrimSpace(line), ">* "))
	}
	return strings.TrimSpace(strings.Join(ids, " "))
}

var accountColumns = []table.Column{
	{Title: "ACCOUNT ID", Min: 12, Max: 12},
	{Title: "NAME", Min: 14, Max: 40, Priority: 1, Flex: true},
	{Title: "EMAIL", Min: 16, Max: 44, Priority: 4, Flex: true},
	{Title: "GROUP", Min: 8, Max: 16, Priority: 3},
	{Title: "ROLES", Min: 5, Priority: 2, Right: true},
	{Title: "STATUS", Min: 7, Max: 12},
}

// styled has colours for the last column.
type styled struct{ *rows }

func (styled) CellStyle(row, column int) lipgloss.Style {
	if column != 5 {
		return lipgloss.NewStyle()
	}
	return lipgloss.NewStyle().Foreground(lipgloss.Color("2")).Padding(3).Border(lipgloss.NormalBorder())
}

func accounts() *rows {
	names := []string{
		"payments-production", "payments-staging", "data-lake", "審計アカウント", "logging",
		"the account with a very long name that nobody can read to its end",
		"sandbox-\x1b[31mred\x1b[m", "two\nlines\tand tabs", "rtl \u202etxet", "cafe\u0301 👩‍💻",
	}
	groups := []string{"production", "staging", "", "security", "sandbox"}
	status := []string{"active", "pending", "failed: AccessDenied", "active"}
	var cells [][]string
	for i := range 40 {
		name := names[i%len(names)]
		cells = append(cells, []string{
			fmt.Sprintf("%012d", 111122223333+i*1001), name,
			fmt.Sprintf("aws+%d@example.com", i), groups[i%len(groups)],
			fmt.Sprint(i * i), status[i%len(status)],
		})
	}
	return newRows(cells...)
}

// checkShape fails unless a view has h lines of w cells and nothing a terminal obeys
// but SGR.
func checkShape(t interface {
	Helper()
	Fatalf(string, ...any)
}, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, want %d:\n%q", len(lines), h, view)
	}
	for _, line := range lines {
		if got := ansi.StringWidth(line); got != w {
			t.Fatalf("line of %d cells, want %d: %q", got, w, line)
		}
	}
	if bad := strings.Map(controls, sgr.ReplaceAllString(strings.ReplaceAll(view, "\n", ""), "")); bad != "" {
		t.Fatalf("control characters %q in %q", bad, view)
	}
}

func TestEveryRowIsALine(t *testing.T) {
	t.Parallel()
	tb := oneColumn()
	fill(tb, named("a b c"))
	if got := shownIDs(tb.View(10, 5)); got != "a b c" {
		t.Errorf("shown %q", got)
	}
}
