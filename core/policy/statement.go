package policy

import "strings"

var statementElements = []string{
	"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}

// statement reads one statement and checks the rules that bind its elements.
func (c *checker) statement(n node) Statement {
	var s Statement
	at := make(map[string]int, len(n.members))
	c.eachMember(n, false, func(m member) {
		at[m.key] = m.offset
		switch m.key {
		case "Sid":
			s.Sid = c.sid(m.value)
		case "Effect":
			s.Effect = c.effect(m.value)
		case "Principal":
			s.Principal = c.principals(m.value, m.key)
		case "NotPrincipal":
			s.NotPrincipal = c.principals(m.value, m.key)
		case "Action":
			s.Action = c.list(m.value, m.key, c.action)
		case "NotAction":
			s.NotAction = c.list(m.value, m.key, c.action)
		case "Resource":
			s.Resource = c.list(m.value, m.key, c.resource)
		case "NotResource":
			s.NotResource = c.list(m.value, m.key, c.resource)
		case "Condition":
			s.Conditions = c.conditions(m.value)
		default:
			c.unknownElement(m, "statement", statementElements)
		}
	})
	if _, ok := at["Effect"]; !ok {
		c.errorf(n.offset, "add Allow or Deny", "Effect is missing")
	}
	c.oneOf(n.offset, at, "Action", "NotAction", true)
	c.statementResource(n.offset, at)
	c.statementPrincipal(n.offset, at, s)
	return s
}

// oneOf reports two elements that exclude each other, or the lack of both.
func (c *checker) oneOf(offset int, at map[string]int, element, inverse string, required bool) {
	_, has := at[element]
	inverseAt, hasInverse := at[inverse]
	switch {
	case has && hasInverse:
		c.errorf(inverseAt, "keep one of them", "%s and %s exclude each other", element, inverse)
	case required && !has && !hasInverse:
		c.errorf(offset, "add "+element, "%s is missing", element)
	}
}

func (c *checker) statementResource(offset int, at map[string]int) {
	c.oneOf(offset, at, "Resource", "NotResource", c.kind == Identity)
	if c.kind != Trust {
		return
	}
	for _, element := range []string{"Resource", "NotResource"} {
		if resourceAt, ok := at[element]; ok {
			c.errorf(resourceAt, "remove it: a trust policy applies to its own role", "a trust policy has no %s", element)
		}
	}
}

func (c *checker) statementPrincipal(offset int, at map[string]int, s Statement) {
	if c.kind != Identity {
		c.oneOf(offset, at, "Principal", "NotPrincipal", true)
		if s.NotPrincipal != nil && s.Effect == Allow {
			c.warnf(at["NotPrincipal"], "name whom you mean with Principal",
				"Allow with NotPrincipal admits everybody else, anonymous callers included")
		}
		return
	}
	for _, element := range []string{"Principal", "NotPrincipal"} {
		if principalAt, ok := at[element]; ok {
			c.errorf(principalAt, "remove it: the principal is whoever the policy is attached to",
				"a policy of a user or role has no %s", element)
		}
	}
}

// sid checks a statement ID. IAM takes letters and digits only, and no ID twice
// within a policy; other services also take spaces. An empty Sid counts as none.
func (c *checker) sid(n node) string {
	sid := c.text(n, "Sid")
	if sid == "" {
		return ""
	}
	if c.kind != Resource && strings.ContainsFunc(sid, notAlphanumeric) {
		c.errorf(n.offset, "use letters and digits only", "Sid %q has a character that IAM does not allow", sid)
	}
	if c.sids[sid] {
		c.errorf(n.offset, "give each statement its own Sid, or none", "Sid %q is used twice", sid)
	}
	c.sids[sid] = true
	return sid
}

func notAlphanumeric(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

func (c *checker) effect(n node) Effect {
	effect := Effect(c.text(n, "Effect"))
	if n.kind == stringNode && effect != Allow && effect != Deny {
		advice := didYouMean(string(effect), []string{string(Allow), string(Deny)})
		if advice == "" {
			advice = "write Allow or Deny"
		}
		c.errorf(n.offset, advice, "effect %q does not exist; it is case-sensitive", effect)
	}
	return effect
}
