package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Limits of a role (IAM User Guide, "IAM and AWS STS quotas"; CreateRole,
// MaxSessionDuration).
const (
	MaxManagedPolicies = 10 // of a role, by default
	minSession         = time.Hour
	maxSession         = 12 * time.Hour
)

// policyARN is a managed policy's ARN: AWS's own, or one of the account that the
// role is in. The placeholders stand for that account and its partition.
var policyARN = regexp.MustCompile(`^arn:(?:aws|aws-cn|aws-us-gov|\{partition\}):iam::(aws|[0-9]{12}|\{account\}):policy/[\w+=,.@/-]{1,512}$`)

// permissions checks that a role grants something, and finds its policy.
func (r *report) permissions(e *role, policies PolicySource) {
	if !given(e.policy) && !given(e.managed) {
		r.errorf(e.at, "name a file in custom_policy/ with policy:, or ARNs with managed_policies:",
			"the role %s has no permissions", quote(string(e.Name)))
	}
	if e.Policy == "" {
		return
	}
	at := e.policy.value.at
	if slash := strings.LastIndexByte(e.Policy, '/'); slash >= 0 {
		r.errorf(at, "write "+quote(e.Policy[slash+1:]), "policy names a file in %s, without folder", core.PolicyFolder)
		return
	}
	file, found := policies.Policy(e.Policy)
	if !found {
		advice := didYouMean(e.Policy, policies.Names())
		if advice == "" {
			advice = "add the file, or correct the name"
		}
		r.errorf(at, advice, "there is no policy file %s", quote(core.PolicyFolder+e.Policy))
		return
	}
	if file.Document == "" {
		r.errorf(at, "repair that file first", "the policy file %s is not valid", quote(core.PolicyFolder+e.Policy))
	}
	e.Document = file.Document
}

// given reports whether a setting says something, right or wrong.
func given(f *field) bool {
	if f == nil {
		return false
	}
	switch v := f.value; v.kind {
	case null:
		return false
	case list:
		return len(v.items) > 0
	default:
		return v.kind == mapping || v.text != ""
	}
}

// mfa warns where require_mfa has nothing to work on.
func (r *report) mfa(e *role) {
	if e.RequireMFA && len(e.Trust.Principals) == 0 {
		r.warnf(e.mfa.key.at, "add trust.principals, or require MFA in the directory or at the identity provider",
			"require_mfa is proven only by principals; who signs in by directory or SAML proves it at the identity provider")
	}
}

func (r *report) managedPolicies(f field) []string {
	nodes := r.texts(f)
	var found []string
	for _, n := range nodes {
		if !r.policyARN(f, n) {
			continue
		}
		if slices.Contains(found, n.text) {
			r.warnf(n.at, "remove it", "%s stands here for the second time", quote(n.text))
			continue
		}
		found = append(found, n.text)
	}
	if len(found) > MaxManagedPolicies {
		r.errorf(f.key.at, "put some into a policy file", "%d managed policies; IAM attaches at most %d to a role", len(found), MaxManagedPolicies)
	}
	slices.Sort(found)
	return found
}

func (r *report) permissionsBoundary(f field) string {
	if r.text(f, 2048) == "" || !r.policyARN(f, f.value) {
		return ""
	}
	return f.value.text
}

func (r *report) policyARN(f field, n *node) bool {
	match := policyARN.FindStringSubmatch(n.text)
	if match == nil {
		r.errorf(n.at, `for example "arn:aws:iam::aws:policy/ReadOnlyAccess" or "arn:{partition}:iam::{account}:policy/Name"`,
			"%s is not the ARN of a managed policy", quote(n.text))
		return false
	}
	if core.AccountID(match[1]).Valid() {
		r.warnf(n.at, "write {account} instead of the ID", "%s: this policy exists in the account %s only", f.key.text, match[1])
	}
	return true
}

// sessionDuration reads "4h", "90m" or a number of seconds.
func (r *report) sessionDuration(f field) time.Duration {
	text := r.text(f, 32)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if allDigits.MatchString(text) {
		var seconds int64
		seconds, err = strconv.ParseInt(text, 10, 32)
		d = time.Duration(seconds) * time.Second
	}
	switch {
	case err != nil || d%time.Second != 0:
		r.errorf(f.value.at, "write 4h, 90m or a number of seconds", "%s is not a duration", quote(text))
	case d < minSession || d > maxSession:
		r.errorf(f.value.at, "write 4h, 90m or a number of seconds", "a session lasts 1h to 12h, not %s", text)
	default:
		return d
	}
	return 0
}
