package policy

import (
	"bytes"
	"encoding/json"
)

// maxDepth bounds the nesting of a document. The grammar needs six levels
// (document, statements, statement, condition, operator, values).
const maxDepth = 16

type nodeKind int

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

// String names the kind as a message about JSON would.
func (k nodeKind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// node is a JSON value that knows where it stands.
type node struct {
	kind    nodeKind
	offset  int    // of its first byte
	text    string // a decoded string, or the literal of a number or boolean
	members []member
	items   []node
}

type member struct {
	key    string
	offset int
	value  node
}

// treeBuilder turns valid JSON into nodes. It must not be given invalid JSON.
type treeBuilder struct {
	data    []byte
	dec     *json.Decoder
	tooDeep []int // offsets of values that were left out
}

func buildTree(data []byte) (root node, tooDeep []int) {
	b := &treeBuilder{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	b.dec.UseNumber()
	root = b.value(1)
	return root, b.tooDeep
}

// next returns the next token and the offset of its first byte.
func (b *treeBuilder) next() (json.Token, int) {
	at := int(b.dec.InputOffset())
	for at < len(b.data) && bytes.IndexByte([]byte(" \t\r\n,:"), b.data[at]) >= 0 {
		at++
	}
	token, err := b.dec.Token()
	if err != nil {
		return nil, at
	}
	return token, at
}

func (b *treeBuilder) value(depth int) node {
	token, at := b.next()
	n := node{offset: at}
	switch t := token.(type) {
	case json.Delim:
		if depth > maxDepth {
			b.tooDeep = append(b.tooDeep, at)
			b.skip()
		} else if t == '{' {
			n.kind, n.members = objectNode, b.object(depth)
		} else {
			n.kind, n.items = arrayNode, b.array(depth)
		}
	case string:
		n.kind, n.text = stringNode, t
	case json.Number:
		n.kind, n.text = numberNode, t.String()
	case bool:
		n.kind, n.text = boolNode, "false"
		if t {
			n.text = "true"
		}
	}
	return n
}

func (b *treeBuilder) object(depth int) []member {
	var members []member
	for b.dec.More() {
		token, at := b.next()
		key, _ := token.(string)
		members = append(members, member{key: key, offset: at, value: b.value(depth + 1)})
	}
	b.next() // the closing brace
	return members
}

func (b *treeBuilder) array(depth int) []node {
	var items []node
	for b.dec.More() {
		items = append(items, b.value(depth+1))
	}
	b.next() // the closing bracket
	return items
}

// skip passes over the rest of a value whose opening delimiter was just read.
func (b *treeBuilder) skip() {
	for open := 1; open > 0; {
		token, err := b.dec.Token()
		if err != nil {
			return
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
}
