package organisation

import (
	"cmp"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/table"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// The columns of the roles.
const (
	roleName = iota
	roleStatus
	roleAccounts
	rolePolicy
	roleFile
	roleProblem
)

func roleColumns() []table.Column {
	return []table.Column{
		{Title: "NAME", Min: 18, Max: 40, Priority: 0},
		{Title: "STATUS", Min: 9, Max: 10, Priority: 1},
		{Title: "ACCOUNTS", Min: 8, Max: 44, Priority: 2},
		{Title: "POLICY", Min: 10, Max: 40, Priority: 4, Flex: true},
		{Title: "FILE", Min: 12, Max: 40, Priority: 5, Flex: true},
		{Title: "PROBLEM", Min: 13, Priority: 3, Flex: true},
	}
}

func roleOrders() []string { return []string{"name", "problems first"} }

// roles are the roles of a board; they implement browse.Rows. A row's number is the
// role's index.
type roles struct {
	kit   *ui.Kit
	board *rollout.Board
}

// ID implements table.Source.
func (r *roles) ID(row int) string { return string(r.board.Role(uint32(row)).Name) }

// Row implements table.Source.
func (r *roles) Row(id string) (int, bool) {
	j, ok := r.board.RoleIndex(core.RoleName(id))
	return int(j), ok
}

// Total implements browse.Rows.
func (r *roles) Total() int { return r.board.Roles() }

// Order implements browse.Rows.
func (r *roles) Order(q query.Query, order int) []uint32 {
	out := r.board.RolesMatching(q) // by name
	if roleOrders()[order] != "name" {
		slices.SortStableFunc(out, func(x, y uint32) int { return cmp.Compare(r.trouble(y), r.trouble(x)) })
	}
	return out
}

// trouble weighs what is wrong with a role: first the master account's, which nobody
// can take, then the number of accounts without it.
func (r *roles) trouble(j uint32) int {
	n := r.board.RoleCounts(j).Failed
	if r.board.Role(j).Failure != nil {
		n += rollout.MaxAccounts
	}
	return n
}

// Cell implements table.Source.
func (r *roles) Cell(row, column int) string {
	role := r.board.Role(uint32(row))
	switch column {
	case roleName:
		return string(role.Name)
	case roleStatus:
		status := cmp.Or(string(role.Status), "unknown")
		return report.Sign(r.kit.Theme, status) + " " + status
	case roleAccounts:
		return report.Signs(r.kit.Theme, r.board.RoleCounts(uint32(row)))
	case rolePolicy:
		return policies(role.Policy, len(role.ManagedPolicies))
	case roleFile:
		return role.Source
	default:
		return report.Reason(role.Failure)
	}
}

// policies says what a role consists of.
func policies(file string, managed int) string {
	var out []string
	if file != "" {
		out = append(out, file)
	}
	switch managed {
	case 0:
	case 1:
		out = append(out, "1 managed")
	default:
		out = append(out, ui.Number(managed)+" managed")
	}
	return strings.Join(out, " + ")
}

// CellStyle implements table.CellStyler.
func (r *roles) CellStyle(row, column int) lipgloss.Style {
	t := r.kit.Theme
	switch column {
	case roleStatus:
		style, _ := t.Status(string(r.board.Role(uint32(row)).Status))
		return style
	case roleAccounts:
		if r.board.RoleCounts(uint32(row)).Failed > 0 {
			return t.Bad
		}
	case roleProblem:
		return t.Bad
	case rolePolicy, roleFile:
		return t.Dim
	}
	return t.Text
}

// Preview implements browse.Rows.
func (r *roles) Preview(row, w int) []string {
	s := report.NewSheet(r.kit, w)
	r.describe(s, uint32(row))
	s.Gap()
	s.Text(r.kit.Theme.Dim, "Enter shows its documents.")
	return s.Lines
}

// describe tells the essentials of a role.
func (r *roles) describe(s *report.Sheet, j uint32) {
	t, role := r.kit.Theme, r.board.Role(j)
	s.Styled("Role", t.Title, string(role.Name))
	s.Field("In IAM", role.Name.IAMName())
	s.Field("What for", role.Description)
	s.Status("Status", cmp.Or(string(role.Status), "unknown"), role.Updated)
	s.Failure("Problem", role.Failure)
	s.Field("File", role.Source)
	s.Field("Policy", role.Policy)
	for _, arn := range role.ManagedPolicies {
		s.Field("Managed", arn)
	}
	s.Counts("Accounts", r.board.RoleCounts(j))
}
