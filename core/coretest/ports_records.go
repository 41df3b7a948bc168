package coretest

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// TestAccounts tests an implementation of core.Accounts. open is called once.
func TestAccounts(t *testing.T, open func(testing.TB) core.Accounts) {
	a := open(t)
	s := store[core.AccountRecord, core.AccountID]{
		get: a.Account, update: a.UpdateAccount,
		newKey: newAccountID, keyOf: func(r *core.AccountRecord) core.AccountID { return r.ID },
		fill: record[core.AccountRecord](), pin: func(r *core.AccountRecord, id core.AccountID) { r.ID = id },
		version: func(r *core.AccountRecord) *int64 { return &r.Version },
		tally:   func(r *core.AccountRecord) *string { return &r.Name },
		pad:     func(r *core.AccountRecord, pad string) { r.Email = pad },
		memory: &memory[core.AccountRecord]{
			remember: (*core.AccountRecord).Remember,
			history:  func(r *core.AccountRecord) *[]core.StatusChange { return &r.History },
			set: func(r *core.AccountRecord, status string, at time.Time) {
				r.Status, r.Updated = core.AccountStatus(status), at
			},
		},
	}
	s.test(t)
	list := func(statuses ...core.AccountStatus) list[core.AccountRecord] {
		return func(ctx context.Context) iter.Seq2[core.AccountRecord, error] {
			return a.ListAccounts(ctx, statuses...)
		}
	}
	t.Run("lists by status", func(t *testing.T) { // before there is much to list
		testStatusLists(t, s, accountStatuses, func(r *core.AccountRecord) *core.AccountStatus { return &r.Status }, list)
	})
	t.Run("lists over many pages", func(t *testing.T) {
		t.Parallel()
		want := s.large(t, s.newKey, func(r *core.AccountRecord) { r.Status = core.AccountActive })
		s.lists(t, false, list(core.AccountActive), want)
	})
}

// TestRoles tests an implementation of core.Roles. open is called once.
func TestRoles(t *testing.T, open func(testing.TB) core.Roles) {
	a := open(t)
	s := store[core.RoleRecord, core.RoleName]{
		get: a.Role, update: a.UpdateRole,
		newKey: newRoleName, keyOf: func(r *core.RoleRecord) core.RoleName { return r.Name },
		fill: record[core.RoleRecord](), pin: func(r *core.RoleRecord, name core.RoleName) { r.Name = name },
		version: func(r *core.RoleRecord) *int64 { return &r.Version },
		tally:   func(r *core.RoleRecord) *string { return &r.Digest },
		pad:     func(r *core.RoleRecord, pad string) { r.Document = pad },
		memory: &memory[core.RoleRecord]{
			remember: (*core.RoleRecord).Remember,
			history:  func(r *core.RoleRecord) *[]core.StatusChange { return &r.History },
			set: func(r *core.RoleRecord, status string, at time.Time) {
				r.Status, r.Updated = core.RoleStatus(status), at
			},
			fail: func(r *core.RoleRecord, f *core.Failure) { r.Failure = f },
		},
	}
	s.test(t)
	list := func(statuses ...core.RoleStatus) list[core.RoleRecord] {
		return func(ctx context.Context) iter.Seq2[core.RoleRecord, error] { return a.ListRoles(ctx, statuses...) }
	}
	t.Run("lists by status", func(t *testing.T) { // before there is much to list
		testStatusLists(t, s, roleStatuses, func(r *core.RoleRecord) *core.RoleStatus { return &r.Status }, list)
	})
	t.Run("lists over many pages", func(t *testing.T) {
		t.Parallel()
		want := s.large(t, s.newKey, func(r *core.RoleRecord) { r.Status = core.RoleActive })
		s.lists(t, false, list(core.RoleActive), want)
	})
}

// testStatusLists moves a record through its statuses and looks for it in every list.
func testStatusLists[T any, K comparable, S ~string](t *testing.T, s store[T, K], statuses []S, status func(*T) *S, by func(...S) list[T]) {
	key := s.newKey()
	for _, now := range statuses {
		r, err := s.update(t.Context(), key, func(r *T) error {
			*status(r) = now
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range statuses {
			if other == now {
				s.lists(t, false, by(other), []T{r})
			} else {
				s.lists(t, false, by(other), nil, key)
			}
		}
		s.lists(t, false, by(), []T{r})
		if now != statuses[0] {
			s.lists(t, false, by(statuses[0], now), []T{r})
		}
	}
	stops(t, by())
}

// TestAssignments tests an implementation of core.Assignments. open is called once.
func TestAssignments(t *testing.T, open func(testing.TB) core.Assignments) {
	a := open(t)
	s := store[core.AssignmentRecord, core.Pair]{
		get: a.Assignment, update: a.UpdateAssignment,
		newKey:  func() core.Pair { return core.Pair{Role: newRoleName(), Account: newAccountID()} },
		keyOf:   func(r *core.AssignmentRecord) core.Pair { return r.Pair },
		fill:    record[core.AssignmentRecord](),
		pin:     func(r *core.AssignmentRecord, p core.Pair) { r.Pair, r.Of.ID = p, p.Account },
		version: func(r *core.AssignmentRecord) *int64 { return &r.Version },
		tally:   func(r *core.AssignmentRecord) *string { return &r.Digest },
		pad: func(r *core.AssignmentRecord, pad string) {
			r.Failure = &core.Failure{Message: pad}
		},
		memory: &memory[core.AssignmentRecord]{
			remember: (*core.AssignmentRecord).Remember,
			history:  func(r *core.AssignmentRecord) *[]core.StatusChange { return &r.History },
			set: func(r *core.AssignmentRecord, status string, at time.Time) {
				r.Status, r.Updated = core.AssignmentStatus(status), at
			},
			fail: func(r *core.AssignmentRecord, f *core.Failure) { r.Failure = f },
		},
	}
	s.test(t)
	t.Run("lists of a role are consistent", func(t *testing.T) {
		t.Parallel()
		testAssignmentsOfRole(t, a, s)
	})
	t.Run("lists of an account", func(t *testing.T) {
		t.Parallel()
		testAssignmentsOfAccount(t, a, s)
	})
	t.Run("lists what is open", func(t *testing.T) {
		t.Parallel()
		testOpenAssignments(t, a, s)
	})
}

func testAssignmentsOfRole(t *testing.T, a core.Assignments, s store[core.AssignmentRecord, core.Pair]) {
	role := newRoleName()
	of := func(ctx context.Context) iter.Seq2[core.AssignmentRecord, error] {
		return a.AssignmentsOfRole(ctx, role)
	}
	pair := func() core.Pair { return core.Pair{Role: role, Account: newAccountID()} }
	other := s.put(t, s.newKey(), "another role")
	want := s.large(t, pair, func(*core.AssignmentRecord) {})
	s.lists(t, true, of, want, other.Pair)
	want[0] = s.put(t, want[0].Pair, "changed")
	s.lists(t, true, of, want, other.Pair)
	stops(t, of)
}

func testAssignmentsOfAccount(t *testing.T, a core.Assignments, s store[core.AssignmentRecord, core.Pair]) {
	id := newAccountID()
	of := func(ctx context.Context) iter.Seq2[core.AssignmentRecord, error] {
		return a.AssignmentsOfAccount(ctx, id)
	}
	other := s.put(t, s.newKey(), "another account")
	want := s.large(t, func() core.Pair { return core.Pair{Role: newRoleName(), Account: id} }, func(*core.AssignmentRecord) {})
	s.lists(t, false, of, want, other.Pair)
	stops(t, of)
}

func testOpenAssignments(t *testing.T, a core.Assignments, s store[core.AssignmentRecord, core.Pair]) {
	open := func(statuses ...core.AssignmentStatus) list[core.AssignmentRecord] {
		return func(ctx context.Context) iter.Seq2[core.AssignmentRecord, error] {
			return a.OpenAssignments(ctx, statuses...)
		}
	}
	key := s.newKey()
	work := []core.AssignmentStatus{core.AssignmentPending, core.AssignmentDeleting, core.AssignmentFailed}
	for _, now := range assignmentStatuses {
		r, err := s.update(t.Context(), key, func(r *core.AssignmentRecord) error {
			r.Status = now
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var found int
		for _, status := range work {
			if status != now {
				s.lists(t, false, open(status), nil, key)
				continue
			}
			found++
			s.lists(t, false, open(status), []core.AssignmentRecord{r})
			stops(t, open(status))
		}
		if settled := now == core.AssignmentActive || now == core.AssignmentDeleted; settled {
			s.lists(t, false, open(work...), nil, key)
		} else if found != 1 {
			t.Errorf("%s is in %d lists", now, found)
		}
	}
	want := s.large(t, s.newKey, func(r *core.AssignmentRecord) { r.Status = core.AssignmentPending })
	s.lists(t, false, open(core.AssignmentPending, core.AssignmentFailed), want)
}

// TestFiles tests an implementation of core.Files. open is called once.
// Account files and others are different: an implementation may keep them apart.
func TestFiles(t *testing.T, open func(testing.TB) core.Files) {
	a := open(t)
	for _, folder := range []string{core.AccountFolder, core.RoleFolder} {
		t.Run("in "+folder, func(t *testing.T) {
			t.Parallel()
			store[core.FileRecord, string]{
				get: a.File, update: a.UpdateFile,
				newKey: func() string { return fmt.Sprintf("%sa file-%s.yaml", folder, newRoleName()) },
				keyOf:  func(r *core.FileRecord) string { return r.Key },
				fill:   record[core.FileRecord](), pin: func(r *core.FileRecord, key string) { r.Key = key },
				version: func(r *core.FileRecord) *int64 { return &r.Version },
				tally:   func(r *core.FileRecord) *string { return &r.Processed },
			}.test(t)
		})
	}
}
