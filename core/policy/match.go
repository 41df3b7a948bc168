package policy

import (
	"strconv"
	"strings"
)

// evaluation is one request on its way through the policies.
type evaluation struct {
	req       Request
	variables bool // the document at hand replaces policy variables
}

// outcome is what the documents of one kind say: the statement that denies, the one
// that allows, and for resource policies how far the allowing statement reaches.
type outcome struct {
	deny  *Statement
	allow *Statement
	grant grant
}

// evaluate finds the statements of a document that apply, and adds them to out.
// Statements of identity policies have no principal and apply to their holder
// (unnamed is direct); those of resource policies speak of whom they name, so that
// one which names nobody, against the grammar, applies to nobody (noGrant).
func (r *evaluation) evaluate(doc *Document, unnamed grant, out *outcome) {
	if doc == nil {
		return
	}
	r.variables = doc.Version == Version2012
	for i := range doc.Statements {
		s := &doc.Statements[i]
		g := r.statementGrant(s, unnamed)
		if g == noGrant || g <= out.grant && s.Effect == Allow || !r.applies(s) {
			continue
		}
		switch s.Effect {
		case Deny:
			if out.deny == nil {
				out.deny = s
			}
		case Allow:
			out.allow, out.grant = s, g
		}
	}
}

func (r *evaluation) statementGrant(s *Statement, unnamed grant) grant {
	switch {
	case s.Principal != nil:
		return r.req.Principal.grantOf(s.Principal)
	case s.NotPrincipal == nil:
		return unnamed
	case r.req.Principal.excluded(s.NotPrincipal, s.Effect):
		return noGrant
	}
	return limited
}

// applies reports whether a statement's action, resource and conditions match.
func (r *evaluation) applies(s *Statement) bool {
	if s.NotAction != nil {
		if r.anyAction(s.NotAction) {
			return false
		}
	} else if !r.anyAction(s.Action) {
		return false
	}
	if !r.matchesResource(s) {
		return false
	}
	for i := range s.Conditions {
		if !r.holds(&s.Conditions[i]) {
			return false
		}
	}
	return true
}

func (r *evaluation) anyAction(patterns []string) bool {
	for _, pattern := range patterns {
		if matchFold(pattern, r.req.Action) {
			return true
		}
	}
	return false
}

// matchesResource treats a variable without a value as AWS documents it: nothing is
// equal to it. Where that would widen an Allow (NotResource), the statement does not
// apply at all.
func (r *evaluation) matchesResource(s *Statement) bool {
	if s.NotResource != nil {
		matched, resolved := r.anyResource(s.NotResource)
		return !matched && (resolved || s.Effect == Deny)
	}
	if s.Resource == nil {
		return true // a trust policy, or a service that implies the resource
	}
	matched, _ := r.anyResource(s.Resource)
	return matched
}

func (r *evaluation) anyResource(patterns []string) (matched, resolved bool) {
	resolved = true
	for _, pattern := range patterns {
		pattern, ok := r.expand(pattern, true)
		if !ok {
			resolved = false
			continue
		}
		if match(pattern, r.req.Resource) {
			return true, true
		}
	}
	return false, resolved
}

// lookup returns the values of a condition key. Keys are not case-sensitive. What
// the principal itself tells is filled in where the caller did not give it.
func (r *evaluation) lookup(key string) []string {
	key = strings.ToLower(key)
	if values, ok := r.req.Context[key]; ok {
		return values
	}
	p := r.req.Principal
	value := ""
	switch key {
	case "aws:principalarn":
		if p.hasIdentity() {
			if value = p.RoleARN; value == "" {
				value = p.ARN
			}
		}
	case "aws:principalaccount":
		if p.hasIdentity() {
			value = p.AccountID
		}
	case "aws:resourceaccount":
		value = r.req.ResourceAccount
	}
	if value == "" {
		return nil
	}
	return []string{value}
}

// holds decides one condition (IAM User Guide, "IAM JSON policy elements: Condition
// operators" and "Multivalued context keys"). An unknown operator never holds.
func (r *evaluation) holds(c *Condition) bool {
	q, base, ifExists := splitOperator(c.Operator)
	op, ok := operators[base]
	if !ok {
		return false
	}
	values := r.lookup(c.Key)
	if op.typ == nullType {
		return r.matchesAny(op, c.Values, strconv.FormatBool(len(values) == 0))
	}
	if q != noQuantifier && len(values) == 1 && values[0] == "" {
		values = nil // an empty string is an empty set
	}
	switch {
	case len(values) > 0:
		return r.compare(q, op, c.Values, values)
	case ifExists:
		return true
	case q == noQuantifier:
		return op.negated
	}
	return q == forAllValues
}

// compare holds a request's values against the policy's. Without a quantifier, one
// match makes a positive operator true and a negated one false.
func (r *evaluation) compare(q quantifier, op operator, policyValues, values []string) bool {
	all := q == forAllValues || q == noQuantifier && op.negated
	for _, value := range values {
		if holds := r.matchesAny(op, policyValues, value) != op.negated; holds != all {
			return holds
		}
	}
	return all
}

// matchesAny reports whether a request value matches one of the policy's values.
// A value whose variable has no value matches nothing.
func (r *evaluation) matchesAny(op operator, policyValues []string, value string) bool {
	for _, policyValue := range policyValues {
		if op.typ == stringType || op.typ == arnType {
			var ok bool
			if policyValue, ok = r.expand(policyValue, op.wildcard); !ok {
				continue
			}
		}
		if op.matches(policyValue, value) {
			return true
		}
	}
	return false
}
