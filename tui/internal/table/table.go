// Package table is the big table of every list: a window on rows that somebody else
// has. It keeps what a person sees in place (the cursor, the scroll position, the
// marks) by the identity of rows, while rows are filtered, sorted and refreshed, and
// it draws only what is on the screen, so that its cost does not grow with the rows.
//
// It never owns, filters or sorts rows, reads no keys, and does no I/O. A Table belongs
// to one goroutine.
//
// Start reading at Source and Table; view.go draws, layout.go gives columns their
// widths, marks.go has the marks.
package table

import (
	"slices"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/tui/internal/query"
)

// Source has the rows. A row's number is its address until the next SetSource; what a
// row is, through every change, is its ID. No two rows have the same one.
type Source interface {
	// ID is the identity of a row, for example "111122223333" or "DevOps/111122223333".
	ID(row int) string
	// Row finds a row by its identity. It is asked often: it must not search.
	Row(id string) (row int, ok bool)
	// Cell is any text: the table cleans it when it draws.
	Cell(row, column int) string
}

// CellStyler is a Source whose cells have looks of their own, such as a colour for a
// status. Only attributes of text count: a cell has no borders, margins or links.
type CellStyler interface {
	CellStyle(row, column int) lipgloss.Style
}

// Column says how a column looks and what it does when the screen is narrow. Widths
// are in cells of the terminal.
type Column struct {
	Title    string
	Min      int  // the width below which it is not useful; 0: that of the title
	Max      int  // 0: no limit
	Priority int  // the highest is dropped first; 0 is dropped last
	Right    bool // text stands at the right
	Flex     bool // shrinks to Min before others do, and takes the width that is left
}

// Styles are the looks of the table. Where several apply to a cell, the later one in
// this order wins: Row, Marked, the cell's own, Selected, Match. Only attributes of
// text count.
type Styles struct {
	Header   lipgloss.Style // the titles
	Row      lipgloss.Style // every row
	Selected lipgloss.Style // the row under the cursor
	Marked   lipgloss.Style // rows that are marked
	Match    lipgloss.Style // what the query found
	Dim      lipgloss.Style // the … where text was cut
}

// Table is the state of one table. Make it with New.
type Table struct {
	columns []Column
	inks    inks
	source  Source
	query   query.Query

	order []uint32 // rows as they are shown
	shown bitset   // the rows in order; nil: not computed yet

	// With no rows shown, cursor, offset and id stay as they were, to come back to.
	cursor int    // position in order
	offset int    // position of the first row on the screen
	id     string // identity of the row under the cursor
	page   int    // rows that fit on the screen; 0: not known

	// The identities that were last on the screen: neighbours of the cursor that are
	// still known when the rows have got new numbers.
	screen    []string
	screenTop int // position of the first of them

	width   int   // of the last View
	seen    []int // the widest text seen, by column
	sampled bool  // the rows of order have been sampled for seen

	marks map[string]struct{}
}

// New gives a table without rows.
func New(columns []Column, styles Styles) *Table {
	t := &Table{marks: map[string]struct{}{}}
	t.SetColumns(columns)
	t.SetStyles(styles)
	return t
}

// SetStyles changes the looks.
func (t *Table) SetStyles(styles Styles) { t.inks = newInks(styles) }

// SetQuery says what is highlighted in cells. It filters nothing.
func (t *Table) SetQuery(q query.Query) { t.query = q }

// SetColumns changes the columns. Where only titles change, as an arrow for the order
// does, the widths stay.
func (t *Table) SetColumns(columns []Column) {
	same := slices.EqualFunc(t.columns, columns, func(a, b Column) bool {
		a.Title = b.Title
		return a == b
	})
	t.columns = slices.Clone(columns)
	if !same {
		t.forgetWidths()
	}
}

// SetSource changes the rows, or says that the same source has other rows now. It shows
// none until SetRows, which puts the cursor where it was, as rows got new numbers.
func (t *Table) SetSource(source Source) {
	t.source = source
	t.order, t.shown = nil, nil
}

// SetRows shows rows of the source, which is there already, in an order. The table keeps
// the slice: nobody changes it any more.
//
// The cursor stays on its row, at the same line of the screen where that is possible.
// If the row is not shown any more the cursor is on the one that took its place, or on
// the last. After no rows at all, it goes back to the row on which it was.
func (t *Table) SetRows(order []uint32) {
	if t.source == nil {
		return
	}
	old := t.order
	t.order, t.shown, t.sampled = order, nil, false
	if len(order) == 0 {
		return
	}
	line := t.cursor - t.offset
	t.setCursor(t.place(old))
	t.offset = t.cursor - line
	t.follow()
}

// Len is how many rows are shown, on the screen or outside of it.
func (t *Table) Len() int { return len(t.order) }

// Selected is the number of the row under the cursor; not ok if no row is shown.
func (t *Table) Selected() (row int, ok bool) {
	if len(t.order) == 0 {
		return 0, false
	}
	return int(t.order[t.cursor]), true
}

// SelectedID is the identity of the row under the cursor, empty if no row is shown.
func (t *Table) SelectedID() string {
	if len(t.order) == 0 {
		return ""
	}
	return t.id
}

// Select moves the cursor to a row, if it is shown.
func (t *Table) Select(id string) bool {
	at, ok := t.find(id)
	if ok {
		t.setCursor(at)
		t.follow()
	}
	return ok
}

// Position is what part of the rows is on the screen, for a scroll indicator: the first
// and the last row, counted from 1, of all that are shown. Zeros if there is none.
func (t *Table) Position() (first, last, total int) {
	total = len(t.order)
	if total == 0 || t.page == 0 {
		return 0, 0, total
	}
	return t.offset + 1, min(t.offset+t.page, total), total
}
