package core_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

func TestAccountID(t *testing.T) {
	t.Parallel()
	for id, want := range map[core.AccountID]bool{
		"111122223333": true, "000000000000": true, "012345670123": true,
		"": false, "11112222333": false, "1111222233334": false, "11112222333a": false, "1111-2222-3333": false,
		" 111122223333": false, "111122223333\n": false, "\n111122223333": false, "１１１１２２２２３３３３": false, "+11122223333": false,
	} {
		if id.Valid() != want {
			t.Errorf("%q is valid: %v", id, !want)
		}
	}
}

func TestRoleName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]core.RoleName{
		"DevOps": "DevOps", "CrossAccountManager-DevOps": "DevOps", "crossaccountmanager-DevOps": "DevOps",
		"CROSSACCOUNTMANAGER-devops": "devops", "": "", "CrossAccountManager-": "CrossAccountManager-",
		"CrossAccountManager": "CrossAccountManager", "CrossAccountManagerDevOps": "CrossAccountManagerDevOps",
		"CrossAccountManager-CrossAccountManager-A": "CrossAccountManager-A", "My-CrossAccountManager-A": "My-CrossAccountManager-A",
	} {
		if got := core.ParseRoleName(text); got != want {
			t.Errorf("%q is the role %q, want %q", text, got, want)
		}
	}
	if got := core.RoleName("DevOps").IAMName(); got != "CrossAccountManager-DevOps" {
		t.Errorf("IAM name %q", got)
	}
	if got := core.RoleName("DevOps").PolicyName(); got != "CrossAccountManager-DevOps-Permission" {
		t.Errorf("policy name %q", got)
	}
	if got := core.AdminRole.IAMName(); got != "CrossAccountManager-Admin-DO-NOT-DELETE" {
		t.Errorf("admin role %q", got)
	}
	if got := core.RolePage("DevOps"); got != "links/DevOps.html" {
		t.Errorf("page %q", got)
	}
}

func TestRoleNameReadsBackFromIAM(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := core.RoleName(rapid.StringMatching(`[\w+=,.@-]{1,40}`).Draw(t, "name"))
		if got := core.ParseRoleName(name.IAMName()); got != name {
			t.Fatalf("%q came back as %q", name, got)
		}
	})
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]core.Partition{
		"eu-central-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn",
		"us-gov-west-1": "aws-us-gov", "us-gov-east-1": "aws-us-gov", "": "aws",
	} {
		if got := core.PartitionOf(region); got != want {
			t.Errorf("%s is in %s, want %s", region, got, want)
		}
		arn := core.RoleARN(want, "012345670123", core.RoleName("A").IAMName())
		if wanted := "arn:" + string(want) + ":iam::012345670123:role/CrossAccountManager-A"; arn != wanted {
			t.Errorf("ARN %s, want %s", arn, wanted)
		}
	}
}

// TestNames holds what templates, other tools and existing installations rely on.
func TestNames(t *testing.T) {
	t.Parallel()
	got := strings.Join([]string{
		core.AccountsTable, core.RolesTable, core.AssignmentsTable, core.AccountTopic, core.RoleTopic, core.AccessLinksTopic,
		core.KeyAlias, core.LinksPage, core.AccountFolder, core.RoleFolder, core.PolicyFolder,
	}, " ")
	want := "CrossAccountManager-Accounts CrossAccountManager-Roles CrossAccountManager-Account-Roles " +
		"CrossAccountManager-AccountTopic CrossAccountManager-RoleTopic CrossAccountManager-AccessLinksTopic " +
		"alias/CrossAccountManager-Key cross-account-manager-links.html account/ role/ custom_policy/"
	if got != want {
		t.Errorf("names:\n%s\nwant:\n%s", got, want)
	}
}
