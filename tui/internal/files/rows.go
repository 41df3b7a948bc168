package files

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/table"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// The columns, and the orders within a folder.
const (
	colName = iota
	colState
	colContent
	colFindings
)

var columns = []table.Column{
	{Title: "FILE", Min: 12, Max: 60, Flex: true},
	{Title: "STATE", Min: 11, Max: 20, Priority: 1},
	{Title: "CONTENT", Min: 10, Max: 26, Priority: 3},
	{Title: "FINDINGS", Min: 8, Max: 22, Priority: 2},
}

const byState = 1

var orders = []string{"name", "state"}

// row is a folder or a file. A folder's name ends with a slash.
type row struct {
	name     string
	state    state
	content  string
	facts    *facts
	fields   []string // what the filter searches, folded
	isFolder bool
	files    int // in a folder
}

// rows are the tree; they implement browse.Rows.
type rows struct {
	s      *Screen
	all    []row
	byID   map[string]int
	closed map[string]bool // folders
	last   map[int]bool    // the last file of each folder, as it was ordered last
	shown  int             // files, as they were ordered last
}

func newRows(s *Screen) *rows {
	return &rows{s: s, byID: map[string]int{}, closed: map[string]bool{}}
}

// arrange makes the rows anew of what is known.
func (s *Screen) arrange() {
	names := map[string]bool{}
	for name := range s.disk {
		names[name] = true
	}
	for name := range s.drafts {
		names[name] = true
	}
	r := s.rows
	r.all, r.byID = nil, map[string]int{}
	for _, folder := range folders {
		at := len(r.all)
		r.add(row{name: folder, isFolder: true, facts: noFacts})
		var inside []string
		for name := range names {
			if strings.HasPrefix(name, folder) {
				inside = append(inside, name)
			}
		}
		slices.Sort(inside)
		for _, name := range inside {
			r.add(s.row(name))
		}
		r.all[at].files = len(inside)
		r.all[at].content = ui.Count(len(inside), "file")
	}
	s.list.Table.SetSource(r)
	s.list.Refresh()
}

func (r *rows) add(one row) {
	r.byID[one.name] = len(r.all)
	r.all = append(r.all, one)
}

func (s *Screen) row(name string) row {
	f := s.factsOf(name)
	one := row{name: name, state: s.stateOf(name), facts: f, content: s.contentOf(name, f)}
	one.fields = append([]string{query.Fold(name), query.Fold(one.state.word)}, f.fields...)
	return one
}

// contentOf says in a few words what is in a file.
func (s *Screen) contentOf(name string, f *facts) string {
	switch {
	case f.policy != nil && f.policy.Size > 0:
		return ui.Count(f.policy.Size, "character")
	case len(f.accounts) > 0:
		return ui.Count(len(f.accounts), "account")
	case len(f.roles) > 0:
		return ui.Count(len(f.roles), "role")
	}
	size := 0
	if d := s.drafts[name]; d != nil {
		size = len(d.Text)
	} else if file := s.disk[name]; file != nil {
		size = int(file.size)
	}
	return ui.Count(size, "byte")
}

// ID implements table.Source.
func (r *rows) ID(at int) string { return r.all[at].name }

// Row implements table.Source.
func (r *rows) Row(id string) (int, bool) { at, ok := r.byID[id]; return at, ok }

// Total implements browse.Rows. Folders do not count.
func (r *rows) Total() int { return max(0, len(r.all)-len(folders)) }

// Cell implements table.Source.
func (r *rows) Cell(at, column int) string {
	one := &r.all[at]
	if one.isFolder {
		switch {
		case column == colName && r.closed[one.name]:
			return "▸ " + one.name
		case column == colName:
			return "▾ " + one.name
		case column == colContent:
			return one.content
		}
		return ""
	}
	switch column {
	case colName:
		branch := "├ "
		if r.last[at] {
			branch = "└ "
		}
		return branch + path.Base(one.name)
	case colState:
		_, text := one.state.look(r.s.kit.Theme)
		return text
	case colContent:
		return one.content
	default:
		return tally(one.facts)
	}
}

// CellStyle implements table.CellStyler.
func (r *rows) CellStyle(at, column int) lipgloss.Style {
	one, t := &r.all[at], r.s.kit.Theme
	switch {
	case one.isFolder && column == colName:
		return t.Bold
	case column == colState && !one.isFolder:
		style, _ := one.state.look(t)
		return style
	case column == colFindings && one.facts.errors > 0:
		return t.Bad
	case column == colFindings:
		return t.Warn
	case column == colContent:
		return t.Dim
	}
	return t.Text
}

// Order implements browse.Rows. With a filter, closed folders are open, and those
// without a match are not there.
func (r *rows) Order(q query.Query, order int) []uint32 {
	var out []uint32
	r.last, r.shown = map[int]bool{}, 0
	for at := 0; at < len(r.all); {
		folder, end := at, at+1+r.all[at].files
		var inside []uint32
		for at++; at < end; at++ {
			if q.Match(r.all[at].fields...) {
				inside = append(inside, uint32(at))
			}
		}
		if !q.Empty() && len(inside) == 0 {
			continue
		}
		out = append(out, uint32(folder))
		if q.Empty() && r.closed[r.all[folder].name] {
			continue
		}
		if order == byState {
			slices.SortStableFunc(inside, func(a, b uint32) int { return cmp.Compare(r.rank(a), r.rank(b)) })
		}
		if len(inside) > 0 {
			r.last[int(inside[len(inside)-1])] = true
		}
		r.shown += len(inside)
		out = append(out, inside...)
	}
	return out
}

func (r *rows) rank(at uint32) int { return slices.Index(words, r.all[at].state.word) }

// selected is the row under the cursor; nil if there is none.
func (s *Screen) selected() *row {
	if at, ok := s.list.Table.Selected(); ok {
		return &s.rows.all[at]
	}
	return nil
}

// folderOf is the folder of a file, or a folder itself.
func folderOf(name string) string {
	folder, _ := path.Split(name)
	return folder
}

// Preview implements browse.Rows.
func (r *rows) Preview(at, w int) []string {
	one, s, t := &r.all[at], r.s, r.s.kit.Theme
	if one.isFolder {
		return s.previewFolder(one, w)
	}
	style, state := one.state.look(t)
	out := []string{t.Title.Render(ui.Fit(ui.Clean(path.Base(one.name)), w)), style.Render(state)}
	if f := s.disk[one.name]; f != nil && f.locked() != "" {
		out = append(out, wrapped(t.Warn, "Cannot be edited here: "+f.locked(), w)...)
	}
	if d := s.drafts[one.name]; d != nil {
		out = append(out, wrapped(t.Dim, "Unsaved text from "+cmp.Or(ui.Ago(s.kit.Now(), d.At), "before"), w)...)
	}
	for _, f := range one.facts.findings {
		out = append(out, "")
		out = append(out, describe(t, f, w)...)
	}
	out = append(out, "")
	switch folderOf(one.name) {
	case core.AccountFolder:
		return append(out, previewAccounts(t, one.facts.accounts, w)...)
	case core.RoleFolder:
		return append(out, previewRoles(t, one.facts.roles, w)...)
	default:
		return append(out, s.previewPolicy(one, w)...)
	}
}
