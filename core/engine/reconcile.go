package engine

import (
	"context"
	"errors"

	"github.com/cross-account-manager/cam/core"
)

// Reconcile drives again whatever events did not finish: files whose version was not
// processed, accounts and roles whose assignments were not looked at, assignments
// that are stuck or failed. It runs on a schedule and may be run at any time.
func (e *Engine) Reconcile(ctx context.Context) error {
	return errors.Join(
		e.reconcileFiles(ctx),
		e.reconcileRoles(ctx),
		e.reconcileAccounts(ctx),
		e.reconcileAssignments(ctx),
		e.reconcileLinks(ctx),
	)
}

func (e *Engine) reconcileFiles(ctx context.Context) error {
	var failed []error
	for o, err := range e.Config.ListObjects(ctx, core.AccountFolder) {
		if err != nil {
			return err
		}
		if isYAML(o.Key, core.AccountFolder) {
			failed = append(failed, e.AccountFile(ctx, o.Key))
		}
	}
	return errors.Join(append(failed, e.roleFiles(ctx))...)
}

func (e *Engine) reconcileRoles(ctx context.Context) error {
	var failed []error
	for role, err := range e.Roles.ListRoles(ctx) {
		if err != nil {
			return err
		}
		if role.Status == core.RoleActive || role.Dirty {
			failed = append(failed, e.convergeRole(ctx, role.Name))
		}
	}
	return errors.Join(failed...)
}

func (e *Engine) reconcileAccounts(ctx context.Context) error {
	var failed []error
	for account, err := range e.Accounts.ListAccounts(ctx) {
		if err != nil {
			return err
		}
		if account.Dirty {
			failed = append(failed, e.convergeAccount(ctx, account.ID))
		}
	}
	return errors.Join(failed...)
}

// reconcileAssignments publishes again what is stuck. A failed assignment waits
// twice as long after each attempt.
func (e *Engine) reconcileAssignments(ctx context.Context) error {
	var events []core.Event
	for r, err := range e.Assignments.OpenAssignments(ctx, core.AssignmentPending, core.AssignmentDeleting, core.AssignmentFailed) {
		if err != nil {
			return err
		}
		patience := e.pace.Stuck << min(r.Attempts, 7)
		if !r.Waiting && e.now().Sub(r.Updated) >= patience {
			events = append(events, e.roleEvent(&r))
		}
	}
	return e.Publisher.Publish(ctx, core.RoleTopic, events...)
}

// reconcileLinks asks for the pages that events left old: their builder died, failed,
// or was never asked.
func (e *Engine) reconcileLinks(ctx context.Context) error {
	var events []core.Event
	for role, err := range e.Roles.ListRoles(ctx) {
		if err != nil {
			return err
		}
		page, err := e.Files.File(ctx, core.RolePage(role.Name))
		switch {
		case core.IsCode(err, core.CodeNotFound) && role.Status == core.RoleActive, err == nil && e.isOld(&page):
			events = append(events, e.linksEvent(role.Name))
		case ignoreMissing(err) != nil:
			return err
		}
	}
	page, err := e.Files.File(ctx, core.LinksPage)
	if err == nil && e.isOld(&page) {
		events = append(events, e.linksEvent(""))
	}
	if ignoreMissing(err) != nil {
		return err
	}
	return e.Publisher.Publish(ctx, core.AccessLinksTopic, events...)
}

// MasterInit is run when the master stack is created or updated: it takes over what
// the bucket and the tables already hold.
func (e *Engine) MasterInit(ctx context.Context) error {
	return errors.Join(e.Reconcile(ctx), e.AccessLinks(ctx, core.Event{}))
}

// MasterRemove is run when the master stack is deleted: the roles that users take in
// the master account go; tables and buckets keep their data, and say that the roles have
// to be made again if an installation takes them over.
func (e *Engine) MasterRemove(ctx context.Context) error {
	var failed []error
	for role, err := range e.Roles.ListRoles(ctx, core.RoleActive) {
		if err != nil {
			return err
		}
		if err := e.Master.DeleteRole(ctx, role.Name.IAMName()); err != nil {
			failed = append(failed, err)
			continue
		}
		_, err = e.Roles.UpdateRole(ctx, role.Name, func(r *core.RoleRecord) error {
			r.Access, r.Dirty = core.Access{}, true
			return nil
		})
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
