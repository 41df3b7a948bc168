package config

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// maxDescription is IAM's limit for a role's description.
const maxDescription = 1000

var roleKeys = []string{
	"action", "policy", "managed_policies", "accountgroup", "groups", "accounts", "exclude_accounts",
	"max_session_duration", "permissions_boundary", "require_mfa", "description", "tags", "trust",
}

// role is an entry with the places of what it refers to.
type role struct {
	core.RoleEntry
	at       position
	policy   *field
	groups   []*node
	accounts []*node
	excluded []*node
	managed  *field
	mfa      *field
}

// ParseRoles reads one role file. file is as in ParseAccounts, policies finds the
// policy files that roles name. Entries are sorted by name; an entry whose name is
// wrong is left out, any other stands with what could be read, so callers act only
// when core.HasErrors says no.
func ParseRoles(file string, data []byte, policies PolicySource) ([]core.RoleEntry, []core.Finding) {
	r := &report{file: file}
	roles := uniqueRoles(r.roles(data, policies), single(r))
	return roleEntries(roles), r.done()
}

// roles reads all entries of a file, in the order of the file.
func (r *report) roles(data []byte, policies PolicySource) []role {
	root, ok := r.parse(data)
	if !ok {
		return nil
	}
	var found []role
	for _, entry := range r.entries(root, "roles", roleKeys) {
		if r.roleName(entry.key) {
			found = append(found, r.role(entry, policies))
		}
	}
	return found
}

// rolePattern is IAM's for role names.
var rolePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)

func (r *report) roleName(n *node) bool {
	const most = core.MaxIAMRoleName - len(core.Prefix)
	name := core.RoleName(n.text)
	switch {
	case strings.HasPrefix(strings.ToLower(n.text), strings.ToLower(core.Prefix)):
		r.errorf(n.at, "write "+quote(string(core.ParseRoleName(n.text))), "the prefix %s is added to the name of every role", core.Prefix)
	case !rolePattern.MatchString(n.text):
		r.errorf(n.at, "use letters, digits and _ + = , . @ -", "%s is not a role name", quote(n.text))
	case len(name.IAMName()) > core.MaxIAMRoleName:
		r.errorf(n.at, "shorten it", "the role name %s has %d characters; at most %d fit behind %s",
			quote(n.text), len(n.text), most, core.Prefix)
	case strings.EqualFold(n.text, string(core.AdminRole)):
		r.errorf(n.at, "choose another name", "the role name %s is reserved", core.AdminRole)
	default:
		return true
	}
	return false
}

func (r *report) role(entry field, policies PolicySource) role {
	e := role{at: entry.key.at}
	e.Name, e.Source, e.Line = core.RoleName(entry.key.text), r.file, entry.key.at.line
	e.Trust.DirectoryService = true
	var groups groupFields
	for _, f := range r.settings(entry, roleKeys) {
		switch f.key.text {
		case "accountgroup":
			groups.single = &f
		case "groups":
			groups.several = &f
		default:
			r.roleSetting(&e, f)
		}
	}
	r.selection(&e, groups, entry)
	if !e.Remove {
		r.permissions(&e, policies)
		r.mfa(&e)
	}
	e.Digest = Digest(e.Role)
	return e
}

func (r *report) roleSetting(e *role, f field) {
	switch f.key.text {
	case "action":
		e.Remove = r.removes(f)
	case "policy":
		e.Policy, e.policy = r.text(f, 255), &f
	case "managed_policies":
		e.managed = &f
		e.ManagedPolicies = r.managedPolicies(f)
	case "accounts":
		e.Accounts, e.accounts = r.accountIDs(f)
	case "exclude_accounts":
		e.ExcludeAccounts, e.excluded = r.accountIDs(f)
	case "max_session_duration":
		e.MaxSessionDuration = r.sessionDuration(f)
	case "permissions_boundary":
		e.PermissionsBoundary = r.permissionsBoundary(f)
	case "require_mfa":
		e.RequireMFA, e.mfa = r.flag(f), &f
	case "description":
		e.Description = r.description(f)
	case "tags":
		e.Tags = r.tags(f)
	case "trust":
		e.Trust = r.trust(f)
	}
}

// latin1 are the characters that IAM takes in descriptions (CreateRole, Description).
var latin1 = regexp.MustCompile(`^[\x20-\x7E\xA1-\x{FF}]*$`)

func (r *report) description(f field) string {
	text := r.text(f, maxDescription)
	if !latin1.MatchString(text) {
		r.errorf(f.value.at, "use Latin letters, digits and ASCII punctuation", "description holds characters IAM refuses")
		return ""
	}
	return text
}

// selection reads which accounts the role reaches. A key that is there but says
// nothing is an error: taken at its word it would mean every account.
func (r *report) selection(e *role, groups groupFields, entry field) {
	e.Groups, e.groups = groups.read(r)
	if len(e.Groups) > 1 && slices.Contains(e.Groups, core.AllAccounts) {
		r.warnf(groups.several.key.at, `remove "*" or the others`, `the group "*" contains all other groups`)
	}
	for _, n := range e.accounts {
		if slices.Contains(e.ExcludeAccounts, core.AccountID(n.text)) {
			r.warnf(n.at, "remove one of the two", "the account %s is excluded too, so the role does not reach it", n.text)
		}
	}
	if e.Remove || len(e.Groups) > 0 || len(e.Accounts) > 0 || entry.value.kind != mapping {
		return
	}
	for _, f := range entry.value.fields {
		switch f.key.text {
		case "accountgroup", "groups", "accounts":
			r.errorf(f.key.at, `name accounts or groups; for all accounts write groups: ["*"]`,
				"%s selects no account", f.key.text)
		}
	}
}

// accountIDs reads a list of account IDs, sorted and without duplicates, and the
// nodes they come from.
func (r *report) accountIDs(f field) (ids []core.AccountID, from []*node) {
	for _, n := range r.texts(f) {
		if id, ok := r.accountID(n); ok {
			ids, from = append(ids, id), append(from, n)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), from
}

func roleEntries(roles []role) []core.RoleEntry {
	entries := make([]core.RoleEntry, len(roles))
	for i, e := range roles {
		entries[i] = e.RoleEntry
	}
	slices.SortFunc(entries, func(a, b core.RoleEntry) int { return cmp.Compare(a.Name, b.Name) })
	return entries
}
