package policy

import "strings"

// Request is what a principal wants to do. Keys of Context are lower-cased.
type Request struct {
	Action   string // "s3:GetObject"
	Resource string // ARN or "*"
	// ResourceAccount owns the resource; it decides between the same-account and
	// the cross-account rule. Empty means the principal's account.
	ResourceAccount string
	Principal       Principal
	// Context holds condition keys; multivalued keys have several values. From the
	// rest of the request Evaluate fills in aws:PrincipalArn, aws:PrincipalAccount
	// and aws:ResourceAccount where they are missing, and nothing else.
	Context map[string][]string
}

// Principal is the caller in a request. The zero Principal is an anonymous caller.
type Principal struct {
	AccountID  string
	ARN        string // as a resource policy sees it: user, assumed-role session, account root
	RoleARN    string // the role of a session, else empty
	Service    string // a service principal ("lambda.amazonaws.com"), else empty
	Federated  string // a provider ARN, else empty
	SessionARN string // the assumed-role session ARN, else empty
}

// Policies is everything that applies to one request. Nil means there is none of
// that kind, except that an empty non-nil Session slice is also "no session policy".
type Policies struct {
	Identity []*Document
	Boundary *Document
	Session  []*Document
	Resource *Document
	// ResourceRequired: identity policies alone never allow (IAM role trust policies
	// and KMS key policies).
	ResourceRequired bool
}

// Decision is the outcome, with the reason a person can read.
type Decision struct {
	Allowed  bool
	Explicit bool   // denied by a Deny statement
	By       string // which kind of policy decided: identity, resource, boundary, session
	Sid      string // the deciding statement's Sid, if it has one
	Reason   string // AWS's wording: "because no identity-based policy allows the sts:AssumeRole action"
}

// The kinds of policy in Decision.By.
const (
	ByIdentity = "identity"
	ByResource = "resource"
	ByBoundary = "boundary"
	BySession  = "session"
)

// Evaluate decides a request as AWS documents it (IAM User Guide, "Policy evaluation
// logic" and "Cross-account policy evaluation logic"; reasons as in "Troubleshoot
// access denied error messages"):
//
//   - A Deny that applies, in any policy, decides.
//   - Within an account, identity policies or the resource policy must allow. A
//     permissions boundary and session policies limit what identity policies allow,
//     and what a resource policy allows to the role or to everybody; they do not
//     limit what it allows to the user or the role session by name.
//   - A resource policy that names the account leaves it to identity policies. With
//     ResourceRequired it must at least do that.
//   - Across accounts the identity side and the resource policy must both allow.
//   - The root user needs no identity policy. Services, federated identities and
//     anonymous callers have none: for them the resource policy alone decides.
//
// Evaluate keeps no state and only reads its arguments; it is safe for concurrent use.
func Evaluate(req Request, p Policies) Decision {
	e := &evaluation{req: req}
	var v verdict
	v.req, v.required = req, p.ResourceRequired
	for _, doc := range p.Identity {
		e.evaluate(doc, direct, &v.identity)
	}
	for _, doc := range p.Session {
		e.evaluate(doc, direct, &v.session)
		v.hasSession = v.hasSession || doc != nil
	}
	e.evaluate(p.Boundary, direct, &v.boundary)
	v.hasBoundary = p.Boundary != nil
	e.evaluate(p.Resource, noGrant, &v.resource)
	return v.decide()
}

// verdict combines what the kinds of policy say.
type verdict struct {
	req                                   Request
	required, hasBoundary, hasSession     bool
	identity, boundary, session, resource outcome
}

func (v *verdict) decide() Decision {
	if d, denied := v.explicitDeny(); denied {
		return d
	}
	p := v.req.Principal
	switch {
	case !p.hasIdentity():
		return v.resourceAlone()
	case v.req.ResourceAccount != "" && v.req.ResourceAccount != p.AccountID:
		return v.crossAccount()
	}
	return v.sameAccount()
}

func (v *verdict) explicitDeny() (Decision, bool) {
	for _, kind := range []struct {
		by      string
		outcome *outcome
	}{{ByIdentity, &v.identity}, {ByResource, &v.resource}, {ByBoundary, &v.boundary}, {BySession, &v.session}} {
		if s := kind.outcome.deny; s != nil {
			return Decision{
				Explicit: true, By: kind.by, Sid: s.Sid,
				Reason: "with an explicit deny in " + v.article(kind.by) + v.policyName(kind.by),
			}, true
		}
	}
	return Decision{}, false
}

func (v *verdict) resourceAlone() Decision {
	if v.resource.grant == noGrant {
		return v.implicitDeny(ByResource)
	}
	return v.allow(ByResource, v.resource.allow)
}

func (v *verdict) crossAccount() Decision {
	if d := v.identitySide(); !d.Allowed {
		return d
	}
	return v.resourceAlone()
}

func (v *verdict) sameAccount() Decision {
	switch {
	case v.resource.grant == direct:
		return v.allow(ByResource, v.resource.allow)
	case v.resource.grant == limited:
		if d := v.limits(); !d.Allowed {
			return d
		}
		return v.allow(ByResource, v.resource.allow)
	case v.required && v.resource.grant == noGrant:
		return v.implicitDeny(ByResource)
	}
	return v.identitySide()
}

// identitySide decides by the caller's own policies.
func (v *verdict) identitySide() Decision {
	if v.req.Principal.isRoot() {
		return Decision{Allowed: true, By: ByIdentity, Reason: "because identity-based policies do not limit the account's root user"}
	}
	if v.identity.allow == nil {
		return v.implicitDeny(ByIdentity)
	}
	if d := v.limits(); !d.Allowed {
		return d
	}
	return v.allow(ByIdentity, v.identity.allow)
}

// limits decides by the policies that only limit: boundary and session policies.
func (v *verdict) limits() Decision {
	if v.hasBoundary && v.boundary.allow == nil {
		return v.implicitDeny(ByBoundary)
	}
	if v.hasSession && v.session.allow == nil {
		return v.implicitDeny(BySession)
	}
	return Decision{Allowed: true}
}

func (v *verdict) implicitDeny(by string) Decision {
	return Decision{By: by, Reason: "because no " + v.policyName(by) + " allows the " + v.req.Action + " action"}
}

func (v *verdict) allow(by string, s *Statement) Decision {
	return Decision{
		Allowed: true, By: by, Sid: s.Sid,
		Reason: "because " + v.article(by) + v.policyName(by) + " allows the " + v.req.Action + " action",
	}
}

// isTrust reports whether the resource policy is a role's trust policy.
func (v *verdict) isTrust() bool {
	return v.required && len(v.req.Action) > 4 && strings.EqualFold(v.req.Action[:4], "sts:")
}

func (v *verdict) policyName(by string) string {
	switch by {
	case ByIdentity:
		return "identity-based policy"
	case ByBoundary:
		return "permissions boundary"
	case BySession:
		return "session policy"
	}
	if v.isTrust() {
		return "role trust policy"
	}
	return "resource-based policy"
}

func (v *verdict) article(by string) string {
	switch {
	case by == ByIdentity:
		return "an "
	case by == ByResource && v.isTrust():
		return "the "
	}
	return "a "
}
