package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
)

// AccountFile brings the records of accounts to what one account file says, and sends
// an event for each account whose assignments have to be looked at. Keys outside
// account/ are ignored. A file with errors changes nothing; they are recorded with it.
func (e *Engine) AccountFile(ctx context.Context, key string) error {
	if !isYAML(key, core.AccountFolder) {
		return nil
	}
	return e.processFile(ctx, key, func(ctx context.Context, f file) ([]core.Finding, error) {
		entries, findings := config.ParseAccounts(key, f.Body)
		if core.HasErrors(findings) {
			return findings, nil
		}
		lost, err := e.vanishedAccounts(ctx, key, entries)
		if err != nil {
			return findings, err
		}
		switch {
		case len(lost) <= f.removals:
			entries = append(entries, lost...)
		default:
			findings = append(findings, vanishedFinding(key, len(lost), f.removals, "accounts"))
		}
		return findings, e.recordAccounts(ctx, key, entries)
	})
}

// vanishedAccounts are those recorded from this file that it no longer has, as
// entries to remove.
func (e *Engine) vanishedAccounts(ctx context.Context, key string, entries []core.AccountEntry) ([]core.AccountEntry, error) {
	has := make(map[core.AccountID]bool, len(entries))
	for i := range entries {
		has[entries[i].ID] = true
	}
	var lost []core.AccountEntry
	for rec, err := range e.Accounts.ListAccounts(ctx) {
		if err != nil {
			return nil, err
		}
		if rec.Source == key && !has[rec.ID] {
			lost = append(lost, core.AccountEntry{Account: rec.Account, Remove: true, Source: key})
		}
	}
	return lost, nil
}

func (e *Engine) recordAccounts(ctx context.Context, key string, entries []core.AccountEntry) error {
	dirty := make([]bool, len(entries))
	index := make([]int, len(entries))
	for i := range index {
		index[i] = i
	}
	err := each(ctx, e.pace.Parallel, index, func(ctx context.Context, i int) error {
		rec, err := e.recordAccount(ctx, key, &entries[i])
		dirty[i] = rec.Dirty
		return err
	})
	if err != nil {
		return err
	}
	if err := e.permitRegistrations(ctx); err != nil {
		return err
	}
	var events []core.Event
	for i := range entries {
		if dirty[i] {
			events = append(events, accountEvent(&entries[i], e))
		}
	}
	return e.Publisher.Publish(ctx, core.AccountTopic, events...)
}

func accountEvent(entry *core.AccountEntry, e *Engine) core.Event {
	ev := core.Event{Action: core.ActionAdd, Account: entry.ID, Reason: "file", At: e.now()}
	if entry.Remove {
		ev.Action = core.ActionRemove
	}
	return ev
}

// recordAccount upserts or removes one account. What the record has learned by
// registration stays.
func (e *Engine) recordAccount(ctx context.Context, key string, entry *core.AccountEntry) (core.AccountRecord, error) {
	return e.Accounts.UpdateAccount(ctx, entry.ID, func(r *core.AccountRecord) error {
		if entry.Remove {
			if !r.Listed() {
				return core.ErrUnchanged
			}
			r.Source, r.Removed = "", true
		} else {
			if r.Source == key && same(r.Account, entry.Account) {
				return core.ErrUnchanged
			}
			if !r.Listed() { // listed anew: an account that once left is awaited again
				r.Departed, r.Removed = time.Time{}, false
			}
			r.Account, r.Source = entry.Account, key
		}
		r.Dirty, r.Updated = true, e.now()
		r.Settle()
		return nil
	})
}

// registrationGate is the key of the record whose lease guards the topic's policy.
const registrationGate = "account-topic"

// permitRegistrations lets every listed account publish its registration. In an
// organisation the topic's policy admits its members, and there is nothing to do.
func (e *Engine) permitRegistrations(ctx context.Context) error {
	if e.settings.OrgID != "" {
		return nil
	}
	ctx, cancel, lease, err := acquire(ctx, e, e.fileUpdate(registrationGate), fileLease)
	if err != nil {
		return err
	}
	defer cancel()
	err = e.permit(ctx)
	_, finishErr := lease.finish(ctx, func(r *core.FileRecord) { r.Updated = e.now() })
	return errors.Join(err, finishErr)
}

// permit opens the topic to the accounts that are listed now.
func (e *Engine) permit(ctx context.Context) error {
	var ids []core.AccountID
	for rec, err := range e.Accounts.ListAccounts(ctx) {
		if err != nil {
			return err
		}
		if rec.Listed() {
			ids = append(ids, rec.ID)
		}
	}
	slices.Sort(ids)
	return e.Gate.Permit(ctx, ids)
}
