package plan

import (
	"cmp"
	"slices"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// usage is which roles name a policy file, by its name. The roles are in the order
// they were noted in.
type usage map[string][]*core.Role

func (u usage) note(r *core.Role) {
	if r.Policy != "" {
		u[r.Policy] = append(u[r.Policy], r)
	}
}

// policies plans policy documents by what the roles name before and after. A file
// that no role names has no effect and is not part of the plan; a changed one lists
// the roles that it changes. Orphaned roles keep the document they have, so they only
// count as keeping a file in use.
func (b *builder) policies(after []target, files []core.PolicyFile, recorded []core.RoleRecord) {
	before, now, orphaned := usage{}, usage{}, usage{}
	orphans := map[core.RoleName]bool{}
	for i := range after {
		role := &after[i]
		if role.orphan {
			orphans[role.Name] = true
			orphaned.note(&role.Role)
		} else {
			now.note(&role.Role)
		}
	}
	for _, rec := range byName(recorded) {
		if rec.Status == core.RoleActive && !orphans[rec.Name] {
			before.note(&rec.Role)
		}
	}
	source := make(map[string]string, len(files))
	for _, f := range files {
		source[f.Name] = f.Source
	}
	for name, roles := range now {
		c := Change{Kind: KindPolicy, ID: name, Source: source[name], Roles: roleNames(roles)}
		if len(before[name]) == 0 && len(orphaned[name]) == 0 {
			c.Action = Add
			b.add(c)
			continue
		}
		document := roles[0].Document // all of them have the file's
		if old, stale := otherDocument(before[name], document); stale {
			c.Action = Update
			c.Fields = []Field{{Name: "document", Old: old, New: document}}
			b.add(c)
		}
	}
	for name, roles := range before {
		if len(now[name]) == 0 && len(orphaned[name]) == 0 {
			b.add(Change{Action: Remove, Kind: KindPolicy, ID: name, Roles: roleNames(roles)})
		}
	}
}

func byName(recorded []core.RoleRecord) []*core.RoleRecord {
	sorted := make([]*core.RoleRecord, len(recorded))
	for i := range recorded {
		sorted[i] = &recorded[i]
	}
	slices.SortFunc(sorted, func(x, y *core.RoleRecord) int { return cmp.Compare(x.Name, y.Name) })
	return sorted
}

func roleNames(roles []*core.Role) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r.Name)
	}
	return names
}

// otherDocument finds the document of the first role, by name, that has another one.
// Records of one policy file can differ while a push of it is under way.
func otherDocument(roles []*core.Role, document string) (string, bool) {
	for _, r := range roles {
		if !sameDocument(r.Document, document) {
			return r.Document, true
		}
	}
	return "", false
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
