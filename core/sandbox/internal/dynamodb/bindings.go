package dynamodb

import (
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// bindings are the expression attribute names and values of a request, and which
// of them its expressions have used.
type bindings struct {
	names      map[string]string
	values     map[string]Value
	usedNames  map[string]bool
	usedValues map[string]bool
}

// bind checks ExpressionAttributeNames and ExpressionAttributeValues; nil maps are
// absent parameters.
func bind(names map[string]string, values map[string]wireValue) (*bindings, *api.Error) {
	b := &bindings{
		names: names, values: make(map[string]Value, len(values)),
		usedNames: map[string]bool{}, usedValues: map[string]bool{},
	}
	if names != nil && len(names) == 0 {
		return nil, invalid("ExpressionAttributeNames must not be empty")
	}
	if values != nil && len(values) == 0 {
		return nil, invalid("ExpressionAttributeValues must not be empty")
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !isPlaceholder(name, '#') {
			return nil, invalid("ExpressionAttributeNames contains invalid key: Syntax error; key: %q", name)
		}
		if names[name] == "" {
			return nil, invalid("ExpressionAttributeNames contains invalid value: The expression attribute name must not be empty; key: %q", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !isPlaceholder(name, ':') {
			return nil, invalid("ExpressionAttributeValues contains invalid key: Syntax error; key: %q", name)
		}
		v, err := values[name].decode(1)
		if err != nil {
			return nil, invalid("ExpressionAttributeValues contains invalid value: %s for key %s", err.Message, name)
		}
		b.values[name] = v
	}
	return b, nil
}

func isPlaceholder(name string, sigil byte) bool {
	return len(name) > 1 && name[0] == sigil && wordLen(name[1:]) == len(name)-1
}

// name resolves #name.
func (b *bindings) name(placeholder string) (string, *api.Error) {
	name, ok := b.names[placeholder]
	if !ok {
		return "", invalid("An expression attribute name used in the document path is not defined; attribute name: %s", placeholder)
	}
	b.usedNames[placeholder] = true
	return name, nil
}

// value resolves :value.
func (b *bindings) value(placeholder string) (Value, *api.Error) {
	v, ok := b.values[placeholder]
	if !ok {
		return nil, invalid("An expression attribute value used in expression is not defined; attribute value: %s", placeholder)
	}
	b.usedValues[placeholder] = true
	return v, nil
}

// checkUsed refuses what no expression has used.
func (b *bindings) checkUsed() *api.Error {
	if left := unused(b.names, b.usedNames); left != "" {
		return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", left)
	}
	if left := unused(b.values, b.usedValues); left != "" {
		return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", left)
	}
	return nil
}

func unused[V any](defined map[string]V, used map[string]bool) string {
	var left []string
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		if !used[name] {
			left = append(left, name)
		}
	}
	return strings.Join(left, ", ")
}

// checkNeeded refuses names and values that come without an expression;
// expressions names those the request could have had.
func (b *bindings) checkNeeded(has bool, expressions string) *api.Error {
	switch {
	case has:
		return nil
	case b.names != nil:
		return invalid("ExpressionAttributeNames can only be specified when using expressions")
	case len(b.values) > 0:
		return invalid("ExpressionAttributeValues can only be specified when using expressions: %s", expressions)
	}
	return nil
}
