package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/templates"
)

// masterOptions are the flags of cam deploy master.
type masterOptions struct {
	deployOptions
	configBucket   string
	linksBucket    string
	organization   string // ID; "none" takes it away
	subAccounts    []string
	artifact       string // file
	artifactBucket string
	architecture   string
}

func newDeployMaster(a *app) *cobra.Command {
	o := masterOptions{deployOptions: deployOptions{stack: a.masterStack()}}
	cmd := &cobra.Command{
		Use:   "master",
		Short: "Install or upgrade the master account",
		Long: `Install or upgrade the master account: the functions' code goes to the artifact bucket,
which is made if it is missing, and the master stack is brought to this program's
template. Parameters that are not given keep their value.

Sub-accounts read their function's code from the artifact bucket. With an AWS
organisation its accounts may; otherwise name them with --sub-account.`,
		Example: `  cam deploy master --organization-id o-a1b2c3d4e5 --dry-run
  cam deploy master --organization-id o-a1b2c3d4e5
  cam deploy master --sub-account 111122223333 --sub-account 444455556666
  cam deploy master --delete`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.deployMaster(cmd.Context(), o) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.configBucket, "config-bucket", "", "name for the configuration bucket (default cam-config-ACCOUNT-REGION)")
	f.StringVar(&o.linksBucket, "links-bucket", "", "name for the access-links bucket (default cam-links-ACCOUNT-REGION)")
	f.StringVar(&o.organization, "organization-id", "", "AWS organisation of the sub-accounts, o-...; none for no organisation")
	f.StringArrayVar(&o.subAccounts, "sub-account", nil, "account that may read the functions' code; may be repeated")
	f.StringVar(&o.artifact, "artifact", "", "zip file of the functions' code (default dist/cam-lambda-ARCHITECTURE.zip)")
	f.StringVar(&o.artifactBucket, "artifact-bucket", "", "bucket for the functions' code (default cam-artifacts-ACCOUNT-REGION)")
	f.StringVar(&o.architecture, "architecture", "", "processor that the code was built for: arm64 (default) or x86_64")
	return cmd
}

// masterStack is the name of the master stack.
func (a *app) masterStack() string {
	if name := a.getenv("CAM_STACK"); name != "" {
		return name
	}
	return stackName
}

func (a *app) deployMaster(ctx context.Context, o masterOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	d := &deployment{app: a, deployOptions: o.deployOptions, command: "cam deploy master", template: templates.Master()}
	if err := d.connect(ctx); err != nil {
		return err
	}
	current, err := d.current(ctx)
	if err != nil {
		return err
	}
	switch {
	case o.remove:
		return d.deleteMaster(ctx, current)
	case o.watch:
		return d.watchAgain(ctx, current)
	}
	if current, err = d.ready(ctx, current); err != nil {
		return err
	}
	code, err := d.masterParameters(current, o)
	if err != nil {
		return err
	}
	d.prepare = func(ctx context.Context) error { return code.upload(ctx, d) }
	if err := d.deploy(ctx, current); err != nil {
		return err
	}
	if !d.dryRun {
		d.nextSteps(ctx)
	}
	return nil
}

func (o *masterOptions) check() error {
	for _, id := range o.subAccounts {
		if !core.AccountID(id).Valid() {
			return core.Errorf(core.CodeUsage, "%q is not an account ID: it has 12 digits", id)
		}
	}
	switch o.architecture {
	case "", "arm64", "x86_64":
		return nil
	default:
		return core.Errorf(core.CodeUsage, "there is no architecture %q", o.architecture).WithHint("one of arm64, x86_64")
	}
}

// masterParameters settles the template's parameters. It returns the code to upload,
// which names the ArtifactKey.
func (d *deployment) masterParameters(current cloud.Stack, o masterOptions) (*artifact, error) {
	err := d.give(map[string]string{
		"ConfigBucketName": o.configBucket, "LinksBucketName": o.linksBucket, "ArtifactBucket": o.artifactBucket,
		"Architecture": o.architecture, "OrganizationId": o.organization,
	})
	if err != nil {
		return nil, err
	}
	if d.given["OrganizationId"] == "none" {
		d.given["OrganizationId"] = ""
	}
	region := d.client.Region()
	for name, kind := range map[string]string{"ConfigBucketName": "config", "LinksBucketName": "links", "ArtifactBucket": "artifacts"} {
		d.fallback(current, name, d.defaultBucket(kind))
	}
	d.fallback(current, "Architecture", "arm64")
	d.names = cloud.FixedNames{
		Buckets:    []string{d.given["ConfigBucketName"], d.given["LinksBucketName"]},
		Tables:     []string{core.AccountsTable, core.RolesTable, core.AssignmentsTable},
		KeyAliases: []string{core.KeyAlias}, Roles: []string{core.AdminRole.IAMName()},
	}
	code := &artifact{
		bucket: d.value(current, "ArtifactBucket"), partition: core.PartitionOf(region),
		readers: cloud.Readers{Organization: d.value(current, "OrganizationId")},
	}
	for _, id := range o.subAccounts {
		code.readers.Accounts = append(code.readers.Accounts, core.AccountID(id))
	}
	if key, elsewhere := d.given["ArtifactKey"]; elsewhere { // somebody else uploaded it
		code.key = key
		return code, nil
	}
	if err := code.read(o.artifact, d.value(current, "Architecture")); err != nil {
		return nil, err
	}
	d.given["ArtifactKey"] = code.key
	return code, nil
}

// defaultBucket is the name of a bucket unless a flag says otherwise. It holds account
// and region, since all of AWS shares one space of bucket names.
func (d *deployment) defaultBucket(kind string) string {
	return fmt.Sprintf("cam-%s-%s-%s", kind, d.account, d.client.Region())
}

func (d *deployment) deleteMaster(ctx context.Context, current cloud.Stack) error {
	if current.ID != "" {
		d.notef("Deleting the master stack removes the user roles of the master account. What cam made in sub-accounts " +
			"goes with their own stacks only: better first, cam deploy sub-account --delete in each.")
	}
	return d.delete(ctx, current, "bucket "+current.Parameters["ArtifactBucket"]+", with the functions' code")
}

// nextSteps says how to go on after the master.
func (d *deployment) nextSteps(ctx context.Context) {
	s, err := d.stacks.Stack(ctx, d.stack)
	if err != nil {
		return // only advice
	}
	d.notef("Sub-accounts join with their own credentials:")
	d.notef("  %s", invitation(d.account, d.client.Region(), s).Command())
}
