package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/templates"
)

// subAccountOptions are the flags of cam deploy sub-account.
type subAccountOptions struct {
	deployOptions
	master         string
	masterRegion   string
	masterProfile  string
	artifactBucket string
	artifactKey    string
	architecture   string
	boundary       string
}

func newDeploySubAccount(a *app) *cobra.Command {
	o := subAccountOptions{deployOptions: deployOptions{stack: core.SubAccountStack}}
	cmd := &cobra.Command{
		Use:   "sub-account",
		Short: "Let a sub-account join, upgrade it, or let it leave",
		Long: `Let a sub-account join, upgrade it, or let it leave. It runs with credentials of the
sub-account, in the region of the master stack. What cam deploy master printed tells the
flags; --from-master-profile reads them from the master stack instead.

Without an AWS organisation, list the account in a file and push before it joins.`,
		Example: `  cam deploy sub-account --profile payments --from-master-profile master
  cam deploy sub-account --profile payments --master 100000000001 --master-region eu-west-1 \
    --artifact-bucket cam-artifacts-100000000001-eu-west-1 --artifact-key cam-lambda-arm64-0123456789abcdef.zip
  cam deploy sub-account --profile payments --delete`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.deploySubAccount(cmd.Context(), o) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.master, "master", "", "ID of the master account")
	f.StringVar(&o.masterRegion, "master-region", "", "region of the master stack")
	f.StringVar(&o.masterProfile, "from-master-profile", "", "profile of the master account, to read the other values from its stack")
	f.StringVar(&o.artifactBucket, "artifact-bucket", "", "bucket of the functions' code")
	f.StringVar(&o.artifactKey, "artifact-key", "", "key of the zip file in it")
	f.StringVar(&o.architecture, "architecture", "", "processor that the code was built for: arm64 or x86_64")
	f.StringVar(&o.boundary, "permissions-boundary", "", "ARN of the policy that every role made here must have as its boundary")
	return cmd
}

func (a *app) deploySubAccount(ctx context.Context, o subAccountOptions) error {
	if err := a.askMaster(ctx, &o); err != nil {
		return err
	}
	here := *a
	if here.region == "" {
		here.region = o.masterRegion // where the code is
	}
	d := &deployment{app: &here, deployOptions: o.deployOptions, command: "cam deploy sub-account", template: templates.SubAccount()}
	if err := d.connect(ctx); err != nil {
		return err
	}
	if string(d.account) == o.master && !o.remove {
		return core.Errorf(core.CodeUsage, "%s is the master account itself", d.account).
			WithHint("sign in to the sub-account: --profile is a profile of the account that joins")
	}
	current, err := d.current(ctx)
	if err != nil {
		return err
	}
	switch {
	case o.remove:
		return d.delete(ctx, current)
	case o.watch:
		return d.watchAgain(ctx, current)
	}
	if current, err = d.ready(ctx, current); err != nil {
		return err
	}
	err = d.give(map[string]string{
		"MasterAccountId": o.master, "MasterRegion": o.masterRegion, "ArtifactBucket": o.artifactBucket,
		"ArtifactKey": o.artifactKey, "Architecture": o.architecture, "PermissionsBoundaryArn": o.boundary,
	})
	if err != nil {
		return err
	}
	d.names = cloud.FixedNames{Roles: []string{core.AdminRole.IAMName()}}
	d.check = func(ctx context.Context) error {
		return d.checkCode(ctx, d.value(current, "ArtifactBucket"), d.value(current, "ArtifactKey"))
	}
	return d.deploy(ctx, current)
}

// askMaster fills what no flag says from the master stack, if its profile is given.
func (a *app) askMaster(ctx context.Context, o *subAccountOptions) error {
	if o.masterProfile == "" || o.remove || o.watch {
		return nil
	}
	client, err := cloud.New(ctx, cloud.Options{Profile: o.masterProfile, Region: o.masterRegion, UserAgent: "cam-" + version()})
	if err != nil {
		return err
	}
	who, err := client.STS().Identity(ctx)
	if err != nil {
		return err
	}
	stack, err := client.Stacks().Stack(ctx, a.masterStack())
	if core.IsCode(err, core.CodeNotFound) {
		return core.Errorf(core.CodeNotFound, "there is no master stack %s in account %s, region %s", a.masterStack(), who.Account, client.Region()).
			WithHint("CAM_STACK names it if it has another name, --master-region its region")
	} else if err != nil {
		return err
	}
	for flag, value := range map[*string]string{
		&o.master: string(who.Account), &o.masterRegion: client.Region(), &o.artifactBucket: stack.Parameters["ArtifactBucket"],
		&o.artifactKey: stack.Parameters["ArtifactKey"], &o.architecture: stack.Parameters["Architecture"],
	} {
		if *flag == "" {
			*flag = value
		}
	}
	return nil
}

// checkCode makes sure that this account may read the function's code: CloudFormation
// would find out late, and say little.
func (d *deployment) checkCode(ctx context.Context, bucket, key string) error {
	there, err := d.client.ArtifactBucket(bucket).Holds(ctx, key)
	switch {
	case core.IsCode(err, core.CodeDenied):
		return core.Errorf(core.CodeDenied, "account %s may not read the function's code s3://%s/%s, or it is not there (%w)", d.account, bucket, key, err).
			WithHint("in the master account: cam deploy master --sub-account %s, or with the --organization-id that the account belongs to", d.account)
	case err != nil:
		return err
	case !there:
		return core.Errorf(core.CodeNotFound, "there is no s3://%s/%s", bucket, key).
			WithHint("cam deploy master prints where the functions' code is")
	default:
		return nil
	}
}
