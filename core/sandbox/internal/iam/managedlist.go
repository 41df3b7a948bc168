package iam

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type policyXML struct {
	PolicyName                    string
	PolicyID                      string `xml:"PolicyId"`
	Arn                           string
	Path                          string
	DefaultVersionID              string `xml:"DefaultVersionId"`
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `xml:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	Tags                          *members[tag]
}

func (m *managedPolicy) shape(attached, bounds int) policyXML {
	return policyXML{
		PolicyName: m.name, PolicyID: m.id, Arn: m.arn, Path: m.path, DefaultVersionID: m.standardVersion().id(),
		AttachmentCount: attached, PermissionsBoundaryUsageCount: bounds, IsAttachable: true,
		Description: m.description, CreateDate: timestamp(m.created), UpdateDate: timestamp(m.updated), Tags: tagsShape(m.tags),
	}
}

func getPolicy(r *request) (any, *api.Error) {
	arn, err := beginPolicy(r, "GetPolicy")
	if err != nil {
		return nil, err
	}
	m, err := r.lookup(arn)
	if err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	attached, bounds := r.acct.users(arn)
	return struct{ Policy policyXML }{m.shape(len(attached), len(bounds))}, nil
}

func listPolicies(r *request) (any, *api.Error) {
	scope, _ := r.optional("Scope", 8)
	prefix, _ := r.optional("PathPrefix", 512)
	onlyAttached := r.Form.Get("OnlyAttached") == "true"
	usage := r.Form.Get("PolicyUsageFilter")
	p := r.paging()
	if scope != "" && scope != "All" && scope != "AWS" && scope != "Local" {
		r.problem("Scope", scope, "Member must satisfy enum value set: [All, AWS, Local]")
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.allow("ListPolicies", r.acct.arn("policy/"), nil); err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	var all []policyXML
	for _, m := range r.acct.scoped(scope) {
		attached, bounds := r.acct.users(m.arn)
		used := len(attached)
		switch usage {
		case "PermissionsBoundary":
			used = len(bounds)
		case "":
			used += len(bounds)
		}
		if strings.HasPrefix(m.path, prefix) && (used > 0 || !onlyAttached && usage == "") {
			shape := m.shape(len(attached), len(bounds))
			shape.Description, shape.Tags = "", nil // listings leave them out
			all = append(all, shape)
		}
	}
	policies, info := page(all, func(x policyXML) string { return x.Arn }, p)
	return struct {
		Policies members[policyXML]
		pageInfo
	}{members[policyXML]{policies}, info}, nil
}

// scoped lists policies by ARN: the account's, AWS's, or both. The caller holds the
// lock.
func (a *account) scoped(scope string) []*managedPolicy {
	var out []*managedPolicy
	if scope != "AWS" {
		out = append(out, a.managed()...)
	}
	if scope != "Local" {
		out = append(out, awsPolicies(a.partition)...)
	}
	slices.SortFunc(out, func(x, y *managedPolicy) int { return strings.Compare(x.arn, y.arn) })
	return out
}

func listEntitiesForPolicy(r *request) (any, *api.Error) {
	arn, err := beginPolicy(r, "ListEntitiesForPolicy")
	if err != nil {
		return nil, err
	}
	p := r.paging()
	if err := r.check(); err != nil {
		return nil, err
	}
	if _, err := r.lookup(arn); err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	all, bounds := r.acct.users(arn)
	if r.Form.Get("PolicyUsageFilter") == "PermissionsBoundary" {
		all = bounds
	}
	if filter := r.Form.Get("EntityFilter"); filter != "" {
		all = slices.DeleteFunc(all, func(e *entity) bool { return e.kind.noun != filter })
	}
	slices.SortFunc(all, func(x, y *entity) int { return strings.Compare(x.arn, y.arn) })
	entities, info := page(all, func(e *entity) string { return e.arn }, p)
	type roleEntry struct {
		RoleName string
		RoleID   string `xml:"RoleId"`
	}
	type userEntry struct {
		UserName string
		UserID   string `xml:"UserId"`
	}
	var out struct {
		PolicyGroups members[string]
		PolicyRoles  members[roleEntry]
		PolicyUsers  members[userEntry]
		pageInfo
	}
	out.pageInfo = info
	for _, e := range entities {
		if e.kind == roleKind {
			out.PolicyRoles.Member = append(out.PolicyRoles.Member, roleEntry{e.name, e.id})
		} else {
			out.PolicyUsers.Member = append(out.PolicyUsers.Member, userEntry{e.name, e.id})
		}
	}
	return out, nil
}
