package engine

import (
	"context"
	"errors"

	"github.com/cross-account-manager/cam/core"
)

// want is what an assignment should be, from the role's and the account's records.
type want int

const (
	absent  want = iota // no role in the account
	waiting             // a role, as soon as the account registers
	present             // the role as recorded
)

func wanted(role *core.RoleRecord, account *core.AccountRecord) want {
	switch {
	case role.Status != core.RoleActive || !account.Wanted() || !role.Selects(account.Account):
		return absent
	case !account.IsRegistered():
		return waiting
	default:
		return present
	}
}

// mark changes an assignment's record to what is wanted, and reports whether there
// is work left for RoleEvent. ErrUnchanged: the record already says so.
func (e *Engine) mark(r *core.AssignmentRecord, w want, role *core.RoleRecord, account *core.AccountRecord) error {
	next := *r
	next.Of = brief(&account.Account)
	switch w {
	case absent:
		if r.Status == "" || r.Status == core.AssignmentDeleted {
			return core.ErrUnchanged
		}
		next.Removing, next.Waiting = true, false
		if !r.Removing {
			next.Status, next.Failure, next.Attempts = core.AssignmentDeleting, nil, 0
		}
	case waiting:
		next.Removing, next.Waiting = false, true
		next.Status, next.Failure, next.Digest = core.AssignmentPending, nil, ""
	case present:
		next.Removing, next.Waiting = false, false
		if !upToDate(r, role.Digest) {
			next.Status, next.Failure, next.Attempts = core.AssignmentPending, nil, 0
		}
	}
	if same(next, *r) && same(next.Of, r.Of) && next.Removing == r.Removing && next.Waiting == r.Waiting {
		return core.ErrUnchanged
	}
	next.Updated = e.now()
	*r = next
	return nil
}

// upToDate reports whether a present assignment needs no new start: it is active with
// this digest, under way, or failed with it (Reconcile tries that again in its time).
func upToDate(r *core.AssignmentRecord, digest string) bool {
	if r.Removing || r.Waiting {
		return false
	}
	switch r.Status {
	case core.AssignmentActive:
		return r.Digest == digest
	case core.AssignmentFailed:
		return r.Tried == digest
	default:
		return r.Status == core.AssignmentPending
	}
}

// brief is what an assignment repeats of its account.
func brief(a *core.Account) core.Account {
	return core.Account{ID: a.ID, Name: a.Name, Email: a.Email, Groups: a.Groups}
}

// open reports whether RoleEvent has something to do for the assignment.
func open(r *core.AssignmentRecord) bool {
	return !r.Waiting && (r.Status == core.AssignmentPending || r.Status == core.AssignmentDeleting)
}

// pairing is an assignment to look at, with both its sides.
type pairing struct {
	role    *core.RoleRecord
	account *core.AccountRecord
	record  core.AssignmentRecord // zero Version when there is none
	moved   bool                  // settle changed what a links page shows of it
}

// settle records what is wanted for each pairing and publishes an event for each that
// leaves work to do. Records that already say so cost nothing.
func (e *Engine) settle(ctx context.Context, pairings []pairing) error {
	err := each(ctx, e.pace.Parallel, indexes(pairings), func(ctx context.Context, i int) error {
		p := &pairings[i]
		w := wanted(p.role, p.account)
		probe := p.record
		if e.mark(&probe, w, p.role, p.account) == core.ErrUnchanged {
			return nil
		}
		rec, err := e.Assignments.UpdateAssignment(ctx, core.Pair{Role: p.role.Name, Account: p.account.ID}, func(r *core.AssignmentRecord) error {
			return e.mark(r, w, p.role, p.account)
		})
		p.moved = err == nil && onPage(&p.record) != onPage(&rec)
		p.record = rec
		return err
	})
	if err != nil {
		return errors.Join(err, e.publishLinks(ctx, pairings))
	}
	return errors.Join(e.publishOpen(ctx, pairings), e.publishLinks(ctx, pairings))
}

// onPage is what a links page shows of an assignment; empty when it shows nothing.
func onPage(r *core.AssignmentRecord) string {
	if r.Status != core.AssignmentActive {
		return ""
	}
	return string(encode(r.Of))
}

// publishLinks tells of the pages that the records, as they now are, leave old: of
// accounts that left or were renamed, for which RoleEvent has nothing to do.
func (e *Engine) publishLinks(ctx context.Context, pairings []pairing) error {
	var events []core.Event
	told := map[core.RoleName]bool{}
	for i := range pairings {
		if p := &pairings[i]; p.moved && !told[p.role.Name] {
			told[p.role.Name] = true
			events = append(events, e.linksEvent(p.role.Name))
		}
	}
	return e.Publisher.Publish(ctx, core.AccessLinksTopic, events...)
}

func (e *Engine) publishOpen(ctx context.Context, pairings []pairing) error {
	var events []core.Event
	for i := range pairings {
		if r := &pairings[i].record; open(r) {
			events = append(events, e.roleEvent(r))
		}
	}
	return e.Publisher.Publish(ctx, core.RoleTopic, events...)
}

func (e *Engine) roleEvent(r *core.AssignmentRecord) core.Event {
	ev := core.Event{Action: core.ActionAdd, Role: r.Role, Account: r.Account, At: e.now()}
	if r.Removing {
		ev.Action = core.ActionRemove
	}
	return ev
}

func indexes[T any](items []T) []int {
	out := make([]int, len(items))
	for i := range out {
		out[i] = i
	}
	return out
}

// convergeAccount brings the assignments of one account, and the access policies of
// the roles they belong to, to what the records of account and roles say.
func (e *Engine) convergeAccount(ctx context.Context, id core.AccountID) error {
	for {
		account, err := e.Accounts.Account(ctx, id)
		if err != nil {
			return err
		}
		pairings, err := e.pairingsOfAccount(ctx, &account)
		if err != nil {
			return err
		}
		if err := e.settle(ctx, pairings); err != nil {
			return err
		}
		err = each(ctx, 4, pairings, func(ctx context.Context, p pairing) error {
			if p.role.Access.Wildcard && wanted(p.role, p.account) == present {
				return nil // one more account cannot change a wildcard
			}
			return e.grantAccess(ctx, p.role.Name)
		})
		if err != nil || !account.Dirty {
			return err
		}
		clean, err := e.Accounts.UpdateAccount(ctx, id, func(r *core.AccountRecord) error {
			if r.Version != account.Version {
				return core.ErrUnchanged // changed meanwhile: look again
			}
			r.Dirty = false
			return nil
		})
		if err != nil || !clean.Dirty {
			return err
		}
	}
}

// pairingsOfAccount joins the account with every role that selects it or has a
// record with it.
func (e *Engine) pairingsOfAccount(ctx context.Context, account *core.AccountRecord) ([]pairing, error) {
	records := map[core.RoleName]core.AssignmentRecord{}
	for r, err := range e.Assignments.AssignmentsOfAccount(ctx, account.ID) {
		if err != nil {
			return nil, err
		}
		records[r.Role] = r
	}
	var out []pairing
	for role, err := range e.Roles.ListRoles(ctx, core.RoleActive, core.RoleDeleted) {
		if err != nil {
			return nil, err
		}
		rec, known := records[role.Name]
		if known && rec.Status != core.AssignmentDeleted || wanted(&role, account) != absent {
			out = append(out, pairing{role: &role, account: account, record: rec})
		}
	}
	return out, nil
}

// convergeRole brings the assignments of one role, and its role in the master
// account, to what the records say.
func (e *Engine) convergeRole(ctx context.Context, name core.RoleName) error {
	for {
		role, err := e.Roles.Role(ctx, name)
		if err != nil {
			return err
		}
		pairings, err := e.pairingsOfRole(ctx, &role)
		if err != nil {
			return err
		}
		if err := e.settleRole(ctx, &role, pairings); err != nil || !role.Dirty {
			return err
		}
		clean, err := e.Roles.UpdateRole(ctx, name, func(r *core.RoleRecord) error {
			if r.Digest != role.Digest || r.Status != role.Status || !same(r.Role, role.Role) {
				return core.ErrUnchanged
			}
			r.Dirty = false
			return nil
		})
		if err != nil || !clean.Dirty {
			return err
		}
	}
}

// settleRole orders the work so that the master role exists before anybody waits for
// the first account, and access ends before the sub-accounts' roles do.
func (e *Engine) settleRole(ctx context.Context, role *core.RoleRecord, pairings []pairing) error {
	if role.Status == core.RoleDeleted {
		if err := e.grantAccess(ctx, role.Name); err != nil {
			return err
		}
		return e.settle(ctx, pairings)
	}
	if err := e.settle(ctx, pairings); err != nil {
		return err
	}
	return e.grantAccess(ctx, role.Name)
}

func (e *Engine) pairingsOfRole(ctx context.Context, role *core.RoleRecord) ([]pairing, error) {
	records := map[core.AccountID]core.AssignmentRecord{}
	for r, err := range e.Assignments.AssignmentsOfRole(ctx, role.Name) {
		if err != nil {
			return nil, err
		}
		if r.Status != core.AssignmentDeleted {
			records[r.Account] = r
		}
	}
	var out []pairing
	for account, err := range e.Accounts.ListAccounts(ctx) {
		if err != nil {
			return nil, err
		}
		rec, known := records[account.ID]
		if known || wanted(role, &account) != absent {
			out = append(out, pairing{role: role, account: &account, record: rec})
		}
	}
	return out, nil
}
