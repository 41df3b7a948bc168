package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/plan"
)

func drawOptions(t *rapid.T) plan.Options { return plan.Options{RemoveOrphans: chance(t, 50)} }

func shuffled[T any](t *rapid.T, in []T) []T {
	if len(in) == 0 {
		return in
	}
	return rapid.Permutation(slices.Clone(in)).Draw(t, "order")
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		desired, recorded, opts := drawFiles(t), drawRecord(t), drawOptions(t)
		first := plan.Compute(desired, recorded, opts)
		again := plan.Compute(
			&core.Configuration{Accounts: shuffled(t, desired.Accounts), Roles: shuffled(t, desired.Roles), Policies: shuffled(t, desired.Policies)},
			&core.Recorded{Accounts: shuffled(t, recorded.Accounts), Roles: shuffled(t, recorded.Roles), Assignments: shuffled(t, recorded.Assignments)},
			opts)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("two plans of the same input (-first +again):\n%s", diff)
		}
	})
}

func TestAppliedPlanLeavesNothingToDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		desired, recorded, opts := drawFiles(t), drawRecord(t), drawOptions(t)
		p := plan.Compute(desired, recorded, opts)
		rest := plan.Compute(desired, apply(p, desired, recorded), opts)
		if !rest.Empty() {
			t.Fatalf("plan %q\nleaves %q", describe(p), describe(rest))
		}
		if diff := cmp.Diff(p.Orphans, rest.Orphans); diff != "" {
			t.Fatalf("applying a plan changed what is orphaned:\n%s", diff)
		}
	})
}

// TestAppliedPlanGivesWhatTheFilesSelect looks at the result, not at the changes.
func TestAppliedPlanGivesWhatTheFilesSelect(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		desired, recorded := drawFiles(t), drawRecord(t)
		after := apply(plan.Compute(desired, recorded, plan.Options{RemoveOrphans: true}), desired, recorded)
		m := newModel(desired, after)
		for _, role := range after.Roles {
			for _, account := range after.Accounts {
				pair := core.Pair{Role: role.Name, Account: account.ID}
				r := m.assignments[pair]
				stands := !r.Removing && (r.Status == core.AssignmentActive || r.Status == core.AssignmentPending || r.Status == core.AssignmentFailed)
				if want := role.Status == core.RoleActive && account.Wanted() && role.Selects(account.Account); stands != want {
					t.Fatalf("%v: there %v, selected %v", pair, stands, want)
				}
			}
		}
	})
}

func TestOrphansStay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		desired, recorded := drawFiles(t), drawRecord(t)
		p := plan.Compute(desired, recorded, plan.Options{})
		m := newModel(desired, recorded)
		orphaned := map[string]bool{}
		for _, o := range p.Orphans {
			orphaned[string(o.Kind)+o.ID] = true
		}
		for _, c := range p.Changes {
			if c.Orphan || orphaned[string(c.Kind)+c.ID] {
				t.Fatalf("the plan changes an orphan: %+v", c)
			}
			account, role := m.accounts[c.Account], m.roles[c.Role]
			kept := orphaned["account"+string(c.Account)] && orphaned["role"+string(c.Role)] && account.Wanted() && role.Selects(account.Account)
			if c.Kind == plan.KindAssignment && c.Action == plan.Remove && kept {
				t.Fatalf("the plan takes an orphaned account from an orphaned role: %+v", c)
			}
			if c.Kind != plan.KindAssignment && c.Kind != plan.KindPolicy && c.Action == plan.Remove && !m.entries[c.Account].Remove && !m.definitions[c.Role].Remove {
				t.Fatalf("no file asks for this removal: %+v", c)
			}
		}
	})
}

func TestEmptyFolderRemovesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		recorded := drawRecord(t)
		settled := apply(plan.Compute(&core.Configuration{}, recorded, plan.Options{}), &core.Configuration{}, recorded)
		if p := plan.Compute(&core.Configuration{}, settled, plan.Options{}); !p.Empty() {
			t.Fatalf("an empty folder changes a settled record: %q", describe(p))
		}
	})
}

func TestHashTellsPlansApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		desired, recorded := drawFiles(t), drawRecord(t)
		p := plan.Compute(desired, recorded, drawOptions(t))
		other := *recorded
		if len(other.Assignments) > 0 {
			other.Assignments = other.Assignments[:len(other.Assignments)-1]
		}
		files := *desired
		if chance(t, 50) {
			files = *drawFiles(t)
		}
		q := plan.Compute(&files, &other, drawOptions(t))
		same := cmp.Equal(p.Changes, q.Changes) && cmp.Equal(p.Orphans, q.Orphans)
		if same != (p.Hash == q.Hash) {
			t.Fatalf("same changes: %v, same hash: %v\n%q\n%q", same, p.Hash == q.Hash, describe(p), describe(q))
		}
	})
}

// TestHashCoversEveryField holds what random plans hardly ever differ in alone.
func TestHashCoversEveryField(t *testing.T) {
	t.Parallel()
	base := func() (core.Configuration, core.Recorded) {
		return files(entries{account(one, inProd)}, role("R", describesEC2)), record(accounts{accountRecord(one), accountRecord(two)}, roles{roleRecord("R")})
	}
	desired, recorded := base()
	want := plan.Compute(&desired, &recorded, plan.Options{}).Hash
	for name, change := range map[string]func(*core.Configuration, *core.Recorded){
		"nothing":           func(*core.Configuration, *core.Recorded) {},
		"line of an entry":  func(c *core.Configuration, _ *core.Recorded) { c.Accounts[0].Line = 7 },
		"old value":         func(_ *core.Configuration, r *core.Recorded) { r.Accounts[0].Groups = []string{"test"} },
		"new value":         func(c *core.Configuration, _ *core.Recorded) { c.Accounts[0].Groups = []string{"test"} },
		"file of an orphan": func(_ *core.Configuration, r *core.Recorded) { r.Accounts[1].Source = "account/z.yaml" },
		"file of an entry":  func(c *core.Configuration, _ *core.Recorded) { c.Accounts[0].Source = "account/z.yaml" },
		"file of a policy": func(c *core.Configuration, _ *core.Recorded) {
			c.Policies = []core.PolicyFile{{Name: "P.json", Source: "custom_policy/P.json"}}
		},
		"one more assignment": func(c *core.Configuration, _ *core.Recorded) { c.Roles[0].Groups = []string{core.AllAccounts} },
	} {
		desired, recorded := base()
		change(&desired, &recorded)
		got := plan.Compute(&desired, &recorded, plan.Options{}).Hash
		if same := name == "nothing" || name == "line of an entry"; (got == want) != same {
			t.Errorf("%s: hash is the same: %v", name, got == want)
		}
	}
}

func TestInputIsNotChanged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		desired, recorded := drawFiles(t), drawRecord(t)
		c, r := *desired, *recorded
		c.Accounts, c.Roles, c.Policies = slices.Clone(c.Accounts), slices.Clone(c.Roles), slices.Clone(c.Policies)
		r.Accounts, r.Roles, r.Assignments = slices.Clone(r.Accounts), slices.Clone(r.Roles), slices.Clone(r.Assignments)
		plan.Compute(desired, recorded, drawOptions(t))
		if diff := cmp.Diff(&c, desired) + cmp.Diff(&r, recorded); diff != "" {
			t.Fatalf("computing a plan changed its input:\n%s", diff)
		}
	})
}
