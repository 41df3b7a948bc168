package cloud

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/cross-account-manager/cam/core"
)

// PutRole implements core.RoleAdmin. A new role costs one write for the role, one for
// its inline policy and one for each managed policy; an existing one a write for each
// part that differs. Trust is written before permissions. Permissions are added before
// others are taken away, so that no holder loses access meanwhile; but those that
// nobody asked for go first.
func (a *IAM) PutRole(ctx context.Context, want core.IAMRole) error {
	have, err := a.Role(ctx, want.Name)
	if core.IsCode(err, core.CodeNotFound) {
		have, err = a.create(ctx, want)
	}
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, *core.IAMRole, *core.IAMRole) error{
		a.putTrust, a.putSettings, a.putBoundary, a.putTags, a.removeStrays, a.putInline, a.putManaged,
	} {
		if err := step(ctx, &have, &want); err != nil {
			return err
		}
	}
	return nil
}

// create makes the role and returns it as it then is.
func (a *IAM) create(ctx context.Context, want core.IAMRole) (core.IAMRole, error) {
	in := &iam.CreateRoleInput{
		RoleName: &want.Name, AssumeRolePolicyDocument: &want.Trust, Tags: tagList(want.Tags),
		MaxSessionDuration: aws.Int32(seconds(want.MaxSessionDuration)),
	}
	if want.Description != "" {
		in.Description = &want.Description
	}
	if want.PermissionsBoundary != "" {
		in.PermissionsBoundary = &want.PermissionsBoundary
	}
	if _, err := a.iam.CreateRole(ctx, in); err != nil {
		return core.IAMRole{}, wrap(err, "creating role %s", want.Name)
	}
	have := want
	have.InlineName, have.Inline, have.ManagedPolicies = "", "", nil
	return have, nil
}

func seconds(d time.Duration) int32 { return int32(cmp.Or(d, defaultSession) / time.Second) }

func (a *IAM) putTrust(ctx context.Context, have, want *core.IAMRole) error {
	if sameDocument(have.Trust, want.Trust) {
		return nil
	}
	_, err := a.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &want.Name, PolicyDocument: &want.Trust})
	return wrap(err, "writing the trust policy of role %s", want.Name)
}

func (a *IAM) putSettings(ctx context.Context, have, want *core.IAMRole) error {
	if have.Description == want.Description && seconds(have.MaxSessionDuration) == seconds(want.MaxSessionDuration) {
		return nil
	}
	_, err := a.iam.UpdateRole(ctx, &iam.UpdateRoleInput{
		RoleName: &want.Name, Description: &want.Description, MaxSessionDuration: aws.Int32(seconds(want.MaxSessionDuration)),
	})
	return wrap(err, "updating role %s", want.Name)
}

func (a *IAM) putBoundary(ctx context.Context, have, want *core.IAMRole) error {
	switch {
	case have.PermissionsBoundary == want.PermissionsBoundary:
		return nil
	case want.PermissionsBoundary == "":
		_, err := a.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &want.Name})
		return wrap(err, "removing the permissions boundary of role %s", want.Name)
	default:
		_, err := a.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &want.Name, PermissionsBoundary: &want.PermissionsBoundary})
		return wrap(err, "setting the permissions boundary of role %s", want.Name)
	}
}

func (a *IAM) putTags(ctx context.Context, have, want *core.IAMRole) error {
	changed := map[string]string{}
	for k, v := range want.Tags {
		if old, known := have.Tags[k]; !known || old != v {
			changed[k] = v
		}
	}
	if len(changed) > 0 {
		if _, err := a.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: &want.Name, Tags: tagList(changed)}); err != nil {
			return wrap(err, "tagging role %s", want.Name)
		}
	}
	gone := without(slices.Sorted(maps.Keys(have.Tags)), slices.Collect(maps.Keys(want.Tags)))
	if len(gone) == 0 {
		return nil
	}
	_, err := a.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: &want.Name, TagKeys: gone})
	return wrap(err, "removing tags of role %s", want.Name)
}

func (a *IAM) putInline(ctx context.Context, have, want *core.IAMRole) error {
	switch {
	case want.Inline == "" && have.Inline == "":
		return nil
	case want.Inline == "":
		return a.deleteInline(ctx, want.Name, have.InlineName)
	case have.InlineName == want.InlineName && sameDocument(have.Inline, want.Inline):
		return nil
	}
	// IAM may not know a role yet that it made a moment ago.
	return eventually(ctx, func() error {
		_, err := a.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &want.Name, PolicyName: &want.InlineName, PolicyDocument: &want.Inline})
		return wrap(err, "writing policy %s of role %s", want.InlineName, want.Name)
	})
}

func (a *IAM) putManaged(ctx context.Context, have, want *core.IAMRole) error {
	missing, gone := without(want.ManagedPolicies, have.ManagedPolicies), without(have.ManagedPolicies, want.ManagedPolicies)
	attached := a.attach(ctx, want.Name, missing)
	if full := core.IsCode(attached, core.CodeLimit) && len(gone) > 0; attached != nil && !full {
		return attached
	}
	for _, arn := range gone {
		if err := a.detach(ctx, want.Name, arn); err != nil && !core.IsCode(err, core.CodeNotFound) {
			return err
		}
	}
	if attached != nil { // now there is room
		return a.attach(ctx, want.Name, missing)
	}
	return nil
}

// without lists what is in all and not in some.
func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}

// removeStrays takes away inline policies that somebody added by hand.
func (a *IAM) removeStrays(ctx context.Context, have, want *core.IAMRole) error {
	for _, p := range have.Strays {
		if err := a.deleteInline(ctx, want.Name, p); err != nil && !core.IsCode(err, core.CodeNotFound) {
			return err
		}
	}
	return nil
}

// attach attaches policies; one that is attached already stays.
func (a *IAM) attach(ctx context.Context, name string, arns []string) error {
	for _, arn := range arns {
		err := eventually(ctx, func() error {
			_, err := a.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: &arn})
			return wrap(err, "attaching %s to role %s", arn, name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eventually repeats op, for a few seconds, while IAM does not find what was just made.
func eventually(ctx context.Context, op func() error) error {
	for race := 3; ; race++ {
		err := op()
		if !core.IsCode(err, core.CodeNotFound) || race == 10 {
			return err
		}
		if pause(ctx, race) != nil {
			return err
		}
	}
}
