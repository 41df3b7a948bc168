package dynamodb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// step is one element of a document path: a map key, or an index into a list.
type step struct {
	name   string
	index  int
	isList bool
}

// path is a document path; its first step is a top-level attribute.
type path []step

func (p path) top() string { return p[0].name }

// String writes the path as AWS's messages do: [a, [0], b].
func (p path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.name
		if s.isList {
			parts[i] = fmt.Sprintf("[%d]", s.index)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// get follows the path into an item; nil where it leads nowhere.
func (p path) get(item Item) Value {
	var v Value = item
	for _, s := range p {
		v = s.of(v)
	}
	return v
}

// of takes one step down from v.
func (s step) of(v Value) Value {
	switch x := v.(type) {
	case Map:
		if !s.isList {
			return x[s.name]
		}
	case List:
		if s.isList && s.index < len(x) {
			return x[s.index]
		}
	}
	return nil
}

// checkOverlaps refuses paths of which one contains another, or which use the same
// place both as a map and as a list.
func checkOverlaps(paths []path) *api.Error {
	for i, p := range paths {
		for _, q := range paths[:i] {
			if err := checkOverlap(q, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkOverlap(p, q path) *api.Error {
	const advice = "must remove or rewrite one of these paths; path one: %s, path two: %s"
	for i := range min(len(p), len(q)) {
		if p[i].isList != q[i].isList {
			return invalid("Two document paths conflict with each other; "+advice, p, q)
		}
		if p[i] != q[i] {
			return nil
		}
	}
	return invalid("Two document paths overlap with each other; "+advice, p, q)
}

// project returns the part of an item that the paths name. List elements keep
// their order but not their positions.
func project(item Item, paths []path) Item {
	projected := Item{}
	if v := pick(item, paths); v != nil {
		projected = v.(Map)
	}
	return projected
}

// pick copies the parts of v that the paths, relative to v, lead to; an empty path
// takes all of v. It returns nil where none leads anywhere.
func pick(v Value, paths []path) Value {
	for _, p := range paths {
		if len(p) == 0 {
			return v
		}
	}
	switch x := v.(type) {
	case Map:
		out := Map{}
		for s, rest := range byFirstStep(paths, false) {
			if part := pick(x[s.name], rest); part != nil {
				out[s.name] = part
			}
		}
		if len(out) > 0 {
			return out
		}
	case List:
		return pickElements(x, byFirstStep(paths, true))
	}
	return nil
}

func pickElements(list List, wanted map[step][]path) Value {
	indexes := make([]step, 0, len(wanted))
	for s := range wanted {
		if s.index < len(list) {
			indexes = append(indexes, s)
		}
	}
	slices.SortFunc(indexes, func(a, b step) int { return a.index - b.index })
	var out List
	for _, s := range indexes {
		if part := pick(list[s.index], wanted[s]); part != nil {
			out = append(out, part)
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// byFirstStep groups the paths that start with a list index or with a name.
func byFirstStep(paths []path, isList bool) map[step][]path {
	groups := map[step][]path{}
	for _, p := range paths {
		if p[0].isList == isList {
			groups[p[0]] = append(groups[p[0]], p[1:])
		}
	}
	return groups
}
