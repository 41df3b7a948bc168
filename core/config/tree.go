package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// maxExpanded bounds the nodes that aliases stand for, all together. Thousands of
// entries may share an anchor; a few lines that double each other may not.
const maxExpanded = 1_000_000

// tree builds nodes from tokens: block and flow maps and lists, all scalar styles,
// anchors, aliases and merge keys. What a configuration never needs (tags,
// directives, several documents, keys that are not plain words) is refused by name.
type tree struct {
	source   string
	lexemes  []lexeme
	next     int
	depth    int
	anchors  map[string]*node
	expanded int
	report   *report // duplicate keys are findings, they do not stop the reading
}

// buildTree reads a file's only document. A file without content gives a null node.
// The error is a *problem.
func buildTree(source string, lexemes []lexeme, r *report) (*node, error) {
	t := &tree{source: source, lexemes: lexemes, anchors: map[string]*node{}, report: r}
	root, err := t.document()
	if p, ok := err.(*problem); ok {
		if tab, found := tabIndent(source, p.at.line, p.at.line+1); found {
			return nil, tabProblem(tab)
		}
	}
	return root, err
}

func (t *tree) document() (*node, error) {
	if t.kind() == token.DocumentHeaderType {
		t.next++
	}
	root := &node{at: position{1, 1}, size: 1}
	if !t.done() && t.kind() != token.DocumentHeaderType && t.kind() != token.DocumentEndType {
		var err error
		if root, err = t.block(0); err != nil {
			return nil, err
		}
	}
	if t.kind() == token.DocumentEndType {
		t.next++
	}
	if t.done() {
		return root, nil
	}
	if k := t.kind(); k == token.DocumentHeaderType || k == token.DocumentEndType {
		return nil, t.fail("a second document starts here", "keep one document in a file")
	}
	return nil, t.fail(fmt.Sprintf("unexpected %s", quote(t.peek().text)), "check the indentation of this line and the one above")
}

func (t *tree) done() bool { return t.next >= len(t.lexemes) }

// kind of the next token; UnknownType, which no token has, at the end.
func (t *tree) kind() token.Type { return t.kindAt(0) }

func (t *tree) kindAt(ahead int) token.Type {
	if t.next+ahead >= len(t.lexemes) {
		return token.UnknownType
	}
	return t.lexemes[t.next+ahead].kind
}

func (t *tree) peek() lexeme { return t.lexemes[t.next] }

func (t *tree) take() lexeme {
	t.next++
	return t.lexemes[t.next-1]
}

// fail is a problem at the next token, or at the last one when there is none.
func (t *tree) fail(message, advice string) error {
	at := position{1, 1}
	if len(t.lexemes) > 0 {
		at = t.lexemes[min(t.next, len(t.lexemes)-1)].at
	}
	return &problem{at, message, advice}
}

func isScalar(k token.Type) bool {
	switch k {
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType,
		token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType,
		token.FloatType, token.InfinityType, token.NanType, token.BoolType, token.NullType, token.MergeKeyType:
		return true
	}
	return false
}

// atKey reports whether the next token is the key of a map: a colon follows.
func (t *tree) atKey() bool { return isScalar(t.kind()) && t.kindAt(1) == token.MappingValueType }

// block reads the node that starts at the next token, in block context. Its lines
// stand at column indent+1 or further right.
func (t *tree) block(indent int) (*node, error) {
	if t.depth++; t.depth > maxDepth {
		return nil, tooDeep(t.peek().at)
	}
	defer func() { t.depth-- }()
	switch {
	case t.atKey():
		return t.blockMap()
	case t.kind() == token.SequenceEntryType:
		return t.blockList()
	case t.kind() == token.AnchorType:
		return t.anchored(func() (*node, error) {
			if t.done() || t.peek().at.column <= indent {
				return t.nothing(), nil
			}
			return t.block(indent)
		})
	}
	return t.inline()
}

// inline reads what looks the same in block and in flow context.
func (t *tree) inline() (*node, error) {
	switch k := t.kind(); {
	case k == token.MappingStartType:
		return t.flowMap()
	case k == token.SequenceStartType:
		return t.flowList()
	case k == token.AliasType:
		return t.alias()
	case k == token.LiteralType, k == token.FoldedType:
		return t.blockScalar(), nil
	case isScalar(k):
		return newScalar(t.take()), nil
	case k == token.TagType:
		return nil, t.fail(fmt.Sprintf("the tag %s is not supported", quote(t.peek().text)), "remove it; put text in quotes")
	case k == token.DirectiveType:
		return nil, t.fail("YAML directives are not supported", "remove the line")
	case k == token.MappingKeyType:
		return nil, t.fail("keys with a question mark are not supported", "write key: value")
	case k == token.MappingValueType:
		return nil, t.fail("a colon without a key before it", "write key: value")
	case t.done():
		return nil, t.fail("the file ends in the middle of a value", "")
	}
	return nil, t.fail(fmt.Sprintf("unexpected %s", quote(t.peek().text)), "put text that starts with a special character in quotes")
}

func newScalar(l lexeme) *node {
	n := &node{kind: scalar, at: l.at, text: l.text, size: 1}
	switch l.kind {
	case token.NullType:
		n.kind = null
	case token.SingleQuoteType, token.DoubleQuoteType:
		n.quoted = true
	}
	return n
}

// nothing is the value of a key that has none; it stands at the token before.
func (t *tree) nothing() *node { return &node{at: t.lexemes[t.next-1].at, size: 1} }

func (t *tree) blockScalar() *node {
	n := &node{kind: scalar, at: t.take().at, quoted: true, size: 1}
	if t.kind() == token.StringType && !t.atKey() {
		n.text = t.take().text
	}
	return n
}

// blockMap reads keys for as long as they stand in the column of the first.
func (t *tree) blockMap() (*node, error) {
	m := t.newMap(t.peek().at)
	column := m.node.at.column
	for {
		if err := t.blockField(m, column); err != nil {
			return nil, err
		}
		if t.done() || t.peek().at.column < column || !t.startsLine() {
			return m.finish(), nil
		}
		if at := t.peek().at.column; at > column {
			return nil, t.fail(fmt.Sprintf("%s stands at column %d, the entries above at column %d", quote(t.peek().text), at, column),
				"give all entries of a map the same indentation")
		}
		if !t.atKey() {
			if t.kind() == token.SequenceEntryType || t.kind() == token.DocumentHeaderType || t.kind() == token.DocumentEndType {
				return m.finish(), nil
			}
			return nil, t.fail(fmt.Sprintf("expected a key here, found %s", quote(t.peek().text)), "write key: value")
		}
	}
}

// startsLine reports whether the next token is the first of its line.
func (t *tree) startsLine() bool {
	return t.next == 0 || t.lexemes[t.next-1].at.line < t.peek().at.line
}

func (t *tree) blockField(m *mapBuilder, column int) error {
	key, colon, err := t.key()
	if err != nil {
		return err
	}
	value, err := t.blockValue(colon, column)
	if err != nil {
		return err
	}
	return m.add(key, value)
}

func (t *tree) key() (key *node, colon lexeme, err error) {
	l := t.take()
	colon = t.take()
	if l.broken || l.at.line != colon.at.line {
		return nil, colon, &problem{colon.at, "this colon's key does not start on its line", "check the indentation of this line and the one above"}
	}
	key = newScalar(l)
	key.kind, key.text = scalar, l.text
	return key, colon, nil
}

// blockValue reads what follows a key's colon: on the same line, or further right
// below, or a list in the column of the key.
func (t *tree) blockValue(colon lexeme, column int) (*node, error) {
	if t.done() {
		return t.nothing(), nil
	}
	next := t.peek()
	if next.at.line > colon.at.line {
		inside := next.at.column > column || next.at.column == column && next.kind == token.SequenceEntryType
		if !inside || next.kind == token.DocumentHeaderType || next.kind == token.DocumentEndType {
			return t.nothing(), nil
		}
		return t.block(column)
	}
	if t.atKey() && next.broken {
		_, _, err := t.key()
		return nil, err
	}
	if t.atKey() {
		return nil, &problem{t.lexemes[t.next+1].at, "a second colon on this line", "put a value that holds \": \" in quotes, or start a new line"}
	}
	if next.kind == token.SequenceEntryType {
		return nil, t.fail("a list cannot start on the line of its key", "start it on the next line")
	}
	if next.kind == token.AnchorType {
		return t.anchored(func() (*node, error) { return t.blockValue(colon, column) })
	}
	value, err := t.inline()
	if err == nil && !t.done() && !t.startsLine() {
		return nil, t.fail(fmt.Sprintf("unexpected %s after the value", quote(t.peek().text)), "put the whole value in quotes, or start a new line")
	}
	return value, err
}

// blockList reads elements for as long as their dashes stand in the column of the first.
func (t *tree) blockList() (*node, error) {
	l := &node{kind: list, at: t.peek().at, size: 1}
	column := l.at.column
	for !t.done() && t.kind() == token.SequenceEntryType && t.peek().at.column == column {
		dash := t.take()
		item := t.nothing()
		if !t.done() && (t.peek().at.line == dash.at.line || t.peek().at.column > column) && t.kind() != token.DocumentHeaderType {
			var err error
			if item, err = t.block(column); err != nil {
				return nil, err
			}
		}
		l.items = append(l.items, item)
		l.size += item.size
	}
	if !t.done() && (t.peek().at.column > column || !t.startsLine()) {
		return nil, t.fail(fmt.Sprintf("unexpected %s", quote(t.peek().text)), "give all elements of a list the same indentation")
	}
	return l, nil
}
