package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// anchored reads "&name value". The name is known only after its value, so that no
// value can contain itself.
func (t *tree) anchored(read func() (*node, error)) (*node, error) {
	if t.depth++; t.depth > maxDepth {
		return nil, tooDeep(t.peek().at)
	}
	defer func() { t.depth-- }()
	name, err := t.anchorName()
	if err != nil {
		return nil, err
	}
	if t.atKey() && !t.startsLine() {
		return nil, t.fail("an anchor stands before a key", "put it behind the colon")
	}
	if t.kind() == token.AliasType || t.kind() == token.AnchorType {
		return nil, t.fail("an anchor can only name a value of its own", "remove one of the two")
	}
	value, err := read()
	if err != nil {
		return nil, err
	}
	t.anchors[name] = value
	return value, nil
}

// anchorName takes the sign and the name, which must follow it directly.
func (t *tree) anchorName() (string, error) {
	sign := t.take()
	if t.done() || !isScalar(t.kind()) || t.peek().at != (position{sign.at.line, sign.at.column + 1}) {
		advice := "put text that starts with & in quotes"
		if sign.kind == token.AliasType {
			advice = `put the asterisk in quotes: "*"`
		}
		return "", &problem{sign.at, fmt.Sprintf("%s needs a name", quote(sign.text)), advice}
	}
	return t.take().text, nil
}

// alias reads "*name".
func (t *tree) alias() (*node, error) {
	sign := t.peek()
	name, err := t.anchorName()
	if err != nil {
		return nil, err
	}
	target := t.anchors[name]
	if target == nil {
		return nil, &problem{sign.at, fmt.Sprintf("no anchor &%s stands above", name),
			`name the anchor's value first, or put text that starts with an asterisk in quotes`}
	}
	if t.expanded += target.size; t.expanded > maxExpanded {
		return nil, &problem{sign.at, "the aliases of this file stand for too many values", "write the values out, or use fewer aliases"}
	}
	return target, nil
}

// mapBuilder makes a mapping: it finds duplicate keys and fills in merged ones.
type mapBuilder struct {
	node  *node
	tree  *tree
	index map[string]int // of fields by key
	merge []*node        // maps that << names, first wins
}

func (t *tree) newMap(at position) *mapBuilder {
	return &mapBuilder{node: &node{kind: mapping, at: at, size: 1}, tree: t}
}

// smallMap is the number of keys up to which a map is searched instead of indexed.
const smallMap = 8

func (m *mapBuilder) find(key string) int {
	if m.index != nil {
		if i, found := m.index[key]; found {
			return i
		}
		return -1
	}
	for i, f := range m.node.fields {
		if f.key.text == key {
			return i
		}
	}
	return -1
}

func (m *mapBuilder) append(f field) {
	m.node.fields = append(m.node.fields, f)
	m.node.size += 1 + f.value.size
	if m.index != nil {
		m.index[f.key.text] = len(m.node.fields) - 1
	} else if len(m.node.fields) > smallMap {
		m.index = make(map[string]int, 2*smallMap)
		for i, f := range m.node.fields {
			m.index[f.key.text] = i
		}
	}
}

// add takes one entry as written. The first of two entries with one key stays.
func (m *mapBuilder) add(key, value *node) error {
	if key.text == "<<" && !key.quoted {
		return m.addMerge(key, value)
	}
	if i := m.find(key.text); i >= 0 {
		first := m.node.fields[i].key.at
		m.tree.report.errorf(key.at, "keep one of the two",
			"the key %s stands here for the second time; the first is on line %d", quote(key.text), first.line)
		return nil
	}
	m.append(field{key, value})
	return nil
}

func (m *mapBuilder) addMerge(key, value *node) error {
	switch value.kind {
	case mapping:
		m.merge = append(m.merge, value)
		return nil
	case list:
		for _, item := range value.items {
			if item.kind != mapping {
				return &problem{item.at, "<< merges maps only", "name the anchor of a map"}
			}
			m.merge = append(m.merge, item)
		}
		return nil
	}
	return &problem{key.at, "<< merges maps only", "name the anchor of a map: <<: *name"}
}

// finish adds the merged entries whose keys are not written out, and returns the map.
func (m *mapBuilder) finish() *node {
	for _, from := range m.merge {
		for _, f := range from.fields {
			if m.find(f.key.text) < 0 {
				m.append(f)
			}
		}
	}
	return m.node
}
