package policy

import "strings"

// expand replaces the policy variables of a value (IAM User Guide, "IAM policy
// elements: Variables and tags"): ${key}, ${key, 'default'}, and ${*}, ${?}, ${$}
// for the characters themselves. It reports false when a variable has no value: its
// key is missing or has several values, and there is no default.
//
// In a pattern, characters that a variable brings in are never wildcards.
func (r *evaluation) expand(value string, pattern bool) (string, bool) {
	if !r.variables || !strings.Contains(value, "${") {
		return value, true
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(value, "${")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		variable, after, closed := cutVariable(rest)
		if !closed {
			out.WriteString("${" + rest)
			return out.String(), true
		}
		text, ok := r.variable(variable)
		if !ok {
			return "", false
		}
		if pattern {
			text = literal(text)
		}
		out.WriteString(text)
		value = after
	}
}

// cutVariable splits at the brace that closes a variable; a brace within a quoted
// default value does not.
func cutVariable(s string) (variable, after string, closed bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == '}' && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

func (r *evaluation) variable(text string) (string, bool) {
	if text == "*" || text == "?" || text == "$" {
		return text, true
	}
	key, rest, hasDefault := strings.Cut(text, ",")
	if values := r.lookup(strings.TrimSpace(key)); len(values) == 1 {
		return values[0], true
	}
	rest = strings.TrimSpace(rest)
	if !hasDefault || len(rest) < 2 || rest[0] != '\'' || rest[len(rest)-1] != '\'' {
		return "", false
	}
	return strings.ReplaceAll(rest[1:len(rest)-1], "''", "'"), true
}

// literal marks the wildcard characters of a text as plain characters.
func literal(text string) string {
	if !strings.ContainsAny(text, "*?") {
		return text
	}
	b := []byte(text)
	for i := range b {
		switch b[i] {
		case '*':
			b[i] = literalStar
		case '?':
			b[i] = literalQuestion
		}
	}
	return string(b)
}
