package broker

import (
	"context"
	"fmt"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// Resolve finds the one account that a selector means among those approved for a
// role: an ID, name or email, or a unique part of one. role is as in List.
//
// Several matches are CodeAmbiguous; an account that exists but is not approved, or is
// approved but not ready, is CodeDenied; one that does not exist is CodeNotFound.
func (b *Broker) Resolve(ctx context.Context, role, selector string) (Entry, error) {
	s, err := b.hold(ctx, role, false)
	if err != nil {
		return Entry{}, err
	}
	return s.resolve(ctx, selector)
}

func (s stand) resolve(ctx context.Context, selector string) (Entry, error) {
	selector = strings.TrimSpace(selector)
	if selector == "" {
		return Entry{}, core.Errorf(core.CodeUsage, "no account given").WithHint("name an ID, a name, an email or a unique part of one")
	}
	entries, err := s.approved(ctx)
	if err != nil {
		return Entry{}, err
	}
	found := match(entries, selector)
	switch len(found) {
	case 0:
		return Entry{}, s.unmatched(ctx, selector, len(entries) == 0)
	case 1:
		return found[0], found[0].Ready()
	default:
		return Entry{}, ambiguous(selector, found)
	}
}

// maxListed keeps an error message readable.
const maxListed = 10

func ambiguous(selector string, found []Entry) error {
	labels := make([]string, 0, maxListed)
	for _, e := range found[:min(len(found), maxListed)] {
		labels = append(labels, e.Label())
	}
	list := strings.Join(labels, ", ")
	if rest := len(found) - maxListed; rest > 0 {
		list += fmt.Sprintf(" and %d more", rest)
	}
	return core.Errorf(core.CodeAmbiguous, "%q matches %d accounts: %s", selector, len(found), list).
		WithHint("use the account ID")
}

// Ready is nil if the role can be taken in the account now; otherwise CodeDenied, with
// the reason and what to do.
func (e Entry) Ready() error {
	switch {
	case e.Status == core.AssignmentActive && !e.Removing:
		return nil
	case e.Removing:
		return core.Errorf(core.CodeDenied, "%s is no longer approved for %s: its status is %s, access is being removed", e.Label(), e.Role, e.Status).
			WithHint("ask an administrator if you still need access")
	case e.Status == core.AssignmentFailed:
		return failed(e)
	case e.Waiting:
		return core.Errorf(core.CodeDenied, "%s is approved for %s but not ready: its status is %s, the account has not registered", e.Label(), e.Role, e.Status).
			WithHint("its owner has to launch the sub-account stack; an administrator knows how")
	default:
		return core.Errorf(core.CodeDenied, "%s is approved for %s but not ready: its status is %s, the role is still being set up", e.Label(), e.Role, e.Status).
			WithHint("try again in a few minutes; cam ls --role %s shows the status", e.Role)
	}
}

func failed(e Entry) error {
	why, code := "the reason is not recorded", ""
	if f := e.Failure; f != nil {
		why, code = fmt.Sprintf("%s: %s", f.Code, f.Message), f.Code
		if f.Attempts > 1 {
			why += fmt.Sprintf(" (%d attempts)", f.Attempts)
		}
	}
	err := core.Errorf(core.CodeDenied, "%s is approved for %s but setting up its role failed: %s", e.Label(), e.Role, why).
		WithHint("ask an administrator to remove the cause and to run cam retry; the status is then pending until it works")
	err.AWSCode = code
	return err
}

// unmatched tells "not approved" from "does not exist", as far as the caller may know.
func (s stand) unmatched(ctx context.Context, selector string, none bool) error {
	if none {
		if gone, known := unknownRole(ctx, s.session.Directory, s.role); known && gone {
			return core.Errorf(core.CodeNotFound, "there is no role %s any more", s.role).
				WithHint("ask an administrator which role replaces it")
		}
	}
	isID := core.AccountID(selector).Valid()
	status, err := s.lookUp(ctx, selector, isID)
	switch {
	case core.IsCode(err, core.CodeNotFound), err == nil && status == core.AccountDeleted:
		return core.Errorf(core.CodeNotFound, "no account matches %q", selector).WithHint("%s", s.listHint())
	case err == nil, core.IsCode(err, core.CodeAmbiguous), isID && core.IsCode(err, core.CodeDenied):
		return core.Errorf(core.CodeDenied, "account %s is not approved for %s: no link leads there from %s in the master account",
			selector, s.role, s.role.IAMName()).
			WithHint("ask an administrator to add the account to the role; %s", s.listHint())
	case core.IsCode(err, core.CodeDenied):
		// Whether it exists stays open: the caller may not look.
		return core.Errorf(core.CodeNotFound, "no account approved for %s matches %q", s.role, selector).WithHint("%s", s.listHint())
	default:
		return &core.Error{Code: core.CodeOf(err), AWSCode: awsCodeOf(err), Hint: hintOf(err), Err: err,
			Message: fmt.Sprintf("no account approved for %s matches %q, and looking whether it exists failed: %v", s.role, selector, err)}
	}
}

func (s stand) lookUp(ctx context.Context, selector string, isID bool) (core.AccountStatus, error) {
	if isID {
		return s.session.Directory.AccountStatus(ctx, core.AccountID(selector))
	}
	_, status, err := s.session.Directory.AccountNamed(ctx, selector)
	return status, err
}

func (s stand) listHint() string {
	return fmt.Sprintf("cam ls --role %s shows the approved accounts", s.role)
}
