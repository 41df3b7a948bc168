package rollout

import (
	"maps"
	"slices"
	"sync"

	"github.com/cross-account-manager/cam/core"
)

// ledger is what a follower must remember between two looks to know what to read
// again. It is safe for concurrent use.
type ledger struct {
	mu            sync.Mutex
	accounts      slots[core.AccountID]
	roles         slots[core.RoleName]
	versions      map[core.AccountID]int64 // of the accounts' own records
	roleVersions  map[core.RoleName]int64
	open          map[uint32]openMark // by packed number
	look          uint32              // number of the current look at what is open
	staleAccounts map[core.AccountID]bool
	staleRoles    map[core.RoleName]bool
}

// openMark is an assignment with work left, as it was last read.
type openMark struct {
	version  int64
	look     uint32 // when it was last among the open ones
	underWay bool
}

func newLedger() *ledger {
	return &ledger{
		versions: map[core.AccountID]int64{}, roleVersions: map[core.RoleName]int64{}, open: map[uint32]openMark{},
		staleAccounts: map[core.AccountID]bool{}, staleRoles: map[core.RoleName]bool{},
	}
}

// account notes an account's record and reports whether it is another one than
// before. Its assignments are then stale.
func (l *ledger) account(r *core.AccountRecord) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, known := l.versions[r.ID]
	if known && before >= r.Version {
		return false
	}
	l.versions[r.ID], l.staleAccounts[r.ID] = r.Version, true
	return true
}

// role is the same for roles.
func (l *ledger) role(r *core.RoleRecord) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, known := l.roleVersions[r.Name]
	if known && before >= r.Version {
		return false
	}
	l.roleVersions[r.Name], l.staleRoles[r.Name] = r.Version, true
	return true
}

// beginLook begins a look at what is open.
func (l *ledger) beginLook() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look++
}

// assignment notes an assignment's record and reports whether it is news. listed says
// that it was found among the open ones.
func (l *ledger) assignment(r *core.AssignmentRecord, listed bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, known := l.accounts.of(r.Account, MaxAccounts)
	j, found := l.roles.of(r.Role, MaxRoles)
	if !known || !found {
		return false
	}
	number, u := Pack(i, j), stateOf(r).urgency()
	before, was := l.open[number]
	switch {
	case was && r.Version < before.version:
		if listed { // older, but open still, as far as that list knows
			before.look = l.look
			l.open[number] = before
		}
		return false
	case u == urgentNot:
		delete(l.open, number)
		return true
	}
	mark := openMark{version: r.Version, look: before.look, underWay: u == urgentUnderWay}
	if listed {
		mark.look = l.look
	}
	l.open[number] = mark
	return !was || before.version != r.Version
}

// gone forgets an assignment.
func (l *ledger) gone(p core.Pair) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, l.number(p))
}

func (l *ledger) number(p core.Pair) uint32 {
	return Pack(l.accounts.at[p.Account], l.roles.at[p.Role])
}

// left lists what was open and is not among the open ones any more, and whether
// anything is under way.
func (l *ledger) left() (pairs []core.Pair, underWay bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for number, mark := range l.open {
		underWay = underWay || mark.underWay
		if mark.look != l.look {
			i, j := Unpack(number)
			pairs = append(pairs, core.Pair{Role: l.roles.keys[j], Account: l.accounts.keys[i]})
		}
	}
	return pairs, underWay
}

// doubt makes an assignment's role stale. Whether the assignment is open will be known
// when the role's list has been read.
func (l *ledger) doubt(p core.Pair) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.staleRoles[p.Role] = true
	delete(l.open, l.number(p))
}

// widen makes all roles stale, which includes all accounts.
func (l *ledger) widen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range l.roleVersions {
		l.staleRoles[name] = true
	}
	clear(l.staleAccounts)
}

// stale lists what is to be read again, sorted.
func (l *ledger) stale() ([]core.AccountID, []core.RoleName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.staleAccounts)), slices.Sorted(maps.Keys(l.staleRoles))
}

// read takes what has been read again off the list.
func (l *ledger) read(account core.AccountID, role core.RoleName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.staleAccounts, account)
	delete(l.staleRoles, role)
}
