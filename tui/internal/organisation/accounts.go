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

// The columns of the accounts.
const (
	accountName = iota
	accountID
	accountStatus
	accountGroups
	accountRoles
	accountRegistered
	accountFile
)

func accountColumns() []table.Column {
	return []table.Column{
		{Title: "NAME", Min: 18, Max: 36, Priority: 2, Flex: true},
		{Title: "ID", Min: 12, Max: 12, Priority: 0},
		{Title: "STATUS", Min: 9, Max: 10, Priority: 1},
		{Title: "GROUPS", Min: 8, Max: 30, Priority: 5, Flex: true},
		{Title: "ROLES", Min: 8, Max: 30, Priority: 3},
		{Title: "REGISTERED", Min: 10, Max: 11, Priority: 4},
		{Title: "FILE", Min: 12, Max: 40, Priority: 6, Flex: true},
	}
}

func accountOrders() []string { return []string{"name", "status", "id"} }

// accounts are the accounts of a board; they implement browse.Rows. A row's number is
// the account's index.
type accounts struct {
	kit         *ui.Kit
	board       *rollout.Board
	invite      report.Invitations
	onlyPending bool
}

// ID implements table.Source.
func (r *accounts) ID(row int) string { return string(r.board.Account(uint32(row)).ID) }

// Row implements table.Source.
func (r *accounts) Row(id string) (int, bool) {
	i, ok := r.board.AccountIndex(core.AccountID(id))
	return int(i), ok
}

// Total implements browse.Rows.
func (r *accounts) Total() int { return r.board.Accounts() }

// Order implements browse.Rows.
func (r *accounts) Order(q query.Query, order int) []uint32 {
	out := r.board.AccountsMatching(q) // by name
	if r.onlyPending {
		out = slices.DeleteFunc(out, func(i uint32) bool { return r.board.Account(i).Status != core.AccountPending })
	}
	switch accountOrders()[order] {
	case "status":
		slices.SortStableFunc(out, func(x, y uint32) int {
			return cmp.Compare(rank(r.board.Account(x).Status), rank(r.board.Account(y).Status))
		})
	case "id":
		slices.SortFunc(out, func(x, y uint32) int { return cmp.Compare(r.board.Account(x).ID, r.board.Account(y).ID) })
	}
	return out
}

// rank puts first what somebody has to do something about.
func rank(s core.AccountStatus) int {
	return slices.Index([]core.AccountStatus{core.AccountPending, "", core.AccountActive, core.AccountDeleted}, s)
}

// word is the one word for where an account stands. The board may know an account from
// an assignment only.
func word(s core.AccountStatus) string { return cmp.Or(string(s), "unknown") }

// Cell implements table.Source.
func (r *accounts) Cell(row, column int) string {
	a := r.board.Account(uint32(row))
	switch column {
	case accountName:
		return cmp.Or(a.Name, "(no name)")
	case accountID:
		return string(a.ID)
	case accountStatus:
		return report.Sign(r.kit.Theme, word(a.Status)) + " " + word(a.Status)
	case accountGroups:
		return strings.Join(a.Groups, ", ")
	case accountRoles:
		return report.Signs(r.kit.Theme, r.board.AccountCounts(uint32(row)))
	case accountRegistered:
		return r.registered(&a)
	default:
		return a.Source
	}
}

func (r *accounts) registered(a *rollout.Account) string {
	switch {
	case a.Status == "":
		return ""
	case !a.Registered.IsZero():
		return ui.Ago(r.kit.Now(), a.Registered)
	case a.Refused != nil:
		return "refused"
	case !a.Departed.IsZero():
		return "left"
	default:
		return "no"
	}
}

// CellStyle implements table.CellStyler.
func (r *accounts) CellStyle(row, column int) lipgloss.Style {
	t := r.kit.Theme
	switch column {
	case accountStatus:
		style, _ := t.Status(word(r.board.Account(uint32(row)).Status))
		return style
	case accountRoles:
		if r.board.AccountCounts(uint32(row)).Failed > 0 {
			return t.Bad
		}
	case accountRegistered:
		if a := r.board.Account(uint32(row)); a.Refused != nil && a.Registered.IsZero() {
			return t.Bad
		}
		return t.Dim
	case accountGroups, accountFile:
		return t.Dim
	}
	return t.Text
}

// Preview implements browse.Rows.
func (r *accounts) Preview(row, w int) []string {
	s := report.NewSheet(r.kit, w)
	r.describe(s, r.board.Account(uint32(row)))
	return s.Lines
}

// describe tells the essentials of an account, and what there is to do.
func (r *accounts) describe(s *report.Sheet, a rollout.Account) {
	now := r.kit.Now()
	s.Styled("Account", r.kit.Theme.Title, cmp.Or(a.Name, "(no name)"))
	s.Field("ID", string(a.ID))
	s.Status("Status", word(a.Status), a.Updated)
	if a.Status != core.AccountActive && a.Status != "" {
		s.Styled("Why", r.kit.Theme.Warn, reason(&a))
	}
	if a.Registered.IsZero() {
		s.Failure("Refused", a.Refused)
	}
	s.Field("Email", a.Email)
	s.Field("Groups", strings.Join(a.Groups, ", "))
	s.Field("Registered", report.MomentAgo(now, a.Registered))
	s.Field("Left", report.MomentAgo(now, a.Departed))
	s.Field("File", a.Source)
	if i, known := r.board.AccountIndex(a.ID); known {
		s.Counts("Roles", r.board.AccountCounts(i))
	}
	if invitable(&a) {
		r.inviteTo(s, a.ID)
	}
}

// inviteTo adds the invitation of an account.
func (r *accounts) inviteTo(s *report.Sheet, id core.AccountID) {
	t := r.kit.Theme
	s.Heading("Invitation")
	if i, known := r.invite(id); known {
		s.Text(t.Dim, "In the list, y copies it.")
		s.Invite(i)
	} else {
		s.Text(t.Dim, "The master stack has not been read, which knows what the owner has to enter.")
	}
}

// reason says in sentences why an account is not active.
func reason(a *rollout.Account) string {
	listed, registered := a.Source != "", !a.Registered.IsZero()
	switch {
	case registered && !listed && a.Status == core.AccountPending:
		return "It has registered, but no file lists it. Add it to a file in account/ (2) and push that (3)."
	case registered && !listed:
		return "No file lists it any more. Its roles are removed from it; its own stack is still there."
	case listed && !a.Departed.IsZero():
		return "A file lists it, but it left: its stack was deleted. It joins again with a new one, or is taken out of the file (2)."
	case listed:
		return "A file lists it, but it has not registered. It does so when its owner creates its stack."
	default:
		return "No file lists it, and it has not registered or has left."
	}
}

// invitable reports whether the account would join if its owner created its stack.
func invitable(a *rollout.Account) bool { return a.Source != "" && a.Registered.IsZero() }
