package table

import (
	"strings"

	"github.com/cross-account-manager/cam/tui/internal/query"
)

// samples is about how many rows, from all over the order, are measured before the first
// of them is drawn, so that columns seldom have to grow while rows are scrolled.
const samples = 64

// View draws the titles and the rows around the cursor: h lines, each of w cells. It
// has no control characters but newlines between lines and SGR sequences.
//
// The row under the cursor begins with >, those that are marked have a *. A column is
// as wide as the widest text that was on the screen, and becomes narrower again only
// when w or the columns change.
func (t *Table) View(w, h int) string {
	if w <= 0 || h <= 0 {
		return strings.Repeat("\n", max(h-1, 0))
	}
	if w != t.width {
		t.width = w
		t.forgetWidths()
	}
	t.page = h - 1
	if len(t.order) > 0 {
		t.follow()
	}
	rows := t.order[min(t.offset, len(t.order)):]
	rows = rows[:min(t.page, len(rows))]

	chosen := choose(t.columns, w-gutter)
	t.sample(chosen)
	grid := t.read(rows, chosen)
	widths := share(t.columns, chosen, t.seen, w-gutter)

	lines := make([]string, h)
	lines[0] = t.drawHeader(chosen, widths)
	for i := range t.page {
		if i < len(rows) {
			lines[i+1] = t.drawRow(i, int(rows[i]), grid[i], chosen, widths)
		} else {
			lines[i+1] = t.drawBlank()
		}
	}
	return strings.Join(lines, "\n")
}

func (t *Table) forgetWidths() {
	t.seen = make([]int, len(t.columns))
	t.sampled = false
}

// sample measures some rows of the whole order, and the titles.
func (t *Table) sample(chosen []int) {
	if t.sampled {
		return
	}
	t.sampled = true
	for _, i := range chosen {
		t.measure(i, clean(t.columns[i].Title))
	}
	step := max(len(t.order)/samples, 1)
	for at := 0; at < len(t.order); at += step {
		for _, i := range chosen {
			t.measure(i, clean(t.source.Cell(int(t.order[at]), i)))
		}
	}
}

func (t *Table) measure(column int, text string) {
	t.seen[column] = max(t.seen[column], widthOf(text))
}

// read takes what will be drawn from the source, cleans and measures it, and remembers
// who was on the screen.
func (t *Table) read(rows []uint32, chosen []int) [][]string {
	if len(rows) > 0 {
		t.screen, t.screenTop = t.screen[:0], t.offset
	}
	grid := make([][]string, len(rows))
	for at, row := range rows {
		t.screen = append(t.screen, t.source.ID(int(row)))
		grid[at] = make([]string, len(chosen))
		for n, i := range chosen {
			text := clean(t.source.Cell(int(row), i))
			t.measure(i, text)
			grid[at][n] = text
		}
	}
	return grid
}

func (t *Table) drawHeader(chosen, widths []int) string {
	look := t.inks.header
	return t.drawLine("   ", look, widths, func(p *pen, n int) {
		column := t.columns[chosen[n]]
		c := cell{text: clean(column.Title), width: widths[n], right: column.Right, row: look, ink: look}
		c.write(p, query.Query{})
	})
}

func (t *Table) drawBlank() string { return t.drawLine("   ", t.inks.row, nil, nil) }

// drawRow draws one row; at is its line on the screen.
func (t *Table) drawRow(at, row int, texts []string, chosen, widths []int) string {
	head := []byte("   ")
	under, over, cut := t.inks.row, ink(""), t.inks.dim
	if t.Marked(t.screen[at]) {
		head[1] = '*'
		under += t.inks.marked
	}
	if t.offset+at == t.cursor {
		head[0] = '>'
		over, cut = t.inks.selected, "" // dim would not be legible there
	}
	look := under + over
	styler, _ := t.source.(CellStyler)
	return t.drawLine(string(head), look, widths, func(p *pen, n int) {
		column := chosen[n]
		c := cell{
			text: texts[n], width: widths[n], right: t.columns[column].Right,
			row: look, ink: look, match: t.inks.match, cut: cut,
		}
		if styler != nil {
			c.ink = under + newInk(styler.CellStyle(row, column)) + over
		}
		c.write(p, t.query)
	})
}

// drawLine draws what is around cells: the head in the gutter, the gaps, and the rest
// of the line. Each cell is as wide as its width says.
func (t *Table) drawLine(head string, look ink, widths []int, drawCell func(p *pen, n int)) string {
	var p pen
	p.write(look, head[:min(gutter, t.width)])
	rest := t.width - gutter
	for n, width := range widths {
		if n > 0 {
			p.blank(look, gap)
			rest -= gap
		}
		drawCell(&p, n)
		rest -= width
	}
	p.blank(look, rest)
	return p.end()
}
