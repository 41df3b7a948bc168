package rollout

import (
	"math"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// Batch is what was read at once. The parts of a role's list are batches of their own,
// applied in the order in which they were read.
type Batch struct {
	Accounts    []core.AccountRecord
	Roles       []core.RoleRecord
	Assignments []core.AssignmentRecord
	Gone        []core.Pair // whose records are no more

	// List is the role whose list the assignments are from, if they are a list's.
	// From its First to its Last batch every assignment of the role is named; what was
	// not is gone.
	List        core.RoleName
	First, Last bool

	// Afresh begins reading everything anew: records may be older than what they
	// replace, as they are after tables were restored or made again.
	Afresh bool
}

func (b *Batch) size() int { return len(b.Accounts) + len(b.Roles) + len(b.Assignments) + len(b.Gone) }

// Board is the recorded state of an installation: accounts, roles, and a grid of
// assignments. Accounts and roles keep their indexes for the life of the board; only
// assignments can go. The zero value is an empty board. It is not safe for concurrent
// use.
type Board struct {
	accountSlots slots[core.AccountID]
	roleSlots    slots[core.RoleName]
	accounts     []accountSlot
	roles        []roleSlot
	failures     map[uint32]failure // by packed number
	texts        map[string]string  // one copy of each text that many accounts share
	total        tally
	revision     uint64
	full         bool

	accountOrder, roleOrder order
}

type accountSlot struct {
	Account
	fields  []string // what a filter finds, folded; the name first
	version int64
	known   bool // its own record has been read
}

type roleSlot struct {
	Role
	cells   []cell // by account; those beyond its length do not exist
	tally   tally
	fields  []string // what a filter of roles finds, folded; the name first
	version int64
	known   bool
	listed  bool // its whole list has been read
}

// Apply merges batches and reports whether the board changed. A record that is older
// than what the board has, by its version, changes nothing, so that a list that lags
// does no harm.
func (b *Board) Apply(batches ...Batch) bool {
	changed := false
	for i := range batches {
		changed = b.apply(&batches[i]) || changed
	}
	if changed {
		b.revision++
	}
	return changed
}

func (b *Board) apply(batch *Batch) bool {
	changed := false
	if batch.Afresh {
		b.forgetVersions()
	}
	for i := range batch.Accounts {
		changed = b.putAccount(&batch.Accounts[i]) || changed
	}
	for i := range batch.Roles {
		changed = b.putRole(&batch.Roles[i]) || changed
	}
	if batch.First {
		b.unlist(batch.List)
	}
	for i := range batch.Assignments {
		changed = b.putAssignment(&batch.Assignments[i]) || changed
	}
	for _, p := range batch.Gone {
		changed = b.remove(p) || changed
	}
	if batch.Last {
		changed = b.sweep(batch.List) || changed
	}
	return changed
}

func (b *Board) forgetVersions() {
	for i := range b.accounts {
		b.accounts[i].version = 0
	}
	for j := range b.roles {
		b.roles[j].version, b.roles[j].listed = 0, false
		for i := range b.roles[j].cells {
			b.roles[j].cells[i].version = 0
		}
	}
}

// account finds or adds the slot of an account.
func (b *Board) account(id core.AccountID) (uint32, bool) {
	i, ok := b.accountSlots.of(id, MaxAccounts)
	if !ok {
		b.full = true
	} else if int(i) == len(b.accounts) {
		b.accounts = append(b.accounts, accountSlot{Account: Account{ID: id}})
		b.describe(i)
	}
	return i, ok
}

// role finds or adds the slot of a role.
func (b *Board) role(name core.RoleName) (uint32, bool) {
	j, ok := b.roleSlots.of(name, MaxRoles)
	if !ok {
		b.full = true
	} else if int(j) == len(b.roles) {
		b.roles = append(b.roles, roleSlot{Role: Role{Name: name}, fields: folded(string(name))})
		b.roleOrder.stale = true
	}
	return j, ok
}

func (b *Board) putAccount(r *core.AccountRecord) bool {
	i, ok := b.account(r.ID)
	if !ok || b.accounts[i].known && r.Version < b.accounts[i].version {
		return false
	}
	slot := &b.accounts[i]
	slot.known, slot.version = true, r.Version
	slot.Account = Account{
		ID: slot.ID, Name: r.Name, Email: r.Email, Groups: b.share(r.Groups), Status: r.Status, Source: b.one(r.Source),
		Registered: r.Registered, Departed: r.Departed, Refused: r.Refused, Updated: r.Updated,
	}
	b.describe(i)
	return true
}

// hear takes an account's name from an assignment until the account's own record is
// read. Of all assignments the latest is believed.
func (b *Board) hear(i uint32, r *core.AssignmentRecord) {
	slot := &b.accounts[i]
	if slot.known {
		return
	}
	if later := r.Updated.Compare(slot.Updated); later < 0 || later == 0 && describeOf(&r.Of) <= describeOf(&core.Account{Name: slot.Name, Email: slot.Email, Groups: slot.Groups}) {
		return
	}
	slot.Name, slot.Email, slot.Groups, slot.Updated = r.Of.Name, r.Of.Email, b.share(r.Of.Groups), r.Updated
	b.describe(i)
}

// describeOf puts what is told of an account in one text, to decide between two that
// are equally old.
func describeOf(a *core.Account) string {
	return strings.Join(append([]string{a.Name, a.Email}, a.Groups...), "\x00")
}

// describe brings what a filter finds of an account up to date.
func (b *Board) describe(i uint32) {
	slot := &b.accounts[i]
	fields := folded(slot.Name, string(slot.ID), slot.Email)
	for _, g := range slot.Groups {
		fields = append(fields, b.one(folded(g)[0]))
	}
	if len(slot.fields) == 0 || slot.fields[0] != fields[0] {
		b.accountOrder.stale = true
	}
	slot.fields = fields
}

func (b *Board) putRole(r *core.RoleRecord) bool {
	j, ok := b.role(r.Name)
	if !ok || b.roles[j].known && r.Version < b.roles[j].version {
		return false
	}
	slot := &b.roles[j]
	slot.known, slot.version = true, r.Version
	slot.Role = Role{
		Name: slot.Name, Status: r.Status, Description: r.Description, Policy: r.Policy, ManagedPolicies: r.ManagedPolicies,
		Source: r.Source, Failure: r.Failure, Updated: r.Updated,
	}
	slot.fields = folded(append([]string{string(r.Name), r.Description, r.Policy}, r.ManagedPolicies...)...)
	return true
}

func (b *Board) putAssignment(r *core.AssignmentRecord) bool {
	i, known := b.account(r.Account)
	j, found := b.role(r.Role)
	if !known || !found {
		return false
	}
	b.hear(i, r)
	role := &b.roles[j]
	if missing := len(b.accounts) - len(role.cells); missing > 0 {
		role.cells = append(role.cells, make([]cell, missing)...)
	}
	c := &role.cells[i]
	c.marks |= markListed
	if c.state.exists() && uint32(r.Version) < c.version {
		return false
	}
	next := cell{
		updated: seconds(r.Updated), version: uint32(r.Version), attempts: uint16(min(max(r.Attempts, 0), math.MaxUint16)),
		state: stateOf(r), marks: c.marks &^ markFailed,
	}
	if r.Failure != nil {
		next.marks |= markFailed
	}
	reworded := b.putFailure(Pack(i, j), c.marks|next.marks, r.Failure)
	if next == *c && !reworded {
		return false
	}
	b.count(role, c.state, -1)
	b.count(role, next.state, +1)
	*c = next
	return true
}

// putFailure remembers or forgets a failure, and reports whether that changes
// anything. marks are the cell's, before and after.
func (b *Board) putFailure(number uint32, marks uint8, f *core.Failure) bool {
	if marks&markFailed == 0 {
		return false
	}
	before, had := b.failures[number]
	if f == nil {
		delete(b.failures, number)
		return had
	}
	if b.failures == nil {
		b.failures = map[uint32]failure{}
	}
	next := failureOf(f)
	b.failures[number] = next
	return !had || before != next
}

func (b *Board) count(role *roleSlot, s state, n int32) {
	if s.exists() {
		b.total[s] += n
		role.tally[s] += n
	}
}

func (b *Board) remove(p core.Pair) bool {
	i, known := b.accountSlots.at[p.Account]
	j, found := b.roleSlots.at[p.Role]
	return known && found && b.clear(i, j)
}

func (b *Board) clear(i, j uint32) bool {
	role := &b.roles[j]
	if int(i) >= len(role.cells) || !role.cells[i].state.exists() {
		return false
	}
	b.count(role, role.cells[i].state, -1)
	role.cells[i] = cell{}
	delete(b.failures, Pack(i, j))
	return true
}

// unlist begins a role's list: nothing of it has been named yet.
func (b *Board) unlist(name core.RoleName) {
	j, ok := b.role(name)
	if !ok {
		return
	}
	for i := range b.roles[j].cells {
		b.roles[j].cells[i].marks &^= markListed
	}
}

// sweep ends a role's list: what was not named is gone.
func (b *Board) sweep(name core.RoleName) bool {
	j, ok := b.role(name)
	if !ok {
		return false
	}
	changed := !b.roles[j].listed
	b.roles[j].listed = true
	for i := range b.roles[j].cells {
		if b.roles[j].cells[i].marks&markListed == 0 {
			changed = b.clear(uint32(i), j) || changed
		}
	}
	return changed
}

// share is a list of texts of which the board keeps one copy each.
func (b *Board) share(texts []string) []string {
	if len(texts) == 0 {
		return nil
	}
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = b.one(t)
	}
	return out
}

// one is the board's own copy of a text.
func (b *Board) one(text string) string {
	own, found := b.texts[text]
	if !found {
		if b.texts == nil {
			b.texts = map[string]string{}
		}
		own = strings.Clone(text)
		b.texts[own] = own
	}
	return own
}
