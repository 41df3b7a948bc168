package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/cross-account-manager/cam/core"
)

// ChangeSetRequest says what a stack shall become.
type ChangeSetRequest struct {
	Stack    string // name
	Name     string // of the change set: a letter, then letters, digits and hyphens
	Template string
	Create   bool              // there is no such stack yet
	Set      map[string]string // parameters with a value
	Keep     []string          // parameters that keep the value they have
}

// ChangeSet is what CloudFormation found it would change.
type ChangeSet struct {
	ID, StackID string // ARNs
	Create      bool
	Changes     []StackChange // none: the stack is already what was asked for
}

// Empty reports whether there is nothing to execute.
func (c *ChangeSet) Empty() bool { return len(c.Changes) == 0 }

// StackChange is the change of one resource.
type StackChange struct {
	Action      string // Add, Modify, Remove, Import, Dynamic
	Resource    string // its name in the template
	Type        string // AWS::S3::Bucket, ...
	PhysicalID  string // empty for a new one
	Replacement string // True, False, Conditional; empty unless Action is Modify
}

// Prepare creates a change set and waits until CloudFormation has computed it. One
// that failed is deleted again, and so is one with nothing to change.
func (s *Stacks) Prepare(ctx context.Context, r ChangeSetRequest) (*ChangeSet, error) {
	in := &cloudformation.CreateChangeSetInput{
		StackName: &r.Stack, ChangeSetName: &r.Name, TemplateBody: &r.Template, ChangeSetType: types.ChangeSetTypeUpdate,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}, Parameters: r.parameters(),
	}
	if r.Create {
		in.ChangeSetType = types.ChangeSetTypeCreate
	}
	out, err := s.cfn.CreateChangeSet(ctx, in)
	if err != nil {
		return nil, wrap(err, "creating a change set for stack %s", r.Stack)
	}
	set := &ChangeSet{ID: aws.ToString(out.Id), StackID: aws.ToString(out.StackId), Create: r.Create}
	err = s.await(ctx, set)
	if err != nil || set.Empty() {
		if discarded := s.Discard(ctx, set); err == nil {
			err = discarded
		}
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

func (r *ChangeSetRequest) parameters() []types.Parameter {
	var out []types.Parameter
	for name, value := range r.Set {
		out = append(out, types.Parameter{ParameterKey: &name, ParameterValue: &value})
	}
	for _, name := range r.Keep {
		out = append(out, types.Parameter{ParameterKey: &name, UsePreviousValue: aws.Bool(true)})
	}
	slices.SortFunc(out, func(a, b types.Parameter) int { return strings.Compare(*a.ParameterKey, *b.ParameterKey) })
	return out
}

// await waits until a change set is computed, and reads its changes.
func (s *Stacks) await(ctx context.Context, set *ChangeSet) error {
	for round := 0; ; round++ {
		first, err := s.describe(ctx, set, nil)
		if err != nil {
			return err
		}
		switch first.Status {
		case types.ChangeSetStatusCreatePending, types.ChangeSetStatusCreateInProgress:
		case types.ChangeSetStatusCreateComplete:
			return s.readChanges(ctx, set, first)
		default:
			reason := aws.ToString(first.StatusReason)
			if nothingToDo(reason) {
				return nil
			}
			return core.Errorf(core.CodeFailure, "CloudFormation could not compute the changes: %s", reason)
		}
		if err := poll(ctx, round); err != nil {
			return err
		}
	}
}

// nothingToDo recognises the sentences with which a change set without changes fails.
func nothingToDo(reason string) bool {
	return strings.Contains(reason, "didn't contain changes") || strings.Contains(reason, "No updates are to be performed")
}

func (s *Stacks) describe(ctx context.Context, set *ChangeSet, next *string) (*cloudformation.DescribeChangeSetOutput, error) {
	out, err := s.cfn.DescribeChangeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: &set.ID, NextToken: next})
	return out, wrap(err, "reading the change set")
}

func (s *Stacks) readChanges(ctx context.Context, set *ChangeSet, page *cloudformation.DescribeChangeSetOutput) error {
	for {
		for _, c := range page.Changes {
			if c.ResourceChange != nil {
				set.Changes = append(set.Changes, newStackChange(c.ResourceChange))
			}
		}
		if aws.ToString(page.NextToken) == "" {
			break
		}
		var err error
		if page, err = s.describe(ctx, set, page.NextToken); err != nil {
			return err
		}
	}
	if set.Empty() { // only outputs, tags or policies of the stack itself
		set.Changes = []StackChange{{Action: "Modify", Resource: "(the stack itself)", Type: "AWS::CloudFormation::Stack", Replacement: "False"}}
	}
	return nil
}

func newStackChange(c *types.ResourceChange) StackChange {
	return StackChange{
		Action: string(c.Action), Resource: aws.ToString(c.LogicalResourceId), Type: aws.ToString(c.ResourceType),
		PhysicalID: aws.ToString(c.PhysicalResourceId), Replacement: string(c.Replacement),
	}
}

// Execute begins to make the changes; Follow tells how it goes. When a creation fails,
// what it has made is removed with it, also what the template retains otherwise: left
// behind, empty tables and buckets would be in the way of the next attempt.
func (s *Stacks) Execute(ctx context.Context, set *ChangeSet) error {
	in := &cloudformation.ExecuteChangeSetInput{ChangeSetName: &set.ID}
	if set.Create {
		in.RetainExceptOnCreate = aws.Bool(true)
	}
	_, err := s.cfn.ExecuteChangeSet(ctx, in)
	return wrap(err, "executing the change set")
}

// discardTime is how long Discard takes at most, also when ctx has ended.
const discardTime = 20 * time.Second

// Discard deletes a change set that was not executed; if it was to create its stack,
// with the empty stack that holds it.
func (s *Stacks) Discard(ctx context.Context, set *ChangeSet) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTime)
	defer cancel()
	if set.Create {
		return s.discardStack(ctx, set.StackID)
	}
	_, err := s.cfn.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: &set.ID})
	return wrap(err, "deleting the change set")
}

// discardStack deletes an empty stack, and waits so that its name is free again.
func (s *Stacks) discardStack(ctx context.Context, id string) error {
	mark, err := s.Now(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Delete(ctx, id); err != nil {
		return err
	}
	_, err = s.Follow(ctx, id, mark, func(StackEvent) {})
	return err
}

// poll waits before asking again: a moment at first, then up to three seconds.
func poll(ctx context.Context, round int) error {
	t := time.NewTimer(min(50*time.Millisecond<<min(round, 10), 3*time.Second))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("waiting for CloudFormation: %w", context.Cause(ctx))
	case <-t.C:
		return nil
	}
}
