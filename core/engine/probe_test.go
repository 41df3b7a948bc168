package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
)

// TestADepartureThatCannotBeProven has the account looked at: who can still be entered
// has not left, whoever says so; who cannot has.
func TestADepartureThatCannotBeProven(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	before := in.State(payments, shop, lab).Live()
	claim := announcement(core.ActionRemove, shop, &core.Proof{Query: "Action=GetCallerIdentity"})
	if err := publish(t, in, payments, core.AccountTopic, claim); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	if a := in.Account(shop); a.Status != core.AccountActive || a.Refused == nil {
		t.Errorf("after a false claim: %s, refused %v", a.Status, a.Refused)
	}
	after := in.State(payments, shop, lab).Live()
	stranger := after.Accounts[shop]
	stranger.Refused = nil
	after.Accounts[shop] = stranger
	if diff := cmp.Diff(before, after, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a false claim changed something (-before +after):\n%s", diff)
	}

	admin := in.AdminOf(shop).IAM()
	if err := admin.DeleteRole(in.Context(), core.AdminRole.IAMName()); err != nil {
		t.Fatal(err)
	}
	if err := publish(t, in, payments, core.AccountTopic, claim); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	if a := in.Account(shop); a.Status != core.AccountDeleted || a.IsRegistered() {
		t.Errorf("after it cannot be entered: %s, registered %v", a.Status, a.Registered)
	}
	if r := in.Assignment("DevOps", shop); r.Status != core.AssignmentDeleted {
		t.Errorf("its assignment is %s", r.Status)
	}
}

// TestProbeOfAStranger does nothing to accounts that are unknown or never registered.
func TestProbeOfAStranger(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	in.Push(smallOrganisation())
	in.Wait()
	tables, topics := in.Admin.Tables(), in.Admin.Topics(in.Master(), in.Box.Region())
	e := engine.New(engine.Settings{Partition: in.Partition(), Master: in.Master(), Region: in.Box.Region()},
		engine.Ports{Accounts: tables, Publisher: topics, Entrance: in.Admin.Entrance("probe-test")}, nil, coretest.QuickPace)
	for _, id := range []core.AccountID{shop, "999999999999"} {
		if err := e.Probe(in.Context(), id); err != nil {
			t.Errorf("probing %s: %v", id, err)
		}
	}
	if a := in.Account(shop); a.Status != core.AccountPending {
		t.Errorf("the account that has not registered is %s", a.Status)
	}
}
