package policy

import (
	"slices"
	"strings"
)

// conditions reads a Condition element: operators, each with keys and their values.
func (c *checker) conditions(n node) []Condition {
	if n.kind != objectNode {
		c.errorf(n.offset, `write {"StringEquals": {"key": "value"}}`, "Condition is an object, not %s", n.kind)
		return nil
	}
	var out []Condition
	c.eachMember(n, false, func(m member) {
		op := c.operator(m)
		if m.value.kind != objectNode {
			c.errorf(m.value.offset, "", "%s is an object of condition keys, not %s", m.key, m.value.kind)
			return
		}
		// Key names are not case-sensitive, so aws:x and AWS:X are the same key.
		c.eachMember(m.value, true, func(key member) {
			if prefix, name, ok := strings.Cut(key.key, ":"); !ok || prefix == "" || name == "" {
				c.errorf(key.offset, "write prefix:name, as in aws:PrincipalArn", "condition key %q has no prefix", key.key)
			}
			out = append(out, Condition{Operator: m.key, Key: key.key, Values: c.conditionValues(key, op)})
		})
	})
	return out
}

// operator checks an operator name, and returns the operator where it exists.
func (c *checker) operator(m member) *operator {
	q, base, ifExists := splitOperator(m.key)
	op, ok := operators[base]
	switch {
	case !ok:
		c.errorf(m.offset, operatorAdvice(m.key, base), "condition operator %q does not exist", m.key)
		return nil
	case op.typ == nullType && ifExists:
		c.errorf(m.offset, "use Null alone: it tests whether the key exists", "%s does not exist", m.key)
	case op.typ == nullType && q != noQuantifier:
		c.warnf(m.offset, "use Null alone", "a set prefix has no effect on Null")
	}
	return &op
}

// operatorAdvice suggests an operator, keeping what was written around its name.
func operatorAdvice(name, base string) string {
	known := make([]string, 0, len(operators))
	for op := range operators {
		known = append(known, op)
	}
	slices.Sort(known)
	advice := didYouMean(base, known)
	if advice == "" && strings.Contains(name, ":") {
		return "the prefixes are " + forAllPrefix + " and " + forAnyPrefix
	}
	if advice == "" {
		return "operators are StringEquals, StringLike, ArnLike, NumericEquals, DateLessThan, Bool, IpAddress, Null and their like"
	}
	return strings.Replace(advice, "did you mean ", "did you mean "+name[:strings.Index(name, base)], 1)
}

// conditionValues reads the values of a key. IAM takes strings, numbers and
// booleans, one or an array of them.
func (c *checker) conditionValues(key member, op *operator) []string {
	items := []node{key.value}
	if key.value.kind == arrayNode {
		items = key.value.items
		if len(items) == 0 {
			c.warnf(key.value.offset, "add a value", "%q has no values, so that nothing equals it", key.key)
		}
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		switch item.kind {
		case stringNode, numberNode, boolNode:
			out = append(out, item.text)
			if op != nil {
				c.conditionValue(item, *op)
			}
		default:
			c.errorf(item.offset, "", "a condition value is a string, number or boolean, not %s", item.kind)
		}
	}
	return out
}

// conditionValue warns of a value that its operator cannot read: IAM takes the
// document, and the value never equals anything.
func (c *checker) conditionValue(n node, op operator) {
	if c.variables && strings.Contains(n.text, "${") {
		if op.typ != stringType && op.typ != arnType {
			c.warnf(n.offset, "use a String or Arn operator", "policy variables are not replaced here: %q", n.text)
		}
		return
	}
	valid, want := true, ""
	switch op.typ {
	case stringType:
	case numberType:
		_, valid = parseNumber(n.text)
		want = "a number"
	case dateType:
		_, valid = parseDate(n.text)
		want = "a date, as in 2006-01-02T15:04:05Z"
	case boolType, nullType:
		valid, want = isBool(n.text), "true or false"
	case binaryType:
		valid, want = equalBinaries(n.text, n.text), "base-64 text"
	case ipType:
		_, valid = parseNetwork(n.text)
		want = "an IP address or CIDR range"
	case arnType:
		valid, want = strings.Count(n.text, ":") >= 5, "an ARN with six parts"
	}
	if !valid {
		c.warnf(n.offset, "write "+want, "%q is not %s, so that nothing matches it", n.text, want)
	}
}
