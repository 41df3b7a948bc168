package config

import (
	"regexp"
	"slices"

	"github.com/cross-account-manager/cam/core"
)

var trustKeys = []string{"directory_service", "saml_providers", "principals"}

// ARNs in a trust block may leave open which master account they are pushed to.
const (
	trustPrefix  = `arn:(aws|aws-cn|aws-us-gov|\{partition\}):`
	trustAccount = `([0-9]{12}|\{master\})`
)

var (
	samlARN      = regexp.MustCompile(`^` + trustPrefix + `iam::` + trustAccount + `:saml-provider/[\w.-]{1,128}$`)
	principalARN = regexp.MustCompile(`^` + trustPrefix + `(iam::` + trustAccount + `:(root|(user|role)/[\w+=,.@/-]+)|sts::` + trustAccount + `:(assumed-role|federated-user)/[\w+=,.@/-]+)$`)
)

// trust reads who may take the role in the master account. Without the block it is
// the directory; with it, only what it says.
func (r *report) trust(f field) core.Trust {
	var trust core.Trust
	if f.value.kind != mapping && f.value.kind != null {
		r.wrongType(f, mapping)
		return trust
	}
	before := r.errors
	for _, f := range r.known(f.value.fields, trustKeys) {
		switch f.key.text {
		case "directory_service":
			trust.DirectoryService = r.flag(f)
		case "saml_providers":
			trust.SAMLProviders = r.arns(f, samlARN, "the ARN of a SAML provider", "arn:{partition}:iam::{master}:saml-provider/Name")
		case "principals":
			trust.Principals = r.arns(f, principalARN, "the ARN of an account, user or role", "arn:{partition}:iam::{master}:user/name")
		}
	}
	nobody := !trust.DirectoryService && len(trust.SAMLProviders) == 0 && len(trust.Principals) == 0
	if nobody && r.errors == before {
		r.errorf(f.key.at, "name saml_providers or principals, or remove trust for the directory", "trust names nobody, so nobody could take the role")
	}
	return trust
}

func (r *report) arns(f field, pattern *regexp.Regexp, what, example string) []string {
	var found []*node
	for _, n := range r.texts(f) {
		if !pattern.MatchString(n.text) {
			r.errorf(n.at, "for example "+quote(example), "%s is not %s", quote(n.text), what)
			continue
		}
		if slices.ContainsFunc(found, func(o *node) bool { return o.text == n.text }) {
			r.warnf(n.at, "remove it", "%s stands here for the second time", quote(n.text))
			continue
		}
		found = append(found, n)
	}
	return names(found)
}
