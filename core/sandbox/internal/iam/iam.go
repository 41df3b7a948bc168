package iam

import (
	"net/http"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const namespace = "https://iam.amazonaws.com/doc/2010-05-08/"

// Options are what a Service is made of. Clock is required.
type Options struct {
	Clock api.Clock
	// OrgID is the organisation of every account ("o-exampleorgid"); empty for none.
	OrgID string
	// PropagationDelay is asked at each change: how long until authorisation and the
	// validation of principals see it. Nil is at once. Reads through the IAM API
	// always see the newest state.
	PropagationDelay func() time.Duration
	// Decided, if set, is told of every decision, with what it was made of. It is
	// called concurrently and changes none of it.
	Decided func(policy.Request, policy.Policies, policy.Decision)
}

// Service is IAM. It is safe for concurrent use.
type Service struct {
	opts       Options
	operations map[string]operation

	mu       sync.RWMutex
	accounts map[string]*account
	keys     map[string]*accessKey // by access key ID
	ids      map[string]entityRef  // roles and users by unique ID; never forgotten
}

var (
	_ api.Service    = (*Service)(nil)
	_ api.Authorizer = (*Service)(nil)
)

// operation answers one operation: the result to encode, or the error to send.
type operation func(*request) (any, *api.Error)

// New returns a Service without accounts.
func New(opts Options) *Service {
	return &Service{
		opts:       opts,
		operations: operations(),
		accounts:   map[string]*account{},
		keys:       map[string]*accessKey{},
		ids:        map[string]entityRef{},
	}
}

// Serve answers one call of the IAM API.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	result, err := s.do(c)
	if err != nil {
		api.WriteQueryError(w, c, namespace, err)
		return
	}
	api.WriteQuery(w, c, namespace, result)
}

func (s *Service) do(c *api.Call) (any, *api.Error) {
	op, ok := s.operations[c.Operation]
	if !ok {
		return nil, api.Errorf(http.StatusBadRequest, "InvalidAction",
			"Could not find operation %s for version 2010-05-08", c.Operation)
	}
	if withoutMFA(c.Caller) {
		return nil, api.Errorf(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid")
	}
	s.mu.RLock()
	acct := s.accounts[c.Caller.AccountID]
	s.mu.RUnlock()
	if acct == nil {
		return nil, api.Errorf(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	return op(&request{Call: c, s: s, acct: acct})
}

// withoutMFA reports whether the caller holds GetSessionToken credentials that were
// issued without MFA: they may not call IAM.
func withoutMFA(c api.Caller) bool {
	return c.Session != nil && c.Type != typeRole && !c.Session.MFA
}

// operations is the table of everything the service answers.
func operations() map[string]operation {
	ops := map[string]operation{
		"CreateRole": createRole, "UpdateRole": updateRole, "UpdateRoleDescription": updateRoleDescription,
		"UpdateAssumeRolePolicy": updateAssumeRolePolicy, "ListInstanceProfilesForRole": listInstanceProfilesForRole,

		"CreateUser": createUser, "CreateAccessKey": createAccessKey, "ListAccessKeys": listAccessKeys,
		"UpdateAccessKey": updateAccessKey, "DeleteAccessKey": deleteAccessKey,
		"ListGroupsForUser": listGroupsForUser, "ListMFADevices": listMFADevices,

		"CreatePolicy": createPolicy, "GetPolicy": getPolicy, "DeletePolicy": deletePolicy, "ListPolicies": listPolicies,
		"CreatePolicyVersion": createPolicyVersion, "GetPolicyVersion": getPolicyVersion,
		"ListPolicyVersions": listPolicyVersions, "DeletePolicyVersion": deletePolicyVersion,
		"SetDefaultPolicyVersion": setDefaultPolicyVersion, "ListEntitiesForPolicy": listEntitiesForPolicy,

		"CreateSAMLProvider": createSAMLProvider, "GetSAMLProvider": getSAMLProvider,
		"ListSAMLProviders": listSAMLProviders, "DeleteSAMLProvider": deleteSAMLProvider,

		"GetAccountSummary": getAccountSummary, "ListAccountAliases": listAccountAliases,
		"CreateAccountAlias": createAccountAlias, "DeleteAccountAlias": deleteAccountAlias,
		"SimulatePrincipalPolicy": simulatePrincipalPolicy,
	}
	for _, k := range []kind{roleKind, userKind} {
		for name, op := range entityOperations(k) {
			ops[name] = op
		}
	}
	return ops
}

// entityOperations are those that roles and users have alike.
func entityOperations(k kind) map[string]operation {
	noun := k.noun
	return map[string]operation{
		"Get" + noun:                            k.get,
		"Delete" + noun:                         k.delete,
		"List" + noun + "s":                     k.list,
		"Put" + noun + "Policy":                 k.putInline,
		"Get" + noun + "Policy":                 k.getInline,
		"Delete" + noun + "Policy":              k.deleteInline,
		"List" + noun + "Policies":              k.listInline,
		"Attach" + noun + "Policy":              k.attach,
		"Detach" + noun + "Policy":              k.detach,
		"ListAttached" + noun + "Policies":      k.listAttached,
		"Put" + noun + "PermissionsBoundary":    k.putBoundary,
		"Delete" + noun + "PermissionsBoundary": k.deleteBoundary,
		"Tag" + noun:                            k.tag,
		"Untag" + noun:                          k.untag,
		"List" + noun + "Tags":                  k.listTags,
	}
}
