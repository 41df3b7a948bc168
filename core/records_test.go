package core_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

func TestSelects(t *testing.T) {
	t.Parallel()
	const a, b core.AccountID = "111122223333", "444455556666"
	ids := func(ids ...core.AccountID) []core.AccountID { return ids }
	groups := func(groups ...string) []string { return groups }
	for _, test := range []struct {
		name    string
		role    core.Role
		account core.Account
		want    bool
	}{
		{"neither groups nor accounts: all", core.Role{}, core.Account{ID: a}, true},
		{"group", core.Role{Groups: groups("dev")}, core.Account{ID: a, Groups: groups("dev")}, true},
		{"one of several groups", core.Role{Groups: groups("ops", "dev")}, core.Account{ID: a, Groups: groups("dev", "pci")}, true},
		{"another group", core.Role{Groups: groups("prod")}, core.Account{ID: a, Groups: groups("dev")}, false},
		{"groups are told apart by case", core.Role{Groups: groups("Dev")}, core.Account{ID: a, Groups: groups("dev")}, false},
		{"no part of a group's name", core.Role{Groups: groups("prod")}, core.Account{ID: a, Groups: groups("production")}, false},
		{"account without group", core.Role{Groups: groups("dev")}, core.Account{ID: a}, false},
		{"star", core.Role{Groups: groups("*")}, core.Account{ID: a}, true},
		{"listed", core.Role{Accounts: ids(a)}, core.Account{ID: a}, true},
		{"accounts alone are not all", core.Role{Accounts: ids(b)}, core.Account{ID: a}, false},
		{"listed in addition to groups", core.Role{Accounts: ids(a), Groups: groups("prod")}, core.Account{ID: a, Groups: groups("dev")}, true},
		{"group in addition to listed", core.Role{Accounts: ids(b), Groups: groups("dev")}, core.Account{ID: a, Groups: groups("dev")}, true},
		{"excluded from all", core.Role{ExcludeAccounts: ids(a)}, core.Account{ID: a}, false},
		{"another one excluded", core.Role{ExcludeAccounts: ids(b)}, core.Account{ID: a}, true},
		{"excluded from a group", core.Role{Groups: groups("dev"), ExcludeAccounts: ids(a)}, core.Account{ID: a, Groups: groups("dev")}, false},
		{"excluded from star", core.Role{Groups: groups("*"), ExcludeAccounts: ids(a)}, core.Account{ID: a}, false},
		{"exclusion wins over listing", core.Role{Accounts: ids(a), ExcludeAccounts: ids(a)}, core.Account{ID: a}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.role.Selects(test.account); got != test.want {
				t.Errorf("selected: %v", got)
			}
		})
	}
}

// TestSettle goes through every combination of what is known of an account.
func TestSettle(t *testing.T) {
	t.Parallel()
	const no, yes = false, true
	for _, test := range []struct {
		listed, registered, departed, removed bool
		want                                  core.AccountStatus
	}{
		{no, no, no, no, core.AccountDeleted},
		{no, no, no, yes, core.AccountDeleted},
		{no, no, yes, no, core.AccountDeleted},
		{no, no, yes, yes, core.AccountDeleted},
		{no, yes, no, no, core.AccountPending}, // registered first, no file lists it yet
		{no, yes, no, yes, core.AccountDeleted},
		{no, yes, yes, no, core.AccountPending}, // came back
		{no, yes, yes, yes, core.AccountDeleted},
		{yes, no, no, no, core.AccountPending}, // listed first, not registered yet
		{yes, no, no, yes, core.AccountPending},
		{yes, no, yes, no, core.AccountDeleted}, // left
		{yes, no, yes, yes, core.AccountDeleted},
		{yes, yes, no, no, core.AccountActive},
		{yes, yes, no, yes, core.AccountActive},
		{yes, yes, yes, no, core.AccountActive}, // came back
		{yes, yes, yes, yes, core.AccountActive},
	} {
		r := core.AccountRecord{Removed: test.removed}
		if test.listed {
			r.Source = "account/a.yaml"
		}
		if test.registered {
			r.Registered = noon
		}
		if test.departed {
			r.Departed = noon
		}
		// What the status was does not matter.
		for _, before := range []core.AccountStatus{"", core.AccountPending, core.AccountActive, core.AccountDeleted} {
			r.Status = before
			if r.Settle(); r.Status != test.want {
				t.Errorf("%+v: from %q to %s", test, before, r.Status)
			}
		}
		if r.Listed() != test.listed || r.IsRegistered() != test.registered {
			t.Errorf("%+v: listed %v, registered %v", test, r.Listed(), r.IsRegistered())
		}
		if want := test.listed && test.want != core.AccountDeleted; r.Wanted() != want {
			t.Errorf("%+v: wanted %v", test, r.Wanted())
		}
	}
}

func TestSettledAssignments(t *testing.T) {
	t.Parallel()
	for status, want := range map[core.AssignmentStatus]bool{
		core.AssignmentPending: false, core.AssignmentDeleting: false, "": false,
		core.AssignmentActive: true, core.AssignmentFailed: true, core.AssignmentDeleted: true,
	} {
		if status.Settled() != want {
			t.Errorf("%q is settled: %v", status, !want)
		}
	}
}

func TestLease(t *testing.T) {
	t.Parallel()
	lease := core.Lease{Owner: "me", Until: noon}
	for _, test := range []struct {
		lease core.Lease
		at    time.Time
		want  bool
	}{
		{lease, noon.Add(-time.Nanosecond), true}, {lease, noon, false}, {lease, noon.Add(time.Hour), false},
		{core.Lease{}, noon, false}, {core.Lease{Until: noon}, noon.Add(-time.Hour), false},
	} {
		if got := test.lease.HeldAt(test.at); got != test.want {
			t.Errorf("%+v at %s: held %v", test.lease, test.at, got)
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	f := core.Finding{Severity: core.SeverityWarning, File: "role/a.yaml", Line: 3, Column: 5, Message: "unknown key acount", Advice: "did you mean account?"}
	if got, want := f.String(), "role/a.yaml:3:5: warning: unknown key acount (did you mean account?)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	f.Advice = ""
	if got, want := f.String(), "role/a.yaml:3:5: warning: unknown key acount"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if core.HasErrors(nil) || core.HasErrors([]core.Finding{f}) {
		t.Error("a warning is no error")
	}
	if !core.HasErrors([]core.Finding{f, {Severity: core.SeverityError}}) {
		t.Error("an error is missed")
	}
}

// TestRecordJSON holds the keys on which scripts rely, and what stays inside.
func TestRecordJSON(t *testing.T) {
	t.Parallel()
	pair := core.Pair{Role: "DevOps", Account: "012345670123"}
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"assignment": {
			core.AssignmentRecord{Pair: pair, Status: core.AssignmentFailed, Digest: "d", Attempts: 3, Version: 9,
				Failure: &core.Failure{Code: "AccessDenied", Message: "no", Attempts: 3, At: noon}, Updated: noon, Lease: core.Lease{Owner: "me"},
				History: []core.StatusChange{{Status: "failed", At: noon}}},
			`{"role":"DevOps","account_id":"012345670123","status":"failed",` +
				`"error":{"code":"AccessDenied","message":"no","attempts":3,"at":"2024-05-01T12:00:00Z"},"updated_at":"2024-05-01T12:00:00Z"}`,
		},
		"account": {
			core.AccountRecord{Account: core.Account{ID: "012345670123", Groups: []string{"dev"}}, Status: core.AccountActive, Version: 2},
			`{"account_id":"012345670123","groups":["dev"],"status":"active"}`,
		},
		"event": {
			core.Event{Action: core.ActionAdd, Account: "012345670123", Role: "DevOps"},
			`{"Action":"ADD","SubAccountId":"012345670123","Role":"DevOps"}`,
		},
	} {
		got, err := json.Marshal(test.value)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
