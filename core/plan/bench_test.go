package plan_test

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/plan"
)

// organisation is a configuration in which every role reaches every account, and the
// record after it was pushed.
func organisation(accounts, roles int) (*core.Configuration, *core.Recorded) {
	desired, recorded := &core.Configuration{}, &core.Recorded{}
	for i := range accounts {
		a := core.Account{ID: core.AccountID(fmt.Sprintf("%012d", i)), Name: fmt.Sprintf("account-%d", i), Groups: []string{"production"}}
		desired.Accounts = append(desired.Accounts, core.AccountEntry{Account: a, Source: "account/all.yaml"})
		recorded.Accounts = append(recorded.Accounts, core.AccountRecord{
			Account: a, Source: "account/all.yaml", Status: core.AccountActive, Registered: time.Unix(1, 0),
		})
	}
	for i := range roles {
		r := core.Role{Name: core.RoleName(fmt.Sprintf("Role-%02d", i)), ManagedPolicies: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, Groups: []string{"production"}}
		desired.Roles = append(desired.Roles, core.RoleEntry{Role: r, Digest: "d", Source: "role/all.yaml"})
		recorded.Roles = append(recorded.Roles, core.RoleRecord{Role: r, Digest: "d", Source: "role/all.yaml", Status: core.RoleActive})
	}
	recorded.Assignments = make([]core.AssignmentRecord, 0, accounts*roles)
	for i := range recorded.Roles {
		for j := range recorded.Accounts {
			recorded.Assignments = append(recorded.Assignments, core.AssignmentRecord{
				Pair:   core.Pair{Role: recorded.Roles[i].Name, Account: recorded.Accounts[j].ID},
				Status: core.AssignmentActive, Digest: "d",
			})
		}
	}
	return desired, recorded
}

// BenchmarkCompute500k plans 10,000 accounts with 50 roles each. peak-heap-MB is the
// largest live and not yet collected heap seen beyond the input.
func BenchmarkCompute500k(b *testing.B) {
	desired, full := organisation(10_000, 50)
	for _, bench := range []struct {
		name     string
		recorded *core.Recorded
		changes  int
	}{
		{"empty-record", &core.Recorded{}, 10_000 + 50 + 500_000},
		{"equal-record", full, 0},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			peak := watchHeap()
			for b.Loop() {
				if p := plan.Compute(desired, bench.recorded, plan.Options{}); len(p.Changes) != bench.changes {
					b.Fatalf("%d changes, want %d", len(p.Changes), bench.changes)
				}
			}
			b.ReportMetric(float64(peak())/1e6, "peak-heap-MB")
		})
	}
}

// watchHeap samples the heap until the returned function is called, which tells how
// much it grew at most.
func watchHeap() func() uint64 {
	runtime.GC()
	base, peak := heap(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			if now := heap(); now > base {
				peak = max(peak, now-base)
			}
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return peak
	}
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
