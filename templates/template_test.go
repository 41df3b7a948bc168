package templates_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Stacks of the sandbox.
const (
	masterStack = "CrossAccountManager"
	subStack    = "CrossAccountManager-SubAccount"
)

// block is some lines of a template: a resource, or a statement of a policy.
type block struct{ first, end int }

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// blockAt is the line and all that are indented deeper.
func blockAt(lines []string, first int) block {
	end := first + 1
	for end < len(lines) && (strings.TrimSpace(lines[end]) == "" || indent(lines[end]) > indent(lines[first])) {
		end++
	}
	return block{first, end}
}

// resource finds a resource of a template by its logical ID.
func resource(lines []string, id string) (block, bool) {
	for i, line := range lines {
		if line == "  "+id+":" {
			return blockAt(lines, i), true
		}
	}
	return block{}, false
}

// statements finds the statements of a resource's policies. One that stands under a
// condition is the whole condition.
func statements(lines []string, in block) []block {
	var out []block
	for i := in.first; i < in.end; i++ {
		if strings.TrimSpace(lines[i]) != "Statement:" {
			continue
		}
		list := blockAt(lines, i)
		for j := list.first + 1; j < list.end; {
			if !strings.HasPrefix(strings.TrimSpace(lines[j]), "- ") {
				j++
				continue
			}
			s := blockAt(lines, j)
			out = append(out, s)
			j = s.end
		}
	}
	return out
}

var (
	roleName   = regexp.MustCompile(`(?m)^ +RoleName: (\S+)$`)
	policyName = regexp.MustCompile(`(?m)^ +ManagedPolicyName: (\S+)$`)
)

// resources lists the logical IDs of a template's resources.
func resources(lines []string) []string {
	var out []string
	for i, line := range lines {
		if line != "Resources:" {
			continue
		}
		all := blockAt(lines, i)
		for _, line := range lines[all.first+1 : all.end] {
			if indent(line) == 2 && strings.HasSuffix(line, ":") {
				out = append(out, strings.Trim(line, " :"))
			}
		}
	}
	return out
}

var sidLine = regexp.MustCompile(`(?m)^\s*(?:- )*Sid: (\w+)$`)

// sid is the Sid of a statement's lines, in whatever place.
func sid(lines []string, s block) string {
	m := sidLine.FindStringSubmatch(strings.Join(lines[s.first:s.end], "\n"))
	if m == nil {
		return ""
	}
	return m[1]
}

// without is a template in which one statement of a resource is taken away. The only
// statement of a document is turned into a Deny, as IAM takes no empty documents.
func without(template, resourceID, statement string) (string, error) {
	lines := strings.Split(template, "\n")
	r, found := resource(lines, resourceID)
	if !found {
		return "", fmt.Errorf("there is no resource %s", resourceID)
	}
	all := statements(lines, r)
	for _, s := range all {
		if sid(lines, s) != statement {
			continue
		}
		if only(lines, s) {
			for i := s.first; i < s.end; i++ {
				lines[i] = strings.Replace(lines[i], "Effect: Allow", "Effect: Deny", 1)
			}
			return strings.Join(lines, "\n"), nil
		}
		return strings.Join(append(append([]string{}, lines[:s.first]...), lines[s.end:]...), "\n"), nil
	}
	return "", fmt.Errorf("%s has no statement %q", resourceID, statement)
}

// only reports whether a statement stands alone in its document.
func only(lines []string, s block) bool {
	before := strings.TrimSpace(lines[s.first-1]) == "Statement:"
	after := s.end >= len(lines) || indent(lines[s.end]) < indent(lines[s.first])
	return before && after
}

// otherService is a template in which a function's permission is another service's.
func otherService(template, resourceID string) (string, error) {
	lines := strings.Split(template, "\n")
	r, found := resource(lines, resourceID)
	for i := r.first; i < r.end; i++ {
		if strings.HasPrefix(strings.TrimSpace(lines[i]), "Principal: ") {
			lines[i] = "      Principal: iot.amazonaws.com"
			return strings.Join(lines, "\n"), nil
		}
	}
	return "", fmt.Errorf("%s is no permission (%v)", resourceID, found)
}

// deploy updates a stack to a template, with some parameters changed.
func (in *installation) deploy(account, stack, template string, parameters map[string]string) error {
	in.t.Helper()
	client := cloudformation.NewFromConfig(in.admin(account))
	found, err := client.DescribeStacks(in.ctx, &cloudformation.DescribeStacksInput{StackName: &stack})
	if err != nil {
		return err
	}
	input := &cloudformation.UpdateStackInput{
		StackName: &stack, TemplateBody: &template, Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	for _, p := range found.Stacks[0].Parameters {
		key := aws.ToString(p.ParameterKey)
		if value, changed := parameters[key]; changed {
			input.Parameters = append(input.Parameters, types.Parameter{ParameterKey: p.ParameterKey, ParameterValue: &value})
		} else {
			input.Parameters = append(input.Parameters, types.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)})
		}
	}
	if _, err := client.UpdateStack(in.ctx, input); err != nil {
		return err
	}
	return in.updated(client, stack)
}

// updated waits for the end of an update.
func (in *installation) updated(client *cloudformation.Client, stack string) error {
	ctx, cancel := context.WithTimeout(in.ctx, time.Minute)
	defer cancel()
	in.quiet()
	found, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &stack})
	if err != nil {
		return err
	}
	if s := found.Stacks[0]; s.StackStatus != types.StackStatusUpdateComplete {
		return fmt.Errorf("%s is %s: %s", stack, s.StackStatus, aws.ToString(s.StackStatusReason))
	}
	return nil
}
