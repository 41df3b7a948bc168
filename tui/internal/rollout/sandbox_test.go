package rollout_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

// quick is a pace for an installation where nothing is far away.
var quick = rollout.Options{Busy: 100 * time.Millisecond, Idle: 300 * time.Millisecond, Lists: 300 * time.Millisecond, ListsIdle: 500 * time.Millisecond}

// TestFollowsAnInstallation while it is rolled out, joined, changed and left: the board
// ends with what is recorded, cell for cell, and so does one that comes late.
func TestFollowsAnInstallation(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	ctx, cancel := context.WithCancel(in.Context())
	defer cancel()
	_, v := watch(ctx, in.Admin.Tables(), quick)

	accounts := func(n int, group string) string {
		var b strings.Builder
		b.WriteString("accounts:\n")
		for i := range n {
			fmt.Fprintf(&b, "  %q: {name: a%d, email: a%d@example.com, groups: [all, %s]}\n", id(i+1), i, i, group)
		}
		return b.String()
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`
	steps := []struct {
		name string
		do   func()
	}{
		{"nothing", func() {}},
		{"a push", func() {
			in.Push(map[string]string{
				"account/a.yaml": accounts(4, "prod"), "custom_policy/P.json": policy,
				"role/r.yaml": "roles:\n  Ops: {policy: P.json, accountgroup: prod}\n  Audit: {policy: P.json, description: Reads}\n",
			})
		}},
		{"joining", func() { in.Join(string(id(1)), string(id(2)), string(id(3))) }},
		{"other groups", func() { in.Push(map[string]string{"account/a.yaml": accounts(4, "dev")}) }},
		{"another role", func() {
			in.Push(map[string]string{"role/new.yaml": "roles: {New: {policy: P.json, accountgroup: dev}}\n"})
		}},
		{"leaving", func() { in.Leave(string(id(2))) }},
		{"removing a role", func() { in.Upload("role/new.yaml", "# nothing\n", 1) }},
	}
	for _, step := range steps {
		step.do()
		in.Quiet()
		wantRecorded(t, step.name, in, v)
	}
	_, late := watch(ctx, in.Admin.Tables(), quick)
	wantRecorded(t, "coming late", in, late)
}

// wantRecorded waits until the board says what the tables say.
func wantRecorded(t *testing.T, when string, in *coretest.Installation, v *screen) {
	t.Helper()
	want := reduce(in.Recorded())
	var diff string
	for range 100 {
		if diff = cmp.Diff(want, v.tell(), cmpopts.EquateEmpty()); diff == "" && v.now().Loaded {
			break
		}
		select {
		case <-in.Context().Done():
			t.Fatal(in.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	if u := v.now(); diff != "" || u.Health.Err != nil {
		t.Fatalf("after %s: %v; the tables, and the board (-want +got):\n%s", when, u.Health.Err, diff)
	}
}

// TestWithoutPermission tells who asks for what.
func TestWithoutPermission(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	in.Push(map[string]string{
		"account/a.yaml":       fmt.Sprintf("accounts: {%q: {name: one}}\n", id(1)),
		"role/r.yaml":          "roles: {Ops: {policy: P.json}}\n",
		"custom_policy/P.json": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`,
	})
	in.Quiet()
	ctx, cancel := context.WithCancel(in.Context())
	defer cancel()
	w := rollout.Watch(ctx, in.As("Ops").Tables(), rollout.Options{})
	for u := range w.Updates() {
		if u.Health.Err == nil {
			continue
		}
		if wait := u.Health.NextTry.Sub(u.Health.Since); wait < 10*time.Second || u.Loaded {
			t.Errorf("told %v, the next try is after %v", u.Health.Err, wait)
		}
		if !strings.Contains(u.Health.Err.Error(), "listing") {
			t.Errorf("told %q", u.Health.Err)
		}
		return
	}
	t.Error("nothing was told")
}
