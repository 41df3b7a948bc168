package dynamodb

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// update is a parsed update expression.
type update struct {
	sets    []setAction
	removes []path
	adds    []setChange
	deletes []setChange
}

// setAction is one assignment of a SET clause.
type setAction struct {
	path path
	expr updateOperand
}

// setChange is one element of an ADD or DELETE clause.
type setChange struct {
	path  path
	value Value
}

// updateOperand is the right-hand side of an assignment.
type updateOperand interface {
	// evaluate computes the value against the item as it was before the update.
	evaluate(item Item) (Value, *api.Error)
}

type (
	// plain is a value or a path that must exist.
	plain struct{ of operand }
	// arithmetic is + or -.
	arithmetic struct {
		left, right updateOperand
		minus       bool
	}
	ifNotExists struct {
		path     path
		fallback updateOperand
	}
	listAppend struct{ left, right updateOperand }
)

func wrongOperandType() *api.Error {
	return invalid("An operand in the update expression has an incorrect data type")
}

func wrongPath() *api.Error {
	return invalid("The document path provided in the update expression is invalid for update")
}

func (o plain) evaluate(item Item) (Value, *api.Error) {
	v := o.of.eval(item)
	if v == nil {
		return nil, invalid("The provided expression refers to an attribute that does not exist in the item")
	}
	return v, nil
}

func (o arithmetic) evaluate(item Item) (Value, *api.Error) {
	left, right, err := both(item, o.left, o.right)
	if err != nil {
		return nil, err
	}
	l, okLeft := left.(Number)
	r, okRight := right.(Number)
	if !okLeft || !okRight {
		return nil, wrongOperandType()
	}
	if o.minus {
		r = r.negate()
	}
	sum, err := l.add(r)
	if err != nil {
		return nil, err
	}
	return sum, nil
}

func (o ifNotExists) evaluate(item Item) (Value, *api.Error) {
	if v := o.path.get(item); v != nil {
		return v, nil
	}
	return o.fallback.evaluate(item)
}

func (o listAppend) evaluate(item Item) (Value, *api.Error) {
	left, right, err := both(item, o.left, o.right)
	if err != nil {
		return nil, err
	}
	l, okLeft := left.(List)
	r, okRight := right.(List)
	if !okLeft || !okRight {
		return nil, wrongOperandType()
	}
	return slices.Concat(l, r), nil
}

func both(item Item, left, right updateOperand) (l, r Value, err *api.Error) {
	if l, err = left.evaluate(item); err != nil {
		return nil, nil, err
	}
	r, err = right.evaluate(item)
	return l, r, err
}

// apply returns the updated item and leaves the old one as it is. All right-hand
// sides see the old item. Removals come last, so that list indexes mean positions
// in the old list.
func (u *update) apply(old Item) (Item, *api.Error) {
	var item Value = old
	for _, s := range u.sets {
		v, err := s.expr.evaluate(old)
		if err != nil {
			return nil, err
		}
		if item, err = replace(item, s.path, v); err != nil {
			return nil, err
		}
	}
	for _, changes := range []struct {
		list  []setChange
		merge func(old, operand Value) (Value, *api.Error)
	}{{u.adds, add}, {u.deletes, subtract}} {
		for _, c := range changes.list {
			v, err := changes.merge(c.path.get(old), c.value)
			if err != nil {
				return nil, err
			}
			if item, err = replace(item, c.path, v); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range lastFirst(u.removes) {
		var err *api.Error
		if item, err = replace(item, p, nil); err != nil {
			return nil, err
		}
	}
	return item.(Item), nil
}

// lastFirst orders paths so that of two elements of one list the later comes first.
func lastFirst(paths []path) []path {
	return slices.SortedStableFunc(slices.Values(paths), func(a, b path) int {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				if a[i].isList && b[i].isList {
					return b[i].index - a[i].index
				}
				return strings.Compare(a[i].name, b[i].name)
			}
		}
		return 0
	})
}

// replace returns a copy of container in which the path leads to v; nil removes.
func replace(container Value, p path, v Value) (Value, *api.Error) {
	s := p[0]
	child := v
	if len(p) > 1 {
		below := s.of(container)
		if below == nil {
			return nil, wrongPath()
		}
		var err *api.Error
		if child, err = replace(below, p[1:], v); err != nil {
			return nil, err
		}
	}
	switch x := container.(type) {
	case Map:
		if !s.isList {
			return replaceMember(x, s.name, child), nil
		}
	case List:
		if s.isList {
			return replaceElement(x, s.index, child), nil
		}
	}
	return nil, wrongPath()
}

func replaceMember(m Map, name string, v Value) Map {
	out := make(Map, len(m)+1)
	for k, w := range m {
		out[k] = w
	}
	if v == nil {
		delete(out, name)
	} else {
		out[name] = v
	}
	return out
}

// replaceElement sets a list element; beyond the end it appends.
func replaceElement(list List, index int, v Value) List {
	out := slices.Clone(list)
	switch {
	case v == nil && index < len(out):
		return slices.Delete(out, index, index+1)
	case v == nil:
		return out
	case index < len(out):
		out[index] = v
		return out
	}
	return append(out, v)
}

// add is the ADD clause: numbers are summed, sets united.
func add(old, operand Value) (Value, *api.Error) {
	if old == nil {
		return operand, nil
	}
	switch x := operand.(type) {
	case Number:
		if n, ok := old.(Number); ok {
			sum, err := n.add(x)
			if err != nil {
				return nil, err
			}
			return sum, nil
		}
	case StringSet:
		if set, ok := old.(StringSet); ok {
			return StringSet(union(set, x, strings.Compare)), nil
		}
	case NumberSet:
		if set, ok := old.(NumberSet); ok {
			return NumberSet(union(set, x, Number.compare)), nil
		}
	case BinarySet:
		if set, ok := old.(BinarySet); ok {
			return BinarySet(union(set, x, strings.Compare)), nil
		}
	}
	return nil, wrongOperandType()
}

// subtract is the DELETE clause; a set that becomes empty is removed.
func subtract(old, operand Value) (Value, *api.Error) {
	if old == nil {
		return nil, nil
	}
	switch x := operand.(type) {
	case StringSet:
		if set, ok := old.(StringSet); ok {
			if left := difference(set, x); len(left) > 0 {
				return StringSet(left), nil
			}
			return nil, nil
		}
	case NumberSet:
		if set, ok := old.(NumberSet); ok {
			if left := difference(set, x); len(left) > 0 {
				return NumberSet(left), nil
			}
			return nil, nil
		}
	case BinarySet:
		if set, ok := old.(BinarySet); ok {
			if left := difference(set, x); len(left) > 0 {
				return BinarySet(left), nil
			}
			return nil, nil
		}
	}
	return nil, wrongOperandType()
}

func union[E comparable](a, b []E, order func(E, E) int) []E {
	out := slices.Concat(a, b)
	slices.SortFunc(out, order)
	return slices.Compact(out)
}

func difference[E comparable](a, b []E) []E {
	return slices.DeleteFunc(slices.Clone(a), func(e E) bool { return slices.Contains(b, e) })
}

// paths lists every path that the update writes.
func (u *update) paths() []path {
	var paths []path
	for _, s := range u.sets {
		paths = append(paths, s.path)
	}
	paths = append(paths, u.removes...)
	for _, c := range slices.Concat(u.adds, u.deletes) {
		paths = append(paths, c.path)
	}
	return paths
}

// onlyRemoves reports whether the update can leave nothing behind: on a missing
// item it then does nothing, where any other update creates the item.
func (u *update) onlyRemoves() bool {
	return len(u.sets) == 0 && len(u.adds) == 0 && len(u.removes)+len(u.deletes) > 0
}
