package rollout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

func assignment(r, account int, status core.AssignmentStatus, version int64) core.AssignmentRecord {
	return core.AssignmentRecord{
		Pair: core.Pair{Role: role(r), Account: id(account)}, Status: status, Version: version, Updated: epoch.Add(time.Duration(version) * time.Second),
	}
}

// TestBatchesDoNotMatter: neither how records are cut into batches nor in which order
// they come.
func TestBatchesDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		batches := genBatches(t)
		var whole rollout.Batch
		for _, b := range batches {
			whole.Accounts = append(whole.Accounts, b.Accounts...)
			whole.Roles = append(whole.Roles, b.Roles...)
			whole.Assignments = append(whole.Assignments, b.Assignments...)
		}
		atOnce := boardOf(whole)
		var inParts rollout.Board
		for _, b := range rapid.Permutation(batches).Draw(t, "order") {
			inParts.Apply(b)
		}
		if diff := cmp.Diff(tell(atOnce), tell(&inParts), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("at once, and in parts (-want +got):\n%s", diff)
		}
		newest := map[core.Pair]core.AssignmentRecord{}
		for _, r := range whole.Assignments {
			newest[r.Pair] = r // versions rise
		}
		for p, r := range newest {
			if diff := cmp.Diff(reduced(r), tell(atOnce).Cells[p]); diff != "" {
				t.Fatalf("%v (-want +got):\n%s", p, diff)
			}
		}
		if again := atOnce.Apply(rollout.Batch{Assignments: whole.Assignments}); again {
			t.Fatal("the same records changed the board")
		}
	})
}

func count(cells []rollout.Cell) rollout.Counts {
	var c rollout.Counts
	for _, cell := range cells {
		switch cell.Status {
		case core.AssignmentPending:
			c.Pending++
		case core.AssignmentActive:
			c.Active++
		case core.AssignmentFailed:
			c.Failed++
		case core.AssignmentDeleting:
			c.Deleting++
		case core.AssignmentDeleted:
			c.Deleted++
		}
		if !cell.Status.Settled() && !cell.Waiting {
			c.UnderWay++
		}
		if cell.Waiting {
			c.Waiting++
		}
		if cell.Removing {
			c.Removing++
		}
	}
	return c
}

// TestCountsAreARecount after every batch, also when assignments go.
func TestCountsAreARecount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b rollout.Board
		for _, batch := range genBatches(t) {
			switch rapid.IntRange(0, 9).Draw(t, "end") {
			case 0:
				batch.List, batch.First, batch.Last = role(rapid.IntRange(0, 3).Draw(t, "list")), true, true
			case 1:
				batch.Gone = []core.Pair{{Role: role(rapid.IntRange(0, 3).Draw(t, "gone role")), Account: id(rapid.IntRange(0, 6).Draw(t, "gone"))}}
			}
			b.Apply(batch)
		}
		var all []rollout.Cell
		ofRole, ofAccount := map[core.RoleName][]rollout.Cell{}, map[core.AccountID][]rollout.Cell{}
		for p, c := range tell(&b).Cells {
			all = append(all, c)
			ofRole[p.Role], ofAccount[p.Account] = append(ofRole[p.Role], c), append(ofAccount[p.Account], c)
		}
		if diff := cmp.Diff(count(all), b.Counts()); diff != "" {
			t.Fatalf("counts (-want +got):\n%s", diff)
		}
		if got, want := b.Counts().All(), len(all)-b.Counts().Deleted; got != want {
			t.Fatalf("all are %d, want %d", got, want)
		}
		for j := range uint32(b.Roles()) {
			if diff := cmp.Diff(count(ofRole[b.Role(j).Name]), b.RoleCounts(j)); diff != "" {
				t.Fatalf("counts of %s (-want +got):\n%s", b.Role(j).Name, diff)
			}
		}
		for i := range uint32(b.Accounts()) {
			if diff := cmp.Diff(count(ofAccount[b.Account(i).ID]), b.AccountCounts(i)); diff != "" {
				t.Fatalf("counts of %s (-want +got):\n%s", b.Account(i).ID, diff)
			}
		}
	})
}

// TestListReplaces: what a whole list does not name is gone, what came meanwhile stays.
func TestListReplaces(t *testing.T) {
	t.Parallel()
	active, failed := core.AssignmentActive, core.AssignmentFailed
	lost := assignment(0, 2, failed, 4)
	lost.Failure = &core.Failure{Code: "AccessDenied"}
	b := boardOf(rollout.Batch{Assignments: []core.AssignmentRecord{
		assignment(0, 1, active, 4), lost, assignment(0, 3, active, 4), assignment(1, 2, active, 4),
	}})
	b.Apply(rollout.Batch{List: role(0), First: true, Assignments: []core.AssignmentRecord{assignment(0, 1, failed, 3)}})
	b.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{assignment(0, 4, active, 1)}})
	if listed, _ := b.Progress(); listed != 0 || b.Counts().All() != 5 {
		t.Errorf("half a list: %d listed, %+v", listed, b.Counts())
	}
	b.Apply(rollout.Batch{List: role(0), Last: true, Assignments: []core.AssignmentRecord{assignment(0, 3, active, 5)}})
	got := map[core.Pair]core.AssignmentStatus{}
	for p, c := range tell(b).Cells {
		got[p] = c.Status
	}
	want := map[core.Pair]core.AssignmentStatus{
		{Role: role(0), Account: id(1)}: active, // the list was older than what was known
		{Role: role(0), Account: id(3)}: active,
		{Role: role(0), Account: id(4)}: active,
		{Role: role(1), Account: id(2)}: active,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if listed, of := b.Progress(); listed != 1 || of != 2 {
		t.Errorf("%d of %d roles listed", listed, of)
	}
	b.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{assignment(0, 2, active, 1)}})
	if c := tell(b).Cells[lost.Pair]; c.Failure != nil || c.Status != active {
		t.Errorf("what came again is %+v", c)
	}
}

// TestAfresh: tables that were made again begin with low versions.
func TestAfresh(t *testing.T) {
	t.Parallel()
	old := rollout.Batch{
		Accounts:    []core.AccountRecord{{Account: core.Account{ID: id(1), Name: "old"}, Version: 9}},
		Roles:       []core.RoleRecord{{Role: core.Role{Name: role(0), Description: "old"}, Version: 9}},
		Assignments: []core.AssignmentRecord{assignment(0, 1, core.AssignmentActive, 9)},
	}
	fresh := rollout.Batch{
		Accounts:    []core.AccountRecord{{Account: core.Account{ID: id(1), Name: "new"}, Version: 1}},
		Roles:       []core.RoleRecord{{Role: core.Role{Name: role(0), Description: "new"}, Version: 1}},
		Assignments: []core.AssignmentRecord{assignment(0, 1, core.AssignmentPending, 1)},
	}
	b := boardOf(old)
	if b.Apply(fresh) {
		t.Error("older records changed the board")
	}
	before := b.Revision()
	if !b.Apply(rollout.Batch{Afresh: true}, fresh) || b.Revision() == before {
		t.Error("records of new tables changed nothing")
	}
	if diff := cmp.Diff(tell(boardOf(fresh)), tell(b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestIndexesStay the same when accounts and roles come late, and so do numbers.
func TestIndexesStay(t *testing.T) {
	t.Parallel()
	b := boardOf(rollout.Batch{Assignments: []core.AssignmentRecord{assignment(0, 5, core.AssignmentActive, 1)}})
	i, _ := b.AccountIndex(id(5))
	j, _ := b.RoleIndex(role(0))
	for n := range 20 {
		b.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{assignment(n%7, n, core.AssignmentPending, 1)}})
	}
	if b.Account(i).ID != id(5) || b.Role(j).Name != role(0) || b.Cell(i, j).Status != core.AssignmentActive {
		t.Error("an index now means something else")
	}
	if account, r := rollout.Unpack(rollout.Pack(i, j)); account != i || r != j {
		t.Errorf("unpacked %d, %d", account, r)
	}
	if _, found := b.AccountIndex("999999999999"); found {
		t.Error("found an account that nobody told of")
	}
	if b.Full() {
		t.Error("full")
	}
}

func TestPacking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		i, j := rapid.Uint32Range(0, rollout.MaxAccounts-1).Draw(t, "account"), rapid.Uint32Range(0, rollout.MaxRoles-1).Draw(t, "role")
		if x, y := rollout.Unpack(rollout.Pack(i, j)); x != i || y != j {
			t.Fatalf("%d, %d came back as %d, %d", i, j, x, y)
		}
	})
}

// TestFull: beyond the limits nothing is overwritten.
func TestFull(t *testing.T) {
	t.Parallel()
	var b rollout.Board
	for n := range rollout.MaxRoles {
		b.Apply(rollout.Batch{Roles: []core.RoleRecord{{Role: core.Role{Name: role(n)}}}})
	}
	if b.Full() {
		t.Error("full at the limit")
	}
	b.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{assignment(rollout.MaxRoles, 1, core.AssignmentActive, 1)}})
	if !b.Full() || b.Roles() != rollout.MaxRoles || b.Counts().All() != 0 {
		t.Errorf("full: %v; %d roles, %d assignments", b.Full(), b.Roles(), b.Counts().All())
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	var b rollout.Board
	put := func(n int, name string) {
		b.Apply(rollout.Batch{Accounts: []core.AccountRecord{{Account: core.Account{ID: id(n), Name: name}}}})
	}
	names := func() (out []string) {
		for _, i := range b.AccountOrder() {
			out = append(out, b.Account(i).Name+string(b.Account(i).ID[11:]))
		}
		return out
	}
	put(3, "b")
	put(1, "C")
	put(2, "B")
	if diff := cmp.Diff([]string{"B2", "b3", "C1"}, names()); diff != "" {
		t.Error(diff)
	}
	put(1, "A") // renamed
	put(4, "")
	if diff := cmp.Diff([]string{"4", "A1", "B2", "b3"}, names()); diff != "" {
		t.Error(diff)
	}
	for _, name := range []core.RoleName{"dev", "Audit", "audit", "Ops"} {
		b.Apply(rollout.Batch{Roles: []core.RoleRecord{{Role: core.Role{Name: name}}}})
	}
	var roles []core.RoleName
	for _, j := range b.RoleOrder() {
		roles = append(roles, b.Role(j).Name)
	}
	if !slices.Equal(roles, []core.RoleName{"Audit", "audit", "dev", "Ops"}) {
		t.Error(roles)
	}
}

// TestOdd values are kept as well as a cell can.
func TestOdd(t *testing.T) {
	t.Parallel()
	r := assignment(0, 1, "weird", 1)
	r.Attempts, r.Updated = 1<<20, time.Time{}
	r.Failure = &core.Failure{Code: "x", Attempts: -1, At: time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)}
	b := boardOf(rollout.Batch{Assignments: []core.AssignmentRecord{r}})
	want := rollout.Cell{Exists: true, Attempts: 1<<16 - 1, Failure: &core.Failure{Code: "x"}}
	if diff := cmp.Diff(want, b.Cell(0, 0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := b.Counts(); got.Other != 1 || got.All() != 1 || got.UnderWay != 0 {
		t.Errorf("counts: %+v", got)
	}
}
