package core

import (
	"slices"
	"time"
)

// Role is a role as a file describes it, with the policy document it names.
type Role struct {
	Name                RoleName          `json:"role"`
	Policy              string            `json:"policy,omitempty"`           // file in custom_policy/
	Document            string            `json:"document,omitempty"`         // that file's policy as compact JSON
	ManagedPolicies     []string          `json:"managed_policies,omitempty"` // may hold {account} and {partition}
	Groups              []string          `json:"groups,omitempty"`
	Accounts            []AccountID       `json:"accounts,omitempty"`
	ExcludeAccounts     []AccountID       `json:"exclude_accounts,omitempty"`
	MaxSessionDuration  time.Duration     `json:"max_session_duration,omitempty"` // zero means IAM's default of one hour
	PermissionsBoundary string            `json:"permissions_boundary,omitempty"` // may hold {account} and {partition}
	RequireMFA          bool              `json:"require_mfa,omitempty"`
	Description         string            `json:"description,omitempty"`
	Tags                map[string]string `json:"tags,omitempty"`
	Trust               Trust             `json:"trust"`
}

// Trust says who may take a role in the master account. Its ARNs may hold {partition}
// and {master}.
type Trust struct {
	DirectoryService bool     `json:"directory_service,omitempty"`
	SAMLProviders    []string `json:"saml_providers,omitempty"`
	Principals       []string `json:"principals,omitempty"`
}

// Selects reports whether the role reaches the account: it is in one of the role's
// groups or listed by ID, or the role names neither; and it is not excluded.
func (r Role) Selects(a Account) bool {
	switch {
	case slices.Contains(r.ExcludeAccounts, a.ID):
		return false
	case slices.Contains(r.Accounts, a.ID):
		return true
	case len(r.Groups) == 0:
		return len(r.Accounts) == 0
	default:
		return slices.ContainsFunc(r.Groups, a.InGroup)
	}
}

// RoleStatus is where a role stands.
type RoleStatus string

// The statuses of a role.
const (
	RoleActive  RoleStatus = "active"
	RoleDeleted RoleStatus = "deleted"
)

// RoleRecord is a role as DynamoDB remembers it.
type RoleRecord struct {
	Role
	Status  RoleStatus     `json:"status"`
	Digest  string         `json:"digest,omitempty"` // of what every sub-account's role is made of
	Source  string         `json:"source,omitempty"` // object key of the file that lists it
	Access  Access         `json:"access"`           // the access policy of the master account's role
	Failure *Failure       `json:"error,omitempty"`  // why the master account's role is not as it should be
	Dirty   bool           `json:"-"`                // changed since its assignments were last looked at
	Updated time.Time      `json:"updated_at,omitzero"`
	Lease   Lease          `json:"-"`
	History []StatusChange `json:"-"` // kept by whoever writes the record, see Remember
	Version int64          `json:"-"`
}

// Access remembers what was last written as the access policy of the master role.
type Access struct {
	Digest   string `json:"digest,omitempty"`
	Wildcard bool   `json:"wildcard,omitempty"` // all accounts of the organisation, because the list does not fit
}
