package rollout_test

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// tables is a recorded state in memory. As in DynamoDB, lists lag behind, except a
// role's list.
type tables struct {
	mu      sync.Mutex
	now     recorded // what reads by key and a role's list see
	indexed recorded // what other lists see
	lag     time.Duration
	latency time.Duration
	fail    func(operation, key string) error
	calls   map[string][]time.Time // when each operation was called
	reading int
	most    int // how many calls were under way at once
}

type recorded struct {
	accounts    map[core.AccountID]core.AccountRecord
	roles       map[core.RoleName]core.RoleRecord
	assignments map[core.Pair]core.AssignmentRecord
}

func newRecorded() recorded {
	return recorded{map[core.AccountID]core.AccountRecord{}, map[core.RoleName]core.RoleRecord{}, map[core.Pair]core.AssignmentRecord{}}
}

func newTables() *tables {
	return &tables{now: newRecorded(), indexed: newRecorded(), calls: map[string][]time.Time{}}
}

// write changes the tables and their indexes behind everybody's back.
func (s *tables) write(change func(*recorded)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.now)
	change(&s.indexed)
}

// update writes one record, and its indexes after the lag.
func update[K comparable, R any](s *tables, of func(*recorded) map[K]R, key K, version func(*R) *int64, change func(*R)) {
	s.mu.Lock()
	r := of(&s.now)[key]
	change(&r)
	*version(&r)++
	of(&s.now)[key] = r
	s.mu.Unlock()
	publish := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if before := of(&s.indexed)[key]; *version(&before) < *version(&r) {
			of(&s.indexed)[key] = r
		}
	}
	if s.lag == 0 {
		publish()
		return
	}
	time.AfterFunc(s.lag, publish)
}

func (s *tables) account(n int, change func(*core.AccountRecord)) {
	of := func(r *recorded) map[core.AccountID]core.AccountRecord { return r.accounts }
	update(s, of, id(n), func(r *core.AccountRecord) *int64 { return &r.Version }, func(r *core.AccountRecord) {
		r.ID, r.Updated = id(n), time.Now()
		change(r)
	})
}

func (s *tables) role(n int, change func(*core.RoleRecord)) {
	of := func(r *recorded) map[core.RoleName]core.RoleRecord { return r.roles }
	update(s, of, role(n), func(r *core.RoleRecord) *int64 { return &r.Version }, func(r *core.RoleRecord) {
		r.Name, r.Updated, r.Status = role(n), time.Now(), core.RoleActive
		change(r)
	})
}

func (s *tables) assignment(r, account int, change func(*core.AssignmentRecord)) {
	p := core.Pair{Role: role(r), Account: id(account)}
	of := func(r *recorded) map[core.Pair]core.AssignmentRecord { return r.assignments }
	update(s, of, p, func(r *core.AssignmentRecord) *int64 { return &r.Version }, func(r *core.AssignmentRecord) {
		r.Pair, r.Of, r.Updated = p, s.now.accounts[p.Account].Account, time.Now()
		change(r)
	})
}

func (s *tables) status(r, account int, status core.AssignmentStatus) {
	s.assignment(r, account, func(a *core.AssignmentRecord) { a.Status = status })
}

// at is an assignment as it now is.
func (s *tables) at(r, account int) core.AssignmentRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.assignments[core.Pair{Role: role(r), Account: id(account)}]
}

// fill makes accounts and roles, with all assignments active.
func (s *tables) fill(accounts, roles int) {
	s.write(func(now *recorded) {
		for i := range accounts {
			now.accounts[id(i)] = core.AccountRecord{Account: core.Account{ID: id(i), Name: "a" + string(id(i))}, Status: core.AccountActive, Version: 2}
		}
		for j := range roles {
			name := role(j)
			now.roles[name] = core.RoleRecord{Role: core.Role{Name: name}, Status: core.RoleActive, Version: 2}
			for id, a := range now.accounts {
				p := core.Pair{Role: name, Account: id}
				now.assignments[p] = core.AssignmentRecord{Pair: p, Of: a.Account, Status: core.AssignmentActive, Version: 1, Updated: epoch}
			}
		}
	})
}

func (s *tables) recorded() *core.Recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &core.Recorded{
		Accounts: slices.Collect(maps.Values(s.now.accounts)), Roles: slices.Collect(maps.Values(s.now.roles)),
		Assignments: slices.Collect(maps.Values(s.now.assignments)),
	}
}

// failing has every call ask whether it fails; nil: none does.
func (s *tables) failing(fail func(operation, key string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// count counts the calls of an operation, and forgets them.
func (s *tables) count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.calls[operation])
	delete(s.calls, operation)
	return n
}

// busiest is how many calls were under way at once.
func (s *tables) busiest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

func (s *tables) times(operation string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls[operation])
}

// call is what every operation does first.
func (s *tables) call(ctx context.Context, operation, key string) error {
	s.mu.Lock()
	s.calls[operation] = append(s.calls[operation], time.Now())
	fail := s.fail
	s.reading++
	s.most = max(s.most, s.reading)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reading--
	}()
	if s.latency > 0 {
		select {
		case <-time.After(s.latency):
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if fail != nil {
		return fail(operation, key)
	}
	return nil
}

// list yields what is seen when it begins; a page of it takes a call's time.
func list[R any](ctx context.Context, s *tables, operation, key string, see func() []R) iter.Seq2[R, error] {
	const page = 3000
	return func(yield func(R, error) bool) {
		var zero R
		err := s.call(ctx, operation, key)
		if err != nil {
			yield(zero, err)
			return
		}
		s.mu.Lock()
		rows := see()
		s.mu.Unlock()
		for n, r := range rows {
			if n > 0 && n%page == 0 {
				if err := s.call(ctx, operation+" page", key); err != nil {
					yield(zero, err)
					return
				}
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func sorted[K cmp.Ordered, R any](m map[K]R) []R {
	var out []R
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

func where(m map[core.Pair]core.AssignmentRecord, keep func(*core.AssignmentRecord) bool) []core.AssignmentRecord {
	var out []core.AssignmentRecord
	for _, r := range m {
		if keep(&r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(x, y core.AssignmentRecord) int {
		return cmp.Or(cmp.Compare(x.Role, y.Role), cmp.Compare(x.Account, y.Account))
	})
	return out
}

func (s *tables) ListAccounts(ctx context.Context, _ ...core.AccountStatus) iter.Seq2[core.AccountRecord, error] {
	return list(ctx, s, "accounts", "", func() []core.AccountRecord { return sorted(s.indexed.accounts) })
}

func (s *tables) ListRoles(ctx context.Context, _ ...core.RoleStatus) iter.Seq2[core.RoleRecord, error] {
	return list(ctx, s, "roles", "", func() []core.RoleRecord { return sorted(s.indexed.roles) })
}

func (s *tables) AssignmentsOfRole(ctx context.Context, name core.RoleName) iter.Seq2[core.AssignmentRecord, error] {
	return list(ctx, s, "role", string(name), func() []core.AssignmentRecord {
		var out []core.AssignmentRecord
		for _, account := range slices.Sorted(maps.Keys(s.now.accounts)) {
			if r, found := s.now.assignments[core.Pair{Role: name, Account: account}]; found {
				out = append(out, r)
			}
		}
		return out
	})
}

func (s *tables) AssignmentsOfAccount(ctx context.Context, account core.AccountID) iter.Seq2[core.AssignmentRecord, error] {
	return list(ctx, s, "account", string(account), func() []core.AssignmentRecord {
		return where(s.indexed.assignments, func(r *core.AssignmentRecord) bool { return r.Account == account })
	})
}

func (s *tables) OpenAssignments(ctx context.Context, statuses ...core.AssignmentStatus) iter.Seq2[core.AssignmentRecord, error] {
	return list(ctx, s, "open", "", func() []core.AssignmentRecord {
		return where(s.indexed.assignments, func(r *core.AssignmentRecord) bool { return slices.Contains(statuses, r.Status) })
	})
}

func (s *tables) Assignment(ctx context.Context, p core.Pair) (core.AssignmentRecord, error) {
	if err := s.call(ctx, "assignment", string(p.Account)); err != nil {
		return core.AssignmentRecord{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found := s.now.assignments[p]
	if !found {
		return r, core.Errorf(core.CodeNotFound, "assignment %v is not recorded", p)
	}
	return r, nil
}
