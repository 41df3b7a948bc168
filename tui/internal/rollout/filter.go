package rollout

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
)

// Selection bounds a list of assignments, whatever the query says.
type Selection struct {
	Role    core.RoleName  // only of this role
	Account core.AccountID // only in this account
	Deleted bool           // deleted ones too
}

// Assignments lists the packed numbers of assignments that match: failed ones first,
// the latest first; then those under way, the slowest first; then those that wait for
// their account; then the rest. What this leaves equal is ordered by role, then by
// account.
//
// A term is found in an assignment if the account's name, ID, email or one of its
// groups has it, or the role's name, or the status, or the words waiting and removing
// where they apply.
func (b *Board) Assignments(q query.Query, s Selection) []uint32 {
	var timed [2][]uint64 // by urgency: seconds in the high half, the number in the low
	var named [2][]uint32
	if q.Empty() && s.Role == "" && s.Account == "" {
		named[1] = make([]uint32, 0, b.Counts().Active)
	}
	b.scan(q, s, func(account, role uint32, c *cell) {
		number := Pack(account, role)
		switch u := c.state.urgency(); u {
		case urgentFailed:
			timed[0] = append(timed[0], uint64(^c.updated)<<32|uint64(number))
		case urgentUnderWay:
			timed[1] = append(timed[1], uint64(c.updated)<<32|uint64(number))
		default:
			named[u-urgentWaiting] = append(named[u-urgentWaiting], number)
		}
	})
	if len(timed[0])+len(timed[1])+len(named[0]) == 0 {
		return named[1]
	}
	out := make([]uint32, 0, len(timed[0])+len(timed[1])+len(named[0])+len(named[1]))
	for _, list := range timed {
		for _, v := range sortHigh(list) {
			out = append(out, uint32(v))
		}
	}
	return append(append(out, named[0]...), named[1]...)
}

// Grid lists the accounts and roles that have an assignment among those that
// Assignments would list. Roles are ordered by name; accounts by their most urgent
// assignment in the order of Assignments, then by name.
func (b *Board) Grid(q query.Query, s Selection) (accounts, roles []uint32) {
	worst := make([]urgency, len(b.accounts))
	for i := range worst {
		worst[i] = urgencies
	}
	used := make([]bool, len(b.roles))
	b.scan(q, s, func(account, role uint32, c *cell) {
		worst[account] = min(worst[account], c.state.urgency())
		used[role] = true
	})
	for u := range urgencies {
		for _, i := range b.AccountOrder() {
			if worst[i] == u {
				accounts = append(accounts, i)
			}
		}
	}
	for _, j := range b.RoleOrder() {
		if used[j] {
			roles = append(roles, j)
		}
	}
	return accounts, roles
}

// AccountsMatching lists accounts in the order of AccountOrder. A term is found in an
// account's name, ID, email, groups and status, and in the word refused where a
// registration was.
func (b *Board) AccountsMatching(q query.Query) []uint32 {
	var out []uint32
	var fields []string
	for _, i := range b.AccountOrder() {
		a := &b.accounts[i]
		fields = append(append(fields[:0], a.fields...), string(a.Status))
		if a.Refused != nil {
			fields = append(fields, "refused")
		}
		if q.Match(fields...) {
			out = append(out, i)
		}
	}
	return out
}

// RolesMatching lists roles in the order of RoleOrder. A term is found in a role's
// name, description, policies and status, and in the word failed where the master
// account's role is not as it should be.
func (b *Board) RolesMatching(q query.Query) []uint32 {
	var out []uint32
	var fields []string
	for _, j := range b.RoleOrder() {
		r := &b.roles[j]
		fields = append(append(fields[:0], r.fields...), string(r.Status))
		if r.Failure != nil {
			fields = append(fields, "failed")
		}
		if q.Match(fields...) {
			out = append(out, j)
		}
	}
	return out
}

// scan calls found for every assignment that matches, by role, then by account.
func (b *Board) scan(q query.Query, s Selection, found func(account, role uint32, c *cell)) {
	roles, accounts := b.RoleOrder(), b.AccountOrder()
	if s.Role != "" {
		roles = only(b.RoleIndex(s.Role))
	}
	if s.Account != "" {
		accounts = only(b.AccountIndex(s.Account))
	}
	ms := b.matchers(q)
	first, more := ms[0], ms[1:]
	for _, j := range roles {
		cells, of := b.roles[j].cells, first.roles[j]
		for _, i := range accounts {
			if int(i) >= len(cells) {
				continue
			}
			c := &cells[i]
			if c.state.exists() && first.match(first.accounts[i]|of, c.state) && (s.Deleted || !c.state.deleted()) && more.match(i, j, c.state) {
				found(i, j, c)
			}
		}
	}
}

func only(index uint32, found bool) []uint32 {
	if !found {
		return nil
	}
	return []uint32{index}
}

// matcher holds where up to 64 terms were found, a bit each. Accounts, roles and
// states are searched one by one; an assignment then only joins the bits of its three.
type matcher struct {
	all, negated uint64
	accounts     []uint64
	roles        []uint64
	states       [states]uint64
}

// match joins the bits of an account and a role with those of a state.
func (m *matcher) match(bits uint64, s state) bool { return (bits|m.states[s])^m.negated == m.all }

// matchers hold the terms of one query; there is one at least.
type matchers []*matcher

func (ms matchers) match(account, role uint32, s state) bool {
	for _, m := range ms {
		if !m.match(m.accounts[account]|m.roles[role], s) {
			return false
		}
	}
	return true
}

func (b *Board) matchers(q query.Query) matchers {
	chunks := slices.Collect(slices.Chunk(q.Terms, 64))
	if len(chunks) == 0 {
		chunks = [][]query.Term{nil}
	}
	var ms matchers
	for _, terms := range chunks {
		m := &matcher{accounts: make([]uint64, len(b.accounts)), roles: make([]uint64, len(b.roles))}
		for t, term := range terms {
			bit := uint64(1) << t
			m.all |= bit
			if term.Negate {
				m.negated |= bit
			}
		}
		for i := range b.accounts {
			m.accounts[i] = bits(terms, b.accounts[i].fields)
		}
		for j := range b.roles {
			m.roles[j] = bits(terms, b.roles[j].fields[:1])
		}
		for s := range m.states {
			m.states[s] = bits(terms, state(s).words())
		}
		ms = append(ms, m)
	}
	return ms
}

// bits says which of the terms are in one of the fields.
func bits(terms []query.Term, fields []string) uint64 {
	var found uint64
	for t := range terms {
		for _, f := range fields {
			if strings.Contains(f, terms[t].Text) {
				found |= 1 << t
				break
			}
		}
	}
	return found
}

// sortHigh sorts by the high half of each value, and keeps the order of what is equal
// there. It is a radix sort: a push to everywhere leaves as many assignments under way
// as there are, most of them of the same minutes.
func sortHigh(values []uint64) []uint64 {
	var spare []uint64
	for shift := 32; shift < 64; shift += 8 {
		var starts [257]int
		for _, v := range values {
			starts[int(uint8(v>>shift))+1]++
		}
		if slices.Contains(starts[1:], len(values)) {
			continue // the same digit in all
		}
		for d := 1; d < len(starts); d++ {
			starts[d] += starts[d-1]
		}
		if spare == nil {
			spare = make([]uint64, len(values))
		}
		for _, v := range values {
			at := &starts[uint8(v>>shift)]
			spare[*at] = v
			*at++
		}
		values, spare = spare, values
	}
	return values
}
