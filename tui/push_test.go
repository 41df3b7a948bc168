package tui

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// works is an installation with the sample rolled out, and a folder to change.
type works struct {
	folder *tuitest.Folder
	bucket *tuitest.Bucket
	state  *tuitest.Tables
	mu     sync.Mutex
	writes []core.Object
}

// asAdmin plays a test as an administrator; the engine does what rollOut says for every
// file that is uploaded.
func asAdmin(t *testing.T, w, h int, rollOut func(*works, core.Object), act func(*stage, *works)) {
	t.Helper()
	k := &works{}
	play(t, w, h, func(o *Options, _ *people) {
		k.folder, k.bucket = tuitest.NewFolder(tuitest.Sample()), tuitest.NewBucket(tuitest.Sample())
		k.state = tuitest.Installed(tuitest.Sample(), now().Add(-time.Hour))
		k.bucket.Wrote = func(object core.Object) {
			k.mu.Lock()
			k.writes = append(k.writes, object)
			k.mu.Unlock()
			if rollOut != nil {
				rollOut(k, object)
			}
		}
		o.Folder = k.folder
		o.Session.Installation = func(context.Context) (*Installation, error) { return installation(k.state, k.bucket), nil }
	}, func(s *stage) {
		s.pass(2 * time.Second)
		act(s, k)
	})
}

// edit changes a file of the folder as another program would, and has it noticed.
func (k *works) edit(s *stage, name, old, new string) {
	text := strings.Replace(tuitest.Sample()[name], old, new, 1)
	_ = k.folder.Write(name, []byte(text))
	s.send(ui.FilesChanged{})
}

const newAccount = `  "666677778888":
    name: search-staging
    groups: [staging]
`

func withAccount(k *works, s *stage) {
	k.edit(s, "account/workloads.yaml", "accounts:\n", "accounts:\n"+newAccount)
}

// joined records the new account with its roles, as the engine would.
func joined(k *works, _ core.Object) {
	a := core.Account{ID: "666677778888", Name: "search-staging", Groups: []string{"staging"}}
	k.state.Accounts = append(k.state.Accounts, core.AccountRecord{Account: a, Status: core.AccountActive, Source: "account/workloads.yaml", Registered: now(), Updated: now(), Version: 1})
	for _, role := range []core.RoleName{"DevOps", "Read-Only"} {
		digest := k.state.Assignments[role][0].Digest
		k.state.Assignments[role] = append(k.state.Assignments[role], core.AssignmentRecord{
			Pair: core.Pair{Role: role, Account: a.ID}, Of: a, Status: core.AssignmentActive, Digest: digest, Tried: digest, Updated: now(), Version: 1,
		})
	}
}

// TestPushAndWatch: an edit, its plan, the confirmation, the rollout.
func TestPushAndWatch(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, joined, func(s *stage, k *works) {
		s.shows("ADMIN")
		s.keys("3")
		s.shows("Nothing to push")
		s.keys("P")
		s.shows("push: there is nothing to push")
		withAccount(k, s)
		s.shows("the files changed since this plan")
		s.keys("P")
		s.shows("push: the files changed since this plan: c computes the plan again")
		s.keys("c")
		s.shows("accounts +1 ~0 -0", "assignments +2 ~0 -0", "+  search-staging", "DevOps, Read-Only")
		s.keys("tab", "tab")
		s.shows("[files]", "~  account/workloads.yaml", "+    name: search-staging")
		s.keys("tab")
		s.shows("[access]", "+  DevOps", "gain", "search-staging")
		s.keys("tab")
		s.shows("[budgets]", "DevOps", "%")
		s.keys("P")
		s.shows("Push plan ", "+ account search-staging (666677778888)", "+ DevOps in search-staging", "account/workloads.yaml", "> Cancel")
		s.keys("enter")
		if len(k.writes) > 0 {
			t.Fatal("Enter on Cancel pushed")
		}
		s.keys("P", "y")
		s.pass(10 * time.Second)
		if len(k.writes) != 1 || k.writes[0].Key != "account/workloads.yaml" {
			t.Fatalf("wrote %+v", k.writes)
		}
		s.shows("[4 Rollout]", "Pushed 1 file; rolled out", "9 assignments", "search-staging")
		s.keys("2")
		s.pass(time.Second)
		s.shows("pushed")
		s.keys("3")
		s.pass(time.Second)
		s.shows("nothing to push", "accounts +0 ~0 -0")
	})
}

// TestAPushIsBoundToItsPlan: what changed after the plan was shown is not pushed.
func TestAPushIsBoundToItsPlan(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, joined, func(s *stage, k *works) {
		withAccount(k, s)
		s.keys("3", "P")
		s.shows("Push plan ")
		// Another program changes the folder while the dialog is read.
		_ = k.folder.Write("account/more.yaml", []byte("accounts:\n  \"777788889999\": {name: sneaked-in}\n"))
		s.keys("y")
		s.pass(5 * time.Second)
		s.shows("the files changed since the plan was made", "plan again")
		if len(k.writes) > 0 {
			t.Errorf("wrote %+v", k.writes)
		}
	})
	asAdmin(t, 120, 40, joined, func(s *stage, k *works) {
		withAccount(k, s)
		s.keys("3", "P")
		// Somebody else pushes meanwhile.
		k.state.Set(core.Pair{Role: "DevOps", Account: "333344445555"}, func(r *core.AssignmentRecord) { r.Status = core.AssignmentDeleted })
		s.keys("y")
		s.pass(5 * time.Second)
		s.shows("what is recorded changed since the plan was made")
		if len(k.writes) > 0 {
			t.Errorf("wrote %+v", k.writes)
		}
	})
}

// TestRemovalsAreTyped: entries that vanished are confirmed by their number, which goes
// with the file.
func TestRemovalsAreTyped(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, nil, func(s *stage, k *works) {
		k.edit(s, "account/workloads.yaml", "  \"444455556666\":\n    name: analytics-sandbox\n    groups: [development]\n", "")
		s.keys("3")
		s.shows("accounts +0 ~0 -1", "1 entry that no file lists any more will be removed", "-  ")
		s.keys("P")
		s.shows("Type 1:", "- Read-Only in", "Removed (2)")
		s.keys("y", "enter", "2", "enter")
		s.shows("not 1")
		if len(k.writes) > 0 {
			t.Fatal("pushed without the number")
		}
		s.keys("backspace", "1", "enter")
		s.pass(3 * time.Second)
		if len(k.writes) != 1 || k.writes[0].Metadata[core.RemovalsMetadata] != "1" {
			t.Errorf("wrote %+v", k.writes)
		}
	})
}

// TestLargePushesAreTyped also when nothing is removed.
func TestLargePushesAreTyped(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, nil, func(s *stage, k *works) {
		more := "accounts:\n"
		for i := range 30 {
			more += fmt.Sprintf("  \"%012d\": {groups: [staging]}\n", 700000000000+i)
		}
		k.edit(s, "account/workloads.yaml", "accounts:\n", more)
		s.keys("3", "P")
		s.shows("Type 60:")
		s.keys("y", "enter", "6", "0", "enter")
		s.pass(3 * time.Second)
		if len(k.writes) != 1 {
			t.Errorf("wrote %d files", len(k.writes))
		}
	})
}

// TestErrorsKeepAPushAway, and lead to the place of the first, with the text kept.
func TestErrorsKeepAPushAway(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, nil, func(s *stage, k *works) {
		k.edit(s, "role/operations.yaml", "policy: DevOps.json", "polcy: DevOps.json")
		s.keys("3")
		s.shows("The configuration has errors; nothing can be pushed", "role/operations.yaml:2:3", "role/operations.yaml:3:5")
		s.keys("P")
		s.shows("push: the configuration has errors: mend them first")
		s.keys("enter")
		s.pass(time.Second)
		s.shows("[2 Files]", "role/operations.yaml", "line 2, 3", "E!  3     polcy: DevOps.json")
	})
}

// TestADiffScrolls in the details of a file.
func TestADiffScrolls(t *testing.T) {
	t.Parallel()
	asAdmin(t, 80, 24, nil, func(s *stage, k *works) {
		var lines strings.Builder
		for i := range 60 {
			fmt.Fprintf(&lines, "# comment %02d\n", i)
		}
		k.edit(s, "account/workloads.yaml", "accounts:\n", lines.String()+"accounts:\n")
		s.keys("3", "tab", "tab", "enter")
		s.shows("+# comment 00", "lines 1 to")
		s.keys("end")
		s.shows("+# comment 59")
		s.lacks("+# comment 00")
	})
}

// TestALostNetworkIsSaid, and the rollout goes on when it is back.
func TestALostNetworkIsSaid(t *testing.T) {
	t.Parallel()
	lost := core.Errorf(core.CodeUnavailable, "the network cannot be reached")
	asAdmin(t, 120, 40, func(k *works, _ core.Object) { k.state.Err = lost }, func(s *stage, k *works) {
		withAccount(k, s)
		s.keys("3", "P", "y")
		s.pass(20 * time.Second)
		s.shows("[4 Rollout]", "7 assignments", "connection lost", "trying again")
		s.lacks("Pushed 1 file")
		k.state.Err = nil
		joined(k, core.Object{})
		s.pass(time.Minute)
		s.shows("Pushed 1 file; rolled out", "9 assignments")
		s.lacks("connection lost")
	})
}

// TestLeavingAPush asks first; leaving before all files are uploaded is an error.
func TestLeavingAPush(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, func(*works, core.Object) { time.Sleep(10 * time.Second) }, func(s *stage, k *works) {
		withAccount(k, s)
		s.keys("3", "P", "y", "q")
		s.shows("Leave while a push is under way?", "Not all files are uploaded")
		s.keys("enter")
		if s.m.quit {
			t.Fatal("left by Enter on Cancel")
		}
		s.keys("q", "y")
		if !s.m.quit || !s.m.cutShort {
			t.Errorf("quit %v, cut short %v", s.m.quit, s.m.cutShort)
		}
	})
	asAdmin(t, 120, 40, nil, func(s *stage, k *works) { // nothing rolls out
		withAccount(k, s)
		s.keys("3", "P", "y")
		s.pass(5 * time.Second)
		s.keys("q")
		s.shows("All files are uploaded. The rollout goes on without you")
		s.keys("y")
		if !s.m.quit || s.m.cutShort {
			t.Errorf("quit %v, cut short %v", s.m.quit, s.m.cutShort)
		}
	})
}

// TestRoleChangesAreShown as the fields that differ, and a policy as its diff; the
// filter narrows a part.
func TestRoleChangesAreShown(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, nil, func(s *stage, k *works) {
		_ = k.folder.Write("custom_policy/DevOps.json", []byte(strings.Replace(tuitest.Sample()["custom_policy/DevOps.json"], "ec2:Describe*", "rds:Describe*", 1)))
		k.edit(s, "role/operations.yaml", "    groups: [production, staging]\n", "    groups: [production]\n    max_session_duration: 2h\n")
		s.keys("3", "tab")
		s.shows("[roles]", "~  DevOps", "max_session_duration", "+ 2h", "- production, staging", "+ production", "rds:Describe*")
		s.keys(typed("/nothing")...)
		s.shows("no match", "0 of 1 role")
		s.keys("esc", "esc", "shift+tab")
		s.shows("[accounts]", "shop-staging", "DevOps")
	})
}

// TestRolesOfTheInstallation are offered to an admin who chooses one.
func TestRolesOfTheInstallation(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, nil, func(s *stage, _ *works) {
		s.keys("R")
		s.shows("the session's own: DevOps", "Read-Only")
		s.keys(typed("read-only")...)
		s.lacks("Use the role")
		s.keys("enter")
		s.shows("role Read-Only")
	})
}

// TestRetry drives what failed again, and nothing else.
func TestRetry(t *testing.T) {
	t.Parallel()
	asAdmin(t, 120, 40, nil, func(s *stage, k *works) {
		failed := core.Pair{Role: "DevOps", Account: "222233334444"}
		k.state.Set(failed, func(r *core.AssignmentRecord) {
			r.Status, r.Attempts, r.Updated = core.AssignmentFailed, 6, now()
			r.Failure = &core.Failure{Code: "AccessDenied", Message: "the admin role cannot be taken", Attempts: 6, At: now()}
		})
		s.keys("4", "ctrl+r")
		s.pass(2 * time.Second)
		s.shows("1 failed", "AccessDenied", "DevOps")
		if !strings.Contains(s.cursor(), "222233334444") {
			s.keys("home")
		}
		s.keys("r")
		s.pass(time.Second)
		events := s.m.admin.installation.Publisher.(*mute).events
		if len(events) != 1 || events[0].Role != failed.Role || events[0].Account != failed.Account {
			t.Errorf("sent %+v", events)
		}
		s.shows("driven again")
	})
}

// TestAMissingTable and a throttled one are states, not stacks.
func TestAMissingTable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		says string
	}{
		{core.Errorf(core.CodeNotFound, "there is no table CrossAccountManager-Roles"), "not installed here: there is no table"},
		{core.Errorf(core.CodeThrottled, "too many requests"), "AWS asks to slow down, trying again"},
		{core.Errorf(core.CodeDenied, "not authorized to perform dynamodb:Query"), "not authorized to perform"},
		{core.Errorf(core.CodeNoCredentials, "the session has expired").WithHint("aws sso login"), "aws sso login"},
	} {
		asAdmin(t, 100, 30, nil, func(s *stage, k *works) {
			k.state.Err = tt.err
			s.keys("4", "ctrl+r")
			s.pass(40 * time.Second)
			s.shows("7 assignments", "? help", tt.says)
		})
	}
}
