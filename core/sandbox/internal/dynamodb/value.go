package dynamodb

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// Value is one attribute value. Values are immutable once made; an update builds
// new ones and shares what did not change. Sets are kept sorted.
type Value interface {
	// typeName is the type's descriptor on the wire: S, N, B, BOOL, NULL, SS, NS, BS, L, M.
	typeName() string
	// size is the number of bytes that count towards the item size.
	size() int
}

// The ten attribute types.
type (
	String    string
	Binary    string
	Bool      bool
	Null      struct{}
	StringSet []string
	NumberSet []Number
	BinarySet []string
	List      []Value
	Map       map[string]Value
)

// Item is a map of attribute names to values: a table row.
type Item = Map

func (String) typeName() string    { return "S" }
func (Number) typeName() string    { return "N" }
func (Binary) typeName() string    { return "B" }
func (Bool) typeName() string      { return "BOOL" }
func (Null) typeName() string      { return "NULL" }
func (StringSet) typeName() string { return "SS" }
func (NumberSet) typeName() string { return "NS" }
func (BinarySet) typeName() string { return "BS" }
func (List) typeName() string      { return "L" }
func (Map) typeName() string       { return "M" }

func (v String) size() int    { return len(v) }
func (v Binary) size() int    { return len(v) }
func (Bool) size() int        { return 1 }
func (Null) size() int        { return 1 }
func (v StringSet) size() int { return textSize(v) }
func (v BinarySet) size() int { return textSize(v) }

func (v NumberSet) size() int {
	total := 0
	for _, n := range v {
		total += n.size()
	}
	return total
}

// Lists and maps cost three bytes and one for each element.
func (v List) size() int {
	total := 3
	for _, e := range v {
		total += 1 + e.size()
	}
	return total
}

func (v Map) size() int { return 3 + len(v) + itemSize(v) }

func textSize(set []string) int {
	total := 0
	for _, s := range set {
		total += len(s)
	}
	return total
}

// itemSize is the size of a whole item (Developer Guide, "Item sizes and formats").
func itemSize(item Item) int {
	total := 0
	for name, v := range item {
		total += len(name) + v.size()
	}
	return total
}

// equal compares two values; values of different types are not equal, and sets
// are equal whatever the order of their elements was.
func equal(a, b Value) bool {
	switch x := a.(type) {
	case StringSet:
		y, ok := b.(StringSet)
		return ok && slices.Equal(x, y)
	case NumberSet:
		y, ok := b.(NumberSet)
		return ok && slices.Equal(x, y)
	case BinarySet:
		y, ok := b.(BinarySet)
		return ok && slices.Equal(x, y)
	case List:
		y, ok := b.(List)
		return ok && slices.EqualFunc(x, y, equal)
	case Map:
		y, ok := b.(Map)
		return ok && equalMaps(x, y)
	}
	switch b.(type) {
	case StringSet, NumberSet, BinarySet, List, Map:
		return false
	}
	return a == b
}

func equalMaps(a, b Map) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		w, ok := b[name]
		if !ok || !equal(v, w) {
			return false
		}
	}
	return true
}

// compare orders two values of one scalar type; ok is false for other types and
// for values of different types.
func compare(a, b Value) (order int, ok bool) {
	switch x := a.(type) {
	case String:
		if y, same := b.(String); same {
			return strings.Compare(string(x), string(y)), true
		}
	case Binary:
		if y, same := b.(Binary); same {
			return strings.Compare(string(x), string(y)), true
		}
	case Number:
		if y, same := b.(Number); same {
			return x.compare(y), true
		}
	}
	return 0, false
}

// hasPrefix is begins_with: both strings or both binary.
func hasPrefix(v, prefix Value) bool {
	switch x := v.(type) {
	case String:
		p, ok := prefix.(String)
		return ok && strings.HasPrefix(string(x), string(p))
	case Binary:
		p, ok := prefix.(Binary)
		return ok && strings.HasPrefix(string(x), string(p))
	}
	return false
}

// contains is the function of that name: a substring, or an element of a set or list.
func contains(v, part Value) bool {
	switch x := v.(type) {
	case String:
		p, ok := part.(String)
		return ok && strings.Contains(string(x), string(p))
	case Binary:
		p, ok := part.(Binary)
		return ok && bytes.Contains([]byte(x), []byte(p))
	case StringSet:
		p, ok := part.(String)
		return ok && slices.Contains(x, string(p))
	case BinarySet:
		p, ok := part.(Binary)
		return ok && slices.Contains(x, string(p))
	case NumberSet:
		p, ok := part.(Number)
		return ok && slices.Contains(x, p)
	case List:
		return slices.ContainsFunc(x, func(e Value) bool { return equal(e, part) })
	}
	return false
}

// sizeOf is the function size: characters, bytes or elements. ok is false for the
// types that have no size.
func sizeOf(v Value) (n Number, ok bool) {
	switch x := v.(type) {
	case String:
		return intNumber(utf8.RuneCountInString(string(x))), true
	case Binary:
		return intNumber(len(x)), true
	case StringSet:
		return intNumber(len(x)), true
	case NumberSet:
		return intNumber(len(x)), true
	case BinarySet:
		return intNumber(len(x)), true
	case List:
		return intNumber(len(x)), true
	case Map:
		return intNumber(len(x)), true
	}
	return Number{}, false
}
