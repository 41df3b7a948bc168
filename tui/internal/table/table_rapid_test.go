package table_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/table"
)

// nasty is text of the kinds that break tables.
var nasty = rapid.OneOf(
	rapid.String(),
	rapid.StringMatching(`[a-z]{0,30}`),
	rapid.StringOfN(rapid.RuneFrom([]rune("aé審👩💻🇩🇪\u200d\u0301\ufe0f\u0d4e\u1100\u1161\x1b[31m\n\t\r\u202e\u2066\u009b>* ")), 0, 20, -1),
)

// machine drives a table and knows what it must look like.
type machine struct {
	tb     *table.Table
	source *rows
	order  []uint32
	last   string // identity that was last under the cursor
	marks  map[string]bool
	next   int // number of the next new identity
	w, h   int
}

func newMachine(t *rapid.T) *machine {
	columns := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) table.Column {
		return table.Column{
			Title: nasty.Draw(t, "title"), Min: rapid.IntRange(-1, 14).Draw(t, "min"), Max: rapid.IntRange(-1, 20).Draw(t, "max"),
			Priority: rapid.IntRange(0, 3).Draw(t, "priority"), Right: rapid.Bool().Draw(t, "right"), Flex: rapid.Bool().Draw(t, "flex"),
		}
	}), 0, 3).Draw(t, "columns")
	styles := table.Styles{}
	if rapid.Bool().Draw(t, "colours") {
		styles = colours()
	}
	m := &machine{tb: table.New(columns, styles), marks: map[string]bool{}, w: 30, h: 6}
	m.refresh(t)
	return m
}

// refresh is a new source that keeps some rows of the old one, elsewhere.
func (m *machine) refresh(t *rapid.T) {
	var ids []string
	if m.source != nil {
		for _, c := range m.source.cells {
			if rapid.Bool().Draw(t, "stays") {
				ids = append(ids, c[0])
			}
		}
	}
	for range rapid.IntRange(0, 12).Draw(t, "new") {
		ids = append(ids, fmt.Sprint("id", m.next))
		m.next++
	}
	var cells [][]string
	for _, id := range rapid.Permutation(ids).Draw(t, "ids") {
		cells = append(cells, []string{id, nasty.Draw(t, "cell"), nasty.Draw(t, "cell")})
	}
	m.source = newRows(cells...)
	m.tb.SetSource(m.source)
	m.order = nil
	m.setRows(t)
}

func (m *machine) setRows(t *rapid.T) {
	before := m.ids()
	order := rapid.Permutation(m.source.all()).Draw(t, "order")
	m.order = order[:rapid.IntRange(0, len(order)).Draw(t, "shown")]
	m.tb.SetRows(slices.Clone(m.order))

	got, now := m.tb.SelectedID(), m.ids()
	if len(now) == 0 {
		if got != "" {
			t.Fatalf("the cursor is on %q of no rows", got)
		}
		return
	}
	want := nearest(before, now, m.last)
	if want != "" && got != want {
		t.Fatalf("the cursor went from %q of %v to %q of %v, want %q", m.last, before, got, now, want)
	}
	if got == "" {
		t.Fatalf("no cursor in %v", now)
	}
	m.last = got
}

// nearest is where the cursor must be, empty if the rows before do not tell.
func nearest(before, now []string, last string) string {
	if slices.Contains(now, last) {
		return last
	}
	at := slices.Index(before, last)
	if at < 0 {
		return ""
	}
	above := slices.Clone(before[:at])
	slices.Reverse(above)
	for _, id := range append(slices.Clone(before[at:]), above...) {
		if slices.Contains(now, id) {
			return id
		}
	}
	return ""
}

func (m *machine) ids() []string {
	var ids []string
	for _, row := range m.order {
		ids = append(ids, m.source.ID(int(row)))
	}
	return ids
}

func (m *machine) move(t *rapid.T) {
	ids := m.ids()
	at := slices.Index(ids, m.tb.SelectedID())
	key := rapid.SampledFrom([]string{"up", "down", "pgup", "pgdn", "home", "end"}).Draw(t, "key")
	press(m.tb, key)
	if len(ids) == 0 {
		return
	}
	want := map[string]int{
		"up": at - 1, "down": at + 1, "home": 0, "end": len(ids) - 1,
		"pgup": at - max(m.h-1, 1), "pgdn": at + max(m.h-1, 1),
	}[key]
	m.last = m.tb.SelectedID()
	if want := ids[min(max(want, 0), len(ids)-1)]; m.last != want {
		t.Fatalf("%s went to %q, want %q", key, m.last, want)
	}
}

func (m *machine) mark(t *rapid.T) {
	switch rapid.IntRange(0, 5).Draw(t, "mark") {
	case 0:
		m.tb.MarkAll()
		for _, id := range m.ids() {
			m.marks[id] = true
		}
	case 1:
		m.tb.ClearMarks()
		clear(m.marks)
	case 2:
		gone := func(id string) bool { return strings.HasSuffix(id, "1") }
		m.tb.Forget(gone)
		for id := range m.marks {
			if gone(id) {
				delete(m.marks, id)
			}
		}
	default:
		m.tb.ToggleMark()
		if id := m.tb.SelectedID(); id != "" {
			m.marks[id] = !m.marks[id]
		}
	}
}

// check looks at the table and compares it with what the machine knows.
func (m *machine) check(t *rapid.T) {
	var marks, hidden []string
	for id, on := range m.marks {
		if on {
			marks = append(marks, id)
			if !slices.Contains(m.ids(), id) {
				hidden = append(hidden, id)
			}
		}
	}
	slices.Sort(marks)
	slices.Sort(hidden)
	if !slices.Equal(marks, m.tb.Marks()) || !slices.Equal(hidden, m.tb.HiddenMarks()) {
		t.Fatalf("marks %v, hidden %v; want %v, %v", m.tb.Marks(), m.tb.HiddenMarks(), marks, hidden)
	}

	view := m.tb.View(m.w, m.h)
	checkShape(t, view, m.w, m.h)
	if again := m.tb.View(m.w, m.h); again != view {
		t.Fatalf("a second View differs:\n%q\n%q", view, again)
	}
	cursor, marked := 0, 0
	for _, line := range plain(view)[1:] {
		if strings.HasPrefix(line, ">") {
			cursor++
		}
		if len(line) > 1 && line[1] == '*' {
			marked++
		}
	}
	if shown := len(m.order) > 0 && m.h > 1; cursor != 0 && !shown || shown && cursor != 1 {
		t.Fatalf("%d lines with a cursor, of %d rows:\n%s", cursor, len(m.order), view)
	}
	first, last, _ := m.tb.Position()
	want := 0
	for at := max(first, 1); at <= last; at++ {
		if m.marks[m.ids()[at-1]] {
			want++
		}
	}
	if m.w > 1 && m.h > 1 && marked != want {
		t.Fatalf("%d lines with a mark, want %d:\n%s", marked, want, view)
	}
}

func TestRandomUse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.check(t)
		t.Repeat(map[string]func(*rapid.T){
			"":        m.check,
			"refresh": m.refresh,
			"setRows": m.setRows,
			"move":    m.move,
			"mark":    m.mark,
			"resize": func(t *rapid.T) {
				m.w, m.h = rapid.IntRange(1, 70).Draw(t, "w"), rapid.IntRange(1, 9).Draw(t, "h")
			},
			"query": func(t *rapid.T) { m.tb.SetQuery(query.Parse(nasty.Draw(t, "query"))) },
			"select": func(t *rapid.T) {
				id := fmt.Sprint("id", rapid.IntRange(0, 30).Draw(t, "id"))
				if shown := slices.Contains(m.ids(), id); m.tb.Select(id) != shown {
					t.Fatalf("Select(%q), shown: %t", id, shown)
				} else if shown {
					m.last = id
				}
			},
		})
	})
}
