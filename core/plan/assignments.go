package plan

import "github.com/cross-account-manager/cam/core"

// assignments plans pairs: what the roles select against what is recorded.
func (b *builder) assignments(roles []target, accounts []effective, recorded []core.AssignmentRecord) {
	known := map[core.RoleName]map[core.AccountID]*core.AssignmentRecord{}
	for i := range recorded {
		rec := &recorded[i]
		if !stands(rec) {
			continue
		}
		if known[rec.Role] == nil {
			known[rec.Role] = map[core.AccountID]*core.AssignmentRecord{}
		}
		known[rec.Role][rec.Account] = rec
	}
	for i := range roles {
		b.assignmentsOf(&roles[i], accounts, known[roles[i].Name])
	}
	// Whatever was not taken out of known by a role that selects it goes.
	for role, pairs := range known {
		for account := range pairs {
			b.add(pairChange(Remove, role, account, false))
		}
	}
}

// stands reports whether the assignment is there, or on its way to be.
func stands(rec *core.AssignmentRecord) bool {
	switch rec.Status {
	case core.AssignmentPending, core.AssignmentActive, core.AssignmentFailed:
		return !rec.Removing
	default:
		return false
	}
}

// assignmentsOf plans one role's assignments and takes those that it selects out of
// known. What is pending gets the role as it then is, without another change.
func (b *builder) assignmentsOf(role *target, accounts []effective, known map[core.AccountID]*core.AssignmentRecord) {
	selects := selector(&role.Role)
	for i := range accounts {
		account := &accounts[i]
		if !account.wanted || !selects(&account.Account) {
			continue
		}
		rec := known[account.ID]
		delete(known, account.ID)
		switch {
		case rec == nil:
			b.add(pairChange(Add, role.Name, account.ID, account.waiting))
		case rec.Status == core.AssignmentActive && rec.Digest != role.digest,
			rec.Status == core.AssignmentFailed && rec.Tried != role.digest:
			b.add(pairChange(Update, role.Name, account.ID, account.waiting))
		}
	}
}

func pairChange(a Action, role core.RoleName, account core.AccountID, waiting bool) Change {
	return Change{Action: a, Kind: KindAssignment, ID: string(role) + "/" + string(account), Role: role, Account: account, Waiting: waiting}
}

// selector is Role.Selects with the role's lists as sets: it is asked once for each
// account, and lists of accounts can be long.
func selector(r *core.Role) func(*core.Account) bool {
	if len(r.Accounts)+len(r.ExcludeAccounts) < 8 {
		return func(a *core.Account) bool { return r.Selects(*a) }
	}
	listed, excluded := set(r.Accounts), set(r.ExcludeAccounts)
	byGroup := core.Role{Groups: r.Groups}
	return func(a *core.Account) bool {
		switch {
		case excluded[a.ID]:
			return false
		case listed[a.ID]:
			return true
		case len(r.Groups) == 0:
			return len(r.Accounts) == 0
		default:
			return byGroup.Selects(*a)
		}
	}
}

func set(ids []core.AccountID) map[core.AccountID]bool {
	out := make(map[core.AccountID]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}
