// Package browse is what every list of the interface has in common: a table with a
// live filter, orders, marks, and a preview of the selected row.
//
// It knows nothing of what the rows are: they come from Rows, which filters and sorts.
//
// Start reading at Browser.
package browse

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/table"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// Rows is what a browser shows.
type Rows interface {
	table.Source
	// Order lists the rows that match, in an order: an index of Options.Orders.
	Order(q query.Query, order int) []uint32
	// Total counts the rows that there are without a filter.
	Total() int
	// Preview describes a row in lines of at most w cells, styled and clean.
	Preview(row, w int) []string
}

// Options are what one list has of its own.
type Options struct {
	Unit    string         // "account"
	Columns []table.Column // by falling importance of their Priority
	Orders  []string       // names of the orders, the first is the default
	Marks   bool           // may rows be marked
	Filter  string         // to start with
}

// Browser is a list with its filter and preview. It lives in its screen, so that filter,
// order and scroll position survive whatever else is shown.
type Browser struct {
	Table *table.Table

	kit     *ui.Kit
	rows    Rows
	opt     Options
	input   textinput.Model
	typing  bool
	query   query.Query
	order   int
	preview bool
	scroll  int // of the preview
	seen    string
}

// New makes a browser.
func New(kit *ui.Kit, rows Rows, opt Options) *Browser {
	b := &Browser{kit: kit, rows: rows, opt: opt, preview: true, input: textinput.New()}
	b.input.Prompt = "/"
	b.input.CharLimit = 1000
	b.input.SetValue(opt.Filter)
	b.query = query.Parse(opt.Filter)
	b.Table = table.New(opt.Columns, tableStyles(kit.Theme))
	b.Table.SetSource(rows)
	b.Table.SetQuery(b.query)
	b.Refresh()
	return b
}

func tableStyles(t *ui.Theme) table.Styles {
	return table.Styles{Header: t.Header, Row: t.Text, Selected: t.Selected, Marked: t.Marked, Match: t.Match, Dim: t.Dim}
}

// Restyle follows a change of the theme.
func (b *Browser) Restyle() { b.Table.SetStyles(tableStyles(b.kit.Theme)) }

// Refresh shows the rows as they are now. Cursor and marks stay with what they are on.
func (b *Browser) Refresh() {
	b.Table.SetRows(b.rows.Order(b.query, b.order))
}

// Renumbered shows the rows after their numbers changed: other rows, or fewer.
func (b *Browser) Renumbered() {
	b.Table.SetSource(b.rows)
	b.Refresh()
}

// Filter is the text of the filter.
func (b *Browser) Filter() string { return b.input.Value() }

// Query is the filter.
func (b *Browser) Query() query.Query { return b.query }

// SetFilter replaces the filter.
func (b *Browser) SetFilter(text string) {
	b.input.SetValue(text)
	b.filtered()
}

func (b *Browser) filtered() {
	b.query = query.Parse(b.input.Value())
	b.Table.SetQuery(b.query)
	b.Refresh()
}

// Captures reports whether the filter is being typed.
func (b *Browser) Captures() bool { return b.typing }

// Update takes keys and pastes while the filter is typed.
func (b *Browser) Update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch msg.String() {
		case "enter", "esc":
			b.stop()
		case "up":
			b.Table.Up()
		case "down":
			b.Table.Down()
		case "pgup":
			b.Table.PageUp()
		case "pgdown":
			b.Table.PageDown()
		default:
			if ui.Typable(msg) {
				b.edit(msg)
			}
		}
	case tea.PasteMsg:
		content := ui.Clean(msg.Content[:min(len(msg.Content), 1000)])
		b.edit(tea.PasteMsg{Content: content})
	}
}

func (b *Browser) edit(msg tea.Msg) {
	before := b.input.Value()
	b.input, _ = b.input.Update(msg)
	if b.input.Value() != before {
		b.filtered()
	}
}

func (b *Browser) stop() {
	b.typing = false
	b.input.Blur()
}

// Do performs an action of the list scope; false if it is none.
func (b *Browser) Do(a ui.Action) bool {
	switch a {
	case ui.Up:
		b.Table.Up()
	case ui.Down:
		b.Table.Down()
	case ui.PageUp:
		b.Table.PageUp()
	case ui.PageDown:
		b.Table.PageDown()
	case ui.First:
		b.Table.Home()
	case ui.Last:
		b.Table.End()
	case ui.Filter:
		b.typing = true
		b.input.CursorEnd()
		_ = b.input.Focus()
	case ui.Mark:
		b.Table.ToggleMark()
		b.Table.Down()
	case ui.MarkAll:
		b.markAll()
	case ui.Sort:
		b.order = (b.order + 1) % max(1, len(b.opt.Orders))
		b.Refresh()
	case ui.Preview:
		b.preview = !b.preview
	case ui.ScrollUp:
		b.scroll = max(0, b.scroll-1)
	case ui.ScrollDwn:
		b.scroll++
	default:
		return false
	}
	return true
}

// markAll marks what is shown, or, if all of that is marked, nothing.
func (b *Browser) markAll() {
	before := len(b.Table.Marks())
	b.Table.MarkAll()
	if len(b.Table.Marks()) == before {
		b.Table.ClearMarks()
	}
}

// Why says why an action of the list scope does nothing; empty if it does something.
func (b *Browser) Why(a ui.Action) string {
	switch a {
	case ui.Up, ui.Down, ui.PageUp, ui.PageDown, ui.First, ui.Last:
		if b.Table.Len() == 0 {
			return "the list is empty"
		}
	case ui.Mark, ui.MarkAll:
		if !b.opt.Marks {
			return "nothing here is done to several at once"
		}
		if b.Table.Len() == 0 {
			return "the list is empty"
		}
	case ui.Left, ui.Right:
		return "nothing to the side"
	case ui.Sort:
		if len(b.opt.Orders) < 2 {
			return "this list has one order"
		}
	}
	return ""
}

// Back leaves one level: the input, then the filter, then the marks.
func (b *Browser) Back() bool {
	switch {
	case b.typing:
		b.stop()
	case b.input.Value() != "":
		b.SetFilter("")
	case len(b.Table.Marks()) > 0:
		b.Table.ClearMarks()
	default:
		return false
	}
	return true
}

// Targets are the identities that an action is for: the marked rows, or the selected
// one. hidden of them are marked but not shown.
func (b *Browser) Targets() (ids []string, hidden int) {
	if ids = b.Table.Marks(); len(ids) > 0 {
		return ids, len(b.Table.HiddenMarks())
	}
	if id := b.Table.SelectedID(); id != "" {
		return []string{id}, 0
	}
	return nil, 0
}

// Status is the part of a screen's status that the list knows.
func (b *Browser) Status() ui.Status {
	s := ui.Status{
		Filter: b.input.Value(), Shown: b.Table.Len(), Total: b.rows.Total(), Unit: b.opt.Unit,
		Marked: len(b.Table.Marks()), Hidden: len(b.Table.HiddenMarks()),
	}
	if len(b.opt.Orders) > 1 {
		s.Order = b.opt.Orders[b.order]
	}
	if b.typing {
		b.input.SetWidth(24)
		s.Typing = b.input.View()
	}
	return s
}

// View draws the table and, where there is room, the preview.
func (b *Browser) View(w, h int) string {
	p := ui.Split(w, h, b.preview)
	main := b.Table.View(p.MainW, p.MainH)
	if p.PreviewW == 0 {
		return main
	}
	border := b.kit.Theme.Border
	preview := b.drawPreview(p.PreviewW, p.PreviewH)
	if p.Below {
		return main + "\n" + border.Render(strings.Repeat("─", w)) + "\n" + preview
	}
	return ui.Beside(main, border.Render("│"), preview)
}

func (b *Browser) drawPreview(w, h int) string {
	row, ok := b.Table.Selected()
	if !ok {
		return ui.Block(nil, w, h)
	}
	if id := b.Table.SelectedID(); id != b.seen {
		b.seen, b.scroll = id, 0
	}
	lines := b.rows.Preview(row, w-2)
	b.scroll = max(0, min(b.scroll, len(lines)-h))
	lines = slices.Clone(lines[b.scroll:])
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	if more := len(lines) - h; more > 0 && h > 0 {
		lines[h-1] = b.kit.Theme.Dim.Render(" " + ui.Number(more+1) + " more lines: J")
	}
	return ui.Block(lines, w, h)
}
