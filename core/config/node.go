package config

// kind tells what a node holds.
type kind uint8

const (
	null kind = iota
	scalar
	mapping
	list
)

// String names the kind as findings do.
func (k kind) String() string {
	switch k {
	case null:
		return "nothing"
	case scalar:
		return "a single value"
	case mapping:
		return "a map"
	default:
		return "a list"
	}
}

// node is a value in a file with the place where it stands. A value that an alias
// names is the same node in both places.
type node struct {
	kind   kind
	at     position
	text   string // of a scalar, as the source has it: 012 stays 012
	quoted bool   // in quotes or as a block, so a string for certain
	fields []field
	items  []*node
	size   int // this node and all below, aliases counted each time
}

// field is one entry of a mapping.
type field struct{ key, value *node }

// describe is the node as a finding names it.
func (n *node) describe() string {
	if n.kind == scalar {
		return quote(n.text)
	}
	return n.kind.String()
}
