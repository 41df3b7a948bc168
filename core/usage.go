package core

import (
	"maps"
	"slices"
)

// PolicyUsers are the roles that name a policy file, sorted. Entries with action:
// remove use nothing, here and below.
func (c *Configuration) PolicyUsers(name string) []RoleName {
	var users []RoleName
	for i := range c.Roles {
		if r := &c.Roles[i]; !r.Remove && r.Policy == name {
			users = append(users, r.Name)
		}
	}
	slices.Sort(users)
	return users
}

// GroupUse is who carries an account group and which roles name it, sorted. Every
// account is in AllAccounts.
func (c *Configuration) GroupUse(group string) (accounts []AccountID, roles []RoleName) {
	for i := range c.Accounts {
		if a := &c.Accounts[i]; !a.Remove && a.InGroup(group) {
			accounts = append(accounts, a.ID)
		}
	}
	for i := range c.Roles {
		if r := &c.Roles[i]; !r.Remove && slices.Contains(r.Groups, group) {
			roles = append(roles, r.Name)
		}
	}
	slices.Sort(accounts)
	slices.Sort(roles)
	return accounts, roles
}

// Groups are the account groups that accounts carry or roles name, sorted. AllAccounts
// is no group of its own and not among them.
func (c *Configuration) Groups() []string {
	groups := map[string]bool{}
	add := func(names []string) {
		for _, name := range names {
			groups[name] = true
		}
	}
	for i := range c.Accounts {
		if a := &c.Accounts[i]; !a.Remove {
			add(a.Groups)
		}
	}
	for i := range c.Roles {
		if r := &c.Roles[i]; !r.Remove {
			add(r.Groups)
		}
	}
	delete(groups, AllAccounts)
	return slices.Sorted(maps.Keys(groups))
}
