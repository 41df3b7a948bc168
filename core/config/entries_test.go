package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

func TestAccountEntries(t *testing.T) {
	t.Parallel()
	const text = `# starter
accounts:
  "111122223333": &prod
    name: "payments-prod"   # a comment
    email: payments@example.com
    groups: [production, pci, production]
    tags: {owner: payments, cost: 0042}
  012345670123:
    <<: *prod
    name: other
    action: Remove
  222222222222: {accountgroup: pci}
  333333333333:
    groups:
    - b
    - a
`
	prod := core.Account{ID: "111122223333", Name: "payments-prod", Email: "payments@example.com",
		Groups: []string{"pci", "production"}, Tags: map[string]string{"owner": "payments", "cost": "0042"}}
	other := prod
	other.ID, other.Name = "012345670123", "other"
	want := []core.AccountEntry{
		{Account: other, Remove: true, Source: "account/a.yaml", Line: 8},
		{Account: prod, Source: "account/a.yaml", Line: 3},
		{Account: core.Account{ID: "222222222222", Groups: []string{"pci"}}, Source: "account/a.yaml", Line: 12},
		{Account: core.Account{ID: "333333333333", Groups: []string{"a", "b"}}, Source: "account/a.yaml", Line: 13},
	}
	got, findings := ParseAccounts("account/a.yaml", []byte(text))
	if len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRetiredForm reads what users of the retired solution have: lists of maps,
// comments and blanks everywhere, and more than one element.
func TestRetiredForm(t *testing.T) {
	t.Parallel()
	const text = `accounts:
  -
    # the first
    999900001111 :
       # who answers
       email: ops@example.com
       accountgroup : production
    099900002222 :
        email: dev@example.com
        accountgroup : development
  - 999900003333: {}
  - 999900004444:
      email: last@example.com
`
	account := func(id core.AccountID, email string, line int, groups ...string) core.AccountEntry {
		return core.AccountEntry{Account: core.Account{ID: id, Email: email, Groups: groups}, Source: "f", Line: line}
	}
	want := []core.AccountEntry{
		account("099900002222", "dev@example.com", 8, "development"),
		account("999900001111", "ops@example.com", 4, "production"),
		account("999900003333", "", 11),
		account("999900004444", "last@example.com", 12),
	}
	got, findings := ParseAccounts("f", []byte(text))
	if diff := cmp.Diff(want, got); diff != "" || len(findings) > 0 {
		t.Errorf("findings %v, entries (-want +got)\n%s", findings, diff)
	}
	const roles = `roles:
  -
     # a name
    Prod-Administrator :
       # add or remove
       action : add
       policy : DevOps.json
       accountgroup : production
    Read-Only :
       action : remove
  - Everywhere:
      policy : DevOps.json
      accountgroup: '*'
`
	entries, findings := ParseRoles("role/a.yaml", []byte(roles), devOpsOnly)
	if len(findings) > 0 || len(entries) != 3 {
		t.Fatalf("%v %v", entries, findings)
	}
	if e := entries[1]; e.Name != "Prod-Administrator" || e.Remove || e.Policy != "DevOps.json" || e.Document == "" ||
		!e.Trust.DirectoryService || e.Line != 4 || !cmp.Equal(e.Groups, []string{"production"}) {
		t.Errorf("%+v", e)
	}
	if !entries[2].Remove || !cmp.Equal(entries[0].Groups, []string{"*"}) {
		t.Errorf("%+v", entries)
	}
}

func TestRoleEntry(t *testing.T) {
	t.Parallel()
	const text = `roles:
  DevOps:
    action: Add
    policy: DevOps.json
    managed_policies: ["arn:aws:iam::aws:policy/ViewOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"]
    groups: [staging, production]
    accounts: ["111122223333", 012345670123]
    exclude_accounts: [444455556666]
    max_session_duration: 1h30m
    permissions_boundary: "arn:{partition}:iam::{account}:policy/Boundary"
    require_mfa: true
    description: >
      Runs the
      workloads.
    tags: {team: platform}
    trust:
      directory_service: true
      saml_providers: ["arn:aws:iam::999999999999:saml-provider/Okta"]
      principals: ["arn:aws:iam::999999999999:user/alice"]
`
	want := core.Role{
		Name: "DevOps", Policy: "DevOps.json", Document: devOpsOnly["DevOps.json"].Document,
		ManagedPolicies:    []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ViewOnlyAccess"},
		Groups:             []string{"production", "staging"},
		Accounts:           []core.AccountID{"012345670123", "111122223333"},
		ExcludeAccounts:    []core.AccountID{"444455556666"},
		MaxSessionDuration: 90 * time.Minute, PermissionsBoundary: "arn:{partition}:iam::{account}:policy/Boundary",
		RequireMFA: true, Description: "Runs the workloads.", Tags: map[string]string{"team": "platform"},
		Trust: core.Trust{DirectoryService: true, SAMLProviders: []string{"arn:aws:iam::999999999999:saml-provider/Okta"},
			Principals: []string{"arn:aws:iam::999999999999:user/alice"}},
	}
	got, findings := ParseRoles("role/a.yml", []byte(text), devOpsOnly)
	if len(findings) > 0 || len(got) != 1 {
		t.Fatalf("%v, findings %v", got, findings)
	}
	if diff := cmp.Diff(core.RoleEntry{Role: want, Digest: Digest(want), Source: "role/a.yml", Line: 2}, got[0]); diff != "" {
		t.Error(diff)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	base := core.Role{
		Name:            "A",
		Document:        `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"}]}`,
		ManagedPolicies: []string{"arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"},
		Tags:            map[string]string{"a": "1", "b": "2"}, Description: "d",
	}
	change := func(f func(*core.Role)) string {
		r := base
		f(&r)
		return Digest(r)
	}
	same := map[string]func(*core.Role){
		"document of the same meaning": func(r *core.Role) {
			r.Document = `{"Statement": {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"], "Effect": "Allow"}, "Version": "2012-10-17"}`
		},
		"order of managed policies": func(r *core.Role) {
			r.ManagedPolicies = []string{"arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A"}
		},
		"default session":     func(r *core.Role) { r.MaxSessionDuration = time.Hour },
		"groups":              func(r *core.Role) { r.Groups = []string{"x"} },
		"accounts":            func(r *core.Role) { r.Accounts = []core.AccountID{"111122223333"} },
		"excluded accounts":   func(r *core.Role) { r.ExcludeAccounts = []core.AccountID{"111122223333"} },
		"trust":               func(r *core.Role) { r.Trust.DirectoryService = true },
		"MFA":                 func(r *core.Role) { r.RequireMFA = true },
		"name of policy file": func(r *core.Role) { r.Policy = "x.json" },
	}
	for name, f := range same {
		if change(f) != Digest(base) {
			t.Errorf("%s changes the digest", name)
		}
	}
	seen := map[string]string{Digest(base): "the base"}
	for name, f := range map[string]func(*core.Role){
		"document": func(r *core.Role) {
			r.Document = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}`
		},
		"no document":     func(r *core.Role) { r.Document = "" },
		"broken document": func(r *core.Role) { r.Document = "{" },
		"managed policy":  func(r *core.Role) { r.ManagedPolicies = r.ManagedPolicies[:1] },
		"boundary":        func(r *core.Role) { r.PermissionsBoundary = "arn:aws:iam::aws:policy/A" },
		"session":         func(r *core.Role) { r.MaxSessionDuration = 2 * time.Hour },
		"tag":             func(r *core.Role) { r.Tags = map[string]string{"a": "1"} },
		"description":     func(r *core.Role) { r.Description = "e" },
	} {
		digest := change(f)
		if other, found := seen[digest]; found {
			t.Errorf("%s gives the digest of %s", name, other)
		}
		seen[digest] = name
		if len(digest) != 64 {
			t.Errorf("digest %q", digest)
		}
	}
}
