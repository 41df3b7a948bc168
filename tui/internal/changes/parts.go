package changes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/plan"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/table"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// part is one way to look at a plan. It implements browse.Rows over an outline.
type part struct {
	kit     *ui.Kit
	name    string
	unit    string
	columns []table.Column

	n       int
	id      func(i int) string
	action  func(i int) plan.Action
	cell    func(i, column int) string
	fields  func(i int, into []string) []string // folded, for the filter
	preview func(i, w int) []string
	rows    map[string]int // made when it is first needed
}

// Total implements browse.Rows.
func (p *part) Total() int { return p.n }

// ID implements table.Source.
func (p *part) ID(i int) string { return p.id(i) }

// Row implements table.Source.
func (p *part) Row(id string) (int, bool) {
	if p.rows == nil {
		p.rows = make(map[string]int, p.n)
		for i := range p.n {
			p.rows[p.id(i)] = i
		}
	}
	i, known := p.rows[id]
	return i, known
}

// Cell implements table.Source.
func (p *part) Cell(i, column int) string {
	if column == 0 {
		return sign(p.action(i))
	}
	return p.cell(i, column)
}

// CellStyle implements table.CellStyler.
func (p *part) CellStyle(i, column int) lipgloss.Style {
	if column == 0 {
		return actionStyle(p.kit.Theme, p.action(i))
	}
	return p.kit.Theme.Text
}

// Order implements browse.Rows: the outline's own order.
func (p *part) Order(q query.Query, _ int) []uint32 {
	out := make([]uint32, 0, p.n)
	var buffer []string
	for i := range p.n {
		if !q.Empty() {
			buffer = p.fields(i, buffer[:0])
			if !q.Match(buffer...) {
				continue
			}
		}
		out = append(out, uint32(i))
	}
	return out
}

// Preview implements browse.Rows.
func (p *part) Preview(i, w int) []string { return p.preview(i, w) }

// sign tells what happens without a color.
func sign(a plan.Action) string {
	switch a {
	case plan.Add:
		return "+"
	case plan.Remove:
		return "-"
	case plan.Update:
		return "~"
	default:
		return " "
	}
}

func actionStyle(t *ui.Theme, a plan.Action) lipgloss.Style {
	switch a {
	case plan.Add:
		return t.Added
	case plan.Remove:
		return t.Removed
	case plan.Update:
		return t.Changed
	default:
		return t.Text
	}
}

// signed is what several changes come to.
func signed(change *plan.Change, gains, loses int) plan.Action {
	switch {
	case change != nil:
		return change.Action
	case loses > 0 && gains == 0:
		return plan.Remove
	case gains > 0 && loses == 0:
		return plan.Add
	default:
		return plan.Update
	}
}

func folded(into []string, texts ...string) []string {
	for _, t := range texts {
		into = append(into, query.Fold(t))
	}
	return into
}

func names[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}

var signColumn = table.Column{Title: "", Min: 1, Max: 1, Priority: 0}

func (s *Screen) partsOf(o *outline) []*part {
	return []*part{s.accountPart(o), s.rolePart(o), s.filePart(o), s.accessPart(o), s.budgetPart(o)}
}

func (s *Screen) accountPart(o *outline) *part {
	return &part{
		kit: s.kit, name: "accounts", unit: "account", n: len(o.accounts),
		columns: []table.Column{signColumn, {Title: "ACCOUNT", Min: 16, Max: 36, Priority: 2, Flex: true}, {Title: "ID", Min: 12, Max: 12, Priority: 0},
			{Title: "GAINS", Min: 6, Max: 40, Priority: 1, Flex: true}, {Title: "LOSES", Min: 6, Max: 40, Priority: 1, Flex: true}, {Title: "CHANGED", Min: 8, Max: 30, Priority: 4, Flex: true}},
		id:     func(i int) string { return string(o.accounts[i].id) },
		action: func(i int) plan.Action { a := &o.accounts[i]; return signed(a.change, len(a.gains), len(a.loses)) },
		cell: func(i, column int) string {
			a := &o.accounts[i]
			return []string{"", o.names[a.id], string(a.id), names(a.gains), names(a.loses), names(a.updates)}[column]
		},
		fields: func(i int, into []string) []string {
			a := &o.accounts[i]
			into = folded(into, o.names[a.id], string(a.id), word(signed(a.change, len(a.gains), len(a.loses))))
			return folded(into, names(a.gains), names(a.loses), names(a.updates))
		},
		preview: func(i, w int) []string { return s.describeAccount(o, &o.accounts[i], w) },
	}
}

// word is what happens, for the filter.
func word(a plan.Action) string { return string(a) }

func (s *Screen) rolePart(o *outline) *part {
	return &part{
		kit: s.kit, name: "roles", unit: "role", n: len(o.roles),
		columns: []table.Column{signColumn, {Title: "ROLE", Min: 8, Max: 40, Priority: 0, Flex: true}, {Title: "GAINS", Min: 6, Max: 12, Priority: 1},
			{Title: "LOSES", Min: 6, Max: 12, Priority: 1}, {Title: "CHANGES IN", Min: 10, Max: 12, Priority: 2}, {Title: "WHAT DIFFERS", Min: 8, Max: 50, Priority: 3, Flex: true}},
		id:     func(i int) string { return string(o.roles[i].role) },
		action: func(i int) plan.Action { r := &o.roles[i]; return signed(r.change, len(r.gains), len(r.loses)) },
		cell: func(i, column int) string {
			r := &o.roles[i]
			return []string{"", string(r.role), amount(len(r.gains)), amount(len(r.loses)), amount(r.updates), r.differs()}[column]
		},
		fields: func(i int, into []string) []string {
			r := &o.roles[i]
			return folded(into, string(r.role), r.differs(), word(signed(r.change, len(r.gains), len(r.loses))))
		},
		preview: func(i, w int) []string { return s.describeRole(o, &o.roles[i], w) },
	}
}

func amount(n int) string {
	if n == 0 {
		return ""
	}
	return ui.Number(n)
}

// differs lists what is different, by the names that files use.
func (r *roleLine) differs() string {
	var out []string
	if r.change != nil {
		for _, f := range r.change.Fields {
			out = append(out, f.Name)
		}
	}
	for _, c := range r.policies {
		if !slices.Contains(out, "policy "+c.ID) {
			out = append(out, "policy "+c.ID)
		}
	}
	return strings.Join(out, ", ")
}

func (s *Screen) filePart(o *outline) *part {
	actionOf := func(i int) plan.Action {
		switch f := &o.files[i]; {
		case f.Gone:
			return plan.Remove
		case f.Old == nil:
			return plan.Add
		default:
			return plan.Update
		}
	}
	return &part{
		kit: s.kit, name: "files", unit: "file", n: len(o.files),
		columns: []table.Column{signColumn, {Title: "FILE", Min: 12, Max: 60, Priority: 0, Flex: true}, {Title: "SIZE", Min: 8, Max: 10, Priority: 2, Right: true}, {Title: "ENTRIES REMOVED", Min: 8, Max: 15, Priority: 1, Right: true}},
		id:      func(i int) string { return o.files[i].Key },
		action:  actionOf,
		cell: func(i, column int) string {
			f := &o.files[i]
			return []string{"", f.Key, ui.Number(len(f.New)), amount(f.Removals)}[column]
		},
		fields:  func(i int, into []string) []string { return folded(into, o.files[i].Key, word(actionOf(i))) },
		preview: func(i, w int) []string { return diffLines(s.kit.Theme, &o.files[i], w) },
	}
}

func (s *Screen) accessPart(o *outline) *part {
	at := func(i int) *plan.Change { return &o.plan.Changes[o.access[i]] }
	lowered := map[core.AccountID]string{}
	for id, name := range o.names {
		lowered[id] = query.Fold(name)
	}
	return &part{
		kit: s.kit, name: "access", unit: "assignment", n: len(o.access),
		columns: []table.Column{signColumn, {Title: "HOLDERS OF", Min: 8, Max: 36, Priority: 1, Flex: true}, {Title: "ACCESS", Min: 8, Max: 12, Priority: 2},
			{Title: "ACCOUNT", Min: 16, Max: 36, Priority: 3, Flex: true}, {Title: "ID", Min: 12, Max: 12, Priority: 0}, {Title: "WHEN", Min: 6, Max: 15, Priority: 4}},
		id:     func(i int) string { return at(i).ID },
		action: func(i int) plan.Action { return at(i).Action },
		cell: func(i, column int) string {
			c := at(i)
			when := "at once"
			if c.Waiting {
				when = "on registration"
			}
			return []string{"", string(c.Role), verb(c.Action), o.names[c.Account], string(c.Account), when}[column]
		},
		fields: func(i int, into []string) []string {
			c := at(i)
			return append(into, query.Fold(string(c.Role)), lowered[c.Account], string(c.Account), verb(c.Action), word(c.Action))
		},
		preview: func(i, w int) []string { return s.describeAccess(o, at(i), w) },
	}
}

// verb says what a change does to those who hold the role.
func verb(a plan.Action) string {
	switch a {
	case plan.Add:
		return "gain"
	case plan.Remove:
		return "lose"
	default:
		return "keep, changed"
	}
}

func (s *Screen) budgetPart(o *outline) *part {
	return &part{
		kit: s.kit, name: "budgets", unit: "role", n: len(o.budgets),
		columns: []table.Column{signColumn, {Title: "ROLE", Min: 8, Max: 36, Priority: 0, Flex: true}, {Title: "INLINE POLICY", Min: 13, Max: 24, Priority: 1}, {Title: "MANAGED", Min: 7, Max: 9, Priority: 2},
			{Title: "ACCOUNTS", Min: 8, Max: 10, Priority: 3, Right: true}, {Title: "ACCESS POLICY", Min: 13, Max: 34, Priority: 1}},
		id:     func(i int) string { return string(o.budgets[i].Role) },
		action: func(int) plan.Action { return "" },
		cell: func(i, column int) string {
			b := &o.budgets[i]
			return []string{"", string(b.Role), gauge(b.Inline), fmt.Sprintf("%d of %d", b.Managed.Used, b.Managed.Quota), ui.Number(b.Access.Accounts), access(&b.Access)}[column]
		},
		fields: func(i int, into []string) []string {
			return folded(into, string(o.budgets[i].Role), access(&o.budgets[i].Access))
		},
		preview: func(i, w int) []string { return s.describeBudget(&o.budgets[i], w) },
	}
}

// gauge shows how full a quota is: a bar and per cent.
func gauge(q engine.Quota) string {
	const cells = 10
	percent := 100 * q.Used / max(1, q.Quota)
	full := min(cells, (percent+cells/2)/cells)
	text := strings.Repeat("█", full) + strings.Repeat("░", cells-full) + fmt.Sprintf(" %3d%%", percent)
	if q.Exceeded() {
		text += " too much"
	}
	return text
}

func access(b *engine.AccessBudget) string {
	switch b.Mode {
	case engine.TooLarge:
		return "too large without an organisation"
	case "exact":
		return gauge(b.Size) + " exact"
	default:
		return cmp.Or(b.Mode, "none")
	}
}
