package rollout_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func id(n int) core.AccountID { return core.AccountID(fmt.Sprintf("%012d", n)) }

func role(n int) core.RoleName { return core.RoleName(fmt.Sprintf("Role%d", n)) }

// told is what a board says, without its indexes.
type told struct {
	Accounts map[core.AccountID]rollout.Account
	Roles    map[core.RoleName]rollout.Role
	Cells    map[core.Pair]rollout.Cell
}

func tell(b *rollout.Board) told {
	t := told{map[core.AccountID]rollout.Account{}, map[core.RoleName]rollout.Role{}, map[core.Pair]rollout.Cell{}}
	for i := range uint32(b.Accounts()) {
		t.Accounts[b.Account(i).ID] = b.Account(i)
	}
	for j := range uint32(b.Roles()) {
		t.Roles[b.Role(j).Name] = b.Role(j)
	}
	for i := range uint32(b.Accounts()) {
		for j := range uint32(b.Roles()) {
			if c := b.Cell(i, j); c.Exists {
				t.Cells[core.Pair{Role: b.Role(j).Name, Account: b.Account(i).ID}] = c
			}
		}
	}
	return t
}

// reduce says what a board should say of records, without looking at a board.
func reduce(recorded *core.Recorded) told {
	t := told{map[core.AccountID]rollout.Account{}, map[core.RoleName]rollout.Role{}, map[core.Pair]rollout.Cell{}}
	for _, r := range recorded.Accounts {
		t.Accounts[r.ID] = rollout.Account{
			ID: r.ID, Name: r.Name, Email: r.Email, Groups: r.Groups, Status: r.Status, Source: r.Source,
			Registered: r.Registered, Departed: r.Departed, Refused: r.Refused, Updated: r.Updated,
		}
	}
	for _, r := range recorded.Roles {
		t.Roles[r.Name] = rollout.Role{
			Name: r.Name, Status: r.Status, Description: r.Description, Policy: r.Policy, ManagedPolicies: r.ManagedPolicies,
			Source: r.Source, Failure: r.Failure, Updated: r.Updated,
		}
	}
	for _, r := range recorded.Assignments {
		t.Cells[r.Pair] = reduced(r)
	}
	return t
}

func reduced(r core.AssignmentRecord) rollout.Cell {
	c := rollout.Cell{
		Status: r.Status, Exists: true, Waiting: r.Waiting, Removing: r.Removing, Attempts: r.Attempts, Updated: r.Updated.UTC().Truncate(time.Second),
	}
	if r.Failure != nil {
		f := *r.Failure
		f.At = f.At.UTC().Truncate(time.Second)
		c.Failure = &f
	}
	return c
}

var statuses = []core.AssignmentStatus{
	core.AssignmentPending, core.AssignmentActive, core.AssignmentFailed, core.AssignmentDeleting, core.AssignmentDeleted,
}

// Generators of records. Each record has a version of its own.

func genAccount(version int64) *rapid.Generator[core.AccountRecord] {
	return rapid.Custom(func(t *rapid.T) core.AccountRecord {
		r := core.AccountRecord{
			Account: of(t, id(rapid.IntRange(0, 6).Draw(t, "id"))), Version: version,
			Status: rapid.SampledFrom([]core.AccountStatus{core.AccountPending, core.AccountActive, core.AccountDeleted}).Draw(t, "status"),
			Source: rapid.SampledFrom([]string{"", "account/a.yaml"}).Draw(t, "source"), Updated: moment(t),
		}
		if rapid.Bool().Draw(t, "refused") {
			r.Refused = &core.Failure{Code: "denied", Message: "a proof of another account"}
		}
		return r
	})
}

func of(t *rapid.T, id core.AccountID) core.Account {
	a := core.Account{ID: id, Name: rapid.SampledFrom([]string{"", "Pay", "pay", "Shop", "İlab", "failed"}).Draw(t, "name"),
		Email: rapid.SampledFrom([]string{"", "A@x.org", "b@x.org"}).Draw(t, "email")}
	if groups := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"prod", "PCI", "dev"}), 0, 3, rapid.ID).Draw(t, "groups"); len(groups) > 0 {
		a.Groups = groups
	}
	return a
}

func genRole(version int64) *rapid.Generator[core.RoleRecord] {
	return rapid.Custom(func(t *rapid.T) core.RoleRecord {
		r := core.RoleRecord{Version: version, Status: rapid.SampledFrom([]core.RoleStatus{core.RoleActive, core.RoleDeleted}).Draw(t, "status"), Updated: moment(t)}
		r.Name = role(rapid.IntRange(0, 3).Draw(t, "role"))
		r.Description = rapid.SampledFrom([]string{"", "Deploys", "reads"}).Draw(t, "description")
		r.ManagedPolicies = rapid.SampledFrom([][]string{nil, {"ReadOnlyAccess"}, {"a", "PAY"}}).Draw(t, "managed")
		if rapid.Bool().Draw(t, "failing") {
			r.Failure = &core.Failure{Code: "limit", Message: "too long"}
		}
		return r
	})
}

func genAssignment(version int64) *rapid.Generator[core.AssignmentRecord] {
	return rapid.Custom(func(t *rapid.T) core.AssignmentRecord {
		p := core.Pair{Role: role(rapid.IntRange(0, 3).Draw(t, "role")), Account: id(rapid.IntRange(0, 6).Draw(t, "id"))}
		r := core.AssignmentRecord{
			Pair: p, Of: of(t, p.Account), Status: rapid.SampledFrom(statuses).Draw(t, "status"), Version: version,
			Waiting: rapid.Bool().Draw(t, "waiting"), Removing: rapid.Bool().Draw(t, "removing"),
			Attempts: rapid.IntRange(0, 3).Draw(t, "attempts"), Updated: moment(t),
		}
		if rapid.Bool().Draw(t, "failing") {
			r.Failure = &core.Failure{
				Code: "AccessDenied", Message: rapid.SampledFrom([]string{"not allowed", "a boundary"}).Draw(t, "message"),
				Attempts: rapid.IntRange(0, 9).Draw(t, "tried"), At: moment(t),
			}
		}
		return r
	})
}

// moment is often the same, often close by, sometimes any.
func moment(t *rapid.T) time.Time {
	if rapid.IntRange(0, 3).Draw(t, "any") == 0 {
		return time.Unix(rapid.Int64Range(1, math.MaxUint32).Draw(t, "unix"), 0).UTC()
	}
	return epoch.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "at")) * 500 * time.Millisecond)
}

// genBatches are records, each in a batch of its own.
func genBatches(t *rapid.T) []rollout.Batch {
	out := make([]rollout.Batch, rapid.IntRange(0, 60).Draw(t, "records"))
	for i := range out {
		switch version := int64(i + 1); rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			out[i].Accounts = append(out[i].Accounts, genAccount(version).Draw(t, "account"))
		case 1:
			out[i].Roles = append(out[i].Roles, genRole(version).Draw(t, "role"))
		default:
			out[i].Assignments = append(out[i].Assignments, genAssignment(version).Draw(t, "assignment"))
		}
	}
	return out
}

// boardOf is a board with the records of some batches.
func boardOf(batches ...rollout.Batch) *rollout.Board {
	b := &rollout.Board{}
	b.Apply(batches...)
	return b
}

// plainMatch is a query in the words of its documentation.
func plainMatch(q query.Query, fields ...string) bool {
	for _, term := range q.Terms {
		found := slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(query.Fold(f), term.Text) })
		if found == term.Negate {
			return false
		}
	}
	return true
}

func genQuery(t *rapid.T) query.Query {
	word := rapid.SampledFrom([]string{"pay", "!pay", "0003", "role", "role1", "!role2", "failed", "!failed", "wait", "removing", "act", "!deleting", "prod", "pci", "x.org", "e", "!zz", "i̇"})
	words := rapid.SliceOfN(word, 0, 4).Draw(t, "words")
	if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
		for range 70 {
			words = append(words, "!zz")
		}
		words = append(words, word.Draw(t, "last"))
	}
	return query.Parse(strings.Join(words, " "))
}
