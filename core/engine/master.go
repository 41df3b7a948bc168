package engine

import (
	"context"
	"errors"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// maxListed bounds how many accounts are read to find out whether an exact list
// still fits IAM's quota; it fits some 160.
const maxListed = 1000

// grantAccess brings the master account's role to what the records say: trust, and
// the access policy that lists the sub-accounts its holder may enter. A role whose
// policy already says so costs no IAM write. Writes are made under the role's lease,
// from assignments read while it is held, so that no concurrent change is lost.
func (e *Engine) grantAccess(ctx context.Context, name core.RoleName) error {
	role, err := e.Roles.Role(ctx, name)
	if err != nil {
		return ignoreMissing(err)
	}
	if _, digest, _, err := e.masterRole(ctx, &role); err == nil && digest == role.Access.Digest && role.Failure == nil {
		return nil
	}
	ctx, cancel, lease, err := acquire(ctx, e, e.roleUpdate(name), func(r *core.RoleRecord) *core.Lease { return &r.Lease })
	if err != nil {
		return err
	}
	defer cancel()
	access, worked := e.writeMasterRole(ctx, name)
	_, err = lease.finish(ctx, func(r *core.RoleRecord) {
		if worked != nil {
			r.Failure = e.failure(worked, 1)
			return
		}
		if r.Failure != nil {
			r.Updated = e.now() // when it was mended
		}
		r.Failure, r.Access = nil, access
	})
	return errors.Join(worked, err)
}

func (e *Engine) roleUpdate(name core.RoleName) update[core.RoleRecord] {
	return func(ctx context.Context, c core.Change[core.RoleRecord]) (core.RoleRecord, error) {
		return e.Roles.UpdateRole(ctx, name, c)
	}
}

func (e *Engine) writeMasterRole(ctx context.Context, name core.RoleName) (core.Access, error) {
	role, err := e.Roles.Role(ctx, name)
	if err != nil {
		return core.Access{}, err
	}
	want, digest, wildcard, err := e.masterRole(ctx, &role)
	if err != nil {
		return core.Access{}, err
	}
	access := core.Access{Digest: digest, Wildcard: wildcard}
	if digest == role.Access.Digest {
		return access, nil
	}
	return access, e.pace.retry(ctx, func(ctx context.Context) error {
		if role.Status == core.RoleDeleted {
			return e.Master.DeleteRole(ctx, name.IAMName())
		}
		return e.Master.PutRole(ctx, want)
	}, core.CodeThrottled, core.CodeUnavailable, core.CodeConflict)
}

// masterRole is the role as the master account should have it, with its digest; the
// digest of a deleted role is empty, as is that of one never written.
func (e *Engine) masterRole(ctx context.Context, role *core.RoleRecord) (want core.IAMRole, digest string, wildcard bool, err error) {
	if role.Status != core.RoleActive {
		return core.IAMRole{Name: role.Name.IAMName()}, "", false, nil
	}
	accounts, err := e.reachable(ctx, role.Name)
	if err != nil {
		return want, "", false, err
	}
	want, mode, err := e.settings.masterRole(&role.Role, accounts)
	if errors.Is(err, policy.ErrTooManyAccounts) {
		return want, "", false, core.Errorf(core.CodeLimit, "role %s reaches too many accounts for an exact list: %w", role.Name, err).
			WithHint("set the organisation ID (parameter OrganizationId of the master stack), so that access can be bound to it")
	}
	if err != nil {
		return want, "", false, err
	}
	return want, digestOf(want), mode == policy.AccessWildcard, nil
}

// reachable lists the accounts that a role's holder may enter: assigned, and
// registered.
func (e *Engine) reachable(ctx context.Context, role core.RoleName) ([]string, error) {
	var ids []string
	for r, err := range e.Assignments.AssignmentsOfRole(ctx, role) {
		if err != nil {
			return nil, err
		}
		if r.Removing || r.Waiting || r.Status == core.AssignmentDeleted {
			continue
		}
		if ids = append(ids, string(r.Account)); len(ids) == maxListed {
			break
		}
	}
	return ids, nil
}
