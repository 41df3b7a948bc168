// Package tuitest is what tests of the terminal interface play on: a recorded state, a
// bucket, a folder and a store in memory. Only tests import it.
//
// It is no AWS and judges nothing: it keeps what it is given.
//
// Start reading at Tables.
package tuitest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Tables is the recorded state of an installation, in memory. Lists come in the order
// of the slices; Err, if set, is what every read fails with. It is safe for concurrent
// reads.
type Tables struct {
	Accounts    []core.AccountRecord
	Roles       []core.RoleRecord
	Assignments map[core.RoleName][]core.AssignmentRecord
	Err         error
}

func all[T any](list []T, err error, want func(*T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err != nil {
			yield(none, err)
			return
		}
		for i := range list {
			if want(&list[i]) && !yield(list[i], nil) {
				return
			}
		}
	}
}

// ListAccounts implements engine.State.
func (s *Tables) ListAccounts(_ context.Context, statuses ...core.AccountStatus) iter.Seq2[core.AccountRecord, error] {
	return all(s.Accounts, s.Err, func(r *core.AccountRecord) bool { return len(statuses) == 0 || slices.Contains(statuses, r.Status) })
}

// ListRoles implements engine.State.
func (s *Tables) ListRoles(_ context.Context, statuses ...core.RoleStatus) iter.Seq2[core.RoleRecord, error] {
	return all(s.Roles, s.Err, func(r *core.RoleRecord) bool { return len(statuses) == 0 || slices.Contains(statuses, r.Status) })
}

// AssignmentsOfRole implements engine.State.
func (s *Tables) AssignmentsOfRole(_ context.Context, role core.RoleName) iter.Seq2[core.AssignmentRecord, error] {
	return all(s.Assignments[role], s.Err, func(*core.AssignmentRecord) bool { return true })
}

func (s *Tables) each(want func(*core.AssignmentRecord) bool) iter.Seq2[core.AssignmentRecord, error] {
	return func(yield func(core.AssignmentRecord, error) bool) {
		for i := range s.Roles {
			for r, err := range all(s.Assignments[s.Roles[i].Name], s.Err, want) {
				if !yield(r, err) {
					return
				}
			}
		}
	}
}

// AssignmentsOfAccount implements engine.State.
func (s *Tables) AssignmentsOfAccount(_ context.Context, id core.AccountID) iter.Seq2[core.AssignmentRecord, error] {
	return s.each(func(r *core.AssignmentRecord) bool { return r.Account == id })
}

// OpenAssignments implements engine.State.
func (s *Tables) OpenAssignments(_ context.Context, statuses ...core.AssignmentStatus) iter.Seq2[core.AssignmentRecord, error] {
	return s.each(func(r *core.AssignmentRecord) bool { return slices.Contains(statuses, r.Status) })
}

// Assignment implements the reads by key.
func (s *Tables) Assignment(_ context.Context, p core.Pair) (core.AssignmentRecord, error) {
	for _, r := range s.Assignments[p.Role] {
		if r.Account == p.Account {
			return r, s.Err
		}
	}
	return core.AssignmentRecord{}, core.Errorf(core.CodeNotFound, "no assignment")
}

// Account implements the reads by key.
func (s *Tables) Account(_ context.Context, id core.AccountID) (core.AccountRecord, error) {
	for _, r := range s.Accounts {
		if r.ID == id {
			return r, s.Err
		}
	}
	return core.AccountRecord{}, core.Errorf(core.CodeNotFound, "no account")
}

// Role implements the reads by key.
func (s *Tables) Role(_ context.Context, name core.RoleName) (core.RoleRecord, error) {
	for _, r := range s.Roles {
		if r.Name == name {
			return r, s.Err
		}
	}
	return core.RoleRecord{}, core.Errorf(core.CodeNotFound, "no role")
}

// Enterprise makes records: every role in every account, one in a thousand failed.
func Enterprise(accounts, roles int, at time.Time) *Tables {
	s := &Tables{Assignments: map[core.RoleName][]core.AssignmentRecord{}}
	for j := range roles {
		s.Roles = append(s.Roles, core.RoleRecord{Role: core.Role{Name: core.RoleName(fmt.Sprintf("Role-%02d", j)), Policy: "P.json"}, Status: core.RoleActive, Source: "role/r.yaml", Updated: at, Version: 1})
	}
	for i := range accounts {
		a := core.Account{ID: core.AccountID(fmt.Sprintf("%012d", 100000000000+i)), Name: fmt.Sprintf("team-%03d-service-%d", i%700, i), Email: fmt.Sprintf("aws+%d@example.com", i), Groups: []string{[]string{"production", "staging", "development"}[i%3]}}
		s.Accounts = append(s.Accounts, core.AccountRecord{Account: a, Status: core.AccountActive, Source: "account/a.yaml", Registered: at, Updated: at, Version: 1})
		for j := range roles {
			r := core.AssignmentRecord{Pair: core.Pair{Role: s.Roles[j].Name, Account: a.ID}, Of: a, Status: core.AssignmentActive, Updated: at, Version: 1}
			if (i*roles+j)%1000 == 7 {
				r.Status, r.Attempts = core.AssignmentFailed, 6
				r.Failure = &core.Failure{Code: "AccessDenied", Message: "the admin role of the account cannot be taken", Attempts: 6, At: at}
			}
			s.Assignments[r.Role] = append(s.Assignments[r.Role], r)
		}
	}
	return s
}
