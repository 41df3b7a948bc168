package dynamodb

import (
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// keyRange is what a query's key condition selects: one partition of an index and,
// in it, a range of sort keys.
type keyRange struct {
	part  Value
	bound indexKey // the partition
	// position tells where a sort key lies: before the range (-1), in it (0), or
	// after it (1). Nil selects the whole partition.
	position func(sortKey string) int
}

// rank places an index key: before the range, in it, or after it.
func (r *keyRange) rank(k *indexKey) int {
	if c := k.comparePartition(&r.bound); c != 0 || r.position == nil {
		return c
	}
	return r.position(k.sort)
}

// keyConditions are the parts of a key condition by attribute name.
type keyConditions map[string]condition

// splitKeyCondition takes a key condition expression apart into one condition for
// each key attribute.
func splitKeyCondition(cond condition) (keyConditions, *api.Error) {
	parts := keyConditions{}
	err := parts.add(cond)
	return parts, err
}

func (k keyConditions) add(cond condition) *api.Error {
	var of, other operand
	switch x := cond.(type) {
	case conjunction:
		if err := k.add(x.left); err != nil {
			return err
		}
		return k.add(x.right)
	case disjunction:
		return wrongKeyOperator("OR")
	case negation:
		return wrongKeyOperator("NOT")
	case in:
		return wrongKeyOperator("IN")
	case comparison:
		if x.op == "<>" {
			return wrongKeyOperator("<>")
		}
		of, other = x.left, x.right
	case between:
		of, other = x.of, x.low
	case functionCall:
		if x.name != "begins_with" {
			return wrongKeyOperator(x.name)
		}
		of, other = x.args[0], x.args[1]
	}
	return k.put(of, other, cond)
}

func wrongKeyOperator(op string) *api.Error {
	return invalid("Invalid operator used in KeyConditionExpression: %s", op)
}

// put files one simple condition under its attribute.
func (k keyConditions) put(of, other operand, cond condition) *api.Error {
	attribute, ok := of.(pathOperand)
	if !ok {
		if flipped, isComparison := cond.(comparison); isComparison {
			if _, hasPath := other.(pathOperand); hasPath {
				return k.put(other, of, flipped.flip())
			}
		}
		return invalid("Invalid condition in KeyConditionExpression: No key attribute specified")
	}
	if _, isValue := other.(valueOperand); !isValue {
		return invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
	}
	if len(attribute.path) > 1 {
		return invalid("KeyConditionExpressions cannot have conditions on nested attributes")
	}
	name := attribute.path.top()
	if k[name] != nil {
		return invalid("KeyConditionExpressions must only contain one condition per key")
	}
	k[name] = cond
	return nil
}

// flip exchanges the sides of a comparison.
func (c comparison) flip() comparison {
	mirrored := map[tokenKind]tokenKind{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
	return comparison{mirrored[c.op], c.right, c.left}
}

// resolve turns the conditions into a range of the index.
func (k keyConditions) resolve(ix *index) (*keyRange, *api.Error) {
	part, ok := k[ix.part.name]
	if !ok {
		return nil, invalid("Query condition missed key schema element: %s", ix.part.name)
	}
	equality, ok := part.(comparison)
	if !ok || equality.op != "=" {
		return nil, invalid("Query key condition not supported")
	}
	r := &keyRange{part: equality.right.eval(nil)}
	if err := checkKeyOperand(r.part, ix.part); err != nil {
		return nil, err
	}
	text := keyText(r.part)
	r.bound = indexKey{hash: hashPartition(text), part: text}
	if len(k) == 1 {
		return r, nil
	}
	if ix.sort == nil || len(k) > 2 {
		return nil, invalid("Query key condition not supported")
	}
	cond, ok := k[ix.sort.name]
	if !ok {
		return nil, invalid("Query condition missed key schema element: %s", ix.sort.name)
	}
	var err *api.Error
	r.position, err = sortRange(cond, *ix.sort)
	return r, err
}

func checkKeyOperand(v Value, key keyAttribute) *api.Error {
	switch {
	case v == nil:
		return invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
	case v.typeName() != key.kind:
		return invalidParameter("Condition parameter type does not match schema type")
	case key.kind != "N" && v.size() == 0:
		return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", keyWord(key.kind), key.name)
	}
	return nil
}

// sortRange makes the position function of a condition on the sort key.
func sortRange(cond condition, key keyAttribute) (func(string) int, *api.Error) {
	operands := conditionValues(cond)
	for _, v := range operands {
		if err := checkKeyOperand(v, key); err != nil {
			return nil, err
		}
	}
	first := keyText(operands[0])
	switch x := cond.(type) {
	case between:
		last := keyText(operands[1])
		return func(k string) int {
			if k < first {
				return -1
			}
			return max(0, strings.Compare(k, last))
		}, nil
	case functionCall:
		if key.kind == "N" {
			return nil, invalidParameter("ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type")
		}
		return func(k string) int {
			if strings.HasPrefix(k, first) {
				return 0
			}
			return strings.Compare(k, first)
		}, nil
	case comparison:
		return comparisonRange(x.op, first), nil
	}
	return nil, invalid("Query key condition not supported")
}

func comparisonRange(op tokenKind, bound string) func(string) int {
	return func(k string) int {
		order := strings.Compare(k, bound)
		switch {
		case op == "=":
			return order
		case matchesOrder(op, order):
			return 0
		case op == "<" || op == "<=":
			return 1
		}
		return -1
	}
}

// conditionValues are the literals of a simple condition.
func conditionValues(cond condition) []Value {
	var operands []operand
	switch x := cond.(type) {
	case comparison:
		operands = []operand{x.right}
	case between:
		operands = []operand{x.low, x.high}
	case functionCall:
		operands = x.args[1:]
	}
	values := make([]Value, len(operands))
	for i, o := range operands {
		values[i] = o.eval(nil)
	}
	return values
}
