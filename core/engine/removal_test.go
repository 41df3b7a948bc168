package engine_test

import (
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
)

// wantAccount checks an account's status and whether R is there.
func wantAccount(t *testing.T, in *coretest.Installation, id string, status core.AccountStatus, assignment core.AssignmentStatus) {
	t.Helper()
	if r := in.Account(id); r.Status != status {
		t.Errorf("account %s is %q, want %q", id, r.Status, status)
	}
	wantStatus(t, in, "R", id, assignment)
}

// TestEntriesThatVanishAreRemovedOnlyWhenTheUploadSaysSo for accounts.
func TestEntriesThatVanishAreRemovedOnlyWhenTheUploadSaysSo(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	const key = "account/a.yaml"
	in.Upload(key, accounts(payments, shop, lab), 0)
	in.Join(shop, lab)
	in.Wait()

	in.Upload(key, accounts(payments), 0) // raw: two are gone, none may go
	in.Wait()
	wantAccount(t, in, shop, core.AccountActive, core.AssignmentActive)
	wantWarning(t, in, key, "2 accounts")
	wantReach(t, in, "R", payments, shop, lab)

	in.Upload(key, accounts(payments), 1) // fewer than are gone: none goes
	in.Wait()
	wantAccount(t, in, shop, core.AccountActive, core.AssignmentActive)
	wantAccount(t, in, lab, core.AccountActive, core.AssignmentActive)
	wantWarning(t, in, key, "2 accounts")

	in.Upload(key, accounts(payments), 2)
	in.Wait()
	wantAccount(t, in, shop, core.AccountDeleted, core.AssignmentDeleted)
	wantAccount(t, in, lab, core.AccountDeleted, core.AssignmentDeleted)
	wantAccount(t, in, payments, core.AccountActive, core.AssignmentActive)
	wantReach(t, in, "R", payments)
	if f := in.File(key); len(f.Findings) > 0 {
		t.Errorf("findings stay: %v", f.Findings)
	}

	in.Upload(key, accounts(payments, shop), 0) // listed again, and still registered
	in.Wait()
	wantAccount(t, in, shop, core.AccountActive, core.AssignmentActive)
	wantReach(t, in, "R", payments, shop)
}

func wantWarning(t *testing.T, in *coretest.Installation, key, says string) {
	t.Helper()
	f := in.File(key)
	if len(f.Findings) != 1 || f.Findings[0].Severity != core.SeverityWarning || !strings.Contains(f.Findings[0].Message, says) {
		t.Errorf("findings of %s: %v, want one warning of %q", key, f.Findings, says)
	}
}

func TestRolesVanishAndAreRemovedAndComeBack(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	const key = "role/r.yaml"
	both := "roles: {R: {policy: P.json}, S: {policy: P.json}}\n"
	in.Upload(key, both, 0)
	in.Wait()
	wantStatus(t, in, "S", payments, core.AssignmentActive)

	in.Upload(key, "roles: {R: {policy: P.json}}\n", 0)
	in.Wait()
	wantStatus(t, in, "S", payments, core.AssignmentActive)
	wantWarning(t, in, key, "1 roles")

	in.Upload(key, "roles: {R: {policy: P.json}}\n", 1)
	in.Wait()
	wantRoleGone(t, in, "S")
	wantStatus(t, in, "R", payments, core.AssignmentActive)

	in.Upload(key, both, 0)
	in.Wait()
	wantStatus(t, in, "S", payments, core.AssignmentActive)
	wantReach(t, in, "S", payments)
	if _, err := enter(in, "S", payments, "S"); err != nil {
		t.Error(err)
	}

	in.Upload(key, "roles: {R: {policy: P.json}, S: {policy: P.json, action: remove}}\n", 0)
	in.Wait()
	wantRoleGone(t, in, "S")
	quietly(t, in)
}

func wantRoleGone(t *testing.T, in *coretest.Installation, role core.RoleName) {
	t.Helper()
	if r := in.Role(role); r.Status != core.RoleDeleted {
		t.Errorf("the record of %s is %s", role, r.Status)
	}
	wantStatus(t, in, role, payments, core.AssignmentDeleted)
	if _, found := in.UserRole(in.Box.Master(), role); found {
		t.Errorf("the master account still has %s", role)
	}
}

func TestActionRemoveRemovesAnAccount(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	in.Upload("account/a.yaml", "accounts:\n  \""+payments+"\": {action: remove}\n", 0)
	in.Wait()
	wantAccount(t, in, payments, core.AccountDeleted, core.AssignmentDeleted)
	wantReach(t, in, "R")
	if _, err := enter(in, "R", payments, "R"); !core.IsCode(err, core.CodeDenied) {
		t.Errorf("entering a removed account: %v, want denied", err)
	}
	quietly(t, in)
}

// TestAnAccountLeavesAndJoinsAgain within the life of the sessions that warm functions
// keep: the admin role that they were made for is gone, another has its name.
func TestAnAccountLeavesAndJoinsAgain(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	in.Leave(payments)
	in.Wait()
	wantAccount(t, in, payments, core.AccountDeleted, core.AssignmentDeleted)
	if roles := in.UserRoles(payments); len(roles) > 0 {
		t.Errorf("roles stay in the account that left: %v", roles)
	}
	wantReach(t, in, "R")

	in.Join(payments)
	in.Wait()
	wantAccount(t, in, payments, core.AccountActive, core.AssignmentActive)
	wantReach(t, in, "R", payments)
	if _, err := enter(in, "R", payments, "R"); err != nil {
		t.Error(err)
	}
	quietly(t, in)
}

// TestALeavingAccountKeepsRolesThatAreNotOurs even where they have our prefix.
func TestALeavingAccountKeepsRolesThatAreNotOurs(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	foreign := core.RoleName("Made-By-Hand")
	if err := in.AdminOf(payments).IAM().PutRole(in.Context(), core.IAMRole{Name: foreign.IAMName(), Trust: trust}); err != nil {
		t.Fatal(err)
	}
	in.Leave(payments)
	in.Wait()
	if _, found := in.UserRole(payments, foreign); !found {
		t.Error("leaving deleted a role that the engine did not make")
	}
	if _, found := in.UserRole(payments, "R"); found {
		t.Error("leaving did not delete R")
	}
}
