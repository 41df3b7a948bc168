package dynamodb

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxDepth is how deep lists and maps may nest (Developer Guide, "Quotas").
const maxDepth = 32

// wireValue is AttributeValue as JSON carries it: exactly one member is present.
type wireValue struct {
	S    *string              `json:"S,omitempty"`
	N    *string              `json:"N,omitempty"`
	B    []byte               `json:"B,omitzero"`
	BOOL *bool                `json:"BOOL,omitempty"`
	NULL *bool                `json:"NULL,omitempty"`
	SS   []string             `json:"SS,omitzero"`
	NS   []string             `json:"NS,omitzero"`
	BS   [][]byte             `json:"BS,omitzero"`
	L    []wireValue          `json:"L,omitzero"`
	M    map[string]wireValue `json:"M,omitzero"`
}

// wireItem is a map of attributes in a request. Nil means it was absent.
type wireItem map[string]wireValue

// decode checks the attributes and turns them into an Item.
func (w wireItem) decode() (Item, *api.Error) {
	item := make(Item, len(w))
	for _, name := range slices.Sorted(maps.Keys(w)) {
		if name == "" {
			return nil, invalidParameter("An AttributeName may not be empty")
		}
		if len(name) > 65535 {
			return nil, invalidParameter("Aggregated size of attribute names has exceeded the maximum allowed size")
		}
		v, err := w[name].decode(1)
		if err != nil {
			return nil, err
		}
		item[name] = v
	}
	return item, nil
}

// decode turns one wire value into a Value; depth counts the levels of nesting.
func (w wireValue) decode(depth int) (Value, *api.Error) {
	switch n := w.members(); {
	case n == 0:
		return nil, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case n > 1:
		return nil, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	case depth > maxDepth && (w.L != nil || w.M != nil):
		return nil, invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	}
	switch {
	case w.S != nil:
		return String(*w.S), nil
	case w.N != nil:
		return decodeNumber(*w.N)
	case w.B != nil:
		return Binary(w.B), nil
	case w.BOOL != nil:
		return Bool(*w.BOOL), nil
	case w.NULL != nil:
		if !*w.NULL {
			return nil, invalidParameter("Null attribute value types must have the value of true")
		}
		return Null{}, nil
	case w.L != nil:
		return decodeList(w.L, depth)
	case w.M != nil:
		return decodeMap(w.M, depth)
	}
	return w.decodeSet()
}

func (w wireValue) members() int {
	n := 0
	for _, present := range []bool{
		w.S != nil, w.N != nil, w.B != nil, w.BOOL != nil, w.NULL != nil,
		w.SS != nil, w.NS != nil, w.BS != nil, w.L != nil, w.M != nil,
	} {
		if present {
			n++
		}
	}
	return n
}

func decodeNumber(text string) (Value, *api.Error) {
	n, err := parseNumber(text)
	if err != nil {
		return nil, err
	}
	return n, nil
}

func decodeList(elements []wireValue, depth int) (Value, *api.Error) {
	list := make(List, 0, len(elements))
	for _, e := range elements {
		v, err := e.decode(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func decodeMap(members map[string]wireValue, depth int) (Value, *api.Error) {
	m := make(Map, len(members))
	for name, e := range members {
		v, err := e.decode(depth + 1)
		if err != nil {
			return nil, err
		}
		m[name] = v
	}
	return m, nil
}

func (w wireValue) decodeSet() (Value, *api.Error) {
	if len(w.SS)+len(w.NS)+len(w.BS) == 0 {
		return nil, invalidParameter("An %s set  may not be empty", map[bool]string{true: "string", false: w.setKind()}[w.SS != nil])
	}
	switch {
	case w.SS != nil:
		set := slices.Clone(w.SS)
		slices.Sort(set)
		if len(slices.Compact(slices.Clone(set))) != len(set) {
			return nil, invalidParameter("Input collection [%s] contains duplicates.", strings.Join(w.SS, ", "))
		}
		return StringSet(set), nil
	case w.NS != nil:
		return decodeNumberSet(w.NS)
	}
	set := make([]string, len(w.BS))
	for i, b := range w.BS {
		set[i] = string(b)
	}
	slices.Sort(set)
	if len(slices.Compact(slices.Clone(set))) != len(set) {
		return nil, invalidParameter("Input collection of type BS contains duplicates.")
	}
	return BinarySet(set), nil
}

func (w wireValue) setKind() string {
	if w.NS != nil {
		return "number"
	}
	return "binary"
}

func decodeNumberSet(texts []string) (Value, *api.Error) {
	set := make(NumberSet, 0, len(texts))
	for _, text := range texts {
		n, err := parseNumber(text)
		if err != nil {
			return nil, err
		}
		set = append(set, n)
	}
	slices.SortFunc(set, Number.compare)
	if len(slices.Compact(slices.Clone(set))) != len(set) {
		return nil, invalid("Input collection contains duplicates")
	}
	return set, nil
}

// encode is the inverse of wireValue.decode.
func encode(v Value) wireValue {
	switch x := v.(type) {
	case String:
		return wireValue{S: (*string)(&x)}
	case Number:
		text := x.String()
		return wireValue{N: &text}
	case Binary:
		return wireValue{B: []byte(x)}
	case Bool:
		return wireValue{BOOL: (*bool)(&x)}
	case StringSet:
		return wireValue{SS: x}
	case NumberSet:
		texts := make([]string, len(x))
		for i, n := range x {
			texts[i] = n.String()
		}
		return wireValue{NS: texts}
	case BinarySet:
		blobs := make([][]byte, len(x))
		for i, b := range x {
			blobs[i] = []byte(b)
		}
		return wireValue{BS: blobs}
	case List:
		elements := make([]wireValue, len(x))
		for i, e := range x {
			elements[i] = encode(e)
		}
		return wireValue{L: elements}
	case Map:
		return wireValue{M: encodeMap(x)}
	}
	isNull := true
	return wireValue{NULL: &isNull}
}

func encodeMap(m Map) map[string]wireValue {
	members := make(map[string]wireValue, len(m))
	for name, v := range m {
		members[name] = encode(v)
	}
	return members
}

// MarshalJSON writes the attributes of an item, not the M value around them.
func (v Map) MarshalJSON() ([]byte, error) { return json.Marshal(encodeMap(v)) }
