package table

import "slices"

// Up moves the cursor one row up.
func (t *Table) Up() { t.move(t.cursor - 1) }

// Down moves the cursor one row down.
func (t *Table) Down() { t.move(t.cursor + 1) }

// Home moves the cursor to the first row.
func (t *Table) Home() { t.move(0) }

// End moves the cursor to the last row.
func (t *Table) End() { t.move(len(t.order) - 1) }

// PageUp moves the cursor and what is shown by what the last View had room for.
func (t *Table) PageUp() { t.turn(-max(t.page, 1)) }

// PageDown moves the cursor and what is shown by what the last View had room for.
func (t *Table) PageDown() { t.turn(max(t.page, 1)) }

func (t *Table) turn(rows int) {
	if len(t.order) == 0 {
		return
	}
	if t.page > 0 {
		t.offset += rows
	}
	t.move(t.cursor + rows)
}

func (t *Table) move(to int) {
	if len(t.order) == 0 {
		return
	}
	t.setCursor(min(max(to, 0), len(t.order)-1))
	t.follow()
}

// setCursor puts the cursor on a position that exists.
func (t *Table) setCursor(at int) {
	t.cursor = at
	t.id = t.source.ID(int(t.order[at]))
}

// follow scrolls as little as it takes to have the cursor on the screen, and no screen
// emptier than it must be.
func (t *Table) follow() {
	if t.page > 0 {
		t.offset = min(max(t.offset, t.cursor-t.page+1), t.cursor)
		t.offset = min(t.offset, len(t.order)-t.page)
	}
	t.offset = max(t.offset, 0)
}

// place is the position of the cursor in the rows shown now, of which there is at least
// one. The old order is empty if it is not known, or means nothing any more.
func (t *Table) place(old []uint32) int {
	if at, ok := t.find(t.id); ok {
		return at
	}
	from, to := 0, len(old)
	rowAt := func(at int) (uint32, bool) { return old[at], true }
	if len(old) == 0 {
		from, to = t.screenTop, t.screenTop+len(t.screen)
		rowAt = func(at int) (uint32, bool) {
			row, ok := t.source.Row(t.screen[at-from])
			return uint32(row), ok
		}
	}
	if row, ok := t.neighbour(from, to, rowAt); ok {
		return slices.Index(t.order, row)
	}
	return min(t.cursor, len(t.order)-1)
}

// neighbour looks for the nearest row that is still shown among those that stood in
// the old positions [from, to): first below the cursor, then above it.
func (t *Table) neighbour(from, to int, rowAt func(at int) (uint32, bool)) (uint32, bool) {
	for at := max(t.cursor+1, from); at < to; at++ {
		if row, ok := rowAt(at); ok && t.isShown(row) {
			return row, true
		}
	}
	for at := min(t.cursor, to) - 1; at >= from; at-- {
		if row, ok := rowAt(at); ok && t.isShown(row) {
			return row, true
		}
	}
	return 0, false
}

// find is the position of an identity in the rows that are shown.
func (t *Table) find(id string) (at int, ok bool) {
	if len(t.order) == 0 {
		return 0, false
	}
	row, ok := t.source.Row(id)
	if !ok {
		return 0, false
	}
	at = slices.Index(t.order, uint32(row))
	return at, at >= 0
}

func (t *Table) isShown(row uint32) bool {
	if t.shown == nil && len(t.order) > 0 {
		t.shown = newBitset(t.order)
	}
	return t.shown.has(row)
}

// bitset is a set of row numbers.
type bitset []uint64

func newBitset(rows []uint32) bitset {
	b := make(bitset, slices.Max(rows)/64+1)
	for _, row := range rows {
		b[row/64] |= 1 << (row % 64)
	}
	return b
}

func (b bitset) has(row uint32) bool {
	return int(row/64) < len(b) && b[row/64]&(1<<(row%64)) != 0
}
