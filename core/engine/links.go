package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// maxAssignmentsOnPage is how many assignments the page of all roles lists. With more
// it leads to the pages of the roles instead, so that what one event costs stays
// bounded: a few megabytes read, a page that a browser can show.
const maxAssignmentsOnPage = 5000

// AccessLinks rebuilds the access-links pages that an event makes old: the page of
// its role, and the page of all. A page is built by one writer at a time. An event
// that comes while it is built makes that writer build once more; an event that is
// older than the last build is in the page already and costs one read. A page whose
// content did not change is not written.
func (e *Engine) AccessLinks(ctx context.Context, ev core.Event) error {
	var err error
	if ev.Role != "" {
		err = e.rebuild(ctx, core.RolePage(ev.Role), ev.At, func(ctx context.Context) (*page, error) {
			return e.rolePage(ctx, ev.Role)
		})
	}
	return errors.Join(err, e.rebuild(ctx, core.LinksPage, ev.At, e.allPage))
}

// rebuild brings one page up to a time, if nobody else does or did.
//
// In the page's record, Again says that something changed which no build has read.
// It is set when a build is asked for and cleared when one begins to read, so it
// outlives a builder that died. Started is when the last build that succeeded began.
func (e *Engine) rebuild(ctx context.Context, key string, since time.Time, render func(context.Context) (*page, error)) error {
	b := builder{e: e, key: key, owner: rand.Text(), render: render}
	again, err := b.claim(ctx, since)
	for again && err == nil {
		again, err = b.build(ctx)
	}
	return err
}

// builder is the one that builds a page, from claim until build returns false.
type builder struct {
	e      *Engine
	key    string
	owner  string
	render func(context.Context) (*page, error)
}

// claim makes this the page's builder and returns true; or it finds that the page is
// newer than since, or asks the present builder to build again, and returns false.
func (b *builder) claim(ctx context.Context, since time.Time) (mine bool, err error) {
	_, err = b.e.Files.UpdateFile(ctx, b.key, func(r *core.FileRecord) error {
		mine = r.Lease.Owner == b.owner // the write was done, its answer lost
		switch {
		case mine || b.e.isSince(r, since):
			return core.ErrUnchanged
		case !r.Lease.HeldAt(b.e.now()):
			mine = true
			b.hold(r)
		case r.Again:
			return core.ErrUnchanged
		}
		r.Again = true
		return nil
	})
	return mine && err == nil, err
}

// isSince reports whether the page was read after a time that another machine's clock
// told; clocks differ by less than the shortest wait.
func (e *Engine) isSince(r *core.FileRecord, since time.Time) bool {
	return !since.IsZero() && r.Started.After(since.Add(e.pace.Base))
}

// isOld reports whether a page lacks something and nobody builds it.
func (e *Engine) isOld(r *core.FileRecord) bool {
	return !r.Lease.HeldAt(e.now()) && (r.Again || r.Lease.Owner != "")
}

// linksEvent tells that something changed that a role's page shows.
func (e *Engine) linksEvent(role core.RoleName) core.Event {
	return core.Event{Action: core.ActionAdd, Role: role, At: e.now()}
}

func (b *builder) hold(r *core.FileRecord) {
	r.Lease = core.Lease{Owner: b.owner, Until: b.e.now().Add(b.e.pace.Lease)}
}

// build builds the page once. Unless something changed meanwhile, or it failed, the
// page is then free.
func (b *builder) build(ctx context.Context) (again bool, err error) {
	r, err := b.begin(ctx)
	if err != nil {
		return false, b.give(ctx, err)
	}
	// It ends before the lease does, so that nothing is written without it.
	limited, cancel := context.WithTimeout(ctx, b.e.pace.Lease*3/4)
	defer cancel()
	digest, err := b.write(limited, r.Processed)
	if err != nil {
		return false, b.give(ctx, err)
	}
	done, err := b.update(ctx, func(now *core.FileRecord) {
		now.Started, now.Updated, now.Processed = r.Started, b.e.now(), digest
		if !now.Again {
			now.Lease = core.Lease{}
		} else {
			b.hold(now)
		}
	})
	if err != nil || !done.Again {
		return false, err
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < b.e.pace.Lease {
		return false, b.give(ctx, core.Errorf(core.CodeConflict, "the page %s changes too often to be finished in one go", b.key))
	}
	return true, nil
}

// begin waits until the page may be built and notes that it is being read. Changes
// that are noted before are in what is read, changes noted later set Again.
func (b *builder) begin(ctx context.Context) (core.FileRecord, error) {
	r, err := b.e.Files.File(ctx, b.key)
	if err != nil {
		return r, err
	}
	if err := pause(ctx, b.e.rest(&r)); err != nil {
		return r, err
	}
	var started time.Time
	r, err = b.update(ctx, func(r *core.FileRecord) {
		started = b.e.now()
		r.Again = false
		b.hold(r)
	})
	r.Started = started
	return r, err
}

// rest is how long a page still has to rest: nine times as long as its last build
// took, so that many changes together take a tenth of the time at most, however large
// the page is.
func (e *Engine) rest(r *core.FileRecord) time.Duration {
	took := max(0, r.Updated.Sub(r.Started))
	rest := min(max(9*took, e.pace.Base), e.pace.Lease/2)
	return min(r.Updated.Add(rest).Sub(e.now()), rest)
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// write renders the page and stores it, unless it is what the digest tells of.
func (b *builder) write(ctx context.Context, last string) (digest string, err error) {
	p, err := b.render(ctx)
	if err != nil {
		return "", err
	}
	body, err := p.render()
	if err != nil {
		return "", err
	}
	if digest = digestOf(string(body)); digest == last {
		return digest, nil
	}
	_, err = b.e.Pages.PutObject(ctx, core.Object{
		Key: b.key, Body: body, ContentType: "text/html; charset=utf-8", CacheControl: "no-cache",
	})
	return digest, err
}

// give gives the page back unbuilt, still marked as old.
func (b *builder) give(ctx context.Context, cause error) error {
	_, err := b.update(ctx, func(r *core.FileRecord) {
		r.Lease, r.Again = core.Lease{}, true
	})
	return errors.Join(cause, err)
}

// update changes the record while this is the builder. It uses its own time limit:
// how work ended that was cut short is worth recording.
func (b *builder) update(ctx context.Context, change func(*core.FileRecord)) (core.FileRecord, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return b.e.Files.UpdateFile(ctx, b.key, func(r *core.FileRecord) error {
		if r.Lease.Owner != b.owner {
			return core.Errorf(core.CodeConflict, "the lease of %s was lost", b.key)
		}
		change(r)
		return nil
	})
}

// rolePage is the page of one role.
func (e *Engine) rolePage(ctx context.Context, name core.RoleName) (*page, error) {
	active, err := e.activeOf(ctx, nil, name, 0)
	if err != nil {
		return nil, err
	}
	return pageOfRole(e.settings.Partition, name, active), nil
}

// allPage is the page of every role, for admins.
func (e *Engine) allPage(ctx context.Context) (*page, error) {
	var active []core.AssignmentRecord
	var roles []core.RoleName
	for role, err := range e.Roles.ListRoles(ctx, core.RoleActive) {
		if err != nil {
			return nil, err
		}
		roles = append(roles, role.Name)
		if len(active) > maxAssignmentsOnPage {
			continue
		}
		if active, err = e.activeOf(ctx, active, role.Name, maxAssignmentsOnPage); err != nil {
			return nil, err
		}
	}
	if len(active) > maxAssignmentsOnPage {
		return pageOfPages(roles), nil
	}
	return pageOfAll(e.settings.Partition, active), nil
}

// activeOf appends a role's active assignments to list, and stops once it is longer
// than limit, if there is one.
func (e *Engine) activeOf(ctx context.Context, list []core.AssignmentRecord, role core.RoleName, limit int) ([]core.AssignmentRecord, error) {
	for r, err := range e.Assignments.AssignmentsOfRole(ctx, role) {
		if err != nil {
			return nil, err
		}
		if r.Status == core.AssignmentActive {
			list = append(list, r)
		}
		if limit > 0 && len(list) > limit {
			break
		}
	}
	return list, nil
}
