package watch

import (
	"cmp"
	"math/bits"
	"sort"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/table"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// The columns of the list.
const (
	colRole = iota
	colAccount
	colID
	colStatus
	colSince
	colAttempts
	colWhy
)

var columns = []table.Column{
	{Title: "ROLE", Min: 10, Max: 32, Priority: 0},
	{Title: "ACCOUNT", Min: 14, Max: 36, Priority: 3, Flex: true},
	{Title: "ID", Min: 12, Max: 12, Priority: 0},
	{Title: "STATUS", Min: 10, Max: 10, Priority: 1},
	{Title: "SINCE", Min: 6, Max: 8, Priority: 4, Right: true},
	{Title: "ATTEMPTS", Min: 8, Max: 8, Priority: 6, Right: true},
	{Title: "WHY", Min: 26, Priority: 5, Flex: true},
}

// rows are the assignments of a board; they implement browse.Rows. A row's number is
// the account's index and, in its low bits, the role's: small numbers, so that a set
// of them is small.
type rows struct {
	kit      *ui.Kit
	board    *rollout.Board
	roleBits uint
	onlyBad  bool
	listed   []uint32 // what Order gave last
	invite   report.Invitations
}

// fit makes room for the roles that the board has. It reports whether that gave the
// rows other numbers.
func (r *rows) fit() bool {
	need := max(4, uint(bits.Len(uint(r.board.Roles()))))
	changed := need != r.roleBits
	r.roleBits = need
	return changed
}

func (r *rows) row(account, role uint32) uint32 { return account<<r.roleBits | role }

func (r *rows) at(row int) (account, role uint32) {
	return uint32(row) >> r.roleBits, uint32(row) & (1<<r.roleBits - 1)
}

func (r *rows) cell(row int) rollout.Cell { return r.board.Cell(r.at(row)) }

// pair names the assignment of a row.
func (r *rows) pair(row int) core.Pair {
	account, role := r.at(row)
	return core.Pair{Role: r.board.Role(role).Name, Account: r.board.Account(account).ID}
}

// identity is how a list knows an assignment.
func identity(p core.Pair) string { return string(p.Role) + "/" + string(p.Account) }

// pairOf is the inverse of identity. No account ID has a slash.
func pairOf(id string) core.Pair {
	at := strings.LastIndexByte(id, '/')
	return core.Pair{Role: core.RoleName(id[:max(at, 0)]), Account: core.AccountID(id[at+1:])}
}

// find is where the board has an assignment.
func find(b *rollout.Board, p core.Pair) (account, role uint32, ok bool) {
	account, known := b.AccountIndex(p.Account)
	role, found := b.RoleIndex(p.Role)
	return account, role, known && found && b.Cell(account, role).Exists
}

// ID implements table.Source.
func (r *rows) ID(row int) string { return identity(r.pair(row)) }

// Row implements table.Source.
func (r *rows) Row(id string) (int, bool) {
	account, role, ok := find(r.board, pairOf(id))
	return int(r.row(account, role)), ok
}

// Total implements browse.Rows.
func (r *rows) Total() int { return r.board.Counts().All() }

// Order implements browse.Rows. There is one order: what failed, what is slow, what
// waits, the rest.
func (r *rows) Order(q query.Query, _ int) []uint32 {
	out := r.board.Assignments(q, rollout.Selection{})
	if r.onlyBad { // they come first
		out = out[:sort.Search(len(out), func(i int) bool {
			return r.board.Cell(rollout.Unpack(out[i])).Status != core.AssignmentFailed
		})]
	}
	for i, number := range out {
		out[i] = r.row(rollout.Unpack(number))
	}
	r.listed = out
	return out
}

// Cell implements table.Source.
func (r *rows) Cell(row, column int) string {
	account, role := r.at(row)
	switch column {
	case colRole:
		return string(r.board.Role(role).Name)
	case colAccount:
		return cmp.Or(r.board.Account(account).Name, "(no name)")
	case colID:
		return string(r.board.Account(account).ID)
	}
	c := r.board.Cell(account, role)
	switch {
	case column == colStatus:
		word := report.Word(c)
		_, sign := r.kit.Theme.Status(word)
		return sign + " " + word
	case column == colSince && !c.Updated.IsZero():
		return ui.Span(r.kit.Now().Sub(c.Updated))
	case column == colAttempts && c.Attempts > 0:
		return ui.Number(c.Attempts)
	case column == colWhy:
		return why(c)
	}
	return ""
}

// why says in a line why an assignment is not active.
func why(c rollout.Cell) string {
	if c.Failure == nil && report.Word(c) == report.Waiting {
		return "the account has not registered"
	}
	return report.Reason(c.Failure)
}

// CellStyle implements table.CellStyler.
func (r *rows) CellStyle(row, column int) lipgloss.Style {
	switch column {
	case colStatus:
		style, _ := r.kit.Theme.Status(report.Word(r.cell(row)))
		return style
	case colSince, colAttempts, colWhy:
		return r.kit.Theme.Dim
	default:
		return r.kit.Theme.Text
	}
}

// Preview implements browse.Rows.
func (r *rows) Preview(row, w int) []string {
	s := report.NewSheet(r.kit, w)
	r.describe(s, r.pair(row))
	return s.Lines
}

// describe tells what the board knows of an assignment, and what to do about it.
func (r *rows) describe(s *report.Sheet, p core.Pair) {
	t := r.kit.Theme
	account, role, ok := find(r.board, p)
	s.Styled("Role", t.Title, string(p.Role))
	if !ok {
		s.Field("Account", string(p.Account))
		s.Field("Status", "there is no such assignment any more")
		return
	}
	a, c := r.board.Account(account), r.board.Cell(account, role)
	s.Field("Account", cmp.Or(a.Name, "(no name)")+" "+string(a.ID))
	s.Status("Status", report.Word(c), c.Updated)
	s.Failure("Why", c.Failure)
	if c.Attempts > 0 {
		s.Field("Attempts", ui.Number(c.Attempts))
	}
	if c.Removing && c.Status != core.AssignmentDeleted {
		s.Field("Wanted", "to be removed")
	}
	r.advise(s, p, c)
	if f := r.board.Role(role).Failure; f != nil {
		s.Heading("The master account's role is not as it should be")
		s.Failure("Why", f)
	}
}

// advise says the next step.
func (r *rows) advise(s *report.Sheet, p core.Pair, c rollout.Cell) {
	t := r.kit.Theme
	switch word := report.Word(c); {
	case word == report.Waiting:
		s.Heading("Next step")
		s.Text(t.Text, "The account has not registered. Once it has, its roles are made without another push.")
		if i, known := r.invite(p.Account); known {
			s.Invite(i)
		}
	case c.Failure != nil:
		s.Heading("Next step")
		s.Text(t.Text, report.Advice(c.Failure.Code))
	case word == string(core.AssignmentPending), word == string(core.AssignmentDeleting):
		s.Heading("Next step")
		s.Text(t.Text, "It is under way. If it stays so for minutes, r asks for it again.")
	}
}
