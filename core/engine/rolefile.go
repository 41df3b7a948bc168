package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
		active, err := collect(e.Roles.ListRoles(ctx, core.RoleActive))
		if err != nil {
			return findings, err
		}
		if clashes := caseClashes(entries, active); len(clashes) > 0 {
			return append(findings, clashes...), nil
		}
		lost := vanishedRoles(key, entries, active)
		if len(lost) <= f.removals {
			entries = append(entries, lost...)
		} else {
			findings = append(findings, vanishedFinding(key, len(lost), f.removals, "roles"))
		}
		return findings, e.recordRoles(ctx, key, entries)
	})
}

// vanishedRoles are those recorded from this file that it no longer has, as entries
// to remove.
func vanishedRoles(key string, entries []core.RoleEntry, active []core.RoleRecord) []core.RoleEntry {
	has := make(map[core.RoleName]bool, len(entries))
	for i := range entries {
		has[entries[i].Name] = true
	}
	var lost []core.RoleEntry
	for i := range active {
		if rec := &active[i]; rec.Source == key && !has[rec.Name] {
			lost = append(lost, core.RoleEntry{Role: rec.Role, Remove: true, Source: key})
		}
	}
	return lost
}

// caseClashes finds roles whose names differ from an active role's only in case: to
// IAM they are the same role, so removing the one would remove the other.
func caseClashes(entries []core.RoleEntry, recorded []core.RoleRecord) []core.Finding {
	active := map[string]core.RoleName{}
	for i := range recorded {
		if recorded[i].Status == core.RoleActive {
			active[strings.ToLower(string(recorded[i].Name))] = recorded[i].Name
		}
	}
	var findings []core.Finding
	for i := range entries {
		entry := &entries[i]
		if name, known := active[strings.ToLower(string(entry.Name))]; known && name != entry.Name && !entry.Remove {
			findings = append(findings, core.Finding{
				Severity: core.SeverityError, File: entry.Source, Line: entry.Line, Column: 1,
				Message: fmt.Sprintf("the role %s is recorded as %s; IAM does not tell them apart", entry.Name, name),
				Advice:  fmt.Sprintf("keep the name %s, or remove that role first and push again", name),
			})
		}
	}
	return findings
}

func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
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
