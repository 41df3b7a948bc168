package dynamodb

import "slices"

// node is a parsed piece of an expression: an operand or a condition.
type node interface{}

// operand yields a value from an item; nil means the item has no such attribute.
type operand interface {
	node
	eval(item Item) Value
}

// condition is true or false of an item.
type condition interface {
	node
	holds(item Item) bool
}

type (
	// pathOperand is a document path.
	pathOperand struct{ path path }
	// valueOperand is an expression attribute value.
	valueOperand struct{ value Value }
	// sizeOperand is the function size.
	sizeOperand struct{ of operand }

	comparison struct {
		op          tokenKind
		left, right operand
	}
	between struct{ of, low, high operand }
	in      struct {
		of    operand
		among operandList
	}
	operandList  []operand
	conjunction  struct{ left, right condition }
	disjunction  struct{ left, right condition }
	negation     struct{ of condition }
	functionCall struct {
		name string
		args operandList
	}
	// parenthesised marks what stood between parentheses, to find redundant ones.
	parenthesised struct{ inner node }
)

func (o pathOperand) eval(item Item) Value { return o.path.get(item) }
func (o valueOperand) eval(Item) Value     { return o.value }

func (o sizeOperand) eval(item Item) Value {
	if n, ok := sizeOf(o.of.eval(item)); ok {
		return n
	}
	return nil
}

// holds compares. A missing operand equals nothing, and differs from everything.
func (c comparison) holds(item Item) bool {
	left, right := c.left.eval(item), c.right.eval(item)
	if left == nil || right == nil {
		return c.op == "<>"
	}
	switch c.op {
	case "=":
		return equal(left, right)
	case "<>":
		return !equal(left, right)
	}
	order, ok := compare(left, right)
	return ok && matchesOrder(c.op, order)
}

func matchesOrder(op tokenKind, order int) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (c between) holds(item Item) bool {
	v := c.of.eval(item)
	low, okLow := compare(v, c.low.eval(item))
	high, okHigh := compare(v, c.high.eval(item))
	return okLow && okHigh && low >= 0 && high <= 0
}

func (c in) holds(item Item) bool {
	v := c.of.eval(item)
	return v != nil && slices.ContainsFunc(c.among, func(o operand) bool {
		w := o.eval(item)
		return w != nil && equal(v, w)
	})
}

func (c conjunction) holds(item Item) bool { return c.left.holds(item) && c.right.holds(item) }
func (c disjunction) holds(item Item) bool { return c.left.holds(item) || c.right.holds(item) }
func (c negation) holds(item Item) bool    { return !c.of.holds(item) }

func (c functionCall) holds(item Item) bool {
	v := c.args[0].eval(item)
	switch c.name {
	case "attribute_exists":
		return v != nil
	case "attribute_not_exists":
		return v == nil
	}
	arg := c.args[1].eval(item)
	if v == nil || arg == nil {
		return false
	}
	switch c.name {
	case "attribute_type":
		name, ok := arg.(String)
		return ok && v.typeName() == string(name)
	case "begins_with":
		return hasPrefix(v, arg)
	}
	return contains(v, arg)
}

// walkPaths calls f for every document path below n.
func walkPaths(n node, f func(path)) {
	switch x := n.(type) {
	case pathOperand:
		f(x.path)
	case sizeOperand:
		walkPaths(x.of, f)
	case comparison:
		walkPaths(x.left, f)
		walkPaths(x.right, f)
	case between:
		for _, o := range []operand{x.of, x.low, x.high} {
			walkPaths(o, f)
		}
	case in:
		walkPaths(x.of, f)
		walkPaths(x.among, f)
	case operandList:
		for _, o := range x {
			walkPaths(o, f)
		}
	case conjunction:
		walkPaths(x.left, f)
		walkPaths(x.right, f)
	case disjunction:
		walkPaths(x.left, f)
		walkPaths(x.right, f)
	case negation:
		walkPaths(x.of, f)
	case functionCall:
		walkPaths(x.args, f)
	}
}
