package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
)

// RoleFile brings the records of roles, their assignments and the master account's
// roles to what one role file says. The key of a policy file stands for every role
// file, because any may name it. Other keys are ignored. A file with errors changes
// nothing; they are recorded with it.
func (e *Engine) RoleFile(ctx context.Context, key string) error {
	switch {
	case isYAML(key, core.RoleFolder):
		return e.roleFile(ctx, key)
	case strings.HasPrefix(key, core.PolicyFolder) && strings.HasSuffix(key, ".json"):
		return e.roleFiles(ctx)
	default:
		return nil
	}
}

// roleFiles processes every role file; one that fails does not keep the others back.
func (e *Engine) roleFiles(ctx context.Context) error {
	var failed []error
	for o, err := range e.Config.ListObjects(ctx, core.RoleFolder) {
		if err != nil {
			return err
		}
		if isYAML(o.Key, core.RoleFolder) {
			failed = append(failed, e.roleFile(ctx, o.Key))
		}
	}
	return errors.Join(failed...)
}

func (e *Engine) roleFile(ctx context.Context, key string) error {
	return e.processFile(ctx, key, func(ctx context.Context, f file) ([]core.Finding, error) {
		policies, err := e.policies(ctx)
		if err != nil {
			return nil, err
		}
		entries, findings := config.ParseRoles(key, f.Body, policies)
		if err := policies.failed; err != nil {
			return findings, err
		}
		if findings = append(findings, policies.findings...); core.HasErrors(findings) {
			return findings, nil
		}
		lost, err := e.vanishedRoles(ctx, key, entries)
		if err != nil {
			return findings, err
		}
		if len(lost) <= f.removals {
			entries = append(entries, lost...)
		} else {
			findings = append(findings, vanishedFinding(key, len(lost), f.removals, "roles"))
		}
		return findings, e.recordRoles(ctx, key, entries)
	})
}

func (e *Engine) vanishedRoles(ctx context.Context, key string, entries []core.RoleEntry) ([]core.RoleEntry, error) {
	has := make(map[core.RoleName]bool, len(entries))
	for i := range entries {
		has[entries[i].Name] = true
	}
	var lost []core.RoleEntry
	for rec, err := range e.Roles.ListRoles(ctx, core.RoleActive) {
		if err != nil {
			return nil, err
		}
		if rec.Source == key && !has[rec.Name] {
			lost = append(lost, core.RoleEntry{Role: rec.Role, Remove: true, Source: key})
		}
	}
	return lost, nil
}

func (e *Engine) recordRoles(ctx context.Context, key string, entries []core.RoleEntry) error {
	var failed []error
	for i := range entries {
		rec, err := e.recordRole(ctx, key, &entries[i])
		if err == nil && rec.Dirty {
			err = e.convergeRole(ctx, rec.Name)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (e *Engine) recordRole(ctx context.Context, key string, entry *core.RoleEntry) (core.RoleRecord, error) {
	return e.Roles.UpdateRole(ctx, entry.Name, func(r *core.RoleRecord) error {
		if entry.Remove {
			if r.Status != core.RoleActive {
				return core.ErrUnchanged
			}
			r.Status, r.Source = core.RoleDeleted, ""
		} else {
			if r.Status == core.RoleActive && r.Source == key && r.Digest == entry.Digest && same(r.Role, entry.Role) {
				return core.ErrUnchanged
			}
			r.Role, r.Digest = entry.Role, entry.Digest
			r.Status, r.Source = core.RoleActive, key
		}
		r.Dirty, r.Updated = true, e.now()
		return nil
	})
}
