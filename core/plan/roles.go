package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// target is a role as it will be after the push.
type target struct {
	core.Role
	digest string
	orphan bool // no file lists it: it stays as it is
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
		b.role(entry, known[entry.Name])
		if !entry.Remove {
			after = append(after, target{Role: entry.Role, digest: entry.Digest})
		}
	}
	for i := range recorded {
		rec := &recorded[i]
		if rec.Status != core.RoleActive || listed[rec.Name] {
			continue
		}
		if b.orphan(Change{Kind: KindRole, ID: string(rec.Name), Role: rec.Name, Source: rec.Source}) {
			after = append(after, target{Role: rec.Role, digest: rec.Digest, orphan: true})
		}
	}
	slices.SortFunc(after, func(x, y target) int { return cmp.Compare(x.Name, y.Name) })
	return after
}

// role plans one entry; rec is nil where there is no record.
func (b *builder) role(entry *core.RoleEntry, rec *core.RoleRecord) {
	exists := rec != nil && rec.Status == core.RoleActive
	c := Change{Kind: KindRole, ID: string(entry.Name), Role: entry.Name, Source: entry.Source}
	switch {
	case entry.Remove && !exists:
		return
	case entry.Remove:
		c.Action = Remove
	case !exists:
		c.Action = Add
	default:
		if c.Fields = roleFields(rec, entry); len(c.Fields) == 0 {
			return
		}
		c.Action = Update
	}
	b.add(c)
}

func roleFields(rec *core.RoleRecord, want *core.RoleEntry) []Field {
	old := &rec.Role
	var d fields
	d.text("file", rec.Source, want.Source)
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

// durationText is the short form: 4h, not 4h0m0s.
func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
