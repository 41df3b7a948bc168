package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/cross-account-manager/cam/core"
)

// StackOutputs reads what a stack tells of itself.
func (c *Client) StackOutputs(ctx context.Context, name string) (map[string]string, error) {
	client := cloudformation.NewFromConfig(c.cfg)
	out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil {
		return nil, wrap(err, "reading stack %s", name)
	}
	if len(out.Stacks) == 0 {
		return nil, core.Errorf(core.CodeNotFound, "there is no stack %s", name)
	}
	outputs := map[string]string{}
	for _, o := range out.Stacks[0].Outputs {
		outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return outputs, nil
}
