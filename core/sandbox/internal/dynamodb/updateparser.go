package dynamodb

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// parseUpdate parses an update expression. reads are the paths that right-hand
// sides refer to.
func parseUpdate(text string, b *bindings) (u *update, reads []path, err *api.Error) {
	u = &update{}
	err = parse("UpdateExpression", text, b, func(p *parser) {
		seen := map[string]bool{}
		for p.syntax == nil && p.peek().kind != tokenEnd {
			p.clause(u, seen, &reads)
		}
		if p.syntax == nil && p.meaning == nil {
			p.fail(checkOverlaps(u.paths()))
		}
	})
	return u, reads, err
}

// clause reads SET, REMOVE, ADD or DELETE with its comma-separated actions.
func (p *parser) clause(u *update, seen map[string]bool, reads *[]path) {
	keyword := strings.ToUpper(p.peek().text)
	var action func()
	switch keyword {
	case "SET":
		action = func() {
			target := p.path()
			p.expect("=")
			u.sets = append(u.sets, setAction{target, p.assigned(reads)})
		}
	case "REMOVE":
		action = func() { u.removes = append(u.removes, p.path()) }
	case "ADD":
		action = func() { u.adds = append(u.adds, p.setChange("ADD", "N", "SS", "NS", "BS")) }
	case "DELETE":
		action = func() { u.deletes = append(u.deletes, p.setChange("DELETE", "SS", "NS", "BS")) }
	default:
		p.unexpected()
		return
	}
	p.next()
	if seen[keyword] {
		p.fail(invalid("The %q section can only be used once in an update expression;", keyword))
	}
	seen[keyword] = true
	action()
	for p.accept(",") {
		action()
	}
}

func (p *parser) setChange(operator string, types ...string) setChange {
	target := p.path()
	v := p.value().eval(nil)
	if p.syntax == nil && p.meaning == nil && !slices.Contains(types, v.typeName()) {
		p.fail(invalid("Incorrect operand type for operator or function; operator: %s, operand type: %s", operator, longTypeName(v)))
	}
	return setChange{target, v}
}

// longTypeName is a type's name in messages about ADD and DELETE.
func longTypeName(v Value) string {
	switch v.(type) {
	case String:
		return "STRING"
	case Number:
		return "NUMBER"
	case Binary:
		return "BINARY"
	case Bool:
		return "BOOLEAN"
	case List:
		return "LIST"
	case Map:
		return "MAP"
	}
	return v.typeName()
}

// assigned is operand, operand + operand or operand - operand.
func (p *parser) assigned(reads *[]path) updateOperand {
	left := p.updateOperand(reads)
	op := p.peek().kind
	if op != "+" && op != "-" {
		return left
	}
	p.next()
	p.countOperator()
	right := p.updateOperand(reads)
	for _, side := range []updateOperand{left, right} {
		if kind := updateType(side); kind != "" && kind != "N" {
			p.wrongOperand(string(op), kind)
		}
	}
	return arithmetic{left, right, op == "-"}
}

func (p *parser) updateOperand(reads *[]path) updateOperand {
	switch t := p.peek(); {
	case p.accept("("):
		inner := p.assigned(reads)
		p.expect(")")
		return inner
	case t.kind == tokenValue:
		return plain{p.value()}
	case t.kind == tokenIdent && p.tokens[p.pos+1].kind == "(":
		return p.updateFunction(reads)
	}
	target := p.path()
	*reads = append(*reads, target)
	return plain{pathOperand{target}}
}

func (p *parser) updateFunction(reads *[]path) updateOperand {
	name := p.next().text
	p.expect("(")
	args := []updateOperand{p.updateOperand(reads)}
	for p.accept(",") {
		args = append(args, p.updateOperand(reads))
	}
	p.expect(")")
	p.countOperator()
	if name != "if_not_exists" && name != "list_append" {
		p.fail(invalid("Invalid function name; function: %s", name))
		return args[0]
	}
	if len(args) != 2 {
		p.fail(invalid("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", name, len(args)))
		return args[0]
	}
	if name == "if_not_exists" {
		return p.ifNotExists(args)
	}
	for _, a := range args {
		if kind := updateType(a); kind != "" && kind != "L" {
			p.wrongOperand(name, kind)
		}
	}
	return listAppend{args[0], args[1]}
}

func (p *parser) ifNotExists(args []updateOperand) updateOperand {
	first, ok := args[0].(plain)
	target, isPath := first.of.(pathOperand)
	if !ok || !isPath {
		p.fail(invalid("Operator or function requires a document path; operator or function: if_not_exists"))
		return args[0]
	}
	return ifNotExists{target.path, args[1]}
}

// updateType is the type of an operand that is known before there is an item.
func updateType(o updateOperand) string {
	switch x := o.(type) {
	case plain:
		return literalType(x.of)
	case arithmetic:
		return "N"
	case listAppend:
		return "L"
	}
	return ""
}
