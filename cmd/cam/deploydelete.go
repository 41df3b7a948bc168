package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// delete deletes the stack, and says what is left and why. outside is what it leaves
// that never was part of the stack.
func (d *deployment) delete(ctx context.Context, current cloud.Stack, outside ...string) error {
	switch {
	case current.ID == "":
		return core.Errorf(core.CodeNotFound, "there is no stack %s in account %s, region %s", d.stack, d.account, d.client.Region())
	case strings.HasSuffix(current.Status, "_IN_PROGRESS") && current.Status != "REVIEW_IN_PROGRESS":
		return stateError(d.command, current)
	}
	question := fmt.Sprintf("Stack %s in account %s, region %s, will be deleted. Type the stack's name to delete it: ", d.stack, d.account, d.client.Region())
	if err := d.confirmed(ctx, question, d.stack, "delete with --yes"); err != nil {
		return err
	}
	left, err := d.deleteStack(ctx, current.ID)
	if err != nil {
		return err
	}
	kept := make([]string, 0, len(left))
	for _, e := range left {
		what := holders[e.Type]
		if what == "" {
			what = e.Type
		}
		kept = append(kept, what+" "+e.PhysicalID)
	}
	kept = append(kept, outside...)
	for i, thing := range kept {
		if i == 0 {
			d.notef("Still in the account, since it holds data that no command should take away:")
		}
		d.notef("  %s", thing)
	}
	if d.output == "json" {
		return writeJSON(d.out, map[string]any{"stack": d.stack, "stack_id": current.ID, "status": "DELETE_COMPLETE", "left": kept})
	}
	return nil
}

// deleteStack deletes a stack and returns what CloudFormation left in the account.
func (d *deployment) deleteStack(ctx context.Context, id string) ([]cloud.StackEvent, error) {
	mark, err := d.stacks.Now(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := d.stacks.Delete(ctx, id); err != nil {
		if strings.Contains(err.Error(), "TerminationProtection") {
			return nil, core.Errorf(core.CodeConflict, "%w", err).
				WithHint("aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name %s", d.stack)
		}
		return nil, err
	}
	return d.follow(ctx, id, mark)
}
