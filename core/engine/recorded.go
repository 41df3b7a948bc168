package engine

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// State is what reading the recorded state takes.
type State interface {
	ListAccounts(ctx context.Context, statuses ...core.AccountStatus) iter.Seq2[core.AccountRecord, error]
	ListRoles(ctx context.Context, statuses ...core.RoleStatus) iter.Seq2[core.RoleRecord, error]
	core.AssignmentLists
}

// Recorded reads the whole recorded state, sorted, deleted entries included: one
// query for each status of accounts and roles, one for each role's assignments.
func Recorded(ctx context.Context, state State) (*core.Recorded, error) {
	accounts, err := collect(state.ListAccounts(ctx))
	if err != nil {
		return nil, err
	}
	roles, err := collect(state.ListRoles(ctx))
	if err != nil {
		return nil, err
	}
	out := &core.Recorded{Accounts: accounts, Roles: roles}
	slices.SortFunc(out.Accounts, func(a, b core.AccountRecord) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(out.Roles, func(a, b core.RoleRecord) int { return strings.Compare(string(a.Name), string(b.Name)) })
	byRole := make([][]core.AssignmentRecord, len(out.Roles))
	err = each(ctx, 8, indexes(out.Roles), func(ctx context.Context, i int) (err error) {
		byRole[i], err = collect(state.AssignmentsOfRole(ctx, out.Roles[i].Name))
		return err
	})
	out.Assignments = slices.Concat(byRole...)
	return out, err
}
