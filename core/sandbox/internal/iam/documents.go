package iam

import (
	"strings"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// parseDocument checks a document against the grammar of its kind.
func parseDocument(text string, kind policy.Kind) (document, *api.Error) {
	doc, issues := policy.Parse([]byte(text), kind)
	if policy.HasErrors(issues) {
		return document{}, malformed(grammarMessage(doc, kind))
	}
	return document{text: text, doc: doc}, nil
}

// grammarMessage is IAM's sentence for the commonest mistakes; for the others IAM
// says no more than that there are syntax errors.
func grammarMessage(doc *policy.Document, kind policy.Kind) string {
	if doc == nil {
		return "This policy contains invalid Json"
	}
	for _, p := range principals(doc) {
		if p.kind == "SERVICE" && !servicePattern.MatchString(p.name) || p.kind == "AWS" && !principalPattern.MatchString(p.name) {
			return invalidPrincipal(p)
		}
	}
	for _, s := range doc.Statements {
		if message := statementMessage(s, kind); message != "" {
			return message
		}
	}
	return "Syntax errors in policy."
}

func statementMessage(s policy.Statement, kind policy.Kind) string {
	hasPrincipal := s.Principal != nil || s.NotPrincipal != nil
	hasResource := s.Resource != nil || s.NotResource != nil
	switch {
	case kind == policy.Identity && hasPrincipal:
		return "Policy document should not specify a principal."
	case kind == policy.Trust && hasResource:
		return "Has prohibited field Resource"
	case kind == policy.Trust && !hasPrincipal:
		return "Missing required field Principal"
	case s.Action == nil && s.NotAction == nil:
		return "Policy statement must contain actions."
	case kind == policy.Identity && !hasResource:
		return "Policy statement must contain resources."
	}
	for _, action := range append(s.Action, s.NotAction...) {
		switch {
		case action != "*" && !strings.Contains(action, ":"):
			return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
		case kind == policy.Trust && !strings.HasPrefix(strings.ToLower(action), "sts:"):
			return "AssumeRole policy may only specify STS AssumeRole actions."
		}
	}
	for _, resource := range append(s.Resource, s.NotResource...) {
		if resource != "*" && !strings.HasPrefix(resource, "arn:") {
			return "Resource " + resource + " must be in ARN format or \"*\"."
		}
	}
	return ""
}
