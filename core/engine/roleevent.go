package engine

import (
	"context"

	"github.com/cross-account-manager/cam/core"
)

// RoleEvent brings one role in one sub-account to what the records of role and
// account say: creates it, changes it in place, deletes it, or finds nothing to do.
// What IAM refuses for good ends as a failed assignment with the reason, and nil is
// returned; what may pass is noted in the record and returned, to be tried again.
func (e *Engine) RoleEvent(ctx context.Context, p core.Pair) error {
	if !p.Account.Valid() || p.Role == "" {
		return core.Errorf(core.CodeInvalid, "the event names no assignment: %q in %q", p.Role, p.Account)
	}
	if rec, w, err := e.look(ctx, p); err != nil || done(&rec, w) {
		return err
	}
	ctx, cancel, lease, err := acquire(ctx, e, e.assignmentUpdate(p), assignmentLease)
	if err != nil {
		return err
	}
	defer cancel()
	// Another writer may have finished the work while this one waited.
	target, w, err := e.look(ctx, p)
	var worked error
	if err == nil && !done(&target, w) {
		worked = e.apply(ctx, &target, w)
	}
	rec, finishErr := lease.finish(ctx, func(r *core.AssignmentRecord) {
		if err == nil && !done(&target, w) {
			e.outcome(r, &target, w, worked)
		}
	})
	switch {
	case err != nil:
		return err
	case finishErr != nil:
		return finishErr
	case worked != nil && transient(worked):
		return worked
	case rec.Status == core.AssignmentActive || rec.Status == core.AssignmentDeleted:
		return e.Publisher.Publish(ctx, core.AccessLinksTopic, e.linksEvent(p.Role))
	default:
		return nil
	}
}

func (e *Engine) assignmentUpdate(p core.Pair) update[core.AssignmentRecord] {
	return func(ctx context.Context, c core.Change[core.AssignmentRecord]) (core.AssignmentRecord, error) {
		return e.Assignments.UpdateAssignment(ctx, p, c)
	}
}

func assignmentLease(r *core.AssignmentRecord) *core.Lease { return &r.Lease }

// subject is an assignment with both its sides, as read for one decision.
type subject struct {
	role    core.RoleRecord
	account core.AccountRecord
	record  core.AssignmentRecord
}

// look reads an assignment and both its sides, and says what is wanted of it.
func (e *Engine) look(ctx context.Context, p core.Pair) (subject, want, error) {
	var s subject
	var err error
	if s.role, err = e.Roles.Role(ctx, p.Role); ignoreMissing(err) != nil {
		return s, absent, err
	}
	if s.account, err = e.Accounts.Account(ctx, p.Account); ignoreMissing(err) != nil {
		return s, absent, err
	}
	if s.record, err = e.Assignments.Assignment(ctx, p); ignoreMissing(err) != nil {
		return s, absent, err
	}
	s.role.Name, s.account.ID, s.record.Pair = p.Role, p.Account, p
	return s, wanted(&s.role, &s.account), nil
}

func ignoreMissing(err error) error {
	if core.IsCode(err, core.CodeNotFound) {
		return nil
	}
	return err
}

// done reports whether IAM already has what is wanted.
func done(s *subject, w want) bool {
	switch w {
	case present:
		return s.record.Status == core.AssignmentActive && s.record.Digest == s.role.Digest
	case waiting:
		return s.record.Waiting
	default:
		return s.record.Status == "" || s.record.Status == core.AssignmentDeleted
	}
}

// apply changes IAM in the sub-account.
func (e *Engine) apply(ctx context.Context, s *subject, w want) error {
	if w == waiting || w == absent && !s.account.IsRegistered() {
		return nil // not reachable: its own clean-up has removed what was there
	}
	return e.inside(ctx, s.account.ID, func(ctx context.Context, admin core.RoleAdmin) error {
		if w == absent {
			return admin.DeleteRole(ctx, s.role.Name.IAMName())
		}
		return admin.PutRole(ctx, e.settings.subAccountRole(&s.role.Role, s.account.ID))
	})
}

// inside works in a sub-account. Its admin role, and a role just made, may take seconds
// to be seen everywhere, so a denial is tried again for a while. A kept session of an
// account that left and joined again is void, and the next try has its own.
func (e *Engine) inside(ctx context.Context, id core.AccountID, work func(context.Context, core.RoleAdmin) error) error {
	return e.pace.retry(ctx, func(ctx context.Context) error {
		admin, err := e.Entrance.Enter(ctx, id)
		if err != nil {
			return err
		}
		err = work(ctx, admin)
		if core.IsCode(err, core.CodeNoCredentials) {
			e.Entrance.Forget(id)
		}
		return err
	}, core.CodeDenied, core.CodeNoCredentials, core.CodeThrottled, core.CodeUnavailable, core.CodeConflict)
}

// outcome writes what became of an attempt into the record.
func (e *Engine) outcome(r *core.AssignmentRecord, s *subject, w want, err error) {
	r.Of = brief(&s.account.Account)
	r.Of.ID = r.Account
	r.Removing, r.Waiting = w == absent, w == waiting
	r.Updated = e.now()
	if w == waiting {
		r.Status, r.Failure, r.Digest = core.AssignmentPending, nil, ""
		return
	}
	r.Attempts++
	r.Tried = ""
	if w == present {
		r.Tried = s.role.Digest
	}
	switch {
	case err != nil:
		r.Failure = e.failure(err, r.Attempts)
		if !transient(err) {
			r.Status = core.AssignmentFailed
		}
	case w == present:
		r.Status, r.Digest, r.Failure, r.Attempts = core.AssignmentActive, s.role.Digest, nil, 0
	default:
		r.Status, r.Digest, r.Failure, r.Attempts = core.AssignmentDeleted, "", nil, 0
	}
}
