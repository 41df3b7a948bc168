package main

import (
	"context"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// ready makes sure that the stack can be deployed to, and deletes what a failed
// attempt left if --delete-failed says so. It returns the stack that is there then.
func (d *deployment) ready(ctx context.Context, current cloud.Stack) (cloud.Stack, error) {
	if d.deleteFailed && abandoned(current.Status) {
		d.notef("Deleting what a failed attempt left of stack %s (%s).", d.stack, current.Status)
		if d.dryRun {
			return cloud.Stack{}, core.Errorf(core.CodeUsage, "--dry-run does not delete the failed stack %s", d.stack).
				WithHint("without --dry-run it is deleted, and then deployed anew")
		}
		if _, err := d.deleteStack(ctx, current.ID); err != nil {
			return cloud.Stack{}, err
		}
		return cloud.Stack{}, nil
	}
	return current, stateError(d.command, current)
}

// abandoned reports whether a stack in this status can only be deleted.
func abandoned(status string) bool {
	switch status {
	case "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS":
		return true
	default:
		return false
	}
}

// stateError says why a stack cannot be deployed to as it stands, and what to do; nil
// if it can.
func stateError(command string, s cloud.Stack) error {
	problem := func(format string, args ...any) *core.Error {
		return core.Errorf(core.CodeConflict, "stack "+s.Name+" is in "+s.Status+": "+format, args...)
	}
	switch {
	case s.Status == "ROLLBACK_COMPLETE":
		return problem("its creation failed, and what it had made was removed again").
			WithHint("mend the cause, then run the same command again with --delete-failed, which deletes the empty stack first")
	case s.Status == "REVIEW_IN_PROGRESS":
		return problem("it was prepared but never created, and holds no resources").
			WithHint("somebody may be reviewing it; if not, run the same command again with --delete-failed, which deletes it first")
	case s.Status == "ROLLBACK_FAILED", s.Status == "CREATE_FAILED":
		return problem("its creation failed, and what it had made is still there%s", because(s.Reason)).
			WithHint("mend the cause, then run the same command again with --delete-failed, which deletes the stack first")
	case s.Status == "DELETE_FAILED":
		return problem("it was deleted only in part%s", because(s.Reason)).
			WithHint("mend the cause, then %s --delete ends the deletion; --delete-failed ends it and deploys anew", command)
	case s.Status == "UPDATE_ROLLBACK_FAILED":
		return problem("an upgrade failed, and so did going back%s", because(s.Reason)).
			WithHint("mend the cause, then run: aws cloudformation continue-update-rollback --stack-name %s; after that, deploy again", s.Name)
	case strings.HasSuffix(s.Status, "_IN_PROGRESS"):
		return problem("an operation is under way").
			WithHint("wait until it has ended: %s --watch", command)
	default:
		return nil
	}
}

// because appends a reason, if there is one.
func because(reason string) string {
	if reason = strings.TrimRight(strings.TrimSpace(reason), "."); reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// ending says what a stack operation that ended in this status means, and what to do
// next. first is the resource that failed first, with its reason; it may be empty.
func ending(command, stack, status, first string) error {
	said := func(code core.Code, text string) *core.Error {
		if first != "" {
			text = first + "\n" + text
		}
		return core.Errorf(code, "%s", text)
	}
	switch status {
	case "CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE":
		return nil
	case "ROLLBACK_COMPLETE":
		return said(core.CodeRollout, "stack "+stack+" was not created; everything it had made was removed again").
			WithHint("mend the cause, then run the same command again with --delete-failed")
	case "ROLLBACK_FAILED", "CREATE_FAILED":
		return said(core.CodeRollout, "stack "+stack+" was not created, and not everything it had made could be removed ("+status+")").
			WithHint("mend the cause, then run the same command again with --delete-failed")
	case "UPDATE_ROLLBACK_COMPLETE":
		return said(core.CodeRollout, "stack "+stack+" was not changed: it is as it was before, and goes on working").
			WithHint("mend the cause, then run the same command again")
	case "UPDATE_ROLLBACK_FAILED":
		return said(core.CodeRollout, "the change of stack "+stack+" failed, and so did going back: it is half changed").
			WithHint("mend the cause, then run: aws cloudformation continue-update-rollback --stack-name %s; after that, deploy again", stack)
	case "DELETE_FAILED":
		return said(core.CodeRollout, "stack "+stack+" was deleted only in part").
			WithHint("mend the cause, then: %s --delete", command)
	default:
		return said(core.CodeRollout, "stack "+stack+" ended in "+status)
	}
}
