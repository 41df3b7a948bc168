package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// follow writes the events of a stack operation to stderr until it has ended. An
// operation that ended badly is an error that says why. It returns the resources that
// were left in the account although the operation removed them from the stack.
func (d *deployment) follow(ctx context.Context, stackID string, after cloud.Mark) ([]cloud.StackEvent, error) {
	w := &stackWatch{app: d.app, line: &statusLine{w: d.err, tty: d.errTTY}}
	started := time.Now()
	status, err := d.stacks.Follow(ctx, stackID, after, w.event)
	w.line.end()
	switch {
	case err == nil:
		if err := ending(d.command, d.stack, status, w.firstFailure()); err != nil {
			return nil, err
		}
		d.notef("Stack %s: %s after %s.", d.stack, status, time.Since(started).Round(100*time.Millisecond))
		return w.left, nil
	case ctx.Err() != nil:
		d.notef("Stopped watching. The operation of stack %s goes on in AWS; to look again: %s --watch", d.stack, d.command)
		return nil, &shownError{code: core.CodeFailure, status: exitFailure}
	default:
		return nil, core.Errorf(core.CodeOf(err), "lost sight of stack %s, whose operation goes on: %w", d.stack, err).
			WithHint("to look again: %s --watch", d.command)
	}
}

// watchAgain follows the operation that is under way.
func (d *deployment) watchAgain(ctx context.Context, current cloud.Stack) error {
	switch {
	case current.ID == "":
		return core.Errorf(core.CodeNotFound, "there is no stack %s in account %s, region %s (any more)", d.stack, d.account, d.client.Region())
	case !strings.HasSuffix(current.Status, "_IN_PROGRESS") || current.Status == "REVIEW_IN_PROGRESS":
		d.notef("Nothing is under way: stack %s is in %s.", d.stack, current.Status)
		if err := stateError(d.command, current); err != nil {
			return err
		}
		return d.showStack(ctx, current.ID, false)
	}
	mark, err := d.stacks.Start(ctx, current.ID)
	if err != nil {
		return err
	}
	if _, err := d.follow(ctx, current.ID, mark); err != nil {
		return err
	}
	return d.showStack(ctx, current.ID, true)
}

// stackWatch tells of the events of one stack operation.
type stackWatch struct {
	*app
	line  *statusLine
	first *cloud.StackEvent // the first resource that failed by itself
	left  []cloud.StackEvent
}

// event writes a line for what has ended or failed, and for the stack itself. What
// merely began is shown on a terminal only, in a line that the next one replaces.
func (w *stackWatch) event(e cloud.StackEvent) {
	failed := strings.HasSuffix(e.Status, "_FAILED")
	switch {
	case e.Status == "DELETE_SKIPPED":
		w.left = append(w.left, e)
	case failed && !e.OfStack && w.first == nil && !strings.HasSuffix(e.Reason, " cancelled"):
		w.first = &e
	case strings.HasSuffix(e.Status, "_IN_PROGRESS") && !e.OfStack:
		if w.errTTY {
			w.line.set(fmt.Sprintf("... %s %s", e.Status, e.Resource))
		}
		return
	}
	w.line.end()
	text := fmt.Sprintf("%s  %-20s %s (%s)", e.At.Local().Format(time.TimeOnly), e.Status, e.Resource, e.Type)
	if (failed || e.OfStack) && e.Reason != "User Initiated" {
		text += because(e.Reason)
	}
	w.notef("%s", text)
}

// firstFailure names the resource that failed first, and why; empty if none did.
func (w *stackWatch) firstFailure() string {
	if w.first == nil {
		return ""
	}
	text := fmt.Sprintf("%s (%s) failed: %s", w.first.Resource, w.first.Type, w.first.Reason)
	if w.first.Type == "Custom::CrossAccountManagerRegistration" && strings.Contains(w.first.Reason, "not authorized") {
		text += "\nthe master account does not let this account register yet: list it in a file of account/ and push, or deploy the master with --organization-id"
	}
	return text
}
