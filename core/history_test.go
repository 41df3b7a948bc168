package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

// at is a time so many minutes after noon.
func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func denied(minutes int) *core.Failure { return &core.Failure{Code: "AccessDenied", At: at(minutes)} }

func TestHistory(t *testing.T) {
	t.Parallel()
	type record = core.AssignmentRecord
	pending := core.StatusChange{Status: "pending", At: at(1)}
	for name, test := range map[string]struct {
		before, now record
		want        []core.StatusChange
	}{
		"a new record":                  {record{}, record{Status: "pending", Updated: at(1)}, []core.StatusChange{pending}},
		"a new record without a status": {record{}, record{Updated: at(1)}, nil},
		"another status": {
			record{Status: "pending", Updated: at(1), History: []core.StatusChange{pending}}, record{Status: "active", Updated: at(2)},
			[]core.StatusChange{pending, {Status: "active", At: at(2)}},
		},
		"the same status, later": {
			record{Status: "pending", Updated: at(1), History: []core.StatusChange{pending}}, record{Status: "pending", Updated: at(2)},
			[]core.StatusChange{pending},
		},
		"a failure, which is newer than the last change of the record": {
			record{Status: "pending", Updated: at(1), History: []core.StatusChange{pending}}, record{Status: "failed", Updated: at(2), Failure: denied(3)},
			[]core.StatusChange{pending, {Status: "failed", At: at(3), Code: "AccessDenied"}},
		},
		"the same failure again": {
			record{Status: "failed", Failure: denied(1), History: []core.StatusChange{{Status: "failed", At: at(1), Code: "AccessDenied"}}},
			record{Status: "failed", Failure: denied(2)},
			[]core.StatusChange{{Status: "failed", At: at(1), Code: "AccessDenied"}},
		},
		"another failure": {
			record{Status: "failed", Failure: denied(1), History: []core.StatusChange{{Status: "failed", At: at(1), Code: "AccessDenied"}}},
			record{Status: "failed", Failure: &core.Failure{Code: "LimitExceeded", At: at(2)}},
			[]core.StatusChange{{Status: "failed", At: at(1), Code: "AccessDenied"}, {Status: "failed", At: at(2), Code: "LimitExceeded"}},
		},
		"a record from before there were histories": {
			record{Status: "failed", Updated: at(1), Failure: denied(1)}, record{Status: "active", Updated: at(2)},
			[]core.StatusChange{{Status: "failed", At: at(1), Code: "AccessDenied"}, {Status: "active", At: at(2)}},
		},
		"such a record, unchanged": {
			record{Status: "pending", Updated: at(1)}, record{Status: "pending", Updated: at(2)}, []core.StatusChange{pending},
		},
		"a history that somebody wrote": {
			record{Status: "pending", Updated: at(1), History: []core.StatusChange{pending}},
			record{Status: "pending", Updated: at(1), History: []core.StatusChange{{Status: "invented"}}},
			[]core.StatusChange{pending},
		},
		"other zones and parts of milliseconds": {
			record{}, record{Status: "pending", Updated: at(1).Add(999 * time.Microsecond).In(time.FixedZone("", 3600))}, []core.StatusChange{pending},
		},
	} {
		now := test.now
		now.Remember(&test.before)
		if diff := cmp.Diff(test.want, now.History); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestHistoryOfOthers: the failure of an active role is of its role in the master
// account; a refused registration is not the account's status.
func TestHistoryOfOthers(t *testing.T) {
	t.Parallel()
	role := core.RoleRecord{Status: core.RoleActive, Updated: at(1)}
	role.Remember(&core.RoleRecord{})
	broken := role
	broken.Failure = denied(2)
	broken.Remember(&role)
	mended := broken
	mended.Failure, mended.Updated = nil, at(3)
	mended.Remember(&broken)
	want := []core.StatusChange{{Status: "active", At: at(1)}, {Status: "active", At: at(2), Code: "AccessDenied"}, {Status: "active", At: at(3)}}
	if diff := cmp.Diff(want, mended.History); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
	account := core.AccountRecord{Status: core.AccountPending, Updated: at(1), Refused: denied(2)}
	account.Remember(&core.AccountRecord{})
	if diff := cmp.Diff([]core.StatusChange{{Status: "pending", At: at(1)}}, account.History); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

// TestHistoryIsTheNewestChanges of any course: bounded, without repetition, and no
// history that was handed out is ever written to.
func TestHistoryIsTheNewestChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all, before []core.StatusChange
		r := core.AssignmentRecord{}
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 3), 0, 40).Draw(t, "statuses") {
			next := core.AssignmentRecord{Status: core.AssignmentStatus(fmt.Sprint("s", n)), Updated: at(i)}
			given := r.History
			before = append([]core.StatusChange{}, given...)
			next.Remember(&r)
			if diff := cmp.Diff(before, append([]core.StatusChange{}, given...)); diff != "" {
				t.Fatalf("the history before was changed:\n%s", diff)
			}
			if len(all) == 0 || all[len(all)-1].Status != string(next.Status) {
				all = append(all, core.StatusChange{Status: string(next.Status), At: at(i)})
			}
			r = next
			if diff := cmp.Diff(all[max(0, len(all)-core.MaxHistory):], r.History); diff != "" {
				t.Fatalf("after %d (-want +got):\n%s", i, diff)
			}
		}
	})
}
