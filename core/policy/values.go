package policy

import (
	"regexp"
	"strings"
)

var (
	actionPattern     = regexp.MustCompile(`^[A-Za-z0-9.-]+:[A-Za-z0-9_*?-]+$`)
	uniqueIDPattern   = regexp.MustCompile(`^A[A-Z0-9]{15,127}$`)
	canonicalPattern  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	servicePattern    = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	principalPattern  = regexp.MustCompile(`^arn:[a-z0-9-]+:(iam|sts)::([0-9]{12}|cloudfront):(root|(user|role|assumed-role|federated-user)/.+)$`)
	federatedPattern  = regexp.MustCompile(`^arn:[a-z0-9-]+:iam::[0-9]{12}:(saml|oidc)-provider/.+$`)
	federatedServices = []string{"cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"}
	trustActions      = []string{
		"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
		"sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext",
	}
	principalTypes = []string{"AWS", "Service", "Federated", "CanonicalUser"}
)

// action checks vendor:name, with wildcards in the name only, or "*".
func (c *checker) action(offset int, value string) {
	vendor, name, ok := strings.Cut(value, ":")
	switch {
	case value == "*":
		if c.kind == Trust {
			c.errorf(offset, "write sts:AssumeRole", "a trust policy has STS actions only")
		}
		return
	case !ok:
		c.errorf(offset, "write service:Action, as in s3:GetObject", "action %q has no service prefix", value)
		return
	case strings.ContainsAny(vendor, "*?"):
		c.errorf(offset, "name the service", "the service prefix of action %q has a wildcard", value)
		return
	case name == "" || !actionPattern.MatchString(value):
		c.errorf(offset, "write service:Action, as in s3:GetObject", "action %q is malformed", value)
		return
	}
	if c.kind == Trust && !isTrustAction(value) {
		advice := didYouMean(value, trustActions)
		if advice == "" {
			advice = "the actions are " + strings.Join(trustActions, ", ")
		}
		c.errorf(offset, advice, "a trust policy has no action %q", value)
	}
}

func isTrustAction(pattern string) bool {
	for _, action := range trustActions {
		if matchFold(pattern, action) {
			return true
		}
	}
	return false
}

// resource checks an ARN pattern or "*". IAM wants the service spelled out; any
// other part may have wildcards.
func (c *checker) resource(offset int, value string) {
	if value == "*" {
		return
	}
	parts := strings.SplitN(value, ":", 6)
	switch {
	case parts[0] != "arn":
		c.errorf(offset, `write an ARN, or "*"`, "resource %q is not an ARN", value)
	case len(parts) < 3 || parts[1] == "" || parts[2] == "":
		c.errorf(offset, "an ARN is arn:partition:service:region:account:resource", "resource %q is not a complete ARN", value)
	case strings.ContainsAny(parts[2], "*?"):
		c.errorf(offset, "name the service", "the service of resource %q has a wildcard", value)
	case len(parts) < 6 && strings.HasSuffix(value, "*"):
		c.warnf(offset, "an ARN is arn:partition:service:region:account:resource", "resource %q relies on a wildcard for whole parts of an ARN", value)
	case len(parts) < 6 || parts[5] == "":
		c.errorf(offset, "an ARN is arn:partition:service:region:account:resource", "resource %q is not a complete ARN", value)
	}
}

// principals reads "*" or an object of principal types.
func (c *checker) principals(n node, element string) *Principals {
	p := &Principals{}
	switch {
	case n.kind == stringNode && n.text == "*":
		p.Any = true
		return p
	case n.kind == stringNode:
		c.errorf(n.offset, `write {"AWS": "..."}`, `%s is "*" or an object, not %q`, element, n.text)
		return p
	case n.kind != objectNode:
		c.errorf(n.offset, "", `%s is "*" or an object, not %s`, element, n.kind)
		return p
	case len(n.members) == 0:
		c.errorf(n.offset, "name a principal", "%s is empty", element)
	}
	c.eachMember(n, false, func(m member) {
		switch m.key {
		case "AWS":
			p.AWS = c.list(m.value, m.key, c.awsPrincipal)
		case "Service":
			p.Service = c.list(m.value, m.key, c.servicePrincipal)
		case "Federated":
			p.Federated = c.list(m.value, m.key, c.federatedPrincipal)
		case "CanonicalUser":
			p.CanonicalUser = c.list(m.value, m.key, c.canonicalUser)
		default:
			advice := didYouMean(m.key, principalTypes)
			if advice == "" {
				advice = "the types are " + strings.Join(principalTypes, ", ")
			}
			c.errorf(m.offset, advice, "%q is not a type of principal", m.key)
		}
	})
	return p
}

func (c *checker) awsPrincipal(offset int, value string) {
	switch {
	case value == "*" || isAccountID(value) || uniqueIDPattern.MatchString(value):
	case strings.ContainsAny(value, "*?"):
		c.errorf(offset, `use "*" with a condition on aws:PrincipalArn, which takes wildcards`,
			"principal %q has a wildcard inside an ARN", value)
	case !principalPattern.MatchString(value):
		c.errorf(offset, "write a 12-digit account ID, or the ARN of an account root, user, role or session",
			"principal %q is malformed", value)
	}
}

func (c *checker) servicePrincipal(offset int, value string) {
	switch {
	case !servicePattern.MatchString(value):
		c.errorf(offset, "write a service principal, as in lambda.amazonaws.com", "service principal %q is malformed", value)
	case !strings.HasSuffix(value, ".amazonaws.com") && !strings.HasSuffix(value, ".amazonaws.com.cn"):
		c.warnf(offset, "service principals end in .amazonaws.com", "%q does not look like a service principal", value)
	}
}

func (c *checker) federatedPrincipal(offset int, value string) {
	for _, service := range federatedServices {
		if value == service {
			return
		}
	}
	if strings.ContainsAny(value, "*?") || !federatedPattern.MatchString(value) {
		c.errorf(offset, "write the ARN of a SAML or OIDC provider", "federated principal %q is malformed", value)
	}
}

func (c *checker) canonicalUser(offset int, value string) {
	if !canonicalPattern.MatchString(value) {
		c.errorf(offset, "a canonical user ID has 64 hexadecimal digits", "canonical user %q is malformed", value)
	}
}
