package dynamodb

import (
	"maps"
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// This file turns the legacy conditional parameters (Developer Guide, "Legacy
// DynamoDB conditional parameters") into what the expressions that replaced them
// are parsed to.

type (
	legacyCondition struct {
		ComparisonOperator string
		AttributeValueList []wireValue
		Value              *wireValue // Expected only
		Exists             *bool      // Expected only
	}
	legacyUpdate struct {
		Value  *wireValue
		Action string
	}
	// legacyWrite are the legacy parameters of single writes.
	legacyWrite struct {
		Expected            map[string]legacyCondition
		AttributeUpdates    map[string]legacyUpdate
		ConditionalOperator string
	}
)

func mixedParameters(legacy, expression string) *api.Error {
	return invalid("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {%s} Expression parameters: {%s}", legacy, expression)
}

// addTo gives a parsed write the legacy parameters' condition and update.
func (l *legacyWrite) addTo(w *write, in *writeInput) *api.Error {
	if l.Expected == nil && l.AttributeUpdates == nil {
		if l.ConditionalOperator != "" {
			return invalid("ConditionalOperator cannot be used without Filter or Expected")
		}
		return nil
	}
	name := "Expected"
	if l.AttributeUpdates != nil {
		name = "AttributeUpdates"
	}
	switch {
	case in.UpdateExpression != nil:
		return mixedParameters(name, "UpdateExpression")
	case in.ConditionExpression != nil:
		return mixedParameters(name, "ConditionExpression")
	}
	var err *api.Error
	if w.condition, err = legacyConditions(l.Expected, l.ConditionalOperator); err != nil {
		return err
	}
	if l.AttributeUpdates != nil && w.kind == updateWrite {
		w.update, err = legacyUpdates(l.AttributeUpdates)
	}
	return err
}

// attributesToGet makes a projection of top-level names.
func attributesToGet(names []string) ([]path, *api.Error) {
	if len(names) == 0 {
		return nil, invalid("1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	paths := make([]path, len(names))
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, invalidParameter("Duplicate value in attribute name: %s", name)
		}
		paths[i] = path{step{name: name}}
	}
	return paths, nil
}

// legacyConditions joins the conditions of Expected, QueryFilter, ScanFilter or
// KeyConditions by the operator, AND or OR; nil where there are none.
func legacyConditions(conditions map[string]legacyCondition, operator string) (condition, *api.Error) {
	var v violations
	v.oneOf(operator, "conditionalOperator", "AND", "OR")
	if err := v.err(); err != nil {
		return nil, err
	}
	var joined condition
	for _, name := range slices.Sorted(maps.Keys(conditions)) {
		cond, err := conditions[name].parse(name)
		switch {
		case err != nil:
			return nil, err
		case joined == nil:
			joined = cond
		case operator == "OR":
			joined = disjunction{joined, cond}
		default:
			joined = conjunction{joined, cond}
		}
	}
	return joined, nil
}

// parse makes a condition on one attribute.
func (l legacyCondition) parse(name string) (condition, *api.Error) {
	attribute := pathOperand{path{step{name: name}}}
	if l.ComparisonOperator == "" {
		return l.parseExists(name, attribute)
	}
	if l.Exists != nil {
		return nil, invalidParameter("Exists and ComparisonOperator cannot be used together for Attribute: %s", name)
	}
	wires := l.AttributeValueList
	if l.Value != nil {
		if wires != nil {
			return nil, invalidParameter("Value and AttributeValueList cannot be used together for Attribute: %s", name)
		}
		wires = []wireValue{*l.Value}
	}
	var args operandList
	for _, w := range wires {
		v, err := w.decode(1)
		if err != nil {
			return nil, err
		}
		args = append(args, valueOperand{v})
	}
	return compareLegacy(l.ComparisonOperator, attribute, args)
}

// parseExists is the old form of Expected: a value, or that there is none.
func (l legacyCondition) parseExists(name string, attribute operand) (condition, *api.Error) {
	exists := l.Exists == nil || *l.Exists
	switch {
	case l.AttributeValueList != nil:
		return nil, invalidParameter("AttributeValueList can only be used with a ComparisonOperator for Attribute: %s", name)
	case !exists && l.Value != nil:
		return nil, invalidParameter("Value cannot be used when Exists is set to false for Attribute: %s", name)
	case !exists:
		return functionCall{"attribute_not_exists", operandList{attribute}}, nil
	case l.Value == nil:
		return nil, invalidParameter("Value must be provided when Exists is set to true for Attribute: %s", name)
	}
	v, err := l.Value.decode(1)
	return comparison{"=", attribute, valueOperand{v}}, err
}

// compareLegacy is one of the thirteen comparison operators.
func compareLegacy(op string, attribute operand, args operandList) (condition, *api.Error) {
	want := 1
	symbol, simple := map[string]tokenKind{"EQ": "=", "NE": "<>", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}[op]
	switch op {
	case "NULL", "NOT_NULL":
		want = 0
	case "BETWEEN":
		want = 2
	case "IN":
		want = max(1, len(args))
	}
	if len(args) != want {
		return nil, invalidParameter("Invalid number of argument(s) for the %s ComparisonOperator", op)
	}
	with := append(operandList{attribute}, args...)
	switch {
	case simple:
		return comparison{symbol, attribute, args[0]}, nil
	case op == "NULL":
		return functionCall{"attribute_not_exists", with}, nil
	case op == "NOT_NULL":
		return functionCall{"attribute_exists", with}, nil
	case op == "BEGINS_WITH":
		return functionCall{"begins_with", with}, nil
	case op == "CONTAINS":
		return functionCall{"contains", with}, nil
	case op == "NOT_CONTAINS":
		exists := functionCall{"attribute_exists", operandList{attribute}}
		return conjunction{exists, negation{functionCall{"contains", with}}}, nil
	case op == "BETWEEN":
		return between{attribute, args[0], args[1]}, nil
	case op == "IN":
		return in{attribute, args}, nil
	}
	var v violations
	v.oneOf(op, "comparisonOperator", "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS")
	return nil, v.err()
}

// legacyUpdates turns AttributeUpdates into an update.
func legacyUpdates(updates map[string]legacyUpdate) (*update, *api.Error) {
	u := &update{}
	for _, name := range slices.Sorted(maps.Keys(updates)) {
		target := path{step{name: name}}
		var v Value
		if wire := updates[name].Value; wire != nil {
			var err *api.Error
			if v, err = wire.decode(1); err != nil {
				return nil, err
			}
		}
		switch action := updates[name].Action; {
		case action == "DELETE" && v == nil:
			u.removes = append(u.removes, target)
		case v == nil:
			return nil, invalidParameter("Only DELETE action is allowed when no attribute value is specified")
		case action == "DELETE" && !isSet(v), action == "ADD" && !isSet(v) && v.typeName() != "N":
			return nil, invalidParameter("%s action is not supported for the type %s", action, longTypeName(v))
		case action == "DELETE":
			u.deletes = append(u.deletes, setChange{target, v})
		case action == "ADD":
			u.adds = append(u.adds, setChange{target, v})
		case action == "" || action == "PUT":
			u.sets = append(u.sets, setAction{target, plain{valueOperand{v}}})
		default:
			var bad violations
			bad.oneOf(action, "attributeUpdates."+name+".member.action", "ADD", "DELETE", "PUT")
			return nil, bad.err()
		}
	}
	return u, nil
}

func isSet(v Value) bool { return slices.Contains([]string{"SS", "NS", "BS"}, v.typeName()) }
