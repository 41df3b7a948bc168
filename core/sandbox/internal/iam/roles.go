package iam

import (
	"fmt"
	"strconv"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const defaultMaxSession = 3600 // seconds

func createRole(r *request) (any, *api.Error) {
	text := r.text("AssumeRolePolicyDocument", 131072)
	description, _ := r.optional("Description", 1000)
	maxSession := r.integer("MaxSessionDuration", defaultMaxSession, 3600, 43200)
	name, path, boundary, tags, err := roleKind.creation(r)
	if err != nil {
		return nil, err
	}
	e, err := r.newEntity(roleKind, name, path, func(e *entity) (err *api.Error) {
		if err = r.checkBoundary(boundary); err != nil {
			return err
		}
		e.description, e.maxSession, e.boundary, e.tags = description, maxSession, boundary, tags
		e.trust, err = r.s.newTrust(text, r.acct.partition, r.Now)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	shape := r.s.roleShape(e)
	shape.RoleLastUsed = nil
	return struct{ Role roleXML }{shape}, nil
}

func updateRole(r *request) (any, *api.Error) {
	name := roleKind.target(r)
	description, hasDescription := r.optional("Description", 1000)
	maxSession := r.integer("MaxSessionDuration", 0, 3600, 43200)
	if err := roleKind.begin(r, name, "UpdateRole", nil); err != nil {
		return nil, err
	}
	err := r.change(roleKind, name, func(e *entity) *api.Error {
		if hasDescription {
			e.description = description
		}
		if maxSession != 0 {
			e.maxSession = maxSession
		}
		return nil
	})
	return struct{}{}, err
}

func updateRoleDescription(r *request) (any, *api.Error) {
	name := roleKind.target(r)
	description, ok := r.optional("Description", 1000)
	if !ok {
		r.problem("Description", "null", "Member must not be null")
	}
	if err := roleKind.begin(r, name, "UpdateRoleDescription", nil); err != nil {
		return nil, err
	}
	var shape roleXML
	err := r.change(roleKind, name, func(e *entity) *api.Error {
		e.description = description
		shape = r.s.roleShape(e)
		return nil
	})
	return struct{ Role roleXML }{shape}, err
}

func updateAssumeRolePolicy(r *request) (any, *api.Error) {
	name := roleKind.target(r)
	text := r.text("PolicyDocument", 131072)
	if err := roleKind.begin(r, name, "UpdateAssumeRolePolicy", nil); err != nil {
		return nil, err
	}
	return nil, r.change(roleKind, name, func(e *entity) (err *api.Error) {
		e.trust, err = r.s.newTrust(text, r.acct.partition, r.Now)
		return err
	})
}

func listInstanceProfilesForRole(r *request) (any, *api.Error) {
	name := roleKind.target(r)
	r.paging()
	if err := roleKind.begin(r, name, "ListInstanceProfilesForRole", nil); err != nil {
		return nil, err
	}
	if r.find(roleKind, name) == nil {
		return nil, notFound(roleKind, name)
	}
	return struct {
		InstanceProfiles members[string]
		pageInfo
	}{}, nil
}

func getAccountSummary(r *request) (any, *api.Error) {
	if err := r.allow("GetAccountSummary", "*", nil); err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	type entry struct {
		Key   string `xml:"key"`
		Value string `xml:"value"`
	}
	var out struct {
		SummaryMap struct {
			Entry []entry `xml:"entry"`
		}
	}
	for _, e := range []struct {
		key   string
		value int
	}{
		{"AccountAccessKeysPresent", 0}, {"AccountMFAEnabled", 1},
		{"AssumeRolePolicySizeQuota", trustLimit}, {"AttachedPoliciesPerRoleQuota", attachLimit},
		{"AttachedPoliciesPerUserQuota", attachLimit}, {"AccessKeysPerUserQuota", keysPerUser},
		{"Groups", 0}, {"InstanceProfiles", 0}, {"MFADevices", 0},
		{"Policies", len(r.acct.managed())}, {"PolicySizeQuota", managedLimit}, {"VersionsPerPolicyQuota", versionLimit},
		{"Providers", len(r.acct.saml)}, {"RolePolicySizeQuota", roleKind.inlineLimit},
		{"Roles", len(r.acct.list(roleKind))}, {"RolesQuota", roleKind.perAccount},
		{"UserPolicySizeQuota", userKind.inlineLimit},
		{"Users", len(r.acct.list(userKind))}, {"UsersQuota", userKind.perAccount},
	} {
		out.SummaryMap.Entry = append(out.SummaryMap.Entry, entry{e.key, strconv.Itoa(e.value)})
	}
	return out, nil
}

// inlineExceeded is IAM's sentence for too many characters of inline policies.
func inlineExceeded(k kind, name string) *api.Error {
	return limitExceeded("%s", fmt.Sprintf("Maximum policy size of %d bytes exceeded for %s %s", k.inlineLimit, k.word, name))
}
