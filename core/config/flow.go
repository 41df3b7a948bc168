package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// flowMap reads {key: value, ...}.
func (t *tree) flowMap() (*node, error) {
	if err := t.enterFlow(); err != nil {
		return nil, err
	}
	defer t.leaveFlow()
	open := t.take()
	m := t.newMap(open.at)
	for {
		switch {
		case t.done():
			return nil, unclosed(open)
		case t.kind() == token.MappingEndType:
			t.next++
			return m.finish(), nil
		case !t.atKey():
			return nil, t.fail(fmt.Sprintf("expected a key here, found %s", quote(t.peek().text)), "write {key: value}, or close the brace")
		}
		key, _, err := t.key()
		if err != nil {
			return nil, err
		}
		value, err := t.flowValue()
		if err != nil {
			return nil, err
		}
		if err := m.add(key, value); err != nil {
			return nil, err
		}
		if err := t.comma(open, token.MappingEndType); err != nil {
			return nil, err
		}
	}
}

// flowList reads [value, ...].
func (t *tree) flowList() (*node, error) {
	if err := t.enterFlow(); err != nil {
		return nil, err
	}
	defer t.leaveFlow()
	open := t.take()
	l := &node{kind: list, at: open.at, size: 1}
	for {
		switch {
		case t.done():
			return nil, unclosed(open)
		case t.kind() == token.SequenceEndType:
			t.next++
			return l, nil
		case t.atKey():
			return nil, t.fail("a map stands in the list without braces", "write {key: value}, or put the text in quotes")
		}
		item, err := t.flowItem()
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, item)
		l.size += item.size
		if err := t.comma(open, token.SequenceEndType); err != nil {
			return nil, err
		}
	}
}

func (t *tree) enterFlow() error {
	if t.depth++; t.depth > maxDepth {
		return tooDeep(t.peek().at)
	}
	return nil
}

func (t *tree) leaveFlow() { t.depth-- }

// flowValue is the value after a colon in braces; it may be missing.
func (t *tree) flowValue() (*node, error) {
	if t.kind() == token.CollectEntryType || t.kind() == token.MappingEndType {
		return t.nothing(), nil
	}
	return t.flowItem()
}

func (t *tree) flowItem() (*node, error) {
	if t.kind() == token.AnchorType {
		return t.anchored(t.flowItem)
	}
	return t.inline()
}

// comma takes the comma after an element; the last one may go without.
func (t *tree) comma(open lexeme, end token.Type) error {
	switch {
	case t.done():
		return unclosed(open)
	case t.kind() == token.CollectEntryType:
		t.next++
		return nil
	case t.kind() == end:
		return nil
	}
	if k := t.kind(); k == token.MappingEndType || k == token.SequenceEndType {
		return unclosed(open)
	}
	if t.startsLine() && (t.peek().at.column <= open.at.column || t.atKey()) {
		return unclosed(open)
	}
	return t.fail(fmt.Sprintf("expected a comma before %s", quote(t.peek().text)), "separate the elements with commas")
}

func unclosed(open lexeme) *problem {
	closing := "]"
	if open.kind == token.MappingStartType {
		closing = "}"
	}
	return &problem{open.at, fmt.Sprintf("%s opens here and is never closed", quote(open.text)), "add " + closing}
}
