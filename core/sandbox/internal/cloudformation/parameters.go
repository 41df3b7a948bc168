package cloudformation

import (
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// parameter is one member of Parameters.
type parameter struct {
	name                 string
	typ                  string // String, Number, CommaDelimitedList, List<Number>
	description          string
	fallback             *string // Default
	noEcho               bool
	pattern              *regexp.Regexp // AllowedPattern, anchored
	patternText          string
	constraint           string // ConstraintDescription
	allowed              []string
	minLength, maxLength *int
	minValue, maxValue   *big.Rat
	minNumber, maxNumber string
	allowedGiven         bool
}

var parameterTypes = []string{"String", "Number", "CommaDelimitedList", "List<Number>"}

const noEchoMask = "****"

func (t *template) readParameters(root map[string]any) *api.Error {
	m, err := section(root, "Parameters")
	if err != nil {
		return err
	}
	if len(m) > 200 {
		return templateError("Number of parameters, %d, is greater than maximum allowed, 200", len(m))
	}
	t.parameters = make(map[string]*parameter, len(m))
	for _, name := range sortedKeys(m) {
		p, err := readParameter(name, m[name])
		if err != nil {
			return err
		}
		t.parameters[name] = p
	}
	return nil
}

func readParameter(name string, v any) (*parameter, *api.Error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, templateError("Every Parameters object must contain a Type member.")
	}
	if !alphanumeric.MatchString(name) {
		return nil, templateError("Parameter name %s is non alphanumeric.", name)
	}
	known := []string{
		"Type", "Default", "Description", "NoEcho", "AllowedPattern", "ConstraintDescription", "AllowedValues",
		"MinLength", "MaxLength", "MinValue", "MaxValue",
	}
	if unknown := unknownKeys(m, known); len(unknown) > 0 {
		return nil, invalid("Invalid template parameter property '%s'", unknown[0])
	}
	p := &parameter{
		name: name, typ: asText(m["Type"]), description: asText(m["Description"]),
		constraint: asText(m["ConstraintDescription"]), noEcho: asText(m["NoEcho"]) == "true",
	}
	if p.typ == "" {
		return nil, templateError("Every Parameters object must contain a Type member.")
	}
	if !slices.Contains(parameterTypes, p.typ) {
		return nil, templateError("Unrecognized parameter type: %s", p.typ)
	}
	if d, has := m["Default"]; has {
		text, ok := scalarText(d)
		if !ok {
			return nil, templateError("Every Default member must be a string.")
		}
		p.fallback = &text
	}
	if err := p.readConstraints(m); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *parameter) readConstraints(m map[string]any) *api.Error {
	if v, has := m["AllowedPattern"]; has {
		p.patternText = asText(v)
		re, err := regexp.Compile(`^(?:` + p.patternText + `)$`)
		if err != nil {
			return invalid("Parameter '%s': AllowedPattern %s is not a regular expression the sandbox can read", p.name, p.patternText)
		}
		p.pattern = re
	}
	if v, has := m["AllowedValues"]; has {
		if _, ok := v.([]any); !ok {
			return templateError("Every Parameters AllowedValues member must be a list.")
		}
		p.allowed, p.allowedGiven = asTexts(v), true
	}
	for name, target := range map[string]**int{"MinLength": &p.minLength, "MaxLength": &p.maxLength} {
		if v, has := m[name]; has {
			n, err := strconv.Atoi(asText(v))
			if err != nil || n < 0 {
				return templateError("Parameter '%s' %s must be a non-negative number.", p.name, name)
			}
			*target = &n
		}
	}
	for name, target := range map[string]**big.Rat{"MinValue": &p.minValue, "MaxValue": &p.maxValue} {
		if v, has := m[name]; has {
			n, ok := parseNumber(asText(v))
			if !ok {
				return templateError("Parameter '%s' %s must be a number.", p.name, name)
			}
			*target = n
		}
	}
	p.minNumber, p.maxNumber = asText(m["MinValue"]), asText(m["MaxValue"])
	return nil
}

// parseNumber reads an integer or a float, of bounded size.
func parseNumber(text string) (*big.Rat, bool) {
	if f, err := strconv.ParseFloat(text, 64); err != nil || f > 1e100 || f < -1e100 {
		return nil, false
	}
	if strings.ContainsAny(text, "xX_pP") || len(text) > 200 {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if exp, err := strconv.Atoi(text[i+1:]); err != nil || exp < -100 || exp > 100 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// check holds a given value against the constraints.
func (p *parameter) check(value string) *api.Error {
	items := []string{value}
	if p.isList() {
		items = splitList(value)
	}
	for _, item := range items {
		if reason := p.violation(item); reason != "" {
			if p.constraint != "" {
				return invalid("Parameter %s failed to satisfy constraint: %s", p.name, p.constraint)
			}
			return invalid("Parameter '%s' %s", p.name, reason)
		}
	}
	return nil
}

// violation says which constraint one value breaks, or "".
func (p *parameter) violation(value string) string {
	if p.typ == "Number" || p.typ == "List<Number>" {
		n, ok := parseNumber(strings.TrimSpace(value))
		switch {
		case !ok:
			return "must be a number"
		case p.minValue != nil && n.Cmp(p.minValue) < 0:
			return "must be a number not less than " + p.minNumber
		case p.maxValue != nil && n.Cmp(p.maxValue) > 0:
			return "must be a number not greater than " + p.maxNumber
		}
	}
	length := len([]rune(value))
	switch {
	case p.minLength != nil && length < *p.minLength:
		return "must contain at least " + strconv.Itoa(*p.minLength) + " characters"
	case p.maxLength != nil && length > *p.maxLength:
		return "must contain at most " + strconv.Itoa(*p.maxLength) + " characters"
	case p.pattern != nil && !p.pattern.MatchString(value):
		return "must match pattern " + p.patternText
	case p.allowedGiven && !slices.Contains(p.allowed, value):
		return "must be one of AllowedValues"
	}
	return ""
}

func (p *parameter) isList() bool { return p.typ == "CommaDelimitedList" || p.typ == "List<Number>" }

// splitList splits a list parameter; blanks around items do not count.
func splitList(text string) []string {
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// value is what Ref gives.
func (p *parameter) value(text string) any {
	if !p.isList() {
		return text
	}
	var out []any
	for _, item := range splitList(text) {
		out = append(out, item)
	}
	return out
}

// givenParameter is a parameter of a request.
type givenParameter struct {
	value    string
	previous bool
}

// formParameters reads Parameters.member.N.
func formParameters(form url.Values) (map[string]givenParameter, *api.Error) {
	out := map[string]givenParameter{}
	for i := 1; ; i++ {
		prefix := "Parameters.member." + strconv.Itoa(i) + "."
		if !form.Has(prefix + "ParameterKey") {
			return out, nil
		}
		key := form.Get(prefix + "ParameterKey")
		g := givenParameter{form.Get(prefix + "ParameterValue"), form.Get(prefix+"UsePreviousValue") == "true"}
		if g.previous && form.Has(prefix+"ParameterValue") {
			return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true and non empty value for a parameter", key)
		}
		if !g.previous && !form.Has(prefix+"ParameterValue") {
			return nil, invalid("Invalid input for parameter key %s. Either specify usePreviousValue as true or provide a value for the parameter", key)
		}
		out[key] = g
	}
}

// resolveParameters computes every parameter of the template from what was given,
// the previous values of an update and the defaults.
func (t *template) resolveParameters(given map[string]givenParameter, previous map[string]string) (map[string]string, *api.Error) {
	var unknown, missing []string
	for _, name := range sortedKeys(given) {
		if t.parameters[name] == nil {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, invalid("Parameters: %s do not exist in the template", bracketed(unknown))
	}
	out := map[string]string{}
	for _, name := range sortedKeys(t.parameters) {
		p := t.parameters[name]
		g, has := given[name]
		old, hadOld := previous[name]
		switch {
		case has && g.previous && hadOld:
			out[name] = old
		case has && g.previous:
			missing = append(missing, name)
		case has:
			out[name] = g.value
		case p.fallback != nil:
			out[name] = *p.fallback
		default:
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, invalid("Parameters: %s must have values", bracketed(missing))
	}
	for _, name := range sortedKeys(out) {
		if err := t.parameters[name].check(out[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// newScope makes the scope of a stack with these parameter values, with its
// conditions computed and its rules checked.
func (t *template) newScope(values map[string]string, pseudo map[string]any) (*scope, *api.Error) {
	s := &scope{template: t, parameters: map[string]any{}, pseudo: pseudo}
	for name, text := range values {
		s.parameters[name] = t.parameters[name].value(text)
	}
	if err := s.resolveConditions(); err != nil {
		return nil, err
	}
	if err := s.checkRules(); err != nil {
		return nil, err
	}
	return s, nil
}
