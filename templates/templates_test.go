package templates

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/core/policy"
)

func load(t *testing.T) *core.Configuration {
	t.Helper()
	c, findings, err := config.Load(t.Context(), Organisation())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
	return c
}

// TestOrganisationReaches holds which accounts each role of the sample reaches.
func TestOrganisationReaches(t *testing.T) {
	t.Parallel()
	c := load(t)
	var all []string
	groups := map[string][]string{}
	for _, a := range c.Accounts {
		all = append(all, a.Name)
		for _, g := range a.Groups {
			groups[g] = append(groups[g], a.Name)
		}
		if !strings.HasSuffix(a.Email, "@example.com") || a.Name == "" || a.Tags["owner"] == "" {
			t.Errorf("%s is not complete: %+v", a.ID, a)
		}
	}
	if len(all) < 12 || !slices.Contains(all, "search-production") || c.Accounts[0].ID != "012345670123" {
		t.Errorf("accounts: %v", all)
	}
	want := map[core.RoleName][]string{
		"DevOps":             slices.Concat(groups["production"], groups["staging"], groups["development"]),
		"Prod-Administrator": groups["production"],
		"Dev-Administrator":  groups["development"],
		"Read-Only":          all,
		"Security-Audit":     all,
		"Billing":            {"billing"},
		"DNS":                {"network-dns"},
	}
	got := map[core.RoleName][]string{}
	for _, r := range c.Roles {
		for _, a := range c.Accounts {
			if r.Selects(a.Account) {
				got[r.Name] = append(got[r.Name], a.Name)
			}
		}
		slices.Sort(got[r.Name])
		slices.Sort(want[r.Name])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, g := range []string{"production", "staging", "development", "security", "logging", "network", "pci"} {
		if len(groups[g]) == 0 {
			t.Errorf("no account is in the group %s", g)
		}
	}
}

// TestPoliciesAreNarrow holds the rules that every sample policy follows.
func TestPoliciesAreNarrow(t *testing.T) {
	t.Parallel()
	for _, file := range load(t).Policies {
		doc := policy.MustParse(file.Document, policy.Identity)
		for _, s := range doc.Statements {
			if len(s.NotAction) > 0 || len(s.NotResource) > 0 || s.Sid == "" || slices.Contains(s.Action, "*") {
				t.Errorf("%s: statement %q is too wide or has no Sid", file.Name, s.Sid)
			}
			if s.Effect != policy.Allow {
				continue
			}
			everything := slices.Contains(s.Resource, "*")
			if everything != (s.Sid == "NoResourceLevelPermissionsExist") {
				t.Errorf("%s: statement %q: resource %v", file.Name, s.Sid, s.Resource)
			}
			for _, a := range s.Action {
				if everything && strings.HasSuffix(a, ":*") {
					t.Errorf("%s: %s on every resource", file.Name, a)
				}
				if a == "iam:PassRole" && !slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return c.Key == "iam:PassedToService" }) {
					t.Errorf("%s: PassRole without a service", file.Name)
				}
			}
		}
	}
}

// TestGuardRails asks the policies for what nobody may do, and for what each role is
// there for.
func TestGuardRails(t *testing.T) {
	t.Parallel()
	c := load(t)
	cases := []struct {
		role             core.RoleName
		action, resource string
		context          map[string][]string
		allowed          bool
	}{
		{"DevOps", "ecs:UpdateService", "arn:aws:ecs:eu-west-1:111122223333:service/shop/web", nil, true},
		{"DevOps", "ecs:UpdateService", "arn:aws:ecs:eu-west-1:111122223333:service/shop/web", map[string][]string{"aws:requestedregion": {"ap-south-1"}}, false},
		{"DevOps", "ec2:StopInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", nil, false},
		{"DevOps", "ec2:StopInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", map[string][]string{"aws:resourcetag/owner": {"shop"}}, true},
		{"DevOps", "iam:PassRole", "arn:aws:iam::111122223333:role/workload/web", map[string][]string{"iam:passedtoservice": {"ecs-tasks.amazonaws.com"}}, true},
		{"DevOps", "iam:PassRole", "arn:aws:iam::111122223333:role/workload/web", map[string][]string{"iam:passedtoservice": {"glue.amazonaws.com"}}, false},
		{"Prod-Administrator", "s3:DeleteObject", "arn:aws:s3:::example-shop/x", nil, true},
		{"Prod-Administrator", "s3:DeleteObject", "arn:aws:s3:::example-log-archive-1/x", nil, false},
		{"Prod-Administrator", "rds:ModifyDBInstance", "arn:aws-cn:rds:cn-north-1:111122223333:db:shop", map[string][]string{"aws:requestedregion": {"eu-west-1"}}, true},
		{"Prod-Administrator", "iam:CreateRole", "arn:aws:iam::111122223333:role/workload/web", nil, false},
		{"Prod-Administrator", "iam:CreateRole", "arn:aws:iam::111122223333:role/workload/web",
			map[string][]string{"iam:permissionsboundary": {"arn:aws:iam::111122223333:policy/WorkloadBoundary"}}, true},
		{"Dev-Administrator", "ec2:RunInstances", "arn:aws:ec2:eu-west-1:666677778888:instance/*", map[string][]string{"ec2:instancetype": {"t3.large"}}, true},
		{"Dev-Administrator", "ec2:RunInstances", "arn:aws:ec2:eu-west-1:666677778888:instance/*", map[string][]string{"ec2:instancetype": {"p4d.24xlarge"}}, false},
		{"Dev-Administrator", "dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:666677778888:table/orders", nil, true},
		{"Dev-Administrator", "dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:666677778888:table/CrossAccountManager-Roles", nil, false},
		{"Read-Only", "s3:GetBucketPolicy", "arn:aws:s3:::example-shop", nil, true},
		{"Read-Only", "s3:GetObject", "arn:aws:s3:::example-shop/x", nil, false},
		{"Security-Audit", "s3:GetObject", "arn:aws:s3:::example-log-archive-1/x", nil, true},
		{"Security-Audit", "s3:GetObject", "arn:aws:s3:::example-shop/x", nil, false},
		{"Billing", "ce:GetCostAndUsage", "*", nil, true},
		{"DNS", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0000EXAMPLE0000ZONE0", records("A", "www.example.com"), true},
		{"DNS", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0000EXAMPLE0000ZONE0", records("NS", "example.com"), false},
		{"DNS", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0000EXAMPLE0000ZONE0", nil, false},
		{"DNS", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z999", records("A", "www.example.com"), false},
	}
	for _, r := range []core.RoleName{"DevOps", "Prod-Administrator", "Dev-Administrator"} {
		for action, resource := range map[string]string{
			"iam:PutRolePolicy":          "arn:aws:iam::111122223333:role/CrossAccountManager-Admin-DO-NOT-DELETE",
			"iam:PassRole":               "arn:aws:iam::111122223333:role/CrossAccountManager-DevOps",
			"dynamodb:DescribeTable":     "arn:aws:dynamodb:eu-west-1:111122223333:table/CrossAccountManager-Accounts",
			"cloudtrail:StopLogging":     "arn:aws:cloudtrail:eu-west-1:111122223333:trail/organisation",
			"cloudformation:DeleteStack": "arn:aws:cloudformation:eu-west-1:111122223333:stack/CrossAccountManager-Sub/1",
		} {
			cases = append(cases, struct {
				role             core.RoleName
				action, resource string
				context          map[string][]string
				allowed          bool
			}{r, action, resource, nil, false})
		}
	}
	for _, test := range cases {
		i := slices.IndexFunc(c.Roles, func(r core.RoleEntry) bool { return r.Name == test.role })
		context := map[string][]string{"aws:requestedregion": {"eu-west-1"}}
		for k, v := range test.context {
			context[k] = v
		}
		decision := policy.Evaluate(policy.Request{
			Action: test.action, Resource: test.resource, ResourceAccount: "111122223333", Context: context,
			Principal: policy.Principal{AccountID: "111122223333", RoleARN: "arn:aws:iam::111122223333:role/" + test.role.IAMName()},
		}, policy.Policies{Identity: []*policy.Document{policy.MustParse(c.Roles[i].Document, policy.Identity)}})
		if decision.Allowed != test.allowed {
			t.Errorf("%s: %s on %s with %v: %+v", test.role, test.action, test.resource, test.context, decision)
		}
	}
}

// records is the context of a change to one record set.
func records(kind, name string) map[string][]string {
	return map[string][]string{
		"route53:changeresourcerecordsetsrecordtypes":           {kind},
		"route53:changeresourcerecordsetsnormalizedrecordnames": {name},
		"route53:changeresourcerecordsetsactions":               {"UPSERT"},
	}
}

func TestOrganisationIsRooted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"account", "role", "custom_policy"} {
		if info, err := fs.Stat(Organisation(), name); err != nil || !info.IsDir() {
			t.Errorf("%s: %v", name, err)
		}
	}
}
