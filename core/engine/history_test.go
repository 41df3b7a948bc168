package engine_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
)

// wantHistory compares a history without its times, which must not go back.
func wantHistory(t *testing.T, what string, got []core.StatusChange, want ...core.StatusChange) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(core.StatusChange{}, "At")); diff != "" {
		t.Errorf("history of %s (-want +got):\n%s", what, diff)
	}
	for i := range got {
		if got[i].At.IsZero() || i > 0 && got[i].At.Before(got[i-1].At) {
			t.Errorf("history of %s: the time of entry %d is %s", what, i, got[i].At)
		}
	}
}

// TestHistoriesTellWhatHappened lets a role fail in an account and in the master account,
// mends the cause, and retries.
func TestHistoriesTellWhatHappened(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	pending, active := core.StatusChange{Status: "pending"}, core.StatusChange{Status: "active"}
	wantHistory(t, "the account", in.Account(payments).History, pending, active)
	wantHistory(t, "the assignment", in.Assignment("R", payments).History, pending, active)
	wantHistory(t, "the role", in.Role("R").History, active)

	const bad = `roles: {R: {policy: P.json, managed_policies: ["arn:{partition}:iam::{account}:policy/Missing"], trust: {principals: ["arn:{partition}:iam::{master}:user/nobody"]}}}
`
	in.Upload("role/r.yaml", bad, 0)
	in.Quiet()
	failed := core.StatusChange{Status: "failed", Code: "NoSuchEntity"}
	wantHistory(t, "the assignment", in.Assignment("R", payments).History, pending, active, pending, failed)
	broken := core.StatusChange{Status: "active", Code: "MalformedPolicyDocument"}
	wantHistory(t, "the role", in.Role("R").History, active, broken)

	client := iam.New(iam.Options{Region: in.Box.Region(), BaseEndpoint: aws.String(in.Box.Endpoint()), Credentials: adminKeys(t, in, payments)})
	if _, err := client.CreatePolicy(in.Context(), &iam.CreatePolicyInput{PolicyName: aws.String("Missing"), PolicyDocument: aws.String(listBuckets)}); err != nil {
		t.Fatal(err)
	}
	topics := in.Admin.Topics(in.Master(), in.Box.Region())
	for _, pairs := range [][]core.Pair{nil, {{Role: "R", Account: payments}}} {
		if r := in.Assignment("R", payments); r.Status != core.AssignmentFailed {
			t.Fatalf("the assignment is %s", r.Status)
		}
		if err := engine.Retry(in.Context(), topics, pairs, in.Assignment("R", payments).Updated); err != nil {
			t.Fatal(err)
		}
		in.Quiet()
	}
	wantHistory(t, "the assignment", in.Assignment("R", payments).History, pending, active, pending, failed, active)

	admin, err := in.Box.As("admin")
	if err != nil {
		t.Fatal(err)
	}
	client = iam.New(iam.Options{
		Region: in.Box.Region(), BaseEndpoint: aws.String(in.Box.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider(admin.AccessKeyID, admin.SecretAccessKey, ""),
	})
	if _, err := client.CreateUser(in.Context(), &iam.CreateUserInput{UserName: aws.String("nobody")}); err != nil {
		t.Fatal(err)
	}
	in.Reconcile() // no file changes, so what mended the role is known by the failure's end alone
	wantHistory(t, "the role", in.Role("R").History, active, broken, active)
	in.Leave(payments)
	in.Wait()
	wantHistory(t, "the account", in.Account(payments).History, pending, active, core.StatusChange{Status: "deleted"})
}
