package engine_test

// What the retired solution got wrong about who reaches what, each as a test.

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/templates"
)

func wantState(t *testing.T, want, got coretest.State) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the state is another (-want +got):\n%s", diff)
	}
}

func adminKeys(t *testing.T, in *coretest.Installation, account string) aws.CredentialsProvider {
	t.Helper()
	id, err := in.Box.AdminOf(account)
	if err != nil {
		t.Fatal(err)
	}
	return credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, "")
}

// roleID is IAM's own, unique ID of a role.
func roleID(t *testing.T, in *coretest.Installation, account string, role core.RoleName) string {
	t.Helper()
	client := iam.New(iam.Options{Region: in.Box.Region(), BaseEndpoint: aws.String(in.Box.Endpoint()), Credentials: adminKeys(t, in, account)})
	out, err := client.GetRole(in.Context(), &iam.GetRoleInput{RoleName: aws.String(role.IAMName())})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Role.RoleId
}

func TestOnboardingWritesTheMasterPolicy(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	wantReach(t, in, "R", payments)
	in.Upload("account/a.yaml", accounts(payments, shop), 0)
	in.Wait()
	wantReach(t, in, "R", payments) // not before the account has registered
	in.Join(shop)
	in.Wait()
	wantReach(t, in, "R", payments, shop)
	quietly(t, in)
}

func TestConcurrentOnboardingLosesNoAccount(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	var ids []string
	for i := range 8 {
		ids = append(ids, fmt.Sprintf("70000000000%d", i))
	}
	in.Push(map[string]string{
		"account/a.yaml":       accounts(ids...),
		"role/r.yaml":          "roles: {R: {policy: P.json}}\n",
		"custom_policy/P.json": listBuckets,
	})
	in.Wait()
	var g errgroup.Group
	for _, id := range ids {
		g.Go(func() error { return in.Box.Join(in.Context(), []string{id}, func(string) {}) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	wantReach(t, in, "R", ids...)
	for _, id := range ids {
		wantStatus(t, in, "R", id, core.AssignmentActive)
	}
}

// unreadable is a table that cannot be read when an account is to be added.
type unreadable struct{ core.Assignments }

func (unreadable) AssignmentsOfRole(context.Context, core.RoleName) iter.Seq2[core.AssignmentRecord, error] {
	return func(yield func(core.AssignmentRecord, error) bool) {
		yield(core.AssignmentRecord{}, core.Errorf(core.CodeUnavailable, "no answer"))
	}
}

func TestAReadErrorLeavesTheMasterPolicyAlone(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	e := engineAs(in, in.Admin, coretest.QuickPace, func(p *engine.Ports) { p.Assignments = unreadable{p.Assignments} })
	before := in.State(payments, shop, lab)
	event := core.Event{Action: core.ActionAdd, Account: lab}
	if err := e.AccountEvent(in.Context(), event); !core.IsCode(err, core.CodeUnavailable) {
		t.Errorf("the event ends with %v, want that it is delivered again", err)
	}
	if diff := cmp.Diff(before.IAM, in.State(payments, shop, lab).IAM); diff != "" {
		t.Errorf("IAM was changed:\n%s", diff)
	}
	if r := in.Role("Audit"); r.Failure == nil {
		t.Error("the failure is not recorded")
	}
	// Delivered again, and read: nothing was missing, and the failure is over.
	if err := publish(t, in, in.Box.Master(), core.AccountTopic, event); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	wantState(t, before, in.State(payments, shop, lab))
}

func TestChangingGroupsMovesAccessBothWays(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	in.Upload("account/org.yaml", `accounts:
  "111122223333": {name: payments, groups: [development]}
  "222233334444": {name: shop, groups: [production]}
  "333344445555": {name: lab, groups: [production]}
`, 0)
	in.Wait()
	quietly(t, in)
	wantStatus(t, in, "DevOps", payments, core.AssignmentDeleted)
	wantStatus(t, in, "DevOps", lab, core.AssignmentActive)
	wantReach(t, in, "DevOps", shop, lab)
	if _, err := enter(in, "DevOps", payments, "DevOps"); !core.IsCode(err, core.CodeDenied) {
		t.Errorf("entering what was left: %v, want denied", err)
	}

	in.Upload("role/org.yaml", `roles:
  DevOps: {policy: P.json, accounts: ["111122223333"], groups: [production], exclude_accounts: ["222233334444"]}
  Audit: {policy: Q.json, tags: {team: security}}
`, 0)
	in.Wait()
	wantReach(t, in, "DevOps", payments, lab)
	wantStatus(t, in, "DevOps", shop, core.AssignmentDeleted)
	wantStatus(t, in, "DevOps", payments, core.AssignmentActive)
}

func TestWhatIAMRefusesIsAFailedAssignmentWithAWSsCode(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	role := func(boundary string) string {
		return fmt.Sprintf("roles: {R: {policy: P.json}, B: {policy: P.json, permissions_boundary: %q}}\n", boundary)
	}
	in.Upload("role/r.yaml", role("arn:aws:iam::{account}:policy/Missing"), 0)
	in.Wait()
	r := in.Assignment("B", payments)
	if r.Status != core.AssignmentFailed || r.Failure == nil || r.Failure.Code != "NoSuchEntity" || r.Failure.Attempts != 1 ||
		!strings.Contains(r.Failure.Message, "policy/Missing") || r.Failure.At.IsZero() {
		t.Errorf("the assignment is %s with %+v", r.Status, r.Failure)
	}
	wantStatus(t, in, "R", payments, core.AssignmentActive) // others go on
	// The schedule tries again, and counts.
	eventually(in.Context(), t, "a second attempt", func() bool {
		in.Reconcile()
		r := in.Assignment("B", payments)
		return r.Status == core.AssignmentFailed && r.Failure.Attempts > 1
	})
	in.Upload("role/r.yaml", role("arn:aws:iam::aws:policy/ReadOnlyAccess"), 0)
	in.Wait()
	wantStatus(t, in, "B", payments, core.AssignmentActive)
	if r := in.Assignment("B", payments); r.Failure != nil || r.Attempts != 0 {
		t.Errorf("the failure stays recorded: %+v", r)
	}
}

// crowd records that a role is active in n more accounts than have joined.
func crowd(t *testing.T, in *coretest.Installation, role core.RoleName, n int, status core.AssignmentStatus) {
	t.Helper()
	tables := in.Admin.Tables()
	var g errgroup.Group
	g.SetLimit(8)
	for i := range n {
		g.Go(func() error {
			p := core.Pair{Role: role, Account: core.AccountID(fmt.Sprintf("6000%08d", i))}
			_, err := tables.UpdateAssignment(in.Context(), p, func(r *core.AssignmentRecord) error {
				r.Status, r.Digest = status, "x"
				return nil
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestMoreAccountsThanFitBecomeAWildcardInTheOrganisation(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	crowd(t, in, "R", 200, core.AssignmentActive)
	in.Upload("account/b.yaml", accounts(shop), 0)
	in.Join(shop)
	in.Wait()
	quietly(t, in)
	wantReach(t, in, "R", "*")
	r, _ := in.UserRole(in.Box.Master(), "R")
	if !strings.Contains(r.Inline, `"aws:ResourceOrgID":"`+sandbox.DefaultOrg+`"`) || !in.Role("R").Access.Wildcard {
		t.Errorf("the wildcard is not bound to the organisation: %s", r.Inline)
	}
	for _, id := range []string{payments, shop} {
		if _, err := enter(in, "R", id, "R"); err != nil {
			t.Error(err)
		}
	}
	crowd(t, in, "R", 200, core.AssignmentDeleted)
	in.Reconcile()
	wantReach(t, in, "R", payments, shop)
}

func TestMoreAccountsThanFitWithoutAnOrganisationSaysWhatToSet(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{Sandbox: sandbox.Options{OrgID: "none"}})
	crowd(t, in, "R", 200, core.AssignmentActive)
	in.Upload("account/b.yaml", accounts(shop), 0)
	in.Quiet()
	in.Join(shop)
	in.Quiet()
	r := in.Role("R")
	if r.Failure == nil || r.Failure.Code != string(core.CodeLimit) || !strings.Contains(r.Failure.Message, "organisation") {
		t.Errorf("the role's failure is %+v", r.Failure)
	}
	wantReach(t, in, "R", payments) // what was, stays
	crowd(t, in, "R", 200, core.AssignmentDeleted)
	in.Reconcile()
	wantReach(t, in, "R", payments, shop)
	if r := in.Role("R"); r.Failure != nil {
		t.Errorf("the failure stays recorded: %+v", r.Failure)
	}
}

func TestASubAccountCannotDeregisterAnother(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	before := in.State(payments, shop, lab)
	remove := core.Event{Action: core.ActionRemove, Account: shop}
	if err := publish(t, in, payments, core.AccountTopic, remove); err != nil {
		t.Fatal(err)
	}
	if err := publish(t, in, payments, core.RoleTopic, core.Event{Action: core.ActionRemove, Role: "Audit", Account: shop}); !core.IsCode(err, core.CodeDenied) {
		t.Errorf("publishing to the role topic: %v, want denied", err)
	}
	in.Wait()
	wantState(t, before, in.State(payments, shop, lab))
}

func TestUserRolesReadNothingOfS3ButTheirPage(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	for account, want := range map[string][]string{
		in.Box.Master(): {"s3:GetObject arn:aws:s3:::" + in.Box.LinksBucket() + "/links/R.html"},
		payments:        {"s3:ListAllMyBuckets *"}, // what the policy file says
	} {
		r, _ := in.UserRole(account, "R")
		doc := policy.MustParse(r.Inline, policy.Identity)
		var got []string
		for _, s := range doc.Statements {
			for _, action := range s.Action {
				if strings.HasPrefix(action, "s3:") || action == "*" {
					got = append(got, action+" "+strings.Join(s.Resource, " "))
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(r.ManagedPolicies) > 0 {
			t.Errorf("S3 in %s (-want +got):\n%s%v", account, diff, r.ManagedPolicies)
		}
	}
}

func TestLinksPagesEscapeAndShowTheRolesOwnAccounts(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	const script = `<script>alert("x")</script>'`
	for _, account := range []core.AccountID{payments, shop} {
		_, err := in.Admin.Tables().UpdateAssignment(in.Context(), core.Pair{Role: "DevOps", Account: account}, func(r *core.AssignmentRecord) error {
			r.Of.Email, r.Of.Groups = script, []string{script}
			if r.Of.Name = ""; account == payments {
				r.Of.Name = script
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	event := core.Event{Action: core.ActionAdd, Role: "DevOps"}
	if err := publish(t, in, in.Box.Master(), core.AccessLinksTopic, event); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	page := in.Page(core.RolePage("DevOps"))
	if strings.Contains(page, "<script>alert") || strings.Count(page, "&lt;script&gt;alert") < 3 {
		t.Errorf("a hostile name, email or group is not escaped:\n%s", page)
	}
	if !strings.Contains(page, payments) || strings.Contains(page, lab) || strings.Contains(page, "Audit") {
		t.Errorf("the page of DevOps shows more or less than its own accounts:\n%s", page)
	}
	// A holder reads the own page and no other.
	holder := in.As("DevOps").Bucket(in.Box.LinksBucket(), "")
	if _, err := holder.Object(in.Context(), core.RolePage("DevOps")); err != nil {
		t.Error(err)
	}
	for _, key := range []string{core.RolePage("Audit"), core.LinksPage} {
		if _, err := holder.Object(in.Context(), key); !core.IsCode(err, core.CodeDenied) {
			t.Errorf("DevOps reads %s: %v, want denied", key, err)
		}
	}
}

func TestLinksPagesAreNotRewrittenForEveryEvent(t *testing.T) {
	t.Parallel()
	var puts calls
	in := one(t, coretest.Options{Sandbox: sandbox.Options{Trace: func(service, _, _, principal string) {
		if service == "s3" && strings.HasSuffix(principal, "role/CAM-AccessLinks") {
			puts.trace(service, "PutObject", "", "")
		}
	}}})
	puts.reset()
	events := slices.Repeat([]core.Event{{Action: core.ActionAdd, Role: "R"}}, 10)
	if err := publish(t, in, in.Box.Master(), core.AccessLinksTopic, events...); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	if n := puts.of("s3:PutObject"); n > 0 {
		t.Errorf("pages that did not change were written %d times", n)
	}
}

// TestAnUpdateOfTheSubAccountStackDeletesNothing updates the custom resource itself,
// which replaces, and deletes, a resource whose physical ID changes.
func TestAnUpdateOfTheSubAccountStackDeletesNothing(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	id := roleID(t, in, payments, "R")
	before := in.State(payments)
	client := cloudformation.New(cloudformation.Options{
		Region: in.Box.Region(), BaseEndpoint: aws.String(in.Box.Endpoint()), Credentials: adminKeys(t, in, payments),
	})
	const stack = "CrossAccountManager-SubAccount"
	parameters := map[string]string{"MasterAccountId": in.Box.Master(), "MasterRegion": in.Box.Region(), "ArtifactBucket": in.Box.ArtifactBucket()}
	update := &cloudformation.UpdateStackInput{
		StackName: aws.String(stack), Capabilities: []cftypes.Capability{cftypes.CapabilityCapabilityNamedIam},
		TemplateBody: aws.String(strings.Replace(templates.SubAccount(), "      ServiceToken: !GetAtt InitFunction.Arn\n", "      ServiceToken: !GetAtt InitFunction.Arn\n      Round: 2\n", 1)),
	}
	for k, v := range parameters {
		update.Parameters = append(update.Parameters, cftypes.Parameter{ParameterKey: aws.String(k), ParameterValue: aws.String(v)})
	}
	proven := in.Account(payments).Proven
	if _, err := client.UpdateStack(in.Context(), update); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	out, err := client.DescribeStacks(in.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String(stack)})
	if err != nil || out.Stacks[0].StackStatus != cftypes.StackStatusUpdateComplete {
		t.Fatalf("the update ended with %+v, %v", out, err)
	}
	if !in.Account(payments).Proven.After(proven) {
		t.Error("the update did not reach the custom resource")
	}
	wantState(t, before, in.State(payments))
	if got := roleID(t, in, payments, "R"); got != id {
		t.Errorf("the role was made again: its ID was %s and is %s", id, got)
	}
	quietly(t, in)
}
