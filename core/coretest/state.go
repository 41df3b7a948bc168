package coretest

import (
	"maps"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// State is where an installation stands, in a form that two installations can be
// compared in: without times, histories, versions, leases and digests of attempts.
type State struct {
	Accounts    map[core.AccountID]core.AccountRecord
	Roles       map[core.RoleName]core.RoleRecord
	Assignments map[core.Pair]core.AssignmentRecord
	IAM         map[string][]core.IAMRole // user roles, by account
	Pages       map[string]string         // access-links pages, by key
}

// Live leaves out what only tells of the past: accounts that are not active and when
// active ones once left, deleted roles, assignments that are deleted or wait for their
// account, the IAM of accounts without roles, and pages of nothing.
func (s State) Live() State {
	shown := map[string]bool{}
	for p, r := range s.Assignments {
		if r.Status == core.AssignmentDeleted || r.Waiting {
			delete(s.Assignments, p)
			continue
		}
		shown[core.RolePage(p.Role)], shown[core.LinksPage] = true, true
	}
	maps.DeleteFunc(s.Pages, func(key, _ string) bool { return !shown[key] })
	for id, r := range s.Accounts {
		r.Departed = time.Time{}
		s.Accounts[id] = r
	}
	maps.DeleteFunc(s.Accounts, func(_ core.AccountID, r core.AccountRecord) bool { return r.Status != core.AccountActive })
	maps.DeleteFunc(s.Roles, func(_ core.RoleName, r core.RoleRecord) bool { return r.Status == core.RoleDeleted })
	maps.DeleteFunc(s.IAM, func(_ string, roles []core.IAMRole) bool { return len(roles) == 0 })
	return s
}

// State reads the tables, the pages, and the roles of the master and of the accounts
// given, which must be open.
func (in *Installation) State(accounts ...string) State {
	in.t.Helper()
	s := State{
		Accounts: map[core.AccountID]core.AccountRecord{}, Roles: map[core.RoleName]core.RoleRecord{},
		Assignments: map[core.Pair]core.AssignmentRecord{}, IAM: map[string][]core.IAMRole{}, Pages: map[string]string{},
	}
	recorded := in.Recorded()
	for _, r := range recorded.Accounts {
		s.Accounts[r.ID] = timelessAccount(r)
	}
	for _, r := range recorded.Roles {
		r.Updated, r.Lease, r.History, r.Version, r.Failure = time.Time{}, core.Lease{}, nil, 0, timeless(r.Failure)
		s.Roles[r.Name] = r
	}
	for _, r := range recorded.Assignments {
		r.Updated, r.Lease, r.History, r.Version, r.Tried, r.Failure = time.Time{}, core.Lease{}, nil, 0, "", timeless(r.Failure)
		s.Assignments[r.Pair] = r
	}
	for _, account := range append([]string{in.Box.Master()}, accounts...) {
		s.IAM[account] = in.UserRoles(account)
	}
	links := in.Links()
	for o, err := range links.ListObjects(in.ctx, "") {
		if err != nil {
			in.t.Fatal(err)
		}
		s.Pages[o.Key] = in.Page(o.Key)
	}
	return s
}

// then stands for any time at which something happened.
var then = time.Unix(0, 0).UTC()

func timelessAccount(r core.AccountRecord) core.AccountRecord {
	for _, at := range []*time.Time{&r.Registered, &r.Departed} {
		if !at.IsZero() {
			*at = then
		}
	}
	r.Updated, r.Proven, r.History, r.Version, r.Refused = time.Time{}, time.Time{}, nil, 0, timeless(r.Refused)
	return r
}

func timeless(f *core.Failure) *core.Failure {
	if f == nil {
		return nil
	}
	g := *f
	g.At, g.Attempts = time.Time{}, 0
	return &g
}

// UserRoles lists an account's CrossAccountManager roles with everything they are made
// of, sorted by name, without the admin role.
func (in *Installation) UserRoles(account string) []core.IAMRole {
	in.t.Helper()
	admin := in.AdminOf(account).IAM()
	var roles []core.IAMRole
	for r, err := range admin.ListRoles(in.ctx, core.Prefix) {
		if err != nil {
			in.t.Fatal(err)
		}
		if r.Name == core.AdminRole.IAMName() {
			continue
		}
		role, err := admin.Role(in.ctx, r.Name)
		if err != nil {
			in.t.Fatal(err)
		}
		slices.Sort(role.ManagedPolicies)
		roles = append(roles, role)
	}
	return roles
}

// UserRole is one of UserRoles; found tells whether there is one.
func (in *Installation) UserRole(account string, name core.RoleName) (role core.IAMRole, found bool) {
	in.t.Helper()
	role, err := in.AdminOf(account).IAM().Role(in.ctx, name.IAMName())
	if core.IsCode(err, core.CodeNotFound) {
		return core.IAMRole{}, false
	}
	if err != nil {
		in.t.Fatal(err)
	}
	return role, true
}

// Links is the bucket of the access-links pages, as the administrator sees it.
func (in *Installation) Links() *cloud.Bucket { return in.Admin.Bucket(in.Box.LinksBucket(), "") }

// Page is a page's source; empty where there is none.
func (in *Installation) Page(key string) string {
	in.t.Helper()
	o, err := in.Links().Object(in.ctx, key)
	if err != nil && !core.IsCode(err, core.CodeNotFound) {
		in.t.Fatal(err)
	}
	return string(o.Body)
}

// Account reads an account's record.
func (in *Installation) Account(id string) core.AccountRecord {
	in.t.Helper()
	return read(in, func() (core.AccountRecord, error) { return in.Admin.Tables().Account(in.ctx, core.AccountID(id)) })
}

// Role reads a role's record.
func (in *Installation) Role(name core.RoleName) core.RoleRecord {
	in.t.Helper()
	return read(in, func() (core.RoleRecord, error) { return in.Admin.Tables().Role(in.ctx, name) })
}

// Assignment reads an assignment's record.
func (in *Installation) Assignment(role core.RoleName, account string) core.AssignmentRecord {
	in.t.Helper()
	return read(in, func() (core.AssignmentRecord, error) {
		return in.Admin.Tables().Assignment(in.ctx, core.Pair{Role: role, Account: core.AccountID(account)})
	})
}

// File reads the record of a configuration file.
func (in *Installation) File(key string) core.FileRecord {
	in.t.Helper()
	return read(in, func() (core.FileRecord, error) { return in.Admin.Tables().File(in.ctx, key) })
}

// read returns a record; the zero one where there is none.
func read[R any](in *Installation, get func() (R, error)) R {
	in.t.Helper()
	r, err := get()
	if err != nil && !core.IsCode(err, core.CodeNotFound) {
		in.t.Fatal(err)
	}
	return r
}
