package plan_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/plan"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestJSON holds the keys and the order of a plan's JSON, on which scripts rely.
func TestJSON(t *testing.T) {
	t.Parallel()
	desired := files(
		entries{account(one, inProd), account(two, removedAccount), account(three)},
		role("New", func(e *core.RoleEntry) { e.Policy, e.Document = "New.json", readS3 }),
		role("Dev", describesEC2),
		role("Old", removedRole),
	)
	desired.Policies = []core.PolicyFile{
		{Name: "New.json", Source: "custom_policy/New.json"}, {Name: "P.json", Source: "custom_policy/P.json"},
	}
	recorded := record(
		accounts{accountRecord(one), accountRecord(two), accountRecord("000000000004")},
		roles{roleRecord("Dev"), roleRecord("Old", func(r *core.RoleRecord) { r.Policy = "Old.json" }), roleRecord("Lost")},
		assignment("Dev", one), assignment("Dev", "000000000004"), assignment("Old", two), assignment("Lost", two),
	)
	for name, opts := range map[string]plan.Options{"plan.json": {}, "plan-removing.json": {RemoveOrphans: true}} {
		golden(t, name, plan.Compute(&desired, &recorded, opts))
	}
	golden(t, "plan-empty.json", plan.Compute(&core.Configuration{}, &core.Recorded{}, plan.Options{}))
}

func golden(t *testing.T, name string, p *plan.Plan) {
	t.Helper()
	got, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); if the change is intended, run the test with -update:\n%s", file, diff)
	}
}
