package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/policy"
)

// TestBudgetsAreOfWhatIAMGets compares with what the engine wrote.
func TestBudgetsAreOfWhatIAMGets(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	desired, findings, err := config.Load(in.Context(), folder(smallOrganisation()))
	if err != nil || core.HasErrors(findings) {
		t.Fatal(err, findings)
	}
	reach := map[core.RoleName]int{"Audit": 3, "DevOps": 2}
	var want []engine.Budget
	for _, name := range []core.RoleName{"Audit", "DevOps"} {
		master, _ := in.UserRole(in.Box.Master(), name)
		sub, _ := in.UserRole(payments, name)
		want = append(want, engine.Budget{
			Role:    name,
			Inline:  engine.Quota{Used: policy.Size([]byte(sub.Inline)), Quota: 10240},
			Managed: engine.Quota{Used: len(sub.ManagedPolicies), Quota: 10},
			Access:  engine.AccessBudget{Accounts: reach[name], Mode: "exact", Size: engine.Quota{Used: policy.Size([]byte(master.Inline)), Quota: 10240}},
		})
	}
	got := engine.Budgets(desired, engine.Settings{
		Partition: in.Partition(), Master: in.Master(), Region: in.Box.Region(), LinksBucket: in.Box.LinksBucket(), OrgID: "o-sandbox00001",
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAccessBudgets(t *testing.T) {
	t.Parallel()
	settings := engine.Settings{Partition: "aws", Master: "100000000001", Region: "eu-west-1", LinksBucket: "links"}
	desired := &core.Configuration{
		Accounts: []core.AccountEntry{{Account: core.Account{ID: "not an ID"}}, {Account: core.Account{ID: payments}, Remove: true}},
		Roles: []core.RoleEntry{
			{Role: core.Role{Name: "All", Document: listBuckets, ManagedPolicies: []string{"a", "b"}}},
			{Role: core.Role{Name: "Gone"}, Remove: true},
			{Role: core.Role{Name: "None", Groups: []string{"nobody"}}},
		},
	}
	for _, test := range []struct {
		accounts int
		org      string
		mode     string
	}{
		{0, "", "none"}, {1, "", "exact"}, {100, "", "exact"}, {300, "", engine.TooLarge}, {5000, "", engine.TooLarge},
		{100, "o-a1b2c3d4e5", "exact"}, {300, "o-a1b2c3d4e5", "wildcard"}, {5000, "o-a1b2c3d4e5", "wildcard"},
	} {
		c := *desired
		for i := range test.accounts {
			c.Accounts = append(c.Accounts, core.AccountEntry{Account: core.Account{ID: core.AccountID(fmt.Sprintf("%012d", i))}})
		}
		settings.OrgID = test.org
		got := engine.Budgets(&c, settings)
		if len(got) != 2 || got[0].Role != "All" || got[1].Role != "None" {
			t.Fatalf("%+v", got)
		}
		all, none := got[0], got[1]
		if all.Access.Mode != test.mode || all.Access.Accounts != test.accounts || all.Access.Size.Exceeded() != (test.mode == engine.TooLarge) || all.Access.Size.Used == 0 {
			t.Errorf("%d accounts, organisation %q: %+v, want %s", test.accounts, test.org, all.Access, test.mode)
		}
		if none.Access.Mode != "none" || none.Access.Accounts != 0 || none.Inline.Used != 0 || none.Managed.Used != 0 {
			t.Errorf("a role that reaches nobody: %+v", none)
		}
		if all.Inline.Used != policy.Size([]byte(listBuckets)) || all.Managed.Used != 2 {
			t.Errorf("permissions: %+v", all)
		}
	}
}

// TestBudgetJSON holds the keys on which scripts rely.
func TestBudgetJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(engine.Budget{Role: "R"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"role":"R","inline":{"used":0,"quota":0},"managed":{"used":0,"quota":0},"access":{"accounts":0,"mode":"","size":{"used":0,"quota":0}}}`
	if string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
