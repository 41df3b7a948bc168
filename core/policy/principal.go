package policy

import (
	"slices"
	"strings"
)

// grant says how far a resource policy's statement reaches a caller. A higher grant
// needs less from the caller's own policies.
type grant int

const (
	// noGrant: the statement does not speak of the caller.
	noGrant grant = iota
	// delegated: it names the caller's account, which leaves the decision to the
	// caller's identity policies.
	delegated
	// limited: it names everybody or the caller's role. An implicit deny in a
	// permissions boundary or session policy still limits the caller.
	limited
	// direct: it names the caller itself: user, role session, account root user,
	// service or federated identity. Implicit denies elsewhere do not matter.
	direct
)

// isRoot reports whether the caller is its account's root user.
func (p Principal) isRoot() bool {
	return p.AccountID != "" && strings.HasSuffix(p.ARN, ":iam::"+p.AccountID+":root")
}

// hasIdentity reports whether the caller is an IAM identity, which can have identity
// policies. Anonymous callers, services and federated identities that are about to
// take a role have none.
func (p Principal) hasIdentity() bool {
	return p.AccountID != "" && p.Service == "" && p.Federated == ""
}

// grantOf returns the strongest grant that a Principal element gives the caller.
func (p Principal) grantOf(named *Principals) grant {
	best := noGrant
	if named.Any {
		best = limited
	}
	switch {
	case p.Service != "":
		if slices.Contains(named.Service, p.Service) {
			best = direct
		}
	case p.Federated != "":
		if slices.Contains(named.Federated, p.Federated) {
			best = direct
		}
	}
	for _, entry := range named.AWS {
		best = max(best, p.grantOfAWS(entry))
	}
	return best
}

func (p Principal) grantOfAWS(entry string) grant {
	switch {
	case entry == "*":
		return limited
	case !p.hasIdentity():
		return noGrant
	case entry == p.RoleARN && p.RoleARN != "":
		return limited
	case entry == p.ARN || entry == p.SessionARN && p.SessionARN != "":
		return direct
	case accountOf(entry) == p.AccountID:
		if p.isRoot() {
			return direct
		}
		return delegated
	}
	return noGrant
}

// accountOf returns the account that an entry names as a whole, by its ID or by the
// ARN of its root, and nothing for any other principal.
func accountOf(entry string) string {
	if isAccountID(entry) {
		return entry
	}
	if !strings.HasPrefix(entry, "arn:") {
		return ""
	}
	head, isRoot := strings.CutSuffix(entry, ":root")
	_, account, isIAM := strings.Cut(head, ":iam::")
	if isRoot && isIAM && isAccountID(account) {
		return account
	}
	return ""
}

// isAccountID reports whether s has the form of an account ID: 12 digits.
func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// excluded reports whether a NotPrincipal element spares the caller. In a Deny every
// name that the caller goes by must be listed (session, role and account: IAM User
// Guide, "IAM JSON policy elements: NotPrincipal"); in an Allow any one is enough.
func (p Principal) excluded(listed *Principals, effect Effect) bool {
	if !p.hasIdentity() || effect == Allow {
		return p.grantOf(listed) != noGrant
	}
	if listed.Any || slices.Contains(listed.AWS, "*") {
		return true
	}
	account := slices.ContainsFunc(listed.AWS, func(entry string) bool { return accountOf(entry) == p.AccountID })
	role := p.RoleARN == "" || slices.Contains(listed.AWS, p.RoleARN)
	self := p.isRoot() || slices.Contains(listed.AWS, p.ARN) ||
		p.SessionARN != "" && slices.Contains(listed.AWS, p.SessionARN)
	return account && role && self
}
