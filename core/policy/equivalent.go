package policy

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Equivalent reports whether two documents mean the same, written differently: see
// Canonical for the differences it looks past. It may say no of two documents that
// nevertheless decide every request alike; it never says yes of two that do not.
func Equivalent(a, b *Document) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(Canonical(a).JSON(), Canonical(b).JSON())
}

// Canonical returns the form that documents of one meaning share. It is a new
// document; the given one is not changed. What has no meaning goes: the ID, the
// Sids, the order of statements and values, repetitions, the case of actions and
// condition keys, the form of an account principal (its ID or its root ARN),
// Principal "*" against {"AWS": "*"}, ArnEquals against ArnLike, and the version in
// a document without policy variables (a missing one means Version2008).
func Canonical(d *Document) *Document {
	out := &Document{Version: cmp.Or(d.Version, Version2008)}
	if !usesVariables(d) {
		out.Version = Version2012
	}
	encoded := make(map[string]bool, len(d.Statements))
	for i := range d.Statements {
		s := canonicalStatement(&d.Statements[i])
		if key := string(statementJSON(&s)); !encoded[key] {
			encoded[key] = true
			out.Statements = append(out.Statements, s)
		}
	}
	slices.SortFunc(out.Statements, func(a, b Statement) int {
		return bytes.Compare(statementJSON(&a), statementJSON(&b))
	})
	return out
}

func statementJSON(s *Statement) []byte {
	var w encoder
	w.statement(s)
	return w.buf.Bytes()
}

// usesVariables reports whether any text that can hold policy variables has one.
func usesVariables(d *Document) bool {
	has := func(s string) bool { return strings.Contains(s, "${") }
	return slices.ContainsFunc(d.Statements, func(s Statement) bool {
		return slices.ContainsFunc(s.Resource, has) || slices.ContainsFunc(s.NotResource, has) ||
			slices.ContainsFunc(s.Conditions, func(c Condition) bool { return slices.ContainsFunc(c.Values, has) })
	})
}

func canonicalStatement(s *Statement) Statement {
	same := func(s string) string { return s }
	out := Statement{
		Effect:       s.Effect,
		Principal:    canonicalPrincipals(s.Principal),
		NotPrincipal: canonicalPrincipals(s.NotPrincipal),
		Action:       canonicalSet(s.Action, strings.ToLower),
		NotAction:    canonicalSet(s.NotAction, strings.ToLower),
		Resource:     canonicalSet(s.Resource, same),
		NotResource:  canonicalSet(s.NotResource, same),
	}
	for _, c := range s.Conditions {
		out.Conditions = append(out.Conditions, canonicalCondition(c))
	}
	slices.SortFunc(out.Conditions, compareConditions)
	out.Conditions = slices.CompactFunc(out.Conditions, func(a, b Condition) bool { return compareConditions(a, b) == 0 })
	return out
}

func compareConditions(a, b Condition) int {
	return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Key, b.Key), slices.Compare(a.Values, b.Values))
}

// canonicalSet maps, sorts and deduplicates. An absent set stays absent.
func canonicalSet(values []string, form func(string) string) []string {
	if values == nil {
		return nil
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = form(v)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func canonicalPrincipals(p *Principals) *Principals {
	if p == nil {
		return nil
	}
	out := &Principals{
		AWS: canonicalSet(p.AWS, func(entry string) string {
			return cmp.Or(accountOf(entry), entry)
		}),
		Service:       canonicalSet(p.Service, func(s string) string { return s }),
		Federated:     canonicalSet(p.Federated, func(s string) string { return s }),
		CanonicalUser: canonicalSet(p.CanonicalUser, func(s string) string { return s }),
	}
	if p.Any {
		out.AWS = []string{"*"}
	}
	return out
}

func canonicalCondition(c Condition) Condition {
	q, base, _ := splitOperator(c.Operator)
	out := Condition{Operator: c.Operator, Key: strings.ToLower(c.Key)}
	form := func(s string) string { return s }
	switch base {
	case "ArnEquals":
		out.Operator = strings.Replace(c.Operator, base, "ArnLike", 1)
	case "ArnNotEquals":
		out.Operator = strings.Replace(c.Operator, base, "ArnNotLike", 1)
	case "Bool":
		form = strings.ToLower
	case "Null":
		form = strings.ToLower
		if q != noQuantifier {
			out.Operator = base
		}
	}
	out.Values = canonicalSet(c.Values, form)
	return out
}
