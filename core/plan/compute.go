package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/cross-account-manager/cam/core"
)

// Options change what a plan assumes.
type Options struct {
	// RemoveOrphans plans the removal of entries that vanished from their files,
	// which is what a confirmed push does.
	RemoveOrphans bool
}

// Compute compares the files with the record. Time and memory grow linearly with
// the number of assignments. The input is not changed.
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

// orphan lists an entry that vanished and reports whether it is to be removed.
func (b *builder) orphan(k Kind, id, source string) bool {
	b.plan.Orphans = append(b.plan.Orphans, Orphan{Kind: k, ID: id, Source: source})
	return b.opts.RemoveOrphans
}

// finish sorts, counts and hashes.
func (b *builder) finish() *Plan {
	p := b.plan
	rank := map[Kind]int{KindAccount: 0, KindRole: 1, KindPolicy: 2, KindAssignment: 3}
	slices.SortStableFunc(p.Changes, func(x, y Change) int {
		if x.Kind != y.Kind {
			return cmp.Compare(rank[x.Kind], rank[y.Kind])
		}
		if x.Kind == KindAssignment {
			return cmp.Or(cmp.Compare(x.Role, y.Role), cmp.Compare(x.Account, y.Account))
		}
		return cmp.Compare(x.ID, y.ID)
	})
	slices.SortFunc(p.Orphans, func(x, y Orphan) int {
		return cmp.Or(cmp.Compare(rank[x.Kind], rank[y.Kind]), cmp.Compare(x.ID, y.ID))
	})
	for i := range p.Changes {
		p.Summary.of(p.Changes[i].Kind).count(p.Changes[i].Action)
	}
	p.Summary.Orphans = len(p.Orphans)
	p.Hash = hash(p)
	return p
}

func hash(p *Plan) string {
	h := sha256.New()
	for i := range p.Changes {
		c := &p.Changes[i]
		for _, s := range []string{string(c.Action), string(c.Kind), c.ID} {
			_, _ = io.WriteString(h, s)
			_, _ = h.Write([]byte{0})
		}
		for _, f := range c.Fields {
			fmt.Fprintf(h, "%q%q%q", f.Name, f.Old, f.New)
		}
	}
	for _, o := range p.Orphans {
		fmt.Fprintf(h, "%q%q", o.Kind, o.ID)
	}
	return hex.EncodeToString(h.Sum(nil))
}
