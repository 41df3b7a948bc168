package engine

import (
	"context"
	"errors"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// AccessLinks rebuilds the access-links pages that an event makes old: the page of
// its role, and the page of all. An event that is older than the last rebuild is
// already in the page and costs one read; a burst costs two rebuilds, not one each.
// A page whose content did not change is not written.
func (e *Engine) AccessLinks(ctx context.Context, ev core.Event) error {
	if ev.Role != "" {
		if err := e.rebuild(ctx, core.RolePage(ev.Role), ev.At, func(ctx context.Context) ([]byte, error) {
			return e.rolePage(ctx, ev.Role)
		}); err != nil {
			return err
		}
	}
	return e.rebuild(ctx, core.LinksPage, ev.At, e.allPage)
}

// rebuild renders and writes one page, unless somebody else does so already: then
// that one is asked to look again.
func (e *Engine) rebuild(ctx context.Context, key string, since time.Time, render func(context.Context) ([]byte, error)) error {
	rec, err := e.Files.File(ctx, key)
	if ignoreMissing(err) != nil {
		return err
	}
	if !since.IsZero() && rec.Started.After(since) && !rec.Lease.HeldAt(e.now()) {
		return nil
	}
	asked := false
	_, err = e.Files.UpdateFile(ctx, key, func(r *core.FileRecord) error {
		if asked = r.Lease.HeldAt(e.now()); !asked || r.Again || r.Started.After(since) && !since.IsZero() {
			return core.ErrUnchanged
		}
		r.Again = true
		return nil
	})
	if err != nil || asked {
		return err
	}
	for again := true; again && err == nil; {
		again, err = e.rebuildOnce(ctx, key, render)
	}
	return err
}

func (e *Engine) rebuildOnce(ctx context.Context, key string, render func(context.Context) ([]byte, error)) (again bool, err error) {
	ctx, cancel, lease, err := acquire(ctx, e, e.fileUpdate(key), fileLease)
	if err != nil {
		return false, err
	}
	defer cancel()
	rec, err := e.Files.UpdateFile(ctx, key, func(r *core.FileRecord) error {
		r.Started, r.Again = e.now(), false
		return nil
	})
	var digest string
	if err == nil {
		digest, err = e.writePage(ctx, key, rec.Processed, render)
	}
	_, finishErr := lease.finish(ctx, func(r *core.FileRecord) {
		again, r.Again = r.Again, false
		if err == nil {
			r.Processed, r.Updated = digest, e.now()
		}
	})
	return again, errors.Join(err, finishErr)
}

func (e *Engine) writePage(ctx context.Context, key, last string, render func(context.Context) ([]byte, error)) (string, error) {
	page, err := render(ctx)
	if err != nil {
		return "", err
	}
	digest := digestOf(string(page))
	if digest == last {
		return digest, nil
	}
	_, err = e.Pages.PutObject(ctx, core.Object{Key: key, Body: page, ContentType: "text/html; charset=utf-8"})
	return digest, err
}

// rolePage renders the accounts of one role.
func (e *Engine) rolePage(ctx context.Context, name core.RoleName) ([]byte, error) {
	links, err := e.linksOf(ctx, name)
	if err != nil {
		return nil, err
	}
	return renderPage(string(name), links)
}

// allPage renders the accounts of every role, for admins.
func (e *Engine) allPage(ctx context.Context) ([]byte, error) {
	var all []link
	for role, err := range e.Roles.ListRoles(ctx, core.RoleActive) {
		if err != nil {
			return nil, err
		}
		links, err := e.linksOf(ctx, role.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, links...)
	}
	return renderPage("All roles", all)
}

func (e *Engine) linksOf(ctx context.Context, role core.RoleName) ([]link, error) {
	var links []link
	for r, err := range e.Assignments.AssignmentsOfRole(ctx, role) {
		if err != nil {
			return nil, err
		}
		if r.Status == core.AssignmentActive {
			links = append(links, newLink(e.settings.Partition, &r))
		}
	}
	return links, nil
}
