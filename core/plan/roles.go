package plan

import (
	"fmt"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// target is a role as it will be after the push.
type target struct {
	core.Role
	digest string
}

// roles plans roles and returns those that will exist, sorted by name.
func (b *builder) roles(desired []core.RoleEntry, recorded []core.RoleRecord) []target {
	known := make(map[core.RoleName]*core.RoleRecord, len(recorded))
	for i := range recorded {
		known[recorded[i].Name] = &recorded[i]
	}
	var after []target
	listed := make(map[core.RoleName]bool, len(desired))
	for i := range desired {
		entry := &desired[i]
		listed[entry.Name] = true
		rec := known[entry.Name]
		exists := rec != nil && rec.Status == core.RoleActive
		change := Change{Kind: KindRole, ID: string(entry.Name), Role: entry.Name, Source: entry.Source}
		switch {
		case entry.Remove && exists:
			change.Action = Remove
			b.add(change)
		case entry.Remove:
		case !exists:
			change.Action = Add
			b.add(change)
		default:
			if change.Fields = roleFields(rec, entry); len(change.Fields) > 0 {
				change.Action = Update
				b.add(change)
			}
		}
		if !entry.Remove {
			after = append(after, target{Role: entry.Role, digest: entry.Digest})
		}
	}
	for i := range recorded {
		rec := &recorded[i]
		if rec.Status != core.RoleActive || listed[rec.Name] {
			continue
		}
		if b.orphan(KindRole, string(rec.Name), rec.Source) {
			b.add(Change{Action: Remove, Kind: KindRole, ID: string(rec.Name), Role: rec.Name, Source: rec.Source, Orphan: true})
			continue
		}
		after = append(after, target{Role: rec.Role, digest: rec.Digest})
	}
	return after
}

func roleFields(rec *core.RoleRecord, want *core.RoleEntry) []Field {
	old := &rec.Role
	var d fields
	d.text("policy", old.Policy, want.Policy)
	d.list("managed_policies", old.ManagedPolicies, want.ManagedPolicies)
	d.list("groups", old.Groups, want.Groups)
	d.list("accounts", ids(old.Accounts), ids(want.Accounts))
	d.list("exclude_accounts", ids(old.ExcludeAccounts), ids(want.ExcludeAccounts))
	d.text("max_session_duration", durationText(old.MaxSessionDuration), durationText(want.MaxSessionDuration))
	d.text("permissions_boundary", old.PermissionsBoundary, want.PermissionsBoundary)
	d.text("require_mfa", fmt.Sprint(old.RequireMFA), fmt.Sprint(want.RequireMFA))
	d.text("description", old.Description, want.Description)
	d.tags(old.Tags, want.Tags)
	d.text("trust.directory_service", fmt.Sprint(old.Trust.DirectoryService), fmt.Sprint(want.Trust.DirectoryService))
	d.list("trust.saml_providers", old.Trust.SAMLProviders, want.Trust.SAMLProviders)
	d.list("trust.principals", old.Trust.Principals, want.Trust.Principals)
	return d
}

func ids(in []core.AccountID) []string {
	out := make([]string, len(in))
	for i, id := range in {
		out[i] = string(id)
	}
	return out
}

func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// policies plans policy documents by what the roles name before and after. A file
// that no role names has no effect and is not part of the plan; a changed one lists
// the roles that it changes.
func (b *builder) policies(after []target, files []core.PolicyFile, recorded []core.RoleRecord) {
	was, is := map[string]document{}, map[string]document{}
	for i := range recorded {
		if recorded[i].Status == core.RoleActive {
			note(was, &recorded[i].Role)
		}
	}
	for i := range after {
		note(is, &after[i].Role)
	}
	source := make(map[string]string, len(files))
	for _, f := range files {
		source[f.Name] = f.Source
	}
	for name, now := range is {
		c := Change{Action: Add, Kind: KindPolicy, ID: name, Source: source[name], Roles: now.roles}
		if old, known := was[name]; known {
			if sameDocument(old.text, now.text) {
				continue
			}
			c.Action = Update
			c.Fields = []Field{{Name: "document", Old: old.text, New: now.text}}
		}
		b.add(c)
	}
	for name, old := range was {
		if _, still := is[name]; !still {
			b.add(Change{Action: Remove, Kind: KindPolicy, ID: name, Roles: old.roles})
		}
	}
}

// document is a policy with the roles that name it.
type document struct {
	text  string
	roles []string
}

func note(docs map[string]document, r *core.Role) {
	if r.Policy == "" {
		return
	}
	d := docs[r.Policy]
	d.text = r.Document
	d.roles = append(d.roles, string(r.Name))
	docs[r.Policy] = d
}

// sameDocument compares by meaning; text that does not parse is compared as text.
func sameDocument(a, b string) bool {
	if a == b {
		return true
	}
	da, _ := policy.Parse([]byte(a), policy.Identity)
	db, _ := policy.Parse([]byte(b), policy.Identity)
	return da != nil && db != nil && policy.Equivalent(da, db)
}
