package enter

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/table"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// The columns, and the orders a list may have.
const (
	colName = iota
	colID
	colRole
	colStatus
	colGroups
	colUsed
)

var columns = []table.Column{
	{Title: "ACCOUNT", Min: 18, Max: 40, Priority: 3, Flex: true},
	{Title: "ID", Min: 12, Max: 12, Priority: 0},
	{Title: "ROLE", Min: 6, Max: 30, Priority: 2},
	{Title: "STATUS", Min: 8, Max: 10, Priority: 1},
	{Title: "GROUPS", Min: 10, Max: 30, Priority: 5, Flex: true},
	{Title: "LAST USED", Min: 9, Max: 12, Priority: 4},
}

var orders = []string{"last used", "name", "id", "status"}

// rows are the accounts approved for the role; they implement browse.Rows.
type rows struct {
	kit      *ui.Kit
	entries  []broker.Entry
	folded   [][]string // what the filter searches, by row
	byID     map[string]int
	opened   map[core.AccountID]memory.Opened
	sessions map[core.AccountID]time.Time // when credentials got here end
}

func (r *rows) reset() {
	r.entries, r.folded, r.byID = nil, nil, map[string]int{}
}

// add takes more entries, or newer versions of those that are there.
func (r *rows) add(entries []broker.Entry) {
	for _, e := range entries {
		fields := append([]string{e.Name, string(e.AccountID), e.Email, string(e.Role), string(e.Status)}, e.Groups...)
		for i := range fields {
			fields[i] = query.Fold(fields[i])
		}
		if at, known := r.byID[string(e.AccountID)]; known {
			r.entries[at], r.folded[at] = e, fields
			continue
		}
		r.byID[string(e.AccountID)] = len(r.entries)
		r.entries, r.folded = append(r.entries, e), append(r.folded, fields)
	}
}

// ID implements table.Source.
func (r *rows) ID(row int) string { return string(r.entries[row].AccountID) }

// Row implements table.Source.
func (r *rows) Row(id string) (int, bool) { row, ok := r.byID[id]; return row, ok }

// Total implements browse.Rows.
func (r *rows) Total() int { return len(r.entries) }

// Cell implements table.Source.
func (r *rows) Cell(row, column int) string {
	e := &r.entries[row]
	switch column {
	case colName:
		return cmp.Or(e.Name, "(no name)")
	case colID:
		return string(e.AccountID)
	case colGroups:
		return strings.Join(e.Groups, ", ")
	case colRole:
		return string(e.Role)
	case colStatus:
		_, sign := r.kit.Theme.Status(string(e.Status))
		return sign + " " + string(e.Status)
	default:
		if used := r.opened[e.AccountID].At; !used.IsZero() {
			return ui.Ago(r.kit.Now(), used)
		}
		return ""
	}
}

// CellStyle implements table.Styled.
func (r *rows) CellStyle(row, column int) lipgloss.Style {
	switch column {
	case colStatus:
		style, _ := r.kit.Theme.Status(string(r.entries[row].Status))
		return style
	case colGroups, colUsed:
		return r.kit.Theme.Dim
	default:
		return r.kit.Theme.Text
	}
}

// Order implements browse.Rows.
func (r *rows) Order(q query.Query, order int) []uint32 {
	out := make([]uint32, 0, len(r.entries))
	for i := range r.entries {
		if q.Match(r.folded[i]...) {
			out = append(out, uint32(i))
		}
	}
	byName := func(a, b uint32) int {
		return cmp.Or(strings.Compare(r.folded[a][0], r.folded[b][0]), cmp.Compare(r.entries[a].AccountID, r.entries[b].AccountID))
	}
	slices.SortFunc(out, func(a, b uint32) int {
		x, y := &r.entries[a], &r.entries[b]
		switch orders[order] {
		case "last used":
			return cmp.Or(r.opened[y.AccountID].At.Compare(r.opened[x.AccountID].At), byName(a, b))
		case "id":
			return cmp.Compare(x.AccountID, y.AccountID)
		case "status":
			return cmp.Or(cmp.Compare(x.Status, y.Status), byName(a, b))
		default:
			return byName(a, b)
		}
	})
	return out
}

// Preview implements browse.Rows.
func (r *rows) Preview(row, w int) []string {
	e, t := &r.entries[row], r.kit.Theme
	style, sign := t.Status(string(e.Status))
	out := []string{t.Title.Render(ui.Fit(ui.Clean(cmp.Or(e.Name, "(no name)")), w))}
	line := func(label, value string) {
		if value != "" {
			out = append(out, t.Dim.Render(ui.Fit(label, 9))+ui.Clean(value))
		}
	}
	line("ID", string(e.AccountID))
	line("Email", e.Email)
	line("Groups", strings.Join(e.Groups, ", "))
	line("Role", string(e.Role))
	out = append(out, t.Dim.Render(ui.Fit("Status", 9))+style.Render(sign+" "+string(e.Status)))
	now := r.kit.Now()
	line("Since", ui.Ago(now, e.Updated))
	if end := r.sessions[e.AccountID]; end.After(now) {
		line("Session", "credentials for another "+ui.Span(end.Sub(now)))
	}
	o := r.opened[e.AccountID]
	line("Used", ui.Ago(now, o.At))
	line("Opens", howOpened(o))
	if err := e.Ready(); err != nil {
		message, _, hint := ui.Explain(err)
		out = append(out, "")
		for _, l := range ui.Wrap(ui.Clean(message), w) {
			out = append(out, t.Warn.Render(l))
		}
		for _, l := range ui.Wrap(ui.Clean(hint), w) {
			out = append(out, t.Dim.Render(l))
		}
	}
	return out
}

func howOpened(o memory.Opened) string {
	if o.SwitchRole {
		return "by switch-role link"
	}
	text := "signed in"
	if o.Service != "" {
		text += ", " + o.Service
	}
	if o.Region != "" {
		text += ", " + o.Region
	}
	return text
}
