package cloudformation

import (
	"reflect"
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// resourceChange is one entry of a plan.
type resourceChange struct {
	action      string // Add, Modify, Remove
	id, typ     string
	physicalID  string
	replacement string   // True, False, Conditional; empty unless Modify
	scope       []string // Properties, Metadata, ...
	properties  []string // the names that change
}

// plan compares a stack with a goal without doing anything. What will be known only
// on the way counts as changed. s.mu is held.
func (s *Service) plan(st *stack, g *goal) ([]resourceChange, *api.Error) {
	waits := g.template.dependencies(g.scope)
	ids, err := order(waits)
	if err != nil {
		return nil, err
	}
	changes := map[string]resourceChange{}
	bound := *g.scope
	bound.resource = func(id, attribute string) (any, *api.Error) { return foresee(st, changes, id, attribute) }
	ahead := *g
	ahead.scope = &bound
	var out []resourceChange
	for _, id := range ids {
		c, err := ahead.planOne(st.live(id), id)
		if err != nil {
			return nil, err
		}
		if c.action != "" {
			changes[id] = c
			out = append(out, c)
		}
	}
	for _, id := range sortedKeys(st.resources) {
		if r := st.live(id); r != nil && !has(waits, id) {
			out = append(out, resourceChange{action: "Remove", id: id, typ: r.typ, physicalID: r.physicalID})
		}
	}
	return out, nil
}

func has(m map[string][]string, id string) bool { _, ok := m[id]; return ok }

// live is a resource of the stack that exists.
func (st *stack) live(id string) *resource {
	if r := st.resources[id]; r != nil && r.status != deleteComplete {
		return r
	}
	return nil
}

// foresee is what a reference gives before the changes are made.
func foresee(st *stack, changes map[string]resourceChange, id, attribute string) (any, *api.Error) {
	c, changed := changes[id]
	source := id
	if attribute != "" {
		source += "." + attribute
	}
	r := st.live(id)
	switch {
	case r == nil || changed && c.replacement != "False":
		return unknown{source}, nil
	case changed && attribute != "" && lookupType(r.typ).custom:
		return unknown{source}, nil
	}
	return resolve(st, id, attribute)
}

// planOne plans one resource; current is nil for a new one.
func (g *goal) planOne(current *resource, id string) (resourceChange, *api.Error) {
	decl := g.template.resources[id]
	if current == nil {
		return resourceChange{action: "Add", id: id, typ: decl.typ}, nil
	}
	if current.typ != decl.typ {
		return resourceChange{}, invalid("Update of resource type is not permitted. The new template modifies resource type of the following resources: [%s]", id)
	}
	c := resourceChange{action: "Modify", id: id, typ: decl.typ, physicalID: current.physicalID, replacement: "False"}
	next, failure := g.desired(id, nil)
	if failure != nil && next.props == nil {
		// The update itself will fail on this resource, as on AWS.
		c.scope, c.replacement = []string{"Properties"}, "Conditional"
		return c, nil
	}
	what, names, _ := lookupType(decl.typ).compare(current.props, next.props)
	if len(names) > 0 {
		c.scope, c.properties = []string{"Properties"}, names
		if what == changeReplace {
			c.replacement = "True"
			if hasUnknown(next.props) {
				c.replacement = "Conditional"
			}
		}
	}
	if !reflect.DeepEqual(decl.metadata, current.declared.metadata) {
		c.scope = append(c.scope, "Metadata")
	}
	if decl.deletion != current.declared.deletion {
		c.scope = append(c.scope, "DeletionPolicy")
	}
	if decl.updateReplace != current.declared.updateReplace {
		c.scope = append(c.scope, "UpdateReplacePolicy")
	}
	if len(c.scope) == 0 {
		return resourceChange{}, nil
	}
	return c, nil
}

// changesNothing reports whether an update would leave everything as it is.
func (st *stack) changesNothing(g *goal, changes []resourceChange) bool {
	if len(changes) > 0 || !slices.Equal(st.tags, g.tags) || st.template == nil {
		return false
	}
	bound := *g.scope
	bound.resource = func(id, attribute string) (any, *api.Error) { return resolve(st, id, attribute) }
	ahead := *g
	ahead.scope = &bound
	outputs, err := ahead.outputs()
	return err == nil && slices.Equal(outputs, st.outputs)
}
