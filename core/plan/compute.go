package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/cross-account-manager/cam/core"
)

// Options change what a plan assumes.
type Options struct {
	// RemoveOrphans plans the removal of entries that vanished from their files,
	// which is what a confirmed push does.
	RemoveOrphans bool
}

// Compute compares the files with the record, in any order: entries and records only
// have to be unique. Time and memory grow with the number of pairs of a role and an
// account. The input is not changed; the plan may share parts of it.
func Compute(desired *core.Configuration, recorded *core.Recorded, opts Options) *Plan {
	b := builder{opts: opts, plan: &Plan{Changes: []Change{}, Orphans: []Orphan{}}}
	accounts := b.accounts(desired.Accounts, recorded.Accounts)
	roles := b.roles(desired.Roles, recorded.Roles)
	b.policies(roles, desired.Policies, recorded.Roles)
	b.assignments(roles, accounts, recorded.Assignments)
	return b.finish()
}

type builder struct {
	opts Options
	plan *Plan
}

func (b *builder) add(c Change) { b.plan.Changes = append(b.plan.Changes, c) }

// orphan plans the removal of an entry that no file lists, or lists it as an orphan
// and reports that it stays. An entry that was never in a file of this configuration
// always stays: there is no file whose upload could say that it goes.
func (b *builder) orphan(c Change) (stays bool) {
	if b.opts.RemoveOrphans && c.Source != "" {
		c.Action, c.Orphan = Remove, true
		b.add(c)
		return false
	}
	b.plan.Orphans = append(b.plan.Orphans, Orphan{Kind: c.Kind, ID: c.ID, Source: c.Source})
	return true
}

// finish sorts, counts and hashes.
func (b *builder) finish() *Plan {
	p := b.plan
	slices.SortFunc(p.Changes, func(x, y Change) int {
		return cmp.Or(compareKinds(x.Kind, y.Kind), cmp.Compare(x.Role, y.Role), cmp.Compare(x.Account, y.Account), cmp.Compare(x.ID, y.ID))
	})
	slices.SortFunc(p.Orphans, func(x, y Orphan) int {
		return cmp.Or(compareKinds(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID))
	})
	for i := range p.Changes {
		p.Summary.of(p.Changes[i].Kind).count(p.Changes[i].Action)
	}
	p.Summary.Orphans = len(p.Orphans)
	p.Hash = hash(p)
	return p
}

var kinds = [...]Kind{KindAccount, KindRole, KindPolicy, KindAssignment}

func compareKinds(x, y Kind) int {
	if x == y {
		return 0
	}
	return slices.Index(kinds[:], x) - slices.Index(kinds[:], y)
}

// hash reads changes and orphans as JSON, one on a line, the orphans after an empty line.
func hash(p *Plan) string {
	h := sha256.New()
	lines := json.NewEncoder(h) // neither the encoding of strings nor a hash can fail
	for i := range p.Changes {
		_ = lines.Encode(&p.Changes[i])
	}
	_, _ = h.Write([]byte{'\n'})
	for i := range p.Orphans {
		_ = lines.Encode(&p.Orphans[i])
	}
	return hex.EncodeToString(h.Sum(nil))
}
