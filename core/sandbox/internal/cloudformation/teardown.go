package cloudformation

import (
	"context"
	"slices"
)

// tearDown deletes the stack's resources, each after those that need it. Resources
// to retain are left. It returns those that could not be deleted; what such a
// resource needs stays too. undo is true when a creation is undone.
func (d *deployment) tearDown(ctx context.Context, retain []string, undo bool) (failed []string) {
	d.s.mu.Lock()
	waits := map[string][]string{}
	for id, r := range d.st.resources {
		if r.status != deleteComplete {
			waits[id] = r.waits
		}
	}
	d.s.mu.Unlock()
	ids, err := order(waits)
	if err != nil {
		ids = sortedKeys(waits) // a checked template has no circles
	}
	kept := map[string]bool{}
	for _, id := range slices.Backward(ids) {
		r := d.st.resources[id]
		switch {
		case ctx.Err() != nil:
			return failed
		case kept[id]:
			keep(kept, waits, id)
		case slices.Contains(retain, id) || keeps(r.declared.deletion, undo, d.st.retainOnCreate):
			if r.made {
				d.resourceStatus(r, "DELETE_SKIPPED", "")
			}
		case !d.remove(ctx, r):
			failed = append(failed, id)
			keep(kept, waits, id)
		}
	}
	slices.Sort(failed)
	return failed
}

// keep marks what a resource that stays needs.
func keep(kept map[string]bool, waits map[string][]string, id string) {
	for _, on := range waits[id] {
		kept[on] = true
	}
}

// keeps reports whether a DeletionPolicy leaves the resource alone.
func keeps(policy string, undo, exceptOnCreate bool) bool {
	switch policy {
	case "Retain":
		return !undo || !exceptOnCreate
	case "RetainExceptOnCreate":
		return !undo
	}
	return false
}

// remove deletes one resource and reports whether it is gone.
func (d *deployment) remove(ctx context.Context, r *resource) bool {
	if !r.made {
		d.s.mu.Lock()
		r.status = deleteComplete
		d.s.mu.Unlock()
		return true
	}
	d.resourceStatus(r, "DELETE_IN_PROGRESS", "")
	w := d.work(r, nil)
	if err := lookupType(r.typ).delete(ctx, w); err != nil {
		d.resourceStatus(r, deleteFailed, err.Error())
		return false
	}
	d.s.mu.Lock()
	r.made = false
	d.s.mu.Unlock()
	d.resourceStatus(r, deleteComplete, "")
	return true
}

// runDelete deletes the stack.
func (d *deployment) runDelete(ctx context.Context, retain []string) {
	d.concludeDelete(ctx, d.tearDown(ctx, retain, false))
}

// concludeDelete ends a deletion after which these resources are left.
func (d *deployment) concludeDelete(ctx context.Context, failed []string) {
	if ctx.Err() != nil {
		return
	}
	if len(failed) > 0 {
		d.status(deleteFailed, "The following resource(s) failed to delete: "+bracketed(failed)+". ")
		return
	}
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.st.deleted = d.s.opt.Clock().UTC()
	d.st.outputs = nil
	d.s.setStatus(d.st, deleteComplete, "", d.token)
}
