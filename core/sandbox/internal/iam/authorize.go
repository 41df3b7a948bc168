package iam

import (
	"net/http"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// The values of aws:PrincipalType.
const (
	typeRoot      = "Account"
	typeUser      = "User"
	typeRole      = "AssumedRole"
	typeAnonymous = "Anonymous"
)

// Authorize answers a service's question about a call: nil, or the error to send.
func (s *Service) Authorize(c *api.Call, ask api.Ask) *api.Error {
	decision := s.Decide(c, ask)
	if decision.Allowed {
		return nil
	}
	return denied(c, ask, decision)
}

// Decide answers a question with everything that applies to it: the caller's identity
// policies, permissions boundary and session policies as far as they have propagated,
// and the resource's policy.
func (s *Service) Decide(c *api.Call, ask api.Ask) policy.Decision {
	if ask.ResourceAccount == "" {
		ask.ResourceAccount = c.Caller.AccountID
	}
	s.mu.RLock()
	e := s.callerEntity(c)
	policies := s.policiesOf(c, e)
	s.mu.RUnlock()
	policies.Resource, policies.ResourceRequired = ask.ResourcePolicy, ask.ResourcePolicyRequired
	return s.evaluate(policy.Request{
		Action: ask.Action, Resource: ask.Resource, ResourceAccount: ask.ResourceAccount,
		Principal: principalOf(c.Caller), Context: s.conditionKeys(c, ask, e),
	}, policies)
}

// evaluate decides, and tells who wants to know.
func (s *Service) evaluate(r policy.Request, p policy.Policies) policy.Decision {
	d := policy.Evaluate(r, p)
	if s.opts.Decided != nil {
		s.opts.Decided(r, p, d)
	}
	return d
}

// DecideService answers a question about a call by an AWS service, which has no
// identity policies: only the resource's policy can allow it. keys are the condition
// keys of the call (aws:SourceArn, aws:SourceAccount).
func (s *Service) DecideService(service string, ask api.Ask, keys map[string][]string) policy.Decision {
	now := s.opts.Clock()
	context := newContext()
	context.set("aws:PrincipalIsAWSService", "true")
	context.set("aws:PrincipalServiceName", service)
	context.set("aws:SecureTransport", "true")
	context.time(now)
	context.setIf("aws:ResourceAccount", ask.ResourceAccount)
	context.setIf("aws:ResourceOrgID", s.opts.OrgID)
	context.setIf("aws:SourceOrgID", s.opts.OrgID)
	context.add(ask.Context)
	context.add(keys)
	return s.evaluate(policy.Request{
		Action: ask.Action, Resource: ask.Resource, ResourceAccount: ask.ResourceAccount,
		Principal: policy.Principal{Service: service}, Context: context,
	}, policy.Policies{Resource: ask.ResourcePolicy, ResourceRequired: true})
}

// callerEntity finds the role or user behind a caller. A user's session
// (GetSessionToken) is the user. The caller holds the lock.
func (s *Service) callerEntity(c *api.Call) *entity {
	return s.entityByID(entityID(c.Caller), c.Now)
}

// entityID is the unique ID of the role or user behind a caller; empty for a root.
func entityID(c api.Caller) string {
	switch c.Type {
	case typeUser:
		return c.UserID
	case typeRole:
		return c.UserID[:min(21, len(c.UserID))] // "AROA...:session"
	}
	return ""
}

// policiesOf collects the documents that apply to a caller. The caller holds the lock.
func (s *Service) policiesOf(c *api.Call, e *entity) policy.Policies {
	var out policy.Policies
	if session := c.Caller.Session; session != nil {
		out.Session = session.Policies
	}
	switch {
	case c.Caller.Type == typeRoot:
		out.Identity = []*policy.Document{rootPolicy()}
	case e != nil:
		out.Identity, out.Boundary = s.entityPolicies(e, c.Now)
	}
	return out
}

// entityPolicies collects a role's or user's own documents. The caller holds the lock.
func (s *Service) entityPolicies(e *entity, now time.Time) (identity []*policy.Document, boundary *policy.Document) {
	a := s.accounts[e.account]
	for _, d := range e.inline {
		identity = append(identity, d.doc)
	}
	for _, arn := range e.attached {
		if m := visibleManaged(a, arn, now); m != nil {
			identity = append(identity, m.standardVersion().doc)
		}
	}
	if e.boundary != "" {
		boundary = &policy.Document{} // a boundary that is gone allows nothing
		if m := visibleManaged(a, e.boundary, now); m != nil {
			boundary = m.standardVersion().doc
		}
	}
	return identity, boundary
}

// rootPolicy allows a root what its account allows: everything, short of what
// resource policies deny.
func rootPolicy() *policy.Document { return parsedAWS()["AdministratorAccess"].doc }

// principalOf is the caller as resource policies see it.
func principalOf(c api.Caller) policy.Principal {
	p := policy.Principal{AccountID: c.AccountID, ARN: c.ARN}
	if c.Anonymous() {
		p.ARN = ""
	}
	if c.Type == typeRole {
		p.RoleARN, p.SessionARN = c.PrincipalARN, c.ARN
	}
	return p
}

// denied is the error of a refusal, in the service's own code.
func denied(c *api.Call, ask api.Ask, d policy.Decision) *api.Error {
	message := "User: " + c.Caller.ARN + " is not authorized to perform: " + ask.Action + " on resource: " + ask.Resource
	if d.Reason != "" {
		message += " " + d.Reason
	}
	e := &api.Error{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
	switch c.Service {
	case "dynamodb", "kms":
		e.Status, e.Code = http.StatusBadRequest, "AccessDeniedException"
	case "lambda":
		e.Code = "AccessDeniedException"
	case "sns":
		e.Code = "AuthorizationError"
	case "s3":
		if c.Caller.Anonymous() {
			e.Message = "Access Denied"
		}
	}
	return e
}
