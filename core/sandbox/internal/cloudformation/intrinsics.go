package cloudformation

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// scope is what a template's expressions can see.
type scope struct {
	template   *template
	parameters map[string]any // string, or []any for lists
	pseudo     map[string]any // AWS::Region and its like
	conditions map[string]bool
	// resource is Ref (attribute "") or Fn::GetAtt of a resource.
	resource func(id, attribute string) (any, *api.Error)
}

// evaluate computes a value: functions are replaced by their results, and what is
// AWS::NoValue is left out. The result may contain unknowns.
func (s *scope) evaluate(v any) (any, *api.Error) {
	out, err := s.value(v)
	if _, none := out.(noValue); none {
		return nil, err
	}
	return out, err
}

func (s *scope) value(v any) (any, *api.Error) {
	switch v := v.(type) {
	case []any:
		return s.list(v)
	case map[string]any:
		if name, arg, ok := functionCall(v); ok {
			return s.call(name, arg)
		}
		out := make(map[string]any, len(v))
		for _, k := range sortedKeys(v) {
			x, err := s.value(v[k])
			if err != nil {
				return nil, err
			}
			if _, none := x.(noValue); !none {
				out[k] = x
			}
		}
		return out, nil
	}
	return v, nil
}

func (s *scope) list(v []any) (any, *api.Error) {
	out := make([]any, 0, len(v))
	for _, item := range v {
		x, err := s.value(item)
		if err != nil {
			return nil, err
		}
		if _, none := x.(noValue); !none {
			out = append(out, x)
		}
	}
	return out, nil
}

// functionCall recognises {"Ref": x} and {"Fn::Name": x}. {"Condition": name} is
// one only inside conditions: in a policy it is an ordinary member.
func functionCall(m map[string]any) (name string, arg any, ok bool) {
	if len(m) != 1 {
		return "", nil, false
	}
	for k, v := range m {
		if k == "Ref" || strings.HasPrefix(k, "Fn::") {
			return k, v, true
		}
	}
	return "", nil, false
}

func (s *scope) call(name string, arg any) (any, *api.Error) {
	switch name {
	case "Ref":
		return s.ref(arg)
	case "Fn::GetAtt":
		return s.getAtt(arg)
	case "Fn::Sub":
		return s.sub(arg)
	case "Fn::Join":
		return s.join(arg)
	case "Fn::If":
		return s.choose(arg)
	case "Fn::Select":
		return s.selectItem(arg)
	case "Fn::Split":
		return s.split(arg)
	case "Fn::FindInMap":
		return s.findInMap(arg)
	case "Fn::Base64":
		return s.base64(arg)
	}
	if isConditionFunction(name) {
		return s.boolean(map[string]any{name: arg})
	}
	return nil, templateFault("the sandbox does not offer the function %s", name)
}

func (s *scope) ref(arg any) (any, *api.Error) {
	name, ok := arg.(string)
	if !ok {
		return nil, templateError("Every Ref object must have a single String value.")
	}
	if name == "AWS::NoValue" {
		return noValue{}, nil
	}
	if v, ok := s.pseudo[name]; ok {
		return v, nil
	}
	if v, ok := s.parameters[name]; ok {
		return v, nil
	}
	if s.template.resources[name] != nil && s.resource != nil {
		return s.resource(name, "")
	}
	return nil, templateError("Unresolved resource dependencies [%s] in the Resources block of the template", name)
}

func (s *scope) getAtt(arg any) (any, *api.Error) {
	id, attribute, err := getAttArguments(arg)
	if err != nil {
		return nil, err
	}
	if m, isCall := attribute.(map[string]any); isCall {
		if attribute, err = s.value(m); err != nil {
			return nil, err
		}
	}
	name, ok := attribute.(string)
	if !ok {
		return nil, templateFault("every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
	}
	if s.template.resources[id] == nil || s.resource == nil {
		return nil, templateFault("instance of Fn::GetAtt references undefined resource %s", id)
	}
	return s.resource(id, name)
}

// getAttArguments reads [id, attribute], or the string "id.attribute".
func getAttArguments(arg any) (string, any, *api.Error) {
	fault := templateFault("every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
	if text, ok := arg.(string); ok {
		id, attribute, found := strings.Cut(text, ".")
		if !found || id == "" || attribute == "" {
			return "", nil, fault
		}
		return id, attribute, nil
	}
	list := asList(arg)
	if len(list) != 2 {
		return "", nil, fault
	}
	id, ok := list[0].(string)
	if !ok || id == "" || list[1] == nil || list[1] == "" {
		return "", nil, fault
	}
	return id, list[1], nil
}

var (
	subVariable = regexp.MustCompile(`\$\{([^}]*)\}`)
	subName     = regexp.MustCompile(`^[A-Za-z0-9_.:]+$`)
)

// sub is Fn::Sub: text with ${Name}, ${Resource.Attribute}, ${Variable}, and
// ${!Literal} for a literal ${Literal}.
func (s *scope) sub(arg any) (any, *api.Error) {
	text, variables, err := subArguments(arg)
	if err != nil {
		return nil, err
	}
	var open any
	out := subVariable.ReplaceAllStringFunc(text, func(match string) string {
		if err != nil {
			return ""
		}
		name := strings.TrimSpace(match[2 : len(match)-1])
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		var v any
		if v, err = s.subValue(name, variables); err != nil {
			return ""
		}
		if hasUnknown(v) {
			open = v
			return ""
		}
		t, ok := scalarText(v)
		if !ok {
			err = templateFault("Fn::Sub expression does not resolve to a string")
		}
		return t
	})
	if err != nil {
		return nil, err
	}
	if open != nil {
		return open, nil
	}
	return out, nil
}

func (s *scope) subValue(name string, variables map[string]any) (any, *api.Error) {
	if !subName.MatchString(name) {
		return nil, templateFault("variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons")
	}
	if v, ok := variables[name]; ok {
		return s.value(v)
	}
	if id, attribute, ok := strings.Cut(name, "."); ok {
		return s.getAtt([]any{id, attribute})
	}
	return s.ref(name)
}

func subArguments(arg any) (string, map[string]any, *api.Error) {
	if text, ok := arg.(string); ok {
		return text, nil, nil
	}
	list := asList(arg)
	if len(list) == 2 {
		text, isText := list[0].(string)
		variables, isMap := list[1].(map[string]any)
		if isText && isMap {
			return text, variables, nil
		}
	}
	return "", nil, templateFault("One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string")
}

func (s *scope) join(arg any) (any, *api.Error) {
	fault := templateFault("every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.")
	list := asList(arg)
	if len(list) != 2 {
		return nil, fault
	}
	delimiter, ok := list[0].(string)
	if !ok {
		return nil, fault
	}
	v, err := s.value(list[1])
	if err != nil {
		return nil, err
	}
	if u, open := v.(unknown); open {
		return u, nil
	}
	items, ok := v.([]any)
	if !ok {
		return nil, fault
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if hasUnknown(item) {
			return item, nil
		}
		if texts[i], ok = scalarText(item); !ok {
			return nil, fault
		}
	}
	return strings.Join(texts, delimiter), nil
}

func (s *scope) selectItem(arg any) (any, *api.Error) {
	fault := templateFault("Fn::Select requires a list argument with two elements: an integer index and a list")
	list := asList(arg)
	if len(list) != 2 {
		return nil, fault
	}
	i, err := s.value(list[0])
	if err != nil {
		return nil, err
	}
	index, convErr := strconv.Atoi(asText(i))
	if convErr != nil {
		return nil, fault
	}
	v, err := s.value(list[1])
	if err != nil {
		return nil, err
	}
	if u, open := v.(unknown); open {
		return u, nil
	}
	items, ok := v.([]any)
	if !ok {
		return nil, fault
	}
	if index < 0 || index >= len(items) {
		return nil, templateFault("Fn::Select cannot select nonexistent value at index %d", index)
	}
	return items[index], nil
}

func (s *scope) split(arg any) (any, *api.Error) {
	fault := templateFault("every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.")
	list := asList(arg)
	if len(list) != 2 {
		return nil, fault
	}
	delimiter, ok := list[0].(string)
	if !ok || delimiter == "" {
		return nil, fault
	}
	v, err := s.value(list[1])
	if err != nil {
		return nil, err
	}
	if u, open := v.(unknown); open {
		return u, nil
	}
	text, ok := scalarText(v)
	if !ok {
		return nil, fault
	}
	var out []any
	for part := range strings.SplitSeq(text, delimiter) {
		out = append(out, part)
	}
	return out, nil
}

func (s *scope) findInMap(arg any) (any, *api.Error) {
	list := asList(arg)
	if len(list) != 3 {
		return nil, templateFault("every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value")
	}
	var keys [3]string
	for i, item := range list {
		v, err := s.value(item)
		if err != nil {
			return nil, err
		}
		keys[i] = asText(v)
	}
	top, ok := s.template.mappings[keys[0]].(map[string]any)
	if !ok {
		return nil, templateFault("Mapping named '%s' is not present in the 'Mappings' section of template.", keys[0])
	}
	v, ok := asMap(top[keys[1]])[keys[2]]
	if !ok {
		return nil, templateFault("Unable to get mapping for %s::%s::%s", keys[0], keys[1], keys[2])
	}
	return v, nil
}

func (s *scope) base64(arg any) (any, *api.Error) {
	v, err := s.value(arg)
	if err != nil || hasUnknown(v) {
		return v, err
	}
	text, ok := scalarText(v)
	if !ok {
		return nil, templateFault("every Fn::Base64 object must have a String-typed value.")
	}
	return base64.StdEncoding.EncodeToString([]byte(text)), nil
}
