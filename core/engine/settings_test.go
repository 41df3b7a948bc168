package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/policy"
)

// TestEverySettingOfARoleArrivesAndChangesInPlace takes a role from nothing but a policy
// to everything, to something else, and back.
func TestEverySettingOfARoleArrivesAndChangesInPlace(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	client := iam.New(iam.Options{Region: in.Box.Region(), BaseEndpoint: aws.String(in.Box.Endpoint()), Credentials: adminKeys(t, in, payments)})
	for _, name := range []string{"Boundary", "Other"} {
		if _, err := client.CreatePolicy(in.Context(), &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: aws.String(listBuckets)}); err != nil {
			t.Fatal(err)
		}
	}
	id, masterID := roleID(t, in, payments, "R"), roleID(t, in, in.Box.Master(), "R")
	own := func(name string) string { return "arn:aws:iam::" + payments + ":policy/" + name }
	for i, step := range []struct {
		entry string
		want  core.IAMRole
	}{
		{
			`{policy: P.json, description: one, max_session_duration: 2h, tags: {team: a, cost: x}, permissions_boundary: "arn:{partition}:iam::{account}:policy/Boundary",
  managed_policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:{partition}:iam::{account}:policy/Other"]}`,
			core.IAMRole{
				Description: "one", MaxSessionDuration: 2 * time.Hour, Tags: map[string]string{"team": "a", "cost": "x"}, PermissionsBoundary: own("Boundary"),
				Inline: listBuckets, ManagedPolicies: []string{own("Other"), "arn:aws:iam::aws:policy/ReadOnlyAccess"},
			},
		},
		{
			`{managed_policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"], description: two, max_session_duration: 12h, tags: {team: b}, permissions_boundary: "arn:aws:iam::{account}:policy/Other"}`,
			core.IAMRole{
				Description: "two", MaxSessionDuration: 12 * time.Hour, Tags: map[string]string{"team": "b"}, PermissionsBoundary: own("Other"),
				ManagedPolicies: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
			},
		},
		{`{policy: P.json}`, core.IAMRole{MaxSessionDuration: time.Hour, Tags: map[string]string{}, Inline: listBuckets}},
	} {
		in.Upload("role/r.yaml", fmt.Sprintf("roles: {R: %s}\n", step.entry), 0)
		in.Wait()
		want := step.want
		want.Name = core.RoleName("R").IAMName()
		want.Tags[core.ManagedTag] = "role"
		want.Trust = string(policy.SubAccountTrust("aws", in.Box.Master(), want.Name).JSON())
		if want.Inline != "" {
			want.InlineName = core.RoleName("R").PolicyName()
		}
		if diff := cmp.Diff([]core.IAMRole{want}, in.UserRoles(payments), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
		master, _ := in.UserRole(in.Box.Master(), "R")
		if master.MaxSessionDuration != want.MaxSessionDuration || master.Description != want.Description {
			t.Errorf("step %d: the master's role lasts %s and is %q", i, master.MaxSessionDuration, master.Description)
		}
	}
	if got := roleID(t, in, payments, "R"); got != id {
		t.Errorf("the role was made again: its ID was %s and is %s", id, got)
	}
	if got := roleID(t, in, in.Box.Master(), "R"); got != masterID {
		t.Errorf("the master's role was made again: its ID was %s and is %s", masterID, got)
	}
	quietly(t, in)
}

func TestAnInlinePolicyAddedByHandGoesWithTheNextWrite(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	client := iam.New(iam.Options{Region: in.Box.Region(), BaseEndpoint: aws.String(in.Box.Endpoint()), Credentials: adminKeys(t, in, payments)})
	_, err := client.PutRolePolicy(in.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String(core.RoleName("R").IAMName()), PolicyName: aws.String("ByHand"), PolicyDocument: aws.String(listTopics),
	})
	if err != nil {
		t.Fatal(err)
	}
	in.Upload("custom_policy/P.json", listTopics, 0)
	in.Wait()
	r, _ := in.UserRole(payments, "R")
	if len(r.Strays) > 0 || r.Inline != listTopics {
		t.Errorf("the role has %v beside %s", r.Strays, r.Inline)
	}
	quietly(t, in)
}
