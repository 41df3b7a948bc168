package broker

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Entry is one account approved for a role. Its JSON is what cam ls -o json shows.
type Entry struct {
	AccountID core.AccountID        `json:"account_id"`
	Name      string                `json:"name"`
	Email     string                `json:"email"`
	Groups    []string              `json:"groups"` // sorted, never nil
	Role      core.RoleName         `json:"role"`
	Status    core.AssignmentStatus `json:"status"`

	Removing bool          `json:"-"` // access is on its way out, also while that fails
	Waiting  bool          `json:"-"` // nothing happens before the account registers
	Failure  *core.Failure `json:"-"` // why the assignment failed
	Updated  time.Time     `json:"-"`
}

// Label is the account as a person knows it: "name (ID)", or the ID alone.
func (e Entry) Label() string {
	if e.Name == "" {
		return string(e.AccountID)
	}
	return fmt.Sprintf("%s (%s)", e.Name, e.AccountID)
}

// List returns the accounts approved for a role, in every status but deleted, sorted
// by name (without regard to case), then ID. role is a role's name with or without
// prefix, empty for the current role; group is an account group, empty or "*" for all.
func (b *Broker) List(ctx context.Context, role, group string) ([]Entry, error) {
	s, err := b.hold(ctx, role, false)
	if err != nil {
		return nil, err
	}
	entries, err := s.approved(ctx)
	if err != nil {
		return nil, err
	}
	if group == "" || group == core.AllAccounts {
		return entries, nil
	}
	return slices.DeleteFunc(entries, func(e Entry) bool { return !slices.Contains(e.Groups, group) }), nil
}

// Each yields the accounts approved for a role as they are read, in no particular
// order: what a long list shows before all of it is there. role is as in List. An error
// ends it.
func (b *Broker) Each(ctx context.Context, role string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s, err := b.hold(ctx, role, false)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		s.rows(ctx)(yield)
	}
}

// approved reads the role's own rows with the role's own credentials.
func (s stand) approved(ctx context.Context) ([]Entry, error) {
	entries := []Entry{}
	for e, err := range s.rows(ctx) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.AccountID, b.AccountID))
	})
	return entries, nil
}

// rows reads them one by one, in the table's order.
func (s stand) rows(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for r, err := range s.session.Assignments.AssignmentsOfRole(ctx, s.role) {
			switch {
			case err != nil:
				yield(Entry{}, s.listError(err))
				return
			case r.Role == s.role && r.Status != core.AssignmentDeleted:
				if !yield(entryOf(r), nil) {
					return
				}
			}
		}
	}
}

func entryOf(r core.AssignmentRecord) Entry {
	e := Entry{
		AccountID: r.Account, Name: r.Of.Name, Email: r.Of.Email, Groups: append([]string{}, r.Of.Groups...),
		Role: r.Role, Status: r.Status, Waiting: r.Waiting, Failure: r.Failure, Updated: r.Updated,
		Removing: r.Removing || r.Status == core.AssignmentDeleting,
	}
	slices.Sort(e.Groups)
	return e
}

func (s stand) listError(err error) error {
	out := &core.Error{Code: core.CodeOf(err), AWSCode: awsCodeOf(err), Hint: hintOf(err), Err: err,
		Message: fmt.Sprintf("reading the accounts approved for %s: %v", s.role, err)}
	switch out.Code {
	case core.CodeDenied:
		out.Message = fmt.Sprintf("%s may not read the accounts approved for %s", s.arn, s.role)
		return out.WithHint("check that %s is the master account; otherwise ask an administrator to push the role again", s.who.MasterAccount)
	case core.CodeNotFound:
		out.Message = fmt.Sprintf("account %s has no table %s", s.who.MasterAccount, core.AssignmentsTable)
		return out.WithHint("sign in to the master account of Cross-Account Manager, in its region, or name another profile with --profile")
	default:
		return out
	}
}
