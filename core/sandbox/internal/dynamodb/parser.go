package dynamodb

import (
	"slices"
	"strconv"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Limits on expressions (Developer Guide, "Quotas").
const (
	maxExpressionSize = 4096
	maxOperators      = 300
	maxInOperands     = 100
)

// parser reads one expression by recursive descent. A syntax error ends it at
// once; an error of meaning (a reserved word, an undefined name) is kept while the
// rest is checked for syntax, for AWS reports syntax first.
type parser struct {
	text      string
	tokens    []token
	pos       int
	bindings  *bindings
	syntax    *api.Error
	meaning   *api.Error
	operators int
}

// parseCondition parses a condition, filter or key condition expression. kind is
// the parameter's name, which opens the error message.
func parseCondition(kind, text string, b *bindings) (condition, *api.Error) {
	var cond condition
	err := parse(kind, text, b, func(p *parser) { cond = p.condition(p.or()) })
	return cond, err
}

// parseProjection parses a projection expression.
func parseProjection(text string, b *bindings) ([]path, *api.Error) {
	var paths []path
	err := parse("ProjectionExpression", text, b, func(p *parser) {
		paths = append(paths, p.path())
		for p.accept(",") {
			paths = append(paths, p.path())
		}
		if p.syntax == nil && p.meaning == nil {
			p.fail(checkOverlaps(paths))
		}
	})
	return paths, err
}

func parse(kind, text string, b *bindings, rule func(*parser)) *api.Error {
	if len(text) > maxExpressionSize {
		return invalid("Invalid %s: Expression size has exceeded the maximum allowed size; expression size: %d", kind, len(text))
	}
	tokens, err := tokenize(text)
	if err == nil && len(tokens) == 1 {
		err = invalid("The expression can not be empty;")
	}
	if err == nil {
		p := &parser{text: text, tokens: tokens, bindings: b}
		rule(p)
		p.expect(tokenEnd)
		if err = p.syntax; err == nil {
			err = p.meaning
		}
	}
	if err != nil {
		return invalid("Invalid %s: %s", kind, err.Message)
	}
	return nil
}

func (p *parser) peek() token { return p.tokens[p.pos] }

// next consumes a token; after a syntax error it stays on the end.
func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != tokenEnd {
		p.pos++
	}
	return t
}

func (p *parser) accept(kind tokenKind) bool {
	if p.peek().kind != kind {
		return false
	}
	p.next()
	return true
}

func (p *parser) acceptWord(keyword string) bool {
	if !p.peek().is(keyword) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(kind tokenKind) token {
	if p.peek().kind != kind {
		p.unexpected()
	}
	return p.next()
}

// unexpected records a syntax error at the next token and skips to the end, so
// that every rule returns.
func (p *parser) unexpected() {
	if p.syntax == nil {
		p.syntax = syntaxError(p.text, p.tokens, p.pos)
	}
	p.pos = len(p.tokens) - 1
}

// fail records the first error of meaning.
func (p *parser) fail(err *api.Error) {
	if p.meaning == nil {
		p.meaning = err
	}
}

func (p *parser) countOperator() {
	if p.operators++; p.operators == maxOperators+1 {
		p.fail(invalid("The expression has too many operators; maximum number of operators: %d", maxOperators))
	}
}

func (p *parser) or() node {
	left := p.and()
	for p.acceptWord("OR") {
		p.countOperator()
		left = disjunction{p.condition(left), p.condition(p.and())}
	}
	return left
}

func (p *parser) and() node {
	left := p.not()
	for p.acceptWord("AND") {
		p.countOperator()
		left = conjunction{p.condition(left), p.condition(p.not())}
	}
	return left
}

func (p *parser) not() node {
	if !p.acceptWord("NOT") {
		return p.predicate()
	}
	p.countOperator()
	return negation{p.condition(p.not())}
}

// predicate is a comparison, BETWEEN, IN, or what stands alone.
func (p *parser) predicate() node {
	left := p.unit()
	switch t := p.peek(); {
	case slices.Contains([]tokenKind{"=", "<>", "<", "<=", ">", ">="}, t.kind):
		p.next()
		p.countOperator()
		return p.comparison(t.kind, p.operand(left), p.operand(p.unit()))
	case p.acceptWord("BETWEEN"):
		p.countOperator()
		return p.between(p.operand(left))
	case p.acceptWord("IN"):
		p.countOperator()
		return p.in(p.operand(left))
	}
	return left
}

func (p *parser) comparison(op tokenKind, left, right operand) node {
	p.checkDistinct(string(op), left, right)
	if op != "=" && op != "<>" {
		p.checkOrdered(string(op), left)
		p.checkOrdered(string(op), right)
	}
	return comparison{op, left, right}
}

func (p *parser) between(of operand) node {
	low := p.operand(p.unit())
	if !p.acceptWord("AND") {
		p.unexpected()
	}
	high := p.operand(p.unit())
	for _, o := range []operand{of, low, high} {
		p.checkOrdered("BETWEEN", o)
	}
	p.checkBounds(low, high)
	return between{of, low, high}
}

func (p *parser) in(of operand) node {
	p.expect("(")
	list := operandList{p.operand(p.unit())}
	for p.accept(",") {
		list = append(list, p.operand(p.unit()))
	}
	p.expect(")")
	if len(list) > maxInOperands {
		p.fail(invalid("The IN operator is provided with too many operands; number of operands: %d", len(list)))
	}
	return in{of, list}
}

// unit is a parenthesised expression, a function call, a value or a path.
func (p *parser) unit() node {
	switch t := p.peek(); t.kind {
	case "(":
		p.next()
		inner := p.or()
		p.expect(")")
		if _, twice := inner.(parenthesised); twice {
			p.fail(invalid("The expression has redundant parentheses;"))
			return inner
		}
		return parenthesised{inner}
	case tokenValue:
		return p.value()
	case tokenIdent:
		if p.tokens[p.pos+1].kind == "(" && !isOperatorWord(t) {
			return p.function()
		}
	}
	return pathOperand{p.path()}
}

func isOperatorWord(t token) bool {
	return t.is("AND") || t.is("OR") || t.is("NOT") || t.is("IN") || t.is("BETWEEN")
}

func (p *parser) value() operand {
	v, err := p.bindings.value(p.expect(tokenValue).text)
	if err != nil {
		p.fail(err)
		v = Null{}
	}
	return valueOperand{v}
}

// path reads a document path: names joined by dots, with list indexes.
func (p *parser) path() path {
	steps := path{p.name()}
	for p.syntax == nil {
		switch {
		case p.accept("."):
			steps = append(steps, p.name())
		case p.accept("["):
			n, err := strconv.Atoi(p.expect(tokenNumber).text)
			if err != nil && p.syntax == nil {
				p.fail(invalid("List index is not within the allowable range; index: [%s]", p.tokens[p.pos-1].text))
			}
			steps = append(steps, step{index: n, isList: true})
			p.expect("]")
		default:
			return steps
		}
	}
	return steps
}

func (p *parser) name() step {
	t := p.peek()
	switch {
	case t.kind == tokenName:
		name, err := p.bindings.name(t.text)
		if err != nil {
			p.fail(err)
		}
		p.next()
		return step{name: name}
	case t.kind != tokenIdent || isOperatorWord(t):
		p.unexpected()
		return step{}
	case reserved(t.text):
		p.fail(invalid("Attribute name is a reserved keyword; reserved keyword: %s", t.text))
	}
	p.next()
	return step{name: t.text}
}

// condition takes a node where a condition must stand.
func (p *parser) condition(n node) condition {
	if paren, ok := n.(parenthesised); ok {
		n = paren.inner
	}
	switch x := n.(type) {
	case condition:
		return x
	case sizeOperand:
		p.fail(invalid("The function is not allowed to be used this way in an expression; function: size"))
	default:
		p.unexpected()
	}
	return negation{}
}

// operand takes a node where an operand must stand.
func (p *parser) operand(n node) operand {
	if paren, ok := n.(parenthesised); ok {
		n = paren.inner
	}
	switch x := n.(type) {
	case operand:
		return x
	case functionCall:
		p.fail(invalid("The function is not allowed to be used this way in an expression; function: %s", x.name))
	default:
		p.unexpected()
	}
	return valueOperand{Null{}}
}
