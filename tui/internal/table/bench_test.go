package table_test

import (
	"fmt"
	"strconv"
	"testing"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/table"
)

const many = 500_000

// grid is a source that makes its rows up, as a grid of accounts and roles would.
type grid struct{}

func (grid) ID(row int) string { return fmt.Sprintf("%012d", row) }
func (grid) Row(id string) (int, bool) {
	row, err := strconv.Atoi(id)
	return row, err == nil && row >= 0 && row < many
}
func (grid) Cell(row, column int) string {
	switch column {
	case 0:
		return fmt.Sprintf("%012d", row)
	case 1:
		return "payments-production-" + strconv.Itoa(row)
	case 2:
		return "aws+" + strconv.Itoa(row) + "@example.com"
	case 3:
		return "production"
	case 4:
		return strconv.Itoa(row % 97)
	}
	return "active"
}
func (grid) CellStyle(int, int) lipgloss.Style {
	return lipgloss.NewStyle().Foreground(lipgloss.Color("2"))
}

func big() (*table.Table, []uint32) {
	order := make([]uint32, many)
	for i := range order {
		order[i] = uint32(i)
	}
	tb := table.New(accountColumns, colours())
	tb.SetQuery(query.Parse("prod 11"))
	tb.SetSource(grid{})
	tb.SetRows(order)
	tb.View(120, 40)
	return tb, order
}

func benchmark(b *testing.B, step func(tb *table.Table, order []uint32)) {
	tb, order := big()
	b.ReportAllocs()
	for b.Loop() {
		step(tb, order)
		tb.View(120, 40)
	}
}

func BenchmarkDown(b *testing.B) {
	benchmark(b, func(tb *table.Table, _ []uint32) { tb.Down() })
}

func BenchmarkPageDown(b *testing.B) {
	benchmark(b, func(tb *table.Table, _ []uint32) { tb.PageDown() })
}

func BenchmarkHomeEnd(b *testing.B) {
	benchmark(b, func(tb *table.Table, _ []uint32) { tb.Home(); tb.End() })
}

// BenchmarkSetRows has the cursor at the end: the longest way to find it again.
func BenchmarkSetRows(b *testing.B) {
	benchmark(b, func(tb *table.Table, order []uint32) { tb.End(); tb.SetRows(order) })
}

// BenchmarkSetRowsGone filters to the first row and back, with the cursor at the end:
// the longest way to the nearest row that remains.
func BenchmarkSetRowsGone(b *testing.B) {
	benchmark(b, func(tb *table.Table, order []uint32) {
		tb.SetRows(order)
		tb.End()
		tb.SetRows(order[:1])
	})
}

func BenchmarkHiddenMarks(b *testing.B) {
	benchmark(b, func(tb *table.Table, order []uint32) {
		tb.ToggleMark()
		tb.SetRows(order)
		tb.HiddenMarks()
	})
}

func BenchmarkMarkAll(b *testing.B) {
	benchmark(b, func(tb *table.Table, _ []uint32) { tb.ClearMarks(); tb.MarkAll() })
}
