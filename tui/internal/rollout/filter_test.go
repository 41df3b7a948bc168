package rollout_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

// line is an assignment with the texts that a plain filter would search.
type line struct {
	number  uint32
	account rollout.Account
	role    rollout.Role
	cell    rollout.Cell
}

func (l *line) fields() []string {
	fields := append([]string{l.account.Name, string(l.account.ID), l.account.Email, string(l.role.Name), string(l.cell.Status)}, l.account.Groups...)
	if l.cell.Waiting {
		fields = append(fields, "waiting")
	}
	if l.cell.Removing {
		fields = append(fields, "removing")
	}
	return fields
}

func (l *line) urgency() int {
	switch {
	case l.cell.Status == core.AssignmentFailed:
		return 0
	case l.cell.Status.Settled():
		return 3
	case l.cell.Waiting:
		return 2
	default:
		return 1
	}
}

func byAccountName(x, y rollout.Account) int {
	return cmp.Or(strings.Compare(query.Fold(x.Name), query.Fold(y.Name)), cmp.Compare(x.ID, y.ID))
}

// plainAssignments is Board.Assignments in the words of its documentation.
func plainAssignments(b *rollout.Board, q query.Query, s rollout.Selection) []line {
	var lines []line
	for i := range uint32(b.Accounts()) {
		for j := range uint32(b.Roles()) {
			l := line{rollout.Pack(i, j), b.Account(i), b.Role(j), b.Cell(i, j)}
			switch {
			case !l.cell.Exists, !s.Deleted && l.cell.Status == core.AssignmentDeleted:
			case s.Account != "" && s.Account != l.account.ID, s.Role != "" && s.Role != l.role.Name:
			case plainMatch(q, l.fields()...):
				lines = append(lines, l)
			}
		}
	}
	slices.SortFunc(lines, func(x, y line) int {
		byTime := 0
		if x.urgency() == y.urgency() {
			switch x.urgency() {
			case 0:
				byTime = y.cell.Updated.Compare(x.cell.Updated)
			case 1:
				byTime = x.cell.Updated.Compare(y.cell.Updated)
			}
		}
		return cmp.Or(cmp.Compare(x.urgency(), y.urgency()), byTime, cmp.Compare(x.role.Name, y.role.Name), byAccountName(x.account, y.account))
	})
	return lines
}

func genSelection(t *rapid.T) rollout.Selection {
	return rollout.Selection{
		Role:    rapid.SampledFrom([]core.RoleName{"", "", "", role(1), "Nobody"}).Draw(t, "only role"),
		Account: rapid.SampledFrom([]core.AccountID{"", "", "", id(1), "999999999999"}).Draw(t, "only account"),
		Deleted: rapid.Bool().Draw(t, "deleted"),
	}
}

// TestFiltersAreAsPlainOnes that search texts one by one.
func TestFiltersAreAsPlainOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := boardOf(genBatches(t)...)
		q, s := genQuery(t), genSelection(t)
		lines := plainAssignments(b, q, s)
		var numbers []uint32
		worst, used := map[uint32]int{}, map[uint32]bool{}
		for _, l := range lines {
			numbers = append(numbers, l.number)
			i, j := rollout.Unpack(l.number)
			if w, seen := worst[i]; !seen || l.urgency() < w {
				worst[i] = l.urgency()
			}
			used[j] = true
		}
		if diff := gocmp.Diff(numbers, b.Assignments(q, s), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", q, diff)
		}
		rows, columns := b.Grid(q, s)
		wantRows := slices.SortedFunc(maps.Keys(worst), func(x, y uint32) int {
			return cmp.Or(cmp.Compare(worst[x], worst[y]), byAccountName(b.Account(x), b.Account(y)))
		})
		wantColumns := slices.SortedFunc(maps.Keys(used), func(x, y uint32) int { return cmp.Compare(b.Role(x).Name, b.Role(y).Name) })
		if diff := gocmp.Diff([][]uint32{wantRows, wantColumns}, [][]uint32{rows, columns}, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("grid of %+v (-want +got):\n%s", q, diff)
		}
	})
}

func TestAccountsAndRolesMatching(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := boardOf(genBatches(t)...)
		q := genQuery(t)
		var accounts, roles []uint32
		for _, i := range b.AccountOrder() {
			a := b.Account(i)
			fields := append([]string{a.Name, string(a.ID), a.Email, string(a.Status)}, a.Groups...)
			if a.Refused != nil {
				fields = append(fields, "refused")
			}
			if plainMatch(q, fields...) {
				accounts = append(accounts, i)
			}
		}
		for _, j := range b.RoleOrder() {
			r := b.Role(j)
			fields := append([]string{string(r.Name), r.Description, r.Policy, string(r.Status)}, r.ManagedPolicies...)
			if r.Failure != nil {
				fields = append(fields, "failed")
			}
			if plainMatch(q, fields...) {
				roles = append(roles, j)
			}
		}
		if diff := gocmp.Diff(accounts, b.AccountsMatching(q)); diff != "" {
			t.Fatalf("accounts of %+v (-want +got):\n%s", q, diff)
		}
		if diff := gocmp.Diff(roles, b.RolesMatching(q)); diff != "" {
			t.Fatalf("roles of %+v (-want +got):\n%s", q, diff)
		}
	})
}

// TestUrgentFirst spells out one order, so that the plain filter is not all that says so.
func TestUrgentFirst(t *testing.T) {
	t.Parallel()
	waiting := assignment(0, 6, core.AssignmentPending, 1)
	waiting.Waiting = true
	b := boardOf(rollout.Batch{Assignments: []core.AssignmentRecord{
		assignment(1, 1, core.AssignmentActive, 90),
		assignment(0, 2, core.AssignmentActive, 80),
		assignment(0, 3, core.AssignmentPending, 70),
		assignment(0, 4, core.AssignmentDeleting, 60),
		assignment(0, 5, core.AssignmentFailed, 50),
		waiting,
		assignment(1, 7, core.AssignmentFailed, 99),
		assignment(0, 8, core.AssignmentDeleted, 99),
	}})
	var got []string
	for _, number := range b.Assignments(query.Query{}, rollout.Selection{}) {
		i, _ := rollout.Unpack(number)
		got = append(got, string(b.Account(i).ID[11:]))
	}
	if want := []string{"7", "5", "4", "3", "6", "2", "1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
