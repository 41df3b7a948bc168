package cloudformation

import (
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// rule is one member of Rules: what parameters must satisfy together.
type rule struct {
	when       any // RuleCondition, or nil
	assertions []assertion
}

type assertion struct {
	assert      any
	description string
}

func isConditionFunction(name string) bool {
	return slices.Contains([]string{"Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or", "Fn::Contains"}, name)
}

// resolveConditions computes every condition of the template.
func (s *scope) resolveConditions() *api.Error {
	s.conditions = map[string]bool{}
	for _, name := range sortedKeys(s.template.conditions) {
		if _, err := s.namedCondition(name, nil); err != nil {
			return err
		}
	}
	return nil
}

// namedCondition computes one condition; waiting are those that wait for it.
func (s *scope) namedCondition(name string, waiting []string) (bool, *api.Error) {
	if v, done := s.conditions[name]; done {
		return v, nil
	}
	expression, ok := s.template.conditions[name]
	if !ok {
		return false, templateError("Unresolved condition dependency %s in the Conditions block of the template", name)
	}
	if slices.Contains(waiting, name) {
		return false, templateError("Found circular condition dependency between %s and %s", waiting[len(waiting)-1], name)
	}
	v, err := s.test(expression, append(waiting, name))
	if err == nil {
		s.conditions[name] = v
	}
	return v, err
}

// boolean computes a condition expression.
func (s *scope) boolean(v any) (bool, *api.Error) { return s.test(v, nil) }

func (s *scope) test(v any, waiting []string) (bool, *api.Error) {
	m := asMap(v)
	if len(m) != 1 {
		return false, templateError("Every Conditions member must contain exactly one condition function.")
	}
	for name, arg := range m {
		switch name {
		case "Condition":
			return s.namedCondition(asText(arg), waiting)
		case "Fn::Equals":
			return s.equals(arg)
		case "Fn::Contains":
			return s.contains(arg)
		case "Fn::Not", "Fn::And", "Fn::Or":
			return s.combine(name, arg, waiting)
		}
	}
	return false, templateError("Conditions can only be boolean operations on parameters and other conditions")
}

func (s *scope) equals(arg any) (bool, *api.Error) {
	list := asList(arg)
	if len(list) != 2 {
		return false, templateFault("every Fn::Equals object requires a list of 2 string parameters.")
	}
	left, err := s.value(list[0])
	if err != nil {
		return false, err
	}
	right, err := s.value(list[1])
	if err != nil {
		return false, err
	}
	return sameValue(stringify(left), stringify(right)), nil
}

// contains is Fn::Contains of rules: a list of strings contains a string.
func (s *scope) contains(arg any) (bool, *api.Error) {
	list := asList(arg)
	if len(list) != 2 {
		return false, templateFault("every Fn::Contains object requires two parameters: a list of strings and a string.")
	}
	v, err := s.value(list[0])
	if err != nil {
		return false, err
	}
	item, err := s.value(list[1])
	if err != nil {
		return false, err
	}
	return slices.Contains(asTexts(v), asText(item)), nil
}

func (s *scope) combine(name string, arg any, waiting []string) (bool, *api.Error) {
	list := asList(arg)
	if name == "Fn::Not" {
		if len(list) != 1 {
			return false, templateFault("Fn::Not object requires a list of 1 boolean parameter.")
		}
		v, err := s.test(list[0], waiting)
		return !v, err
	}
	if len(list) < 2 || len(list) > 10 {
		return false, templateFault("every %s object requires a list of at least 2 and at most 10 boolean parameters.", name)
	}
	result := name == "Fn::And"
	for _, item := range list {
		v, err := s.test(item, waiting)
		if err != nil {
			return false, err
		}
		if name == "Fn::And" {
			result = result && v
		} else {
			result = result || v
		}
	}
	return result, nil
}

// choose is Fn::If.
func (s *scope) choose(arg any) (any, *api.Error) {
	branch, err := s.branch(arg)
	if err != nil {
		return nil, err
	}
	return s.value(branch)
}

// branch is the chosen, unevaluated branch of Fn::If.
func (s *scope) branch(arg any) (any, *api.Error) {
	list := asList(arg)
	if len(list) != 3 {
		return nil, templateFault("Fn::If requires a list argument with three elements")
	}
	name := list[0]
	if m := asMap(name); len(m) == 1 {
		name = m["Condition"]
	}
	text, ok := name.(string)
	if !ok {
		return nil, templateFault("Fn::If requires the name of a condition as its first element")
	}
	met, known := s.conditions[text]
	if !known {
		return nil, templateFault("unresolved condition %s in Fn::If", text)
	}
	if met {
		return list[1], nil
	}
	return list[2], nil
}

// active reports whether a condition name of a resource or output lets it exist.
func (s *scope) active(condition string) bool { return condition == "" || s.conditions[condition] }

// checkCondition looks at a condition expression before its values are known.
func (t *template) checkCondition(block string, v any) *api.Error {
	m := asMap(v)
	if len(m) != 1 {
		return templateError("Every %s member must contain exactly one condition function.", block)
	}
	for name, arg := range m {
		switch {
		case name == "Condition":
			if _, ok := t.conditions[asText(arg)]; !ok {
				return templateError("Unresolved condition dependency %s in the %s block of the template", asText(arg), block)
			}
		case name == "Fn::Not" || name == "Fn::And" || name == "Fn::Or":
			for _, item := range asList(arg) {
				if err := t.checkCondition(block, item); err != nil {
					return err
				}
			}
		case name == "Fn::Equals" || name == "Fn::Contains" && block == "Rules":
			return t.checkOperands(block, arg)
		default:
			return templateFault("%s: the sandbox does not offer the function %s here", block, name)
		}
	}
	return nil
}

// checkOperands holds that a condition compares nothing but parameters and constants.
func (t *template) checkOperands(block string, arg any) *api.Error {
	refs := references(arg)
	if refs.err != nil {
		return refs.err
	}
	var missing []string
	for _, name := range refs.names() {
		if t.parameters[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return templateError("Unresolved dependencies %s. Cannot reference resources in the %s block of the template", bracketed(missing), block)
	}
	return nil
}

func (t *template) readRules(root map[string]any) *api.Error {
	m, err := section(root, "Rules")
	if err != nil {
		return err
	}
	t.rules = map[string]rule{}
	for _, name := range sortedKeys(m) {
		body := asMap(m[name])
		if unknown := unknownKeys(body, []string{"RuleCondition", "Assertions"}); len(unknown) > 0 || len(body) == 0 {
			return templateError("Rule %s is malformed.", name)
		}
		r := rule{when: body["RuleCondition"]}
		if r.when != nil {
			if err := t.checkCondition("Rules", r.when); err != nil {
				return err
			}
		}
		for _, item := range asList(body["Assertions"]) {
			a := asMap(item)
			if err := t.checkCondition("Rules", a["Assert"]); err != nil {
				return err
			}
			r.assertions = append(r.assertions, assertion{a["Assert"], asText(a["AssertDescription"])})
		}
		t.rules[name] = r
	}
	return nil
}

// checkRules holds the parameters against the template's rules.
func (s *scope) checkRules() *api.Error {
	for _, name := range sortedKeys(s.template.rules) {
		r := s.template.rules[name]
		if r.when != nil {
			applies, err := s.boolean(r.when)
			if err != nil {
				return err
			}
			if !applies {
				continue
			}
		}
		for _, a := range r.assertions {
			holds, err := s.boolean(a.assert)
			if err != nil {
				return err
			}
			if !holds {
				return templateError("Rule %s: %s", name, a.description)
			}
		}
	}
	return nil
}
