package cloudformation

import (
	"encoding/json"
	"strconv"
)

// kind is the form a property's value has.
type kind int

const (
	kindText     kind = iota // string
	kindFlag                 // bool
	kindInteger              // int64
	kindFree                 // as it is
	kindDocument             // JSON object, or its text
	kindList                 // of items
	kindObject               // of members
	kindMap                  // of any keys to texts
)

// property describes a property of a resource type: its form and what changing it
// means.
type property struct {
	kind     kind
	item     *property
	members  map[string]property
	required bool
	replaces bool // a change makes a new resource
	fixed    bool // a change is refused by the sandbox
}

func text() property     { return property{kind: kindText} }
func flag() property     { return property{kind: kindFlag} }
func integer() property  { return property{kind: kindInteger} }
func document() property { return property{kind: kindDocument} }
func texts() property    { return listOf(text()) }

func listOf(item property) property { return property{kind: kindList, item: &item} }

func object(members map[string]property) property {
	return property{kind: kindObject, members: members}
}

func (p property) must() property      { p.required = true; return p }
func (p property) replacing() property { p.replaces = true; return p }
func (p property) immutable() property { p.fixed = true; return p }

// tagList is the property Tags.
func tagList() property {
	return listOf(object(map[string]property{"Key": text().must(), "Value": text().must()}))
}

// shape checks the properties of a resource and gives them their canonical form:
// "5" and 5 are the same number, true and "true" the same text.
func shape(members map[string]property, props map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(props))
	for _, name := range sortedKeys(props) {
		p, ok := members[name]
		if !ok {
			return nil, reasonf("Encountered unsupported property %s", name)
		}
		v, err := p.shape(name, props[name])
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[name] = v
		}
	}
	for _, name := range sortedKeys(members) {
		if _, has := out[name]; !has && members[name].required {
			return nil, reasonf("Property %s cannot be empty.", name)
		}
	}
	return out, nil
}

func (p property) shape(name string, v any) (any, error) {
	if v == nil || p.kind == kindFree {
		return v, nil
	}
	if u, open := v.(unknown); open {
		return u, nil
	}
	switch p.kind {
	case kindText:
		if s, ok := scalarText(v); ok {
			return s, nil
		}
		return nil, reasonf("Value of property %s must be of type String", name)
	case kindFlag:
		if b, err := strconv.ParseBool(asText(v)); err == nil {
			return b, nil
		}
		return nil, reasonf("Value of property %s must be of type Boolean", name)
	case kindInteger:
		if n, err := strconv.ParseInt(asText(v), 10, 64); err == nil {
			return n, nil
		}
		return nil, reasonf("Value of property %s must be of type Integer", name)
	case kindDocument:
		return shapeDocument(name, v)
	case kindList:
		return p.shapeList(name, v)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, reasonf("Value of property %s must be an object", name)
	}
	if p.kind == kindObject {
		return shape(p.members, m)
	}
	out := make(map[string]any, len(m))
	for k, x := range m {
		s, ok := scalarText(x)
		if !ok && !hasUnknown(x) {
			return nil, reasonf("Value of property %s must be an object with String (or simple type) properties", name)
		}
		out[k] = any(s)
		if !ok {
			out[k] = x
		}
	}
	return out, nil
}

func (p property) shapeList(name string, v any) (any, error) {
	items, ok := v.([]any)
	if !ok {
		if p.item.kind == kindText {
			return nil, reasonf("Value of property %s must be of type List of String", name)
		}
		return nil, reasonf("Value of property %s must be of type List", name)
	}
	out := make([]any, len(items))
	for i, item := range items {
		var err error
		if out[i], err = p.item.shape(name, item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func shapeDocument(name string, v any) (any, error) {
	if s, ok := v.(string); ok {
		var m map[string]any
		if json.Unmarshal([]byte(s), &m) != nil {
			return nil, reasonf("Value of property %s must be an object", name)
		}
		return s, nil
	}
	if _, ok := v.(map[string]any); !ok {
		return nil, reasonf("Value of property %s must be an object", name)
	}
	return v, nil
}

// change is what a difference of properties means for a resource.
type change int

const (
	changeNone change = iota
	changeInPlace
	changeReplace
)

// compare decides what turning old into next takes, and names what differs.
func (t *resourceType) compare(old, next map[string]any) (change, []string, error) {
	result, refused := changeNone, ""
	var names []string
	for _, name := range sortedKeys(union(old, next)) {
		if sameValue(next[name], old[name]) {
			continue
		}
		names = append(names, name)
		p := t.properties[name]
		switch {
		case p.fixed:
			refused = name
		case p.replaces:
			result = changeReplace
		case result == changeNone:
			result = changeInPlace
		}
	}
	if refused != "" {
		return changeNone, names, reasonf("Updates are not allowed for property - %s.", refused)
	}
	if t.named != "" && result == changeReplace {
		name := asText(old[t.named])
		if name != "" && old[t.named] == next[t.named] {
			return changeNone, names, reason("CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename " + name + " and update the stack again.")
		}
	}
	return result, names, nil
}

func union(a, b map[string]any) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}
