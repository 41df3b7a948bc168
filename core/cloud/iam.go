package cloud

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/cross-account-manager/cam/core"
)

// IAM is the roles of one account. It implements core.RoleAdmin.
type IAM struct{ iam *iam.Client }

// IAM opens the roles of the client's account.
func (c *Client) IAM() *IAM { return &IAM{iam.NewFromConfig(c.cfg)} }

// defaultSession is IAM's maximum session duration of a role that sets none.
const defaultSession = time.Hour

// Role implements core.RoleAdmin.
func (a *IAM) Role(ctx context.Context, name string) (core.IAMRole, error) {
	out, err := a.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return core.IAMRole{}, wrap(err, "reading role %s", name)
	}
	role := fromRole(out.Role)
	inline, err := a.inlineNames(ctx, name)
	if err != nil {
		return role, err
	}
	if own := slices.Index(inline, inlineName(name)); own >= 0 {
		role.InlineName = inline[own]
		role.Strays = slices.Delete(inline, own, own+1)
		if role.Inline, err = a.inline(ctx, name, role.InlineName); err != nil {
			return role, err
		}
	} else {
		role.Strays = inline
	}
	role.ManagedPolicies, err = a.attached(ctx, name)
	return role, err
}

// inlineName is the name of the inline policy that a role of ours has.
func inlineName(role string) string { return core.ParseRoleName(role).PolicyName() }

func fromRole(r *types.Role) core.IAMRole {
	role := core.IAMRole{
		Name: aws.ToString(r.RoleName), Description: aws.ToString(r.Description), Trust: decodeDocument(r.AssumeRolePolicyDocument),
		MaxSessionDuration: time.Duration(aws.ToInt32(r.MaxSessionDuration)) * time.Second, Tags: map[string]string{},
	}
	if r.PermissionsBoundary != nil {
		role.PermissionsBoundary = aws.ToString(r.PermissionsBoundary.PermissionsBoundaryArn)
	}
	for _, t := range r.Tags {
		role.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return role
}

// decodeDocument undoes the percent-encoding in which IAM returns documents.
func decodeDocument(s *string) string {
	decoded, err := url.PathUnescape(aws.ToString(s))
	if err != nil {
		return aws.ToString(s)
	}
	return decoded
}

func (a *IAM) inlineNames(ctx context.Context, role string) ([]string, error) {
	var names []string
	pages := iam.NewListRolePoliciesPaginator(a.iam, &iam.ListRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "listing the policies of role %s", role)
		}
		names = append(names, page.PolicyNames...)
	}
	return names, nil
}

func (a *IAM) inline(ctx context.Context, role, name string) (string, error) {
	out, err := a.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
	if err != nil {
		return "", wrap(err, "reading policy %s of role %s", name, role)
	}
	return decodeDocument(out.PolicyDocument), nil
}

func (a *IAM) attached(ctx context.Context, role string) ([]string, error) {
	var arns []string
	pages := iam.NewListAttachedRolePoliciesPaginator(a.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "listing the attached policies of role %s", role)
		}
		for _, p := range page.AttachedPolicies {
			arns = append(arns, aws.ToString(p.PolicyArn))
		}
	}
	return arns, nil
}

// ListRoles implements core.RoleAdmin. IAM lists roles without their tags, so each
// role that matches costs one more read.
func (a *IAM) ListRoles(ctx context.Context, prefix string) iter.Seq2[core.IAMRole, error] {
	return func(yield func(core.IAMRole, error) bool) {
		pages := iam.NewListRolesPaginator(a.iam, &iam.ListRolesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(core.IAMRole{}, wrap(err, "listing roles"))
				return
			}
			for _, r := range page.Roles {
				if !strings.HasPrefix(aws.ToString(r.RoleName), prefix) {
					continue
				}
				role, err := a.tagged(ctx, &r)
				if core.IsCode(err, core.CodeNotFound) {
					continue // deleted meanwhile
				}
				if !yield(role, err) || err != nil {
					return
				}
			}
		}
	}
}

func (a *IAM) tagged(ctx context.Context, r *types.Role) (core.IAMRole, error) {
	out, err := a.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: r.RoleName})
	if err != nil {
		return core.IAMRole{}, wrap(err, "reading role %s", aws.ToString(r.RoleName))
	}
	return fromRole(out.Role), nil
}

// DeleteRole implements core.RoleAdmin: it empties the role, then deletes it.
func (a *IAM) DeleteRole(ctx context.Context, name string) error {
	err := a.empty(ctx, name)
	if err == nil {
		_, err = a.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
		err = wrap(err, "deleting role %s", name)
	}
	if core.IsCode(err, core.CodeNotFound) {
		return nil
	}
	return err
}

func (a *IAM) empty(ctx context.Context, name string) error {
	inline, err := a.inlineNames(ctx, name)
	if err != nil {
		return err
	}
	for _, p := range inline {
		if err := a.deleteInline(ctx, name, p); err != nil {
			return err
		}
	}
	attached, err := a.attached(ctx, name)
	if err != nil {
		return err
	}
	for _, arn := range attached {
		if err := a.detach(ctx, name, arn); err != nil {
			return err
		}
	}
	return nil
}

func (a *IAM) deleteInline(ctx context.Context, role, policy string) error {
	_, err := a.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &policy})
	return wrap(err, "deleting policy %s of role %s", policy, role)
}

func (a *IAM) detach(ctx context.Context, name, arn string) error {
	_, err := a.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: &arn})
	return wrap(err, "detaching %s from role %s", arn, name)
}

// sameDocument compares two JSON documents regardless of their layout.
func sameDocument(a, b string) bool {
	if a == b {
		return true
	}
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func tagList(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return out
}
