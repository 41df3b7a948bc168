package sns

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// filterPolicy is a parsed FilterPolicy: every member must match. A member is a
// list of conditions, one of which must match, or, for message bodies, an object
// of further members. Nil accepts everything.
type filterPolicy map[string]any

// known are the condition objects that the filter understands
// ("Amazon SNS subscription filter policies").
var known = []string{"prefix", "suffix", "equals-ignore-case", "numeric", "anything-but", "exists"}

// parseFilter reads a FilterPolicy; an empty one accepts everything.
func parseFilter(text string) (filterPolicy, error) {
	if text == "" {
		return nil, nil
	}
	var out filterPolicy
	if json.Unmarshal([]byte(text), &out) != nil {
		return nil, errors.New("failed to parse JSON")
	}
	return out, checkFilter(out)
}

func checkFilter(members map[string]any) error {
	for name, member := range members {
		switch member := member.(type) {
		case map[string]any:
			if err := checkFilter(member); err != nil {
				return err
			}
		case []any:
			if name == "$or" {
				return errors.New("the $or operator is not supported")
			}
			if err := checkConditions(member); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%q must be an object or an array", name)
		}
	}
	return nil
}

func checkConditions(list []any) error {
	for _, c := range list {
		object, ok := c.(map[string]any)
		if !ok {
			continue
		}
		for op := range object {
			if !slices.Contains(known, op) {
				return fmt.Errorf("unrecognized match type %s", op)
			}
		}
	}
	return nil
}

// wants reports whether a message passes the subscription's filter.
func (sub *subscription) wants(m message) bool {
	if sub.filter == nil {
		return true
	}
	if sub.attributes["FilterPolicyScope"] == "MessageBody" {
		var body map[string]any
		return json.Unmarshal([]byte(m.text), &body) == nil && matchMembers(sub.filter, body)
	}
	values := map[string]any{}
	for name, a := range m.attributes {
		values[name] = a.filterValue()
	}
	return matchMembers(sub.filter, values)
}

// filterValue is the attribute as JSON: a number, a list or a string.
func (a messageAttribute) filterValue() any {
	switch {
	case strings.HasPrefix(a.Type, "Number"):
		if f, err := strconv.ParseFloat(a.Value, 64); err == nil {
			return f
		}
	case a.Type == "String.Array":
		var list []any
		if json.Unmarshal([]byte(a.Value), &list) == nil {
			return list
		}
	}
	return a.Value
}

func matchMembers(filter map[string]any, values map[string]any) bool {
	for name, member := range filter {
		value, present := values[name]
		switch member := member.(type) {
		case map[string]any:
			inner, ok := value.(map[string]any)
			if !ok || !matchMembers(member, inner) {
				return false
			}
		case []any:
			if !matchAny(member, value, present) {
				return false
			}
		}
	}
	return true
}

// matchAny reports whether one of the conditions accepts the value, or one of the
// values of a list.
func matchAny(conditions []any, value any, present bool) bool {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, c := range conditions {
		if object, ok := c.(map[string]any); ok {
			if want, ok := object["exists"]; ok {
				if want == present {
					return true
				}
				continue
			}
		}
		for _, v := range list {
			if present && matchOne(c, v) {
				return true
			}
		}
	}
	return false
}

func matchOne(condition, value any) bool {
	object, ok := condition.(map[string]any)
	if !ok {
		return condition == value
	}
	for op, operand := range object {
		if !apply(op, operand, value) {
			return false
		}
	}
	return true
}

func apply(op string, operand, value any) bool {
	switch op {
	case "numeric":
		return numeric(operand, value)
	case "anything-but":
		return anythingBut(operand, value)
	}
	p, ok1 := operand.(string)
	v, ok2 := value.(string)
	if !ok1 || !ok2 {
		return false
	}
	switch op {
	case "prefix":
		return strings.HasPrefix(v, p)
	case "suffix":
		return strings.HasSuffix(v, p)
	}
	return strings.EqualFold(v, p)
}

func anythingBut(operand, value any) bool {
	switch operand := operand.(type) {
	case []any:
		for _, o := range operand {
			if o == value {
				return false
			}
		}
		return true
	case map[string]any:
		return !matchOne(operand, value)
	}
	return operand != value
}

// numeric evaluates pairs of a comparison and a number: [">", 0, "<=", 10].
func numeric(operand, value any) bool {
	pairs, ok := operand.([]any)
	v, isNumber := value.(float64)
	if !ok || !isNumber || len(pairs)%2 != 0 {
		return false
	}
	for i := 0; i < len(pairs); i += 2 {
		n, ok := pairs[i+1].(float64)
		if !ok {
			return false
		}
		holds := map[any]bool{"=": v == n, ">": v > n, ">=": v >= n, "<": v < n, "<=": v <= n}
		if !holds[pairs[i]] {
			return false
		}
	}
	return true
}
