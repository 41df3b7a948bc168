package cloudformation

import (
	"context"
	"slices"
)

// step is one change an update has made, or has tried to make, with what undoes it.
type step struct {
	resource *resource // as it is now
	before   *resource // as it was; nil for a new resource
	replaced bool      // resource is another physical resource than before
}

// runUpdate brings the stack to the goal, or back to where it was.
func (d *deployment) runUpdate(ctx context.Context) {
	d.bind()
	d.s.mu.Lock()
	previous := make(map[string]*resource, len(d.st.resources))
	for id, r := range d.st.resources {
		previous[id] = r
	}
	outputs := d.st.outputs
	d.s.mu.Unlock()
	steps, failed, why := d.updateAll(ctx)
	switch {
	case ctx.Err() != nil:
	case failed == "" && why == "":
		d.finishUpdate(ctx, steps)
	default:
		if failed != "" {
			why = "The following resource(s) failed to update: [" + failed + "]. "
		}
		d.s.mu.Lock()
		d.st.outputs = outputs
		d.s.mu.Unlock()
		d.failUpdate(ctx, steps, previous, why)
	}
}

// updateAll works on the resources of the goal in order. It returns what it did,
// and the resource that failed or why the stack did.
func (d *deployment) updateAll(ctx context.Context) (steps []step, failed, why string) {
	waits := d.goal.template.dependencies(d.goal.scope)
	ids, err := order(waits)
	if err != nil {
		return nil, "", err.Message + ". "
	}
	for _, id := range ids {
		next, early := d.goal.desired(id, waits[id])
		current := d.st.resources[id]
		var done *step
		var ok bool
		if current == nil || current.status == deleteComplete {
			done, ok = d.add(ctx, next, early)
		} else {
			done, ok = d.alter(ctx, current, next, early)
		}
		if done != nil {
			steps = append(steps, *done)
		}
		if !ok {
			return steps, id, ""
		}
	}
	if err := d.computeOutputs(); err != nil {
		return steps, "", err.Message + ". "
	}
	return steps, "", ""
}

// add makes a resource that the stack did not have.
func (d *deployment) add(ctx context.Context, next *resource, early error) (*step, bool) {
	d.put(next)
	ok := d.create(ctx, next, early)
	return &step{resource: next}, ok
}

func (d *deployment) put(r *resource) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.st.resources[r.id] = r
}

// alter changes a resource in place, replaces it, or finds nothing to do.
func (d *deployment) alter(ctx context.Context, current, next *resource, early error) (*step, bool) {
	typ := lookupType(next.typ)
	what, err := changeNone, early
	if err == nil {
		what, _, err = typ.compare(current.props, next.props)
	}
	next.physicalID, next.attributes, next.made = current.physicalID, current.attributes, current.made
	next.status, next.reason, next.at = current.status, current.reason, current.at
	if err != nil {
		d.resourceStatus(current, "UPDATE_FAILED", err.Error())
		return nil, false
	}
	d.put(next)
	if what == changeNone {
		return &step{resource: next, before: current}, true
	}
	if what == changeReplace || typ.update == nil {
		return d.replace(ctx, current, next)
	}
	d.resourceStatus(next, "UPDATE_IN_PROGRESS", "")
	return d.amend(ctx, typ, current, next)
}

// amend updates next, which has current's physical ID, in place.
func (d *deployment) amend(ctx context.Context, typ *resourceType, current, next *resource) (*step, bool) {
	w := d.work(next, current.props)
	err := typ.update(ctx, w)
	if err != nil {
		d.resourceStatus(next, "UPDATE_FAILED", err.Error())
		return &step{resource: next, before: current}, false
	}
	d.take(next, w)
	d.resourceStatus(next, "UPDATE_COMPLETE", "")
	return &step{resource: next, before: current, replaced: next.physicalID != current.physicalID}, true
}

// replace makes a new physical resource beside the current one.
func (d *deployment) replace(ctx context.Context, current, next *resource) (*step, bool) {
	d.resourceStatus(next, "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource; hence creating one.")
	next.physicalID, next.attributes, next.made = "", nil, false
	w := d.work(next, nil)
	err := lookupType(next.typ).create(ctx, w)
	d.take(next, w)
	done := &step{resource: next, before: current, replaced: true}
	if err != nil {
		d.resourceStatus(next, "UPDATE_FAILED", err.Error())
		return done, false
	}
	d.resourceStatus(next, "UPDATE_IN_PROGRESS", "Resource creation Initiated")
	d.resourceStatus(next, "UPDATE_COMPLETE", "")
	return done, true
}

// finishUpdate deletes what the update made superfluous.
func (d *deployment) finishUpdate(ctx context.Context, steps []step) {
	d.s.mu.Lock()
	d.st.adopt(d.goal)
	d.s.setStatus(d.st, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "", d.token)
	d.s.mu.Unlock()
	for _, done := range slices.Backward(steps) {
		if done.replaced && done.before != nil {
			d.discard(ctx, done.before, done.before.declared.updateReplace)
		}
	}
	d.removeUndeclared(ctx)
	if ctx.Err() == nil {
		d.status("UPDATE_COMPLETE", "")
	}
}

// removeUndeclared deletes the resources that the goal does not have. One that
// cannot be deleted leaves the stack all the same, as on AWS.
func (d *deployment) removeUndeclared(ctx context.Context) {
	wanted := d.goal.template.dependencies(d.goal.scope)
	waits := map[string][]string{}
	for id, r := range d.st.resources {
		if _, keep := wanted[id]; !keep && r.status != deleteComplete {
			waits[id] = r.waits
		}
	}
	ids, err := order(waits)
	if err != nil {
		ids = sortedKeys(waits) // a checked template has no circles
	}
	for _, id := range slices.Backward(ids) {
		r := d.st.resources[id]
		d.discard(ctx, r, r.declared.deletion)
		d.s.mu.Lock()
		delete(d.st.resources, id)
		d.s.mu.Unlock()
	}
}

// discard deletes a physical resource that the stack no longer has, unless a policy
// retains it.
func (d *deployment) discard(ctx context.Context, r *resource, policy string) {
	if !r.made || ctx.Err() != nil {
		return
	}
	if keeps(policy, false, false) {
		d.resourceStatus(r, "DELETE_SKIPPED", "")
		return
	}
	d.remove(ctx, r)
}

// failUpdate goes back to where the stack was, or stops there if rollback is off.
func (d *deployment) failUpdate(ctx context.Context, steps []step, previous map[string]*resource, why string) {
	if d.st.disableRollback {
		d.status("UPDATE_FAILED", why)
		return
	}
	d.status("UPDATE_ROLLBACK_IN_PROGRESS", why)
	var doomed []*resource
	var failed []string
	for _, done := range slices.Backward(steps) {
		superfluous, ok := d.undo(ctx, done)
		if superfluous != nil {
			doomed = append(doomed, superfluous)
		}
		if !ok {
			failed = append(failed, done.resource.id)
		}
	}
	if ctx.Err() != nil {
		return
	}
	if len(failed) > 0 {
		d.status("UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: "+bracketed(failed)+". ")
		return
	}
	d.s.mu.Lock()
	for id := range d.st.resources {
		if previous[id] == nil {
			delete(d.st.resources, id)
		}
	}
	d.s.setStatus(d.st, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "", d.token)
	d.s.mu.Unlock()
	for _, r := range doomed {
		d.discard(ctx, r, "Delete")
	}
	if ctx.Err() == nil {
		d.status("UPDATE_ROLLBACK_COMPLETE", "")
	}
}

// undo takes one step back. It returns the physical resource that became
// superfluous, and whether it went well.
func (d *deployment) undo(ctx context.Context, done step) (*resource, bool) {
	now, before := done.resource, done.before
	typ := lookupType(now.typ)
	switch {
	case before == nil:
		return now, true
	case done.replaced && !typ.custom:
		d.put(before)
		d.resourceStatus(before, "UPDATE_COMPLETE", "")
		return now, true
	case sameValue(now.props, before.props):
		d.put(before)
		return nil, true
	}
	// What is undone is an update from now to before, of the physical resource that
	// is there now.
	back := *before
	back.physicalID, back.attributes, back.made = now.physicalID, now.attributes, now.made
	d.put(&back)
	d.resourceStatus(&back, "UPDATE_IN_PROGRESS", "")
	if _, ok := d.amend(ctx, typ, now, &back); !ok {
		return nil, false
	}
	if back.physicalID != now.physicalID {
		return now, true
	}
	return nil, true
}
