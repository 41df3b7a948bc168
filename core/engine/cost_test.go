package engine_test

import (
	"fmt"
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/sandbox"
)

func TestAnUnchangedPushCostsNoIAMWrite(t *testing.T) {
	t.Parallel()
	var c calls
	in := installed(t, coretest.Options{Sandbox: sandbox.Options{Trace: c.trace}})
	before := in.State(payments, shop, lab)
	c.reset()
	in.Push(smallOrganisation())
	in.Wait()
	in.Reconcile()
	if n := c.iamWrites(); n > 0 || c.of("sts:AssumeRole") > 0 {
		t.Errorf("%d IAM writes and %d AssumeRole, want none: %v", n, c.of("sts:AssumeRole"), c.n)
	}
	wantState(t, before, in.State(payments, shop, lab))
}

func TestANewAssignmentCostsOneSessionAndThreeIAMWrites(t *testing.T) {
	t.Parallel()
	var c calls
	in := one(t, coretest.Options{Sandbox: sandbox.Options{Trace: c.trace}})
	in.Upload("account/b.yaml", accounts(shop), 0)
	in.Upload("role/r.yaml", "roles: {R: {policy: P.json, accounts: [\""+payments+"\"]}}\n", 0)
	in.Join(shop)
	in.Wait()
	c.reset()
	in.Upload("role/r.yaml", "roles: {R: {policy: P.json}}\n", 0)
	in.Wait()
	wantStatus(t, in, "R", shop, core.AssignmentActive)
	// The role and its policy in the sub-account, and the list in the master account.
	if n := c.iamWrites(); n > 3 || c.of("sts:AssumeRole") > 1 {
		t.Errorf("%d IAM writes and %d AssumeRole, want 3 and 1: %v", n, c.of("sts:AssumeRole"), c.n)
	}
}

// BenchmarkNewAssignment brings a new role into one account: two IAM writes in the master
// account, two in the sub-account.
func BenchmarkNewAssignment(b *testing.B) {
	var c calls
	in := one(b, coretest.Options{Sandbox: sandbox.Options{Trace: c.trace}})
	c.reset()
	n := 0
	for b.Loop() {
		n++
		in.Upload(fmt.Sprintf("role/r%d.yaml", n), fmt.Sprintf("roles: {R%d: {policy: P.json}}\n", n), 0)
		in.Wait()
	}
	report(b, &c, n)
}

// BenchmarkUnchangedPush uploads the files that are already there.
func BenchmarkUnchangedPush(b *testing.B) {
	var c calls
	in := installed(b, coretest.Options{Sandbox: sandbox.Options{Trace: c.trace}})
	c.reset()
	n := 0
	for b.Loop() {
		n++
		in.Push(smallOrganisation())
		in.Wait()
	}
	report(b, &c, n)
}

func report(b *testing.B, c *calls, n int) {
	b.ReportMetric(float64(c.iamWrites())/float64(n), "iam-writes/op")
	b.ReportMetric(float64(c.of("sts:AssumeRole"))/float64(n), "sessions/op")
	b.ReportMetric(float64(c.of("dynamodb:PutItem"))/float64(n), "item-writes/op")
}
