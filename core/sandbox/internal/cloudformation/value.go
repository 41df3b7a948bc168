package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A value of a template is nil, bool, json.Number, string, []any or map[string]any.
// Numbers keep their spelling: "012345670123" is an account ID wherever a string
// is expected.

// noValue stands for Ref AWS::NoValue until its place is removed.
type noValue struct{}

// unknown stands for a value that is known only after deployment.
type unknown struct{ source string }

// scalarText is the string form of a scalar; false for lists, maps and null.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return fmt.Sprint(v), true
	case json.Number:
		return v.String(), true
	case int64:
		return fmt.Sprint(v), true
	}
	return "", false
}

// hasUnknown reports whether v contains an unknown.
func hasUnknown(v any) bool {
	switch v := v.(type) {
	case unknown:
		return true
	case []any:
		return slices.ContainsFunc(v, hasUnknown)
	case map[string]any:
		for _, x := range v {
			if hasUnknown(x) {
				return true
			}
		}
	}
	return false
}

func sameValue(a, b any) bool { return reflect.DeepEqual(a, b) && !hasUnknown(a) }

// stringify turns every scalar into a string, the form in which custom resources
// get their properties.
func stringify(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = stringify(x)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = stringify(x)
		}
		return out
	}
	if s, ok := scalarText(v); ok {
		return s
	}
	return v
}

// jsonText is v as compact JSON.
func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // values of templates always encode
	return strings.TrimSuffix(b.String(), "\n")
}

// documentText is a policy document given as an object or as JSON text.
func documentText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return jsonText(v)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// bracketed is a list of names as CloudFormation's messages have it: [A, B].
func bracketed(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

func asText(v any) string {
	s, _ := scalarText(v)
	return s
}

// asTexts is a list of strings.
func asTexts(v any) []string {
	var out []string
	for _, x := range asList(v) {
		out = append(out, asText(x))
	}
	return out
}

// reason is why a resource failed, in the words CloudFormation uses.
type reason string

func (r reason) Error() string { return string(r) }

func reasonf(format string, args ...any) error { return reason(fmt.Sprintf(format, args...)) }
