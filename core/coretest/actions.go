package coretest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
)

// Config is the configuration bucket, as the administrator sees it.
func (in *Installation) Config() *cloud.Bucket { return in.Admin.Bucket(in.Box.ConfigBucket(), "") }

// Push uploads files as they are, by key, in the keys' order. It allows no removals and
// does not wait.
func (in *Installation) Push(files map[string]string) {
	in.t.Helper()
	for _, key := range slices.Sorted(maps.Keys(files)) {
		in.Upload(key, files[key], 0)
	}
}

// Upload writes one file, allowing so many removals, and returns its version.
func (in *Installation) Upload(key, body string, removals int) string {
	in.t.Helper()
	o := core.Object{Key: key, Body: []byte(body)}
	if removals > 0 {
		o.Metadata = map[string]string{core.RemovalsMetadata: strconv.Itoa(removals)}
	}
	version, err := in.Config().PutObject(in.ctx, o)
	if err != nil {
		in.t.Fatalf("uploading %s: %v", key, err)
	}
	return version
}

// Join launches the sub-account stack in accounts, one after the other.
func (in *Installation) Join(accounts ...string) {
	in.t.Helper()
	if err := in.Box.Join(in.ctx, accounts, func(string) {}); err != nil {
		in.t.Fatal(err)
	}
}

// Leave deletes the sub-account stack in accounts, one after the other.
func (in *Installation) Leave(accounts ...string) {
	in.t.Helper()
	if err := in.Box.Leave(in.ctx, accounts, func(string) {}); err != nil {
		in.t.Fatal(err)
	}
}

// Invoke runs one of the installation's functions in an account with an event, and
// waits for its answer.
func (in *Installation) Invoke(account, handler, event string) {
	in.t.Helper()
	if _, err := in.Box.Invoke(in.ctx, account, core.Prefix+handler, []byte(event)); err != nil {
		in.t.Fatal(err)
	}
}

// Reconcile runs what the schedule runs, and waits until all is quiet.
func (in *Installation) Reconcile() {
	in.t.Helper()
	in.Invoke(in.Box.Master(), "Reconcile", "{}")
	in.Quiet()
}

// Quiet waits until no event and no function is under way.
func (in *Installation) Quiet() {
	in.t.Helper()
	for {
		before := in.runs.Load()
		if err := in.Box.Idle(in.ctx); err != nil {
			in.t.Fatalf("the sandbox does not come to rest: %v", err)
		}
		if in.runs.Load() == before {
			return
		}
	}
}

// Wait waits until all is quiet, and fails the test if work was left undone.
func (in *Installation) Wait() {
	in.t.Helper()
	in.Quiet()
	if open := in.Open(); len(open) > 0 {
		in.t.Fatalf("work was left undone:\n%s", strings.Join(open, "\n"))
	}
}

// Open lists what is recorded as unfinished, a line each.
func (in *Installation) Open() []string {
	in.t.Helper()
	var open []string
	recorded := in.Recorded()
	for i := range recorded.Accounts {
		if r := &recorded.Accounts[i]; r.Dirty {
			open = append(open, "account "+string(r.ID)+" was not looked at")
		}
	}
	for i := range recorded.Roles {
		if r := &recorded.Roles[i]; r.Dirty {
			open = append(open, "role "+string(r.Name)+" was not looked at")
		}
	}
	for i := range recorded.Assignments {
		r := &recorded.Assignments[i]
		if r.Waiting || r.Status.Settled() {
			continue
		}
		line := string(r.Role) + " in " + string(r.Account) + " is " + string(r.Status)
		if r.Failure != nil {
			line += ": " + r.Failure.Message
		}
		open = append(open, line)
	}
	return open
}

// Recorded reads the tables.
func (in *Installation) Recorded() *core.Recorded {
	in.t.Helper()
	recorded, err := engine.Recorded(in.ctx, in.Admin.Tables())
	if err != nil {
		in.t.Fatal(err)
	}
	return recorded
}
