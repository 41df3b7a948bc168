package cloud

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/cross-account-manager/cam/core"
)

// StackEvent is one step of a stack operation.
type StackEvent struct {
	ID         string
	Resource   string // its name in the template; the stack's name for the stack itself
	Type       string
	PhysicalID string
	Status     string
	Reason     string // may be empty
	At         time.Time
	OfStack    bool // it is about the stack itself
}

// Ends reports whether the event is the last of a stack operation.
func (e *StackEvent) Ends() bool { return e.OfStack && !strings.HasSuffix(e.Status, "_IN_PROGRESS") }

// Mark is a place in a stack's events, for Follow.
type Mark string

// Now is the place after everything that has happened to a stack.
func (s *Stacks) Now(ctx context.Context, stackID string) (Mark, error) {
	return s.mark(ctx, stackID, func(StackEvent) bool { return true })
}

// Start is the place where the operation began that is under way.
func (s *Stacks) Start(ctx context.Context, stackID string) (Mark, error) {
	return s.mark(ctx, stackID, func(e StackEvent) bool { return e.Ends() || e.Status == "REVIEW_IN_PROGRESS" })
}

// mark is the newest event that found accepts; empty if there is none.
func (s *Stacks) mark(ctx context.Context, stackID string, found func(StackEvent) bool) (Mark, error) {
	pages := cloudformation.NewDescribeStackEventsPaginator(s.cfn, &cloudformation.DescribeStackEventsInput{StackName: &stackID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", stackError(wrap(err, "reading the events of stack %s", stackID))
		}
		for i := range page.StackEvents {
			if e := newStackEvent(&page.StackEvents[i]); found(e) {
				return Mark(e.ID), nil
			}
		}
	}
	return "", nil
}

// maxOutages bounds how often in a row Follow overlooks that AWS does not answer.
const maxOutages = 20

// Follow hands on the events of a stack after a place, oldest first, until its
// operation has ended, and returns the status it ended with. stackID is the ARN, by
// which also a deleted stack is found. The operation goes on when ctx ends.
func (s *Stacks) Follow(ctx context.Context, stackID string, after Mark, each func(StackEvent)) (string, error) {
	outages := 0
	for quiet := 0; ; quiet++ {
		fresh, err := s.since(ctx, stackID, after)
		switch {
		case err == nil:
			outages = 0
		case !core.IsCode(err, core.CodeThrottled, core.CodeUnavailable) || outages == maxOutages:
			return "", err
		default:
			outages++
		}
		for _, e := range fresh {
			each(e)
			after, quiet = Mark(e.ID), 0
			if e.Ends() {
				return e.Status, nil
			}
		}
		if err := poll(ctx, quiet+2); err != nil {
			return "", err
		}
	}
}

// since reads the events after a place, oldest first.
func (s *Stacks) since(ctx context.Context, stackID string, after Mark) ([]StackEvent, error) {
	var fresh []StackEvent
	pages := cloudformation.NewDescribeStackEventsPaginator(s.cfn, &cloudformation.DescribeStackEventsInput{StackName: &stackID})
read:
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, stackError(wrap(err, "reading the events of stack %s", stackID))
		}
		for i := range page.StackEvents { // newest first
			e := newStackEvent(&page.StackEvents[i])
			if Mark(e.ID) == after {
				break read
			}
			fresh = append(fresh, e)
		}
	}
	slices.Reverse(fresh)
	return fresh, nil
}

func newStackEvent(in *types.StackEvent) StackEvent {
	return StackEvent{
		ID: aws.ToString(in.EventId), Resource: aws.ToString(in.LogicalResourceId), Type: aws.ToString(in.ResourceType),
		PhysicalID: aws.ToString(in.PhysicalResourceId), Status: string(in.ResourceStatus), Reason: aws.ToString(in.ResourceStatusReason),
		At:      aws.ToTime(in.Timestamp),
		OfStack: aws.ToString(in.PhysicalResourceId) == aws.ToString(in.StackId),
	}
}
