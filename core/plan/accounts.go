package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// effective is an account as it will be after the push.
type effective struct {
	core.Account
	wanted  bool // roles that select it are to exist in it
	waiting bool // it has not registered yet
}

// accounts plans accounts and returns them as they will be.
func (b *builder) accounts(desired []core.AccountEntry, recorded []core.AccountRecord) []effective {
	known := make(map[core.AccountID]*core.AccountRecord, len(recorded))
	for i := range recorded {
		known[recorded[i].ID] = &recorded[i]
	}
	after := make([]effective, 0, len(desired))
	listed := make(map[core.AccountID]bool, len(desired))
	for i := range desired {
		entry := &desired[i]
		listed[entry.ID] = true
		rec := known[entry.ID]
		if entry.Remove {
			if rec != nil && rec.Listed() {
				b.add(Change{Action: Remove, Kind: KindAccount, ID: string(entry.ID), Account: entry.ID, Source: entry.Source})
			}
			continue
		}
		after = append(after, b.account(entry, rec))
	}
	for i := range recorded {
		rec := &recorded[i]
		if !rec.Listed() || listed[rec.ID] {
			continue
		}
		if b.orphan(Change{Kind: KindAccount, ID: string(rec.ID), Account: rec.ID, Source: rec.Source}) {
			after = append(after, effective{Account: rec.Account, wanted: rec.Wanted(), waiting: !rec.IsRegistered()})
		}
	}
	return after
}

func (b *builder) account(entry *core.AccountEntry, rec *core.AccountRecord) effective {
	e := effective{Account: entry.Account, wanted: true, waiting: rec == nil || !rec.IsRegistered()}
	c := Change{Action: Add, Kind: KindAccount, ID: string(entry.ID), Account: entry.ID, Source: entry.Source}
	if rec == nil || !rec.Listed() {
		c.Waiting = e.waiting
		b.add(c)
		return e
	}
	e.wanted = rec.Wanted()
	if c.Fields = accountFields(rec, entry); len(c.Fields) > 0 {
		c.Action = Update
		b.add(c)
	}
	return e
}

func accountFields(old *core.AccountRecord, want *core.AccountEntry) []Field {
	var d fields
	d.text("file", old.Source, want.Source)
	d.text("name", old.Name, want.Name)
	d.text("email", old.Email, want.Email)
	d.list("groups", old.Groups, want.Groups)
	d.tags(old.Tags, want.Tags)
	return d
}

// fields collects differences.
type fields []Field

func (d *fields) text(name, old, want string) {
	if old != want {
		*d = append(*d, Field{Name: name, Old: old, New: want})
	}
}

func (d *fields) list(name string, old, want []string) {
	if !slices.Equal(old, want) {
		*d = append(*d, Field{Name: name, Old: strings.Join(old, ", "), New: strings.Join(want, ", ")})
	}
}

func (d *fields) tags(old, want map[string]string) {
	if !maps.Equal(old, want) {
		*d = append(*d, Field{Name: "tags", Old: tagText(old), New: tagText(want)})
	}
}

func tagText(tags map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		parts = append(parts, k+"="+tags[k])
	}
	return strings.Join(parts, ", ")
}
