package cloud_test

import (
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// holder is a session of a user role with the access policy that such roles get.
func holder(t *testing.T, w *world) *cloud.Client {
	t.Helper()
	name := core.RoleName("DevOps")
	access, _, err := policy.Access(policy.AccessInput{
		Partition: "aws", Master: w.Master(), Region: w.Region(), RoleIAMName: name.IAMName(), Accounts: []string{string(payments)}, LinksBucket: w.LinksBucket(),
	})
	if err != nil {
		t.Fatal(err)
	}
	trust := policy.MasterTrust(policy.MasterTrustInput{Partition: "aws", DirectoryService: true})
	err = w.as(t, "admin").IAM().PutRole(t.Context(), core.IAMRole{
		Name: name.IAMName(), Trust: string(trust.JSON()), InlineName: name.PolicyName(), Inline: string(access.JSON()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.as(t, "DevOps")
}

// TestDirectory asks as a role's holder, whose policy names the attributes that may be
// read: a request that asks for more is denied.
func TestDirectory(t *testing.T) {
	t.Parallel()
	w := install(t, sandbox.Options{})
	ctx, tables := t.Context(), w.as(t, "admin").Tables()
	for id, name := range map[core.AccountID]string{payments: "payments", research: "twin", stranger: "twin", "444444444444": ""} {
		_, err := tables.UpdateAccount(ctx, id, func(r *core.AccountRecord) error {
			r.Name, r.Email, r.Status = name, "secret@example.com", core.AccountActive
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, status := range map[core.RoleName]core.RoleStatus{"DevOps": core.RoleActive, "Gone": core.RoleDeleted} {
		_, err := tables.UpdateRole(ctx, name, func(r *core.RoleRecord) error {
			r.Status = status
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	me := holder(t, w)
	d := me.Directory()
	account := func(id core.AccountID) (string, error) { s, err := d.AccountStatus(ctx, id); return string(s), err }
	role := func(name core.RoleName) (string, error) { s, err := d.RoleStatus(ctx, name); return string(s), err }
	named := func(name string) (string, error) {
		id, s, err := d.AccountNamed(ctx, name)
		return string(id) + string(s), err
	}
	for name, test := range map[string]struct {
		ask  func() (string, error)
		want string
		code core.Code
	}{
		"account":        {func() (string, error) { return account(payments) }, "active", ""},
		"no account":     {func() (string, error) { return account("999999999999") }, "", core.CodeNotFound},
		"role":           {func() (string, error) { return role("DevOps") }, "active", ""},
		"deleted role":   {func() (string, error) { return role("Gone") }, "deleted", ""},
		"no role":        {func() (string, error) { return role("None") }, "", core.CodeNotFound},
		"account's name": {func() (string, error) { return named("payments") }, string(payments) + "active", ""},
		"nobody's name":  {func() (string, error) { return named("nobody") }, "", core.CodeNotFound},
		"two's name":     {func() (string, error) { return named("twin") }, "", core.CodeAmbiguous},
		"whole account":  {func() (string, error) { _, err := me.Tables().Account(ctx, payments); return "", err }, "", core.CodeDenied},
		"whole role":     {func() (string, error) { _, err := me.Tables().Role(ctx, "DevOps"); return "", err }, "", core.CodeDenied},
		"own rows": {func() (string, error) {
			for _, err := range me.Tables().AssignmentsOfRole(ctx, "DevOps") {
				return "", err
			}
			return "", nil
		}, "", ""},
		"another's rows": {func() (string, error) {
			for _, err := range me.Tables().AssignmentsOfRole(ctx, "Gone") {
				return "", err
			}
			return "", nil
		}, "", core.CodeDenied},
	} {
		got, err := test.ask()
		if got != test.want || core.CodeOf(err) != test.code {
			t.Errorf("%s: %q, %q %v; want %q, %q", name, got, core.CodeOf(err), err, test.want, test.code)
		}
	}
}

func TestDirectoryWithoutInstallation(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	d := (&world{Sandbox: box}).as(t, "admin").Directory()
	_, byID := d.AccountStatus(t.Context(), payments)
	_, _, byName := d.AccountNamed(t.Context(), "payments")
	_, role := d.RoleStatus(t.Context(), "DevOps")
	for _, err := range []error{byID, byName, role} {
		// Not CodeNotFound: that says the entry is missing.
		if e, ok := err.(*core.Error); !ok || e.Code != core.CodeFailure || e.Hint == "" {
			t.Errorf("%v", err)
		}
	}
}
