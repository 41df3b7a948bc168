package dynamodb

import "slices"

// arity is how many operands each function of a condition takes.
func arity(function string) (n int, ok bool) {
	switch function {
	case "attribute_exists", "attribute_not_exists", "size":
		return 1, true
	case "attribute_type", "begins_with", "contains":
		return 2, true
	}
	return 0, false
}

// function reads a call of a condition's function and checks its operands.
func (p *parser) function() node {
	name := p.next().text
	args := p.arguments()
	if p.syntax != nil {
		return pathOperand{path{step{}}}
	}
	p.countOperator()
	want, known := arity(name)
	switch {
	case !known:
		p.fail(invalid("Invalid function name; function: %s", name))
		return functionCall{name, args}
	case want != len(args):
		p.fail(invalid("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", name, len(args)))
		return functionCall{name, args}
	case want == 2:
		p.checkDistinct(name, args[0], args[1])
	}
	p.checkArguments(name, args)
	if name == "size" {
		return sizeOperand{args[0]}
	}
	return functionCall{name, args}
}

func (p *parser) arguments() operandList {
	p.expect("(")
	args := operandList{p.operand(p.unit())}
	for p.accept(",") {
		args = append(args, p.operand(p.unit()))
	}
	p.expect(")")
	return args
}

func (p *parser) checkArguments(name string, args operandList) {
	switch name {
	case "attribute_exists", "attribute_not_exists":
		if _, ok := args[0].(pathOperand); !ok {
			p.fail(invalid("Operator or function requires a document path; operator or function: %s", name))
		}
	case "begins_with":
		for _, o := range args {
			if kind := literalType(o); kind != "" && kind != "S" && kind != "B" {
				p.wrongOperand(name, kind)
			}
		}
	case "size":
		if kind := literalType(args[0]); slices.Contains([]string{"N", "BOOL", "NULL"}, kind) {
			p.wrongOperand(name, kind)
		}
	case "attribute_type":
		p.checkTypeArgument(args[1])
	}
}

func (p *parser) checkTypeArgument(o operand) {
	literal, ok := o.(valueOperand)
	if !ok {
		p.wrongOperand("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
		return
	}
	name, ok := literal.value.(String)
	if !ok {
		p.wrongOperand("attribute_type", literal.value.typeName())
		return
	}
	types := []string{"S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M"}
	if !slices.Contains(types, string(name)) {
		p.fail(invalid("Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", name))
	}
}

func (p *parser) wrongOperand(function, kind string) {
	p.fail(invalid("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", function, kind))
}

// literalType is the type of an operand that is known before there is an item.
func literalType(o operand) string {
	switch x := o.(type) {
	case valueOperand:
		return x.value.typeName()
	case sizeOperand:
		return "N"
	}
	return ""
}

// checkOrdered refuses literals that have no order.
func (p *parser) checkOrdered(operator string, o operand) {
	if kind := literalType(o); kind != "" && kind != "S" && kind != "N" && kind != "B" {
		p.fail(invalid("Incorrect operand type for operator or function; operator: %s, operand type: %s", operator, kind))
	}
}

// checkDistinct refuses comparing a path with itself.
func (p *parser) checkDistinct(operator string, left, right operand) {
	l, okLeft := left.(pathOperand)
	r, okRight := right.(pathOperand)
	if okLeft && okRight && slices.Equal(l.path, r.path) {
		p.fail(invalid("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", operator, l.path))
	}
}

// checkBounds refuses a BETWEEN whose literal bounds can never hold.
func (p *parser) checkBounds(low, high operand) {
	l, okLow := low.(valueOperand)
	h, okHigh := high.(valueOperand)
	if !okLow || !okHigh {
		return
	}
	order, same := compare(l.value, h.value)
	const bounds = "lower bound operand: AttributeValue: {%s}, upper bound operand: AttributeValue: {%s}"
	switch {
	case !same:
		p.fail(invalid("The BETWEEN operator requires same data type for lower and upper bounds; "+bounds, describe(l.value), describe(h.value)))
	case order > 0:
		p.fail(invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "+bounds, describe(l.value), describe(h.value)))
	}
}

// describe writes a scalar as AWS's messages do: S:text.
func describe(v Value) string {
	switch x := v.(type) {
	case String:
		return "S:" + string(x)
	case Number:
		return "N:" + x.String()
	}
	return v.typeName()
}
