package plan_test

import (
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/core/plan"
)

// apply is what an engine without failures makes of a plan: the record afterwards.
func apply(p *plan.Plan, desired *core.Configuration, recorded *core.Recorded) *core.Recorded {
	m := newModel(desired, recorded)
	for i := range p.Changes {
		switch c := &p.Changes[i]; c.Kind {
		case plan.KindAccount:
			m.account(c)
		case plan.KindRole:
			m.role(c)
		case plan.KindPolicy:
			m.policy(c)
		case plan.KindAssignment:
			m.assignment(c)
		}
	}
	return &core.Recorded{
		Accounts:    slices.Collect(maps.Values(m.accounts)),
		Roles:       slices.Collect(maps.Values(m.roles)),
		Assignments: slices.Collect(maps.Values(m.assignments)),
	}
}

type model struct {
	entries     map[core.AccountID]core.AccountEntry
	definitions map[core.RoleName]core.RoleEntry
	accounts    map[core.AccountID]core.AccountRecord
	roles       map[core.RoleName]core.RoleRecord
	assignments map[core.Pair]core.AssignmentRecord
}

func newModel(desired *core.Configuration, recorded *core.Recorded) *model {
	m := &model{
		map[core.AccountID]core.AccountEntry{}, map[core.RoleName]core.RoleEntry{},
		map[core.AccountID]core.AccountRecord{}, map[core.RoleName]core.RoleRecord{}, map[core.Pair]core.AssignmentRecord{},
	}
	for _, e := range desired.Accounts {
		m.entries[e.ID] = e
	}
	for _, e := range desired.Roles {
		m.definitions[e.Name] = e
	}
	for _, r := range recorded.Accounts {
		m.accounts[r.ID] = r
	}
	for _, r := range recorded.Roles {
		m.roles[r.Name] = r
	}
	for _, r := range recorded.Assignments {
		m.assignments[r.Pair] = r
	}
	return m
}

func (m *model) account(c *plan.Change) {
	r := m.accounts[c.Account]
	switch c.Action {
	case plan.Remove:
		r.Source, r.Removed = "", true
	default:
		if !r.Listed() {
			r.Departed, r.Removed = time.Time{}, false
		}
		r.Account, r.Source = m.entries[c.Account].Account, c.Source
	}
	r.Settle()
	m.accounts[c.Account] = r
}

func (m *model) role(c *plan.Change) {
	r := m.roles[c.Role]
	switch c.Action {
	case plan.Remove:
		r.Status, r.Source = core.RoleDeleted, ""
	default:
		// The document is the policy change's to write, where there was a role before.
		e := m.definitions[c.Role]
		if r.Status == core.RoleActive && r.Policy == e.Policy {
			e.Document = r.Document
		}
		r = core.RoleRecord{Role: e.Role, Status: core.RoleActive, Source: c.Source, Digest: config.Digest(e.Role)}
	}
	m.roles[c.Role] = r
}

func (m *model) policy(c *plan.Change) {
	if c.Action != plan.Update {
		return
	}
	for _, name := range c.Roles {
		r := m.roles[core.RoleName(name)]
		r.Document = c.Fields[0].New
		r.Digest = config.Digest(r.Role)
		m.roles[core.RoleName(name)] = r
	}
}

func (m *model) assignment(c *plan.Change) {
	pair := core.Pair{Role: c.Role, Account: c.Account}
	r := core.AssignmentRecord{Pair: pair, Status: core.AssignmentActive, Digest: m.roles[c.Role].Digest}
	switch {
	case c.Action == plan.Remove:
		r.Status, r.Digest = core.AssignmentDeleted, ""
	case c.Waiting:
		r.Status, r.Digest, r.Waiting = core.AssignmentPending, "", true
	}
	m.assignments[pair] = r
}

// A small world, so that files and record often speak of the same things.
var (
	someAccounts = []core.AccountID{one, two, three, "000000000004", "000000000005", "000000000006", "000000000007", "000000000008", "000000000009", "000000000010"}
	someRoles    = []core.RoleName{"A", "A-B", "B", "C"}
	somePolicies = []string{"", "P.json", "Q.json"}
	documents    = []string{readS3, readS3Id, readEC2}
)

func anyOf[T any](t *rapid.T, from []T) T { return rapid.SampledFrom(from).Draw(t, "one") }

func chance(t *rapid.T, percent int) bool { return rapid.IntRange(1, 100).Draw(t, "chance") <= percent }

// someOf draws a subset, in order.
func someOf[T any](t *rapid.T, from []T) []T {
	var out []T
	for _, v := range from {
		if chance(t, 40) {
			out = append(out, v)
		}
	}
	return out
}

func drawAccount(t *rapid.T, id core.AccountID) core.Account {
	return core.Account{ID: id, Name: anyOf(t, []string{"", "name"}), Groups: someOf(t, []string{"dev", "prod"})}
}

func drawRole(t *rapid.T, name core.RoleName) core.Role {
	return core.Role{
		Name: name, Policy: anyOf(t, somePolicies), Groups: someOf(t, []string{"dev", "prod", core.AllAccounts}),
		Accounts: someOf(t, someAccounts), ExcludeAccounts: someOf(t, someAccounts),
		Description: anyOf(t, []string{"", "text"}), RequireMFA: chance(t, 50),
	}
}

func drawFiles(t *rapid.T) *core.Configuration {
	c := &core.Configuration{}
	for _, id := range someOf(t, someAccounts) {
		c.Accounts = append(c.Accounts, core.AccountEntry{Account: drawAccount(t, id), Remove: chance(t, 15), Source: anyOf(t, []string{"account/a.yaml", "account/b.yaml"})})
	}
	written := map[string]string{}
	for _, name := range somePolicies[1:] {
		written[name] = anyOf(t, documents)
		c.Policies = append(c.Policies, core.PolicyFile{Name: name, Source: core.PolicyFolder + name, Document: written[name]})
	}
	for _, name := range someOf(t, someRoles) {
		r := drawRole(t, name)
		r.Document = written[r.Policy]
		c.Roles = append(c.Roles, core.RoleEntry{Role: r, Digest: config.Digest(r), Remove: chance(t, 15), Source: anyOf(t, []string{"role/a.yaml", "role/b.yaml"})})
	}
	return c
}

func drawRecord(t *rapid.T) *core.Recorded {
	out := &core.Recorded{}
	times := []time.Time{{}, noon}
	for _, id := range someOf(t, someAccounts) {
		r := core.AccountRecord{
			Account: drawAccount(t, id), Source: anyOf(t, []string{"", "account/a.yaml", "account/b.yaml"}),
			Registered: anyOf(t, times), Departed: anyOf(t, times), Removed: chance(t, 20),
		}
		r.Settle()
		out.Accounts = append(out.Accounts, r)
	}
	for _, name := range someOf(t, someRoles) {
		r := core.RoleRecord{Role: drawRole(t, name), Source: anyOf(t, []string{"", "role/a.yaml", "role/b.yaml"}), Status: anyOf(t, []core.RoleStatus{core.RoleActive, core.RoleActive, core.RoleDeleted})}
		if r.Policy != "" {
			r.Document = anyOf(t, documents)
		}
		r.Digest = config.Digest(r.Role)
		out.Roles = append(out.Roles, r)
		for _, id := range someOf(t, someAccounts) {
			out.Assignments = append(out.Assignments, drawAssignment(t, core.Pair{Role: name, Account: id}, r.Digest))
		}
	}
	return out
}

func drawAssignment(t *rapid.T, pair core.Pair, digest string) core.AssignmentRecord {
	statuses := []core.AssignmentStatus{"", core.AssignmentPending, core.AssignmentActive, core.AssignmentFailed, core.AssignmentDeleting, core.AssignmentDeleted}
	digests := []string{"", "old", digest}
	return core.AssignmentRecord{
		Pair: pair, Status: anyOf(t, statuses), Removing: chance(t, 20),
		Digest: anyOf(t, digests), Tried: anyOf(t, digests),
	}
}
