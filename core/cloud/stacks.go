package cloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/cross-account-manager/cam/core"
)

// Stacks is CloudFormation in the client's account and region. It is safe for
// concurrent use.
type Stacks struct{ cfn *cloudformation.Client }

// Stacks opens CloudFormation.
func (c *Client) Stacks() *Stacks { return &Stacks{cloudformation.NewFromConfig(c.cfg)} }

// Stack is a stack as it stands.
type Stack struct {
	ID, Name   string // the ID is its ARN
	Status     string // CloudFormation's: CREATE_COMPLETE, UPDATE_IN_PROGRESS, ...
	Reason     string // of the status; may be empty
	Parameters map[string]string
	Outputs    map[string]string
}

// Stack finds a stack by its name or its ARN; a deleted one only by its ARN. Where
// there is none, the error is CodeNotFound.
func (s *Stacks) Stack(ctx context.Context, name string) (Stack, error) {
	out, err := s.cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil {
		return Stack{}, stackError(wrap(err, "reading stack %s", name))
	}
	if len(out.Stacks) == 0 {
		return Stack{}, core.Errorf(core.CodeNotFound, "there is no stack %s", name)
	}
	return newStack(&out.Stacks[0]), nil
}

func newStack(in *types.Stack) Stack {
	s := Stack{
		ID: aws.ToString(in.StackId), Name: aws.ToString(in.StackName), Status: string(in.StackStatus), Reason: aws.ToString(in.StackStatusReason),
		Parameters: map[string]string{}, Outputs: map[string]string{},
	}
	for _, p := range in.Parameters {
		s.Parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, o := range in.Outputs {
		s.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return s
}

// stackError tells a missing stack, for which CloudFormation has no code of its own.
func stackError(err error) error {
	e, ok := err.(*core.Error)
	if ok && e.AWSCode == "ValidationError" && strings.Contains(e.Message, "does not exist") {
		e.Code = core.CodeNotFound
	}
	return err
}

// Delete begins to delete a stack; Follow tells how it goes. id is a name or an ARN.
func (s *Stacks) Delete(ctx context.Context, id string) error {
	_, err := s.cfn.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &id})
	return stackError(wrap(err, "deleting stack %s", id))
}

// TemplateParameter is a parameter that a template declares.
type TemplateParameter struct {
	Name       string
	HasDefault bool
}

// TemplateParameters reads what a template declares, sorted by name.
func (s *Stacks) TemplateParameters(ctx context.Context, template string) ([]TemplateParameter, error) {
	out, err := s.cfn.GetTemplateSummary(ctx, &cloudformation.GetTemplateSummaryInput{TemplateBody: &template})
	if err != nil {
		return nil, wrap(err, "reading the template's parameters")
	}
	var declared []TemplateParameter
	for _, p := range out.Parameters {
		declared = append(declared, TemplateParameter{Name: aws.ToString(p.ParameterKey), HasDefault: p.DefaultValue != nil})
	}
	slices.SortFunc(declared, func(a, b TemplateParameter) int { return strings.Compare(a.Name, b.Name) })
	return declared, nil
}
