package rollout_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

// The size that the board is made for.
const (
	manyAccounts = 10_000
	manyRoles    = 50
)

// large yields the batches of a large installation, as a watcher reads them. Of its
// assignments one in open is failed or under way.
func large(accounts, open int, yield func(rollout.Batch)) {
	var b rollout.Batch
	for i := range accounts {
		b.Accounts = append(b.Accounts, core.AccountRecord{Account: accountOf(i), Status: core.AccountActive, Source: "account/org.yaml", Version: 2, Registered: epoch, Updated: epoch})
	}
	for j := range manyRoles {
		b.Roles = append(b.Roles, core.RoleRecord{Role: core.Role{Name: role(j)}, Status: core.RoleActive, Version: 2})
	}
	yield(b)
	n := 0
	for j := range manyRoles {
		b = rollout.Batch{List: role(j), First: true}
		for i := range accounts {
			r := assignment(j, i, core.AssignmentActive, 3)
			r.Of, r.Digest, r.Updated = accountOf(i), strings.Repeat("d", 64), epoch.Add(time.Duration(n*7919%86400)*time.Second)
			if n++; n%open == 0 {
				switch n / open % 2 {
				case 0:
					r.Status = core.AssignmentPending
				case 1:
					r.Status = core.AssignmentFailed
					r.Failure = &core.Failure{Code: "AccessDenied", Message: "The account does not allow " + strings.Repeat("this ", 20), At: epoch}
				}
			}
			if b.Assignments = append(b.Assignments, r); len(b.Assignments) == 2000 || i == accounts-1 {
				b.Last = i == accounts-1
				yield(b)
				b = rollout.Batch{List: role(j)}
			}
		}
	}
}

func accountOf(n int) core.Account {
	stages := []string{"prod", "staging", "dev"}
	return core.Account{
		ID: id(n*7919%1_000_000_007 + 1), Name: fmt.Sprintf("team-%03d-%s-%d", n%400, stages[n%3], n),
		Email: fmt.Sprintf("aws+%d@example.com", n), Groups: []string{stages[n%3], fmt.Sprintf("team-%03d", n%400)},
	}
}

func largeBoard(accounts, open int) *rollout.Board {
	b := &rollout.Board{}
	large(accounts, open, func(batch rollout.Batch) {
		for i := range batch.Assignments { // of what the list of accounts says
			batch.Assignments[i].Account = batch.Assignments[i].Of.ID
		}
		b.Apply(batch)
	})
	return b
}

// heap is what is in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemory of a board a tenth of that size, also when every assignment has failed.
// It is not parallel: it measures the whole heap.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a large board")
	}
	for _, open := range []int{1000, 1} {
		before := heap()
		b := largeBoard(manyAccounts/10, open)
		used := heap() - before
		if b.Counts().All() != manyAccounts/10*manyRoles {
			t.Errorf("%d assignments", b.Counts().All())
		}
		if used > 60e6/10 {
			t.Errorf("one in %d open: %d bytes", open, used)
		}
		runtime.KeepAlive(b)
	}
}

// BenchmarkBuild also reports how much heap the board then takes.
func BenchmarkBuild(b *testing.B) {
	for _, open := range []int{1000, 1} {
		b.Run(fmt.Sprintf("open=1:%d", open), func(b *testing.B) {
			before := heap()
			var board *rollout.Board
			for b.Loop() {
				board = largeBoard(manyAccounts, open)
			}
			b.ReportMetric(float64(heap()-before)/1e6, "MB")
			runtime.KeepAlive(board)
		})
	}
}

// BenchmarkApply of one batch of a list to a full board.
func BenchmarkApply(b *testing.B) {
	board := largeBoard(manyAccounts, 1000)
	var batch rollout.Batch
	for i := range 2000 {
		r := assignment(1, i, core.AssignmentActive, 3)
		r.Account = accountOf(i).ID
		batch.Assignments = append(batch.Assignments, r)
	}
	for n := int64(4); b.Loop(); n++ {
		for i := range batch.Assignments {
			batch.Assignments[i].Version = n
		}
		board.Apply(batch)
	}
}

// Queries of no, one, three and rare terms.
var queries = []string{"", "prod", "prod !team-1 role1", "team-123-dev-123"}

func BenchmarkAssignments(b *testing.B) {
	for _, open := range []int{1000, 1} {
		board := largeBoard(manyAccounts, open)
		for _, text := range queries {
			b.Run(fmt.Sprintf("open=1:%d/%s", open, text), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					board.Assignments(query.Parse(text), rollout.Selection{})
				}
				b.ReportMetric(float64(len(board.Assignments(query.Parse(text), rollout.Selection{}))), "matches")
			})
		}
	}
}

func BenchmarkGrid(b *testing.B) {
	board := largeBoard(manyAccounts, 1000)
	for _, text := range queries {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				board.Grid(query.Parse(text), rollout.Selection{})
			}
		})
	}
}

func BenchmarkAccountsMatching(b *testing.B) {
	board := largeBoard(manyAccounts, 1000)
	for b.Loop() {
		board.AccountsMatching(query.Parse("prod !team-1 aws"))
	}
}

// BenchmarkReorder is what one renamed account costs the next filter.
func BenchmarkReorder(b *testing.B) {
	board := largeBoard(manyAccounts, 1000)
	r := core.AccountRecord{Account: accountOf(5), Version: 3}
	for b.Loop() {
		r.Version++
		r.Name = fmt.Sprint("renamed ", r.Version)
		board.Apply(rollout.Batch{Accounts: []core.AccountRecord{r}})
		board.AccountOrder()
	}
}
