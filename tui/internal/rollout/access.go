package rollout

import (
	"cmp"
	"slices"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
)

// Revision changes whenever what the board says changes.
func (b *Board) Revision() uint64 { return b.revision }

// Full reports whether something was left out because of MaxAccounts or MaxRoles.
func (b *Board) Full() bool { return b.full }

// Progress says of how many roles the whole list of assignments has been read, since
// the beginning or the last time everything was read afresh.
func (b *Board) Progress() (listed, roles int) {
	for j := range b.roles {
		if b.roles[j].listed {
			listed++
		}
	}
	return listed, len(b.roles)
}

// Accounts counts the accounts: their indexes are below it.
func (b *Board) Accounts() int { return len(b.accounts) }

// Roles counts the roles: their indexes are below it.
func (b *Board) Roles() int { return len(b.roles) }

// Account is an account by its index.
func (b *Board) Account(i uint32) Account { return b.accounts[i].Account }

// Role is a role by its index.
func (b *Board) Role(j uint32) Role { return b.roles[j].Role }

// AccountIndex finds an account.
func (b *Board) AccountIndex(id core.AccountID) (uint32, bool) {
	i, found := b.accountSlots.at[id]
	return i, found
}

// RoleIndex finds a role.
func (b *Board) RoleIndex(name core.RoleName) (uint32, bool) {
	j, found := b.roleSlots.at[name]
	return j, found
}

// Cell is the assignment of a role in an account, by their indexes.
func (b *Board) Cell(account, role uint32) Cell {
	cells := b.roles[role].cells
	if int(account) >= len(cells) || !cells[account].state.exists() {
		return Cell{}
	}
	c := cells[account]
	out := Cell{
		Status: c.state.status(), Exists: true, Waiting: c.state&flagWaiting != 0, Removing: c.state&flagRemoving != 0,
		Attempts: int(c.attempts), Updated: moment(c.updated),
	}
	if c.marks&markFailed != 0 {
		out.Failure = b.failures[Pack(account, role)].core()
	}
	return out
}

// Counts counts all assignments.
func (b *Board) Counts() Counts { return b.total.counts() }

// RoleCounts counts the assignments of a role, by its index.
func (b *Board) RoleCounts(role uint32) Counts { return b.roles[role].tally.counts() }

// AccountCounts counts the assignments of an account, by its index.
func (b *Board) AccountCounts(account uint32) Counts {
	var t tally
	for j := range b.roles {
		if cells := b.roles[j].cells; int(account) < len(cells) && cells[account].state.exists() {
			t[cells[account].state]++
		}
	}
	return t.counts()
}

// AccountOrder lists all accounts by name, case aside, then by ID. It is the board's
// own, good until the next Apply.
func (b *Board) AccountOrder() []uint32 {
	return b.accountOrder.by(len(b.accounts), func(x, y uint32) int {
		return cmp.Or(cmp.Compare(b.accounts[x].fields[0], b.accounts[y].fields[0]), cmp.Compare(b.accounts[x].ID, b.accounts[y].ID))
	})
}

// RoleOrder lists all roles by name, case aside. It is the board's own, good until the
// next Apply.
func (b *Board) RoleOrder() []uint32 {
	return b.roleOrder.by(len(b.roles), func(x, y uint32) int {
		return cmp.Or(cmp.Compare(b.roles[x].fields[0], b.roles[y].fields[0]), cmp.Compare(b.roles[x].Name, b.roles[y].Name))
	})
}

// order is a sorted list of indexes that is made anew when it is asked for and stale.
type order struct {
	list  []uint32
	stale bool
}

func (o *order) by(n int, compare func(x, y uint32) int) []uint32 {
	if o.stale {
		for i := len(o.list); i < n; i++ {
			o.list = append(o.list, uint32(i))
		}
		slices.SortFunc(o.list, compare)
		o.stale = false
	}
	return o.list
}

// folded are texts as a query compares them. A text that folding does not change is
// not copied.
func folded(texts ...string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = query.Fold(t)
	}
	return out
}
