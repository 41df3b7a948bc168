package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
)

// answer runs the questions with answers, a line each, and returns what was said.
func answer(t *testing.T, o Options, answers ...string) string {
	t.Helper()
	var out strings.Builder
	o.Input, o.Output = strings.NewReader(strings.Join(answers, "\n")+"\n"), &out
	if err := RunAccessible(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\r\x07") {
		t.Errorf("there are control characters in %q", out.String())
	}
	return out.String()
}

func said(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("it was not said: %q, but\n%s", want, text)
		}
	}
}

func TestAccessibleUsers(t *testing.T) {
	t.Parallel()
	o, p, d, _ := options()
	text := answer(t, o, "1", "5", "1", "shop-prod", "7", "x", "", "1", "0", "3")
	said(t, text, "cam, READ-ONLY. You are alice in account 100000000001. Role: DevOps.", "1. Accounts approved for your role", "Number from 1 to",
		"6 of 6 accounts", "5. shop-production (111122223333), production, active")
	if len(p.consoles) == 0 || len(d.urls) == 0 || p.consoles[0].Account != "111122223333" {
		t.Errorf("opened %+v\n%s", p.consoles, text)
	}
	if strings.Contains(text, "SigninToken") {
		t.Error("a secret link was said")
	}
}

func TestAccessibleExport(t *testing.T) {
	t.Parallel()
	o, _, d, _ := options()
	text := answer(t, o, "1", "5", "3", "2", "secret.env", "0")
	said(t, text, "Wrote credentials of shop-production (111122223333)", "readable by you only")
	if !strings.Contains(d.files["secret.env"], secretKey) || strings.Contains(text, secretKey) {
		t.Errorf("the file holds %q\n%s", d.files, text)
	}
	text = answer(t, o, "1", "1", "0")
	said(t, text, "Error: analytics-sandbox (444455556666) is approved for DevOps but not ready", "Next step:")
	text = answer(t, o, "1", "5", "4", "0")
	said(t, text, "cam exec 111122223333 -- $SHELL")
}

func TestAccessibleAdmins(t *testing.T) {
	t.Parallel()
	o, _, _, _ := options()
	state, bucket := tuitest.Installed(tuitest.Sample(), time.Unix(0, 0)), tuitest.NewBucket(tuitest.Sample())
	folder := tuitest.NewFolder(tuitest.Sample())
	o.Folder = folder
	o.Session.Installation = func(context.Context) (*Installation, error) { return installation(state, bucket), nil }
	state.Set(core.Pair{Role: "DevOps", Account: "222233334444"}, func(r *core.AssignmentRecord) {
		r.Status, r.Failure = core.AssignmentFailed, &core.Failure{Code: "AccessDenied", Message: "no way in", Attempts: 3}
	})
	state.Accounts[3].Status = core.AccountPending
	text := answer(t, o, "3", "4", "5", "no", "6", "7", "8")
	said(t, text, "cam, ADMIN.", "4 accounts, 2 roles, 1 policy, 0 findings.", "failed: 1 assignment.", "Failed: DevOps in 222233334444", "AccessDenied: no way in",
		"Drive 1 assignment again? Type yes", "444455556666 analytics-sandbox has not registered. Its owner runs: cam deploy sub-account --master 100000000001", "There is nothing to push.")

	_ = folder.Write("account/workloads.yaml", []byte(strings.Replace(tuitest.Sample()["account/workloads.yaml"], "  \"444455556666\":\n    name: analytics-sandbox\n    groups: [development]\n", "", 1)))
	text = answer(t, o, "7", "2", "8")
	said(t, text, "1 account: 0 added, 0 changed, 1 removed.", "Removed: account 444455556666.", "1 entry that no file lists any more will be removed.", "Type 1 to go on")
	if string(bucket.Files()["account/workloads.yaml"]) != tuitest.Sample()["account/workloads.yaml"] {
		t.Error("pushed without the number")
	}
	_ = folder.Write("role/operations.yaml", []byte("roles: {"))
	text = answer(t, o, "3", "7", "8")
	said(t, text, "role/operations.yaml:1", "Error: the configuration has errors; nothing can be pushed")
}

func TestAccessibleRolesAndPeople(t *testing.T) {
	t.Parallel()
	o, p, _, _ := options()
	p.who.CurrentRole = ""
	o.Personas = []Persona{{Name: "DevOps", Text: "deploys", Open: func(context.Context) (Session, error) { return o.Session, nil }}}
	text := answer(t, o, "1", "2", "Read-Only", "1", "0", "3", "1", "0")
	said(t, text, "Role: none.", "Your session holds no CrossAccountManager role. Choose one", "Role: Read-Only.", "6 of 6 accounts", "1. DevOps, deploys")
	if len(p.lists) != 1 || p.lists[0] != "Read-Only" {
		t.Errorf("listed for %q", p.lists)
	}
}

// TestAccessibleEnds with its input, and when it is told to.
func TestAccessibleEnds(t *testing.T) {
	t.Parallel()
	o, _, _, _ := options()
	answer(t, o, "")
	answer(t, o, "x", "99", "-1", "0")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	o.Input, o.Output = strings.NewReader(""), &strings.Builder{}
	if err := RunAccessible(ctx, o); err != nil && ctx.Err() == nil {
		t.Error(err)
	}
}
