package cloudformation

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// referenceSet is what an expression refers to.
type referenceSet struct {
	refs map[string]bool     // Ref and ${Name}
	atts map[string][]string // Fn::GetAtt and ${Id.Attribute}: id to attributes
	ifs  map[string]bool     // conditions of Fn::If
	err  *api.Error
}

// references walks an expression. Pseudo parameters are left out.
func references(v any) *referenceSet {
	r := &referenceSet{refs: map[string]bool{}, atts: map[string][]string{}, ifs: map[string]bool{}}
	r.walk(v)
	return r
}

// names are all logical IDs referred to, in order.
func (r *referenceSet) names() []string {
	var out []string
	for name := range r.refs {
		out = append(out, name)
	}
	for name := range r.atts {
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r *referenceSet) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			r.walk(x)
		}
	case map[string]any:
		if name, arg, ok := functionCall(v); ok {
			r.call(name, arg)
			return
		}
		for _, k := range sortedKeys(v) {
			r.walk(v[k])
		}
	}
}

func (r *referenceSet) call(name string, arg any) {
	switch name {
	case "Ref":
		text, ok := arg.(string)
		if !ok {
			r.fail(templateError("Every Ref object must have a single String value."))
			return
		}
		r.ref(text)
	case "Fn::GetAtt":
		id, attribute, err := getAttArguments(arg)
		r.fail(err)
		if err == nil {
			r.atts[id] = append(r.atts[id], asText(attribute))
			r.walk(attribute)
		}
	case "Fn::Sub":
		r.sub(arg)
	case "Fn::If":
		if list := asList(arg); len(list) == 3 {
			if text, ok := list[0].(string); ok {
				r.ifs[text] = true
			}
		} else {
			r.fail(templateFault("Fn::If requires a list argument with three elements"))
		}
		r.walk(arg)
	case "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap", "Fn::Base64":
		r.walk(arg)
	default:
		if !isConditionFunction(name) {
			r.fail(templateFault("the sandbox does not offer the function %s", name))
		}
		r.walk(arg)
	}
}

func (r *referenceSet) sub(arg any) {
	text, variables, err := subArguments(arg)
	r.fail(err)
	for _, match := range subVariable.FindAllStringSubmatch(text, -1) {
		name := strings.TrimSpace(match[1])
		if _, local := variables[name]; local || strings.HasPrefix(name, "!") {
			continue
		}
		if !subName.MatchString(name) {
			r.fail(templateFault("variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons"))
		} else if id, attribute, ok := strings.Cut(name, "."); ok {
			r.atts[id] = append(r.atts[id], attribute)
		} else {
			r.ref(name)
		}
	}
	for _, k := range sortedKeys(variables) {
		r.walk(variables[k])
	}
}

var pseudoNames = []string{
	"AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix", "AWS::StackName", "AWS::StackId",
	"AWS::NoValue", "AWS::NotificationARNs",
}

func (r *referenceSet) ref(name string) {
	if !slices.Contains(pseudoNames, name) {
		r.refs[name] = true
	}
}

func (r *referenceSet) fail(err *api.Error) {
	if r.err == nil {
		r.err = err
	}
}

// checkReferences holds that every reference of resources and outputs resolves.
func (t *template) checkReferences() *api.Error {
	var missing []string
	for _, id := range sortedKeys(t.resources) {
		d := t.resources[id]
		more, err := t.checkExpression("Resources", d.properties, d.condition)
		if err != nil {
			return err
		}
		missing = append(missing, more...)
		for _, on := range d.dependsOn {
			if t.resources[on] == nil {
				missing = append(missing, on)
			}
		}
	}
	if err := unresolved(missing, "Resources"); err != nil {
		return err
	}
	for _, name := range sortedKeys(t.outputs) {
		o := t.outputs[name]
		more, err := t.checkExpression("Outputs", []any{o.value, o.export}, o.condition)
		if err != nil {
			return err
		}
		missing = append(missing, more...)
	}
	return unresolved(missing, "Outputs")
}

func unresolved(names []string, block string) *api.Error {
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return templateError("Unresolved resource dependencies %s in the %s block of the template", bracketed(slices.Compact(names)), block)
}

// checkExpression returns the names of an expression that do not resolve.
func (t *template) checkExpression(block string, v any, condition string) ([]string, *api.Error) {
	refs := references(v)
	if refs.err != nil {
		return nil, refs.err
	}
	if condition != "" {
		refs.ifs[condition] = true
	}
	for _, name := range sortedKeys(refs.ifs) {
		if _, ok := t.conditions[name]; !ok {
			return nil, templateError("Unresolved condition dependency %s in the %s block of the template", name, block)
		}
	}
	var missing []string
	for name := range refs.refs {
		if t.parameters[name] == nil && t.resources[name] == nil {
			missing = append(missing, name)
		}
	}
	for id, attributes := range refs.atts {
		d := t.resources[id]
		if d == nil {
			if block == "Resources" {
				return nil, templateFault("instance of Fn::GetAtt references undefined resource %s", id)
			}
			missing = append(missing, id)
			continue
		}
		for _, a := range attributes {
			if typ := lookupType(d.typ); a != "" && !typ.hasAttribute(a) {
				return nil, templateFault("resource %s does not support attribute type %s in Fn::GetAtt", id, a)
			}
		}
	}
	return missing, nil
}

// dependencies maps each resource to those it waits for. With a scope, resources
// whose condition is false are left out and only chosen branches of Fn::If count.
func (t *template) dependencies(s *scope) map[string][]string {
	out := map[string][]string{}
	for id, d := range t.resources {
		if s != nil && !s.active(d.condition) {
			continue
		}
		var v any = d.properties
		if s != nil {
			v = s.prune(v)
		}
		names := append(references(v).names(), d.dependsOn...)
		out[id] = nil
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if on := t.resources[name]; on != nil && (s == nil || s.active(on.condition)) {
				out[id] = append(out[id], name)
			}
		}
	}
	return out
}

// prune replaces every Fn::If by its chosen branch.
func (s *scope) prune(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = s.prune(x)
		}
		return out
	case map[string]any:
		if arg, ok := v["Fn::If"]; ok && len(v) == 1 {
			branch, err := s.branch(arg)
			if err != nil {
				return nil // evaluation reports it
			}
			return s.prune(branch)
		}
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = s.prune(x)
		}
		return out
	}
	return v
}

// order sorts resources so that each comes after those it waits for; those that
// could come at once are in alphabetical order.
func order(waits map[string][]string) ([]string, *api.Error) {
	var out []string
	done := map[string]bool{}
	for len(out) < len(waits) {
		before := len(out)
		for _, id := range sortedKeys(waits) {
			ready := !slices.ContainsFunc(waits[id], func(on string) bool { _, has := waits[on]; return has && !done[on] })
			if !done[id] && ready {
				done[id] = true
				out = append(out, id)
			}
		}
		if len(out) == before {
			return nil, invalid("Circular dependency between resources: %s", bracketed(circle(waits, done)))
		}
	}
	return out, nil
}

// circle are the resources that wait for each other: of those not done, the ones
// that something not done waits for in turn.
func circle(waits map[string][]string, done map[string]bool) []string {
	left := map[string]bool{}
	for id := range waits {
		left[id] = !done[id]
	}
	for {
		wanted := map[string]bool{}
		for id, yes := range left {
			for _, on := range waits[id] {
				wanted[on] = wanted[on] || yes
			}
		}
		changed := false
		for id, yes := range left {
			if yes && !wanted[id] {
				left[id], changed = false, true
			}
		}
		if !changed {
			break
		}
	}
	var out []string
	for _, id := range sortedKeys(left) {
		if left[id] {
			out = append(out, id)
		}
	}
	return out
}
