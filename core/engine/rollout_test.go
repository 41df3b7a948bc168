package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// TestAnyOrderEndsInTheSameState pushes and joins in several orders.
func TestAnyOrderEndsInTheSameState(t *testing.T) {
	t.Parallel()
	orders := map[string][]string{
		"accounts first, then join":      {"custom_policy", "account", "role", "join"},
		"roles first, policies last":     {"role", "account", "join", "custom_policy"},
		"joined before anything":         {"join", "account", "role", "custom_policy"},
		"all at once, nothing waits for": {"join+account+role+custom_policy"},
	}
	states := make(chan named, len(orders))
	t.Run("orders", func(t *testing.T) {
		for name, order := range orders {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				in := coretest.Install(t, coretest.Options{})
				for _, step := range order {
					follow(in, step)
				}
				in.Wait()
				states <- named{name, in.State(payments, shop, lab)}
			})
		}
	})
	close(states)
	first := <-states
	if len(first.state.Assignments) != 5 {
		t.Errorf("%d assignments, want 5: %v", len(first.state.Assignments), first.state.Assignments)
	}
	for other := range states {
		if diff := cmp.Diff(first.state, other.state); diff != "" {
			t.Errorf("%q (-) and %q (+) end differently:\n%s", first.name, other.name, diff)
		}
	}
}

type named struct {
	name  string
	state coretest.State
}

// follow takes a step of an order; what is joined by + is not waited for.
func follow(in *coretest.Installation, step string) {
	files := smallOrganisation()
	for part := range strings.SplitSeq(step, "+") {
		if part == "join" {
			in.Join(payments, shop, lab)
			continue
		}
		for key, body := range files {
			if strings.HasPrefix(key, part+"/") {
				in.Upload(key, body, 0)
			}
		}
	}
	in.Quiet()
}

func TestHoldersEnterExactlyTheirAccounts(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	quietly(t, in)
	wantReach(t, in, "DevOps", payments, shop)
	wantReach(t, in, "Audit", payments, shop, lab)
	for _, tt := range []struct {
		role    core.RoleName
		account string
		as      core.RoleName
		may     bool
	}{
		{"DevOps", payments, "DevOps", true},
		{"DevOps", shop, "DevOps", true},
		{"DevOps", lab, "DevOps", false},     // not in the group
		{"DevOps", payments, "Audit", false}, // another role
		{"DevOps", payments, core.AdminRole, false},
		{"Audit", lab, "Audit", true},
	} {
		who, err := enter(in, tt.role, tt.account, tt.as)
		switch {
		case tt.may && (err != nil || string(who.Account) != tt.account):
			t.Errorf("%s enters %s as %s: %+v, %v", tt.role, tt.account, tt.as, who, err)
		case !tt.may && !core.IsCode(err, core.CodeDenied):
			t.Errorf("%s enters %s as %s: %v, want denied", tt.role, tt.account, tt.as, err)
		}
	}
}

// TestNothingNamesTheCommercialPartitionInChina covers the "arn:aws everywhere" of the
// retired solution.
func TestNothingNamesTheCommercialPartitionInChina(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{Sandbox: sandbox.Options{Region: "cn-north-1"}})
	in.Push(map[string]string{
		"account/a.yaml": accounts(payments),
		"role/r.yaml": `roles:
  R:
    policy: P.json
    managed_policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    trust: {directory_service: true, principals: ["arn:{partition}:iam::{master}:root"]}
`,
		"custom_policy/P.json": listBuckets,
	})
	in.Join(payments)
	in.Wait()
	quietly(t, in)
	wantStatus(t, in, "R", payments, core.AssignmentActive)
	if _, err := enter(in, "R", payments, "R"); err != nil {
		t.Error(err)
	}
	state := in.State(payments)
	if s := mustJSON(state.IAM); strings.Contains(s, "arn:aws:") || !strings.Contains(s, "arn:aws-cn:iam::aws:policy/ReadOnlyAccess") {
		t.Errorf("IAM of China: %s", s)
	}
	page := state.Pages[core.RolePage("R")]
	if !strings.Contains(page, "https://signin.amazonaws.cn/switchrole") {
		t.Errorf("the links page leads elsewhere:\n%s", page)
	}
}
