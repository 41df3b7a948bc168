package core_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	account := func(id core.AccountID, remove bool, groups ...string) core.AccountEntry {
		return core.AccountEntry{Account: core.Account{ID: id, Groups: groups}, Remove: remove}
	}
	role := func(name core.RoleName, policy string, remove bool, groups ...string) core.RoleEntry {
		return core.RoleEntry{Role: core.Role{Name: name, Policy: policy, Groups: groups}, Remove: remove}
	}
	c := &core.Configuration{
		Accounts: []core.AccountEntry{
			account("333344445555", false, "production", "pci"), account("111122223333", false, "production"),
			account("222233334444", true, "production", "old"), account("444455556666", false),
		},
		Roles: []core.RoleEntry{
			role("Ops", "P.json", false, "production"), role("Audit", "P.json", false, core.AllAccounts),
			role("Gone", "P.json", true, "production", "older"), role("Typo", "p.json", false, "prodction", "production"), role("None", "", false),
		},
	}
	for name, want := range map[string][]core.RoleName{"P.json": {"Audit", "Ops"}, "p.json": {"Typo"}, "Q.json": nil} {
		if diff := cmp.Diff(want, c.PolicyUsers(name)); diff != "" {
			t.Errorf("users of %s (-want +got):\n%s", name, diff)
		}
	}
	for group, want := range map[string]struct {
		Accounts []core.AccountID
		Roles    []core.RoleName
	}{
		"production":     {[]core.AccountID{"111122223333", "333344445555"}, []core.RoleName{"Ops", "Typo"}},
		"pci":            {[]core.AccountID{"333344445555"}, nil},
		"prodction":      {nil, []core.RoleName{"Typo"}},
		"old":            {nil, nil},
		core.AllAccounts: {[]core.AccountID{"111122223333", "333344445555", "444455556666"}, []core.RoleName{"Audit"}},
	} {
		accounts, roles := c.GroupUse(group)
		if diff := cmp.Diff(want.Accounts, accounts); diff != "" {
			t.Errorf("accounts of %s (-want +got):\n%s", group, diff)
		}
		if diff := cmp.Diff(want.Roles, roles); diff != "" {
			t.Errorf("roles of %s (-want +got):\n%s", group, diff)
		}
	}
	if diff := cmp.Diff([]string{"pci", "prodction", "production"}, c.Groups()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	empty := &core.Configuration{}
	if diff := cmp.Diff([]string{}, empty.Groups(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("groups of nothing: %s", diff)
	}
}
