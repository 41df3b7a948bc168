package cloud_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// bareBox starts a sandbox with nothing installed.
func bareBox(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

// deployer is a client of somebody in a sandbox, in one of its regions.
func deployer(t *testing.T, box *sandbox.Sandbox, who, region string) *cloud.Client {
	t.Helper()
	id, err := box.As(who)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cloud.New(t.Context(), cloud.Options{
		Credentials: &core.Credentials{
			AccessKeyID: id.AccessKeyID, SecretAccessKey: core.NewSecret(id.SecretAccessKey), SessionToken: core.NewSecret(id.SessionToken),
		},
		Region: region, Endpoint: box.Endpoint(), Retries: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestArtifactBucket holds that the bucket is made once and secured, and who may read.
func TestArtifactBucket(t *testing.T) {
	t.Parallel()
	ctx, box := t.Context(), bareBox(t, sandbox.Options{OrgID: "none"})
	b := deployer(t, box, "admin", box.Region()).ArtifactBucket("code")
	if made, err := b.Make(ctx); err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	if made, err := b.Make(ctx); err != nil || made {
		t.Fatalf("again: made %v, %v", made, err)
	}
	if policy, err := b.Policy(ctx); err != nil || policy != "" {
		t.Fatalf("policy %q, %v", policy, err)
	}
	policy, err := cloud.ArtifactPolicy("", "aws", "code", cloud.Readers{Accounts: []core.AccountID{"111111111111"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Secure(ctx, policy); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Policy(ctx); err != nil || !cloud.SamePolicy(got, policy) {
		t.Errorf("policy %q, %v", got, err)
	}
	checkSettings(t, box)
	if _, err := b.PutObject(ctx, core.Object{Key: "code.zip", Body: []byte("PK")}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"code.zip": true, "other.zip": false} {
		if there, err := b.Holds(ctx, key); err != nil || there != want {
			t.Errorf("%s: %v, %v", key, there, err)
		}
	}
	if there, err := deployer(t, box, "account:111111111111", box.Region()).ArtifactBucket("code").Holds(ctx, "code.zip"); err != nil || !there {
		t.Errorf("a listed account: %v, %v", there, err)
	}
	stranger := deployer(t, box, "account:222222222222", box.Region()).ArtifactBucket("code")
	if _, err := stranger.Holds(ctx, "code.zip"); !core.IsCode(err, core.CodeDenied) {
		t.Errorf("an account that is not listed: %v", err)
	}
	if _, err := stranger.Make(ctx); !core.IsCode(err, core.CodeConflict) {
		t.Errorf("a name that is taken: %v", err)
	}
	if _, err := deployer(t, box, "admin", "us-west-2").ArtifactBucket("code").Make(ctx); !core.IsCode(err, core.CodeConflict) {
		t.Errorf("a bucket in another region: %v", err)
	}
}

// checkSettings asks S3 itself for the settings of the bucket.
func checkSettings(t *testing.T, box *sandbox.Sandbox) {
	t.Helper()
	id, err := box.As("admin")
	if err != nil {
		t.Fatal(err)
	}
	raw := s3.New(s3.Options{
		Region: box.Region(), BaseEndpoint: aws.String(box.Endpoint()), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, ""),
	})
	bucket := aws.String("code")
	if v, err := raw.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket}); err != nil || v.Status != types.BucketVersioningStatusEnabled {
		t.Errorf("versioning: %v", err)
	}
	e, err := raw.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: bucket})
	if err != nil || e.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm != types.ServerSideEncryptionAes256 {
		t.Errorf("encryption: %v", err)
	}
	p, err := raw.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: bucket})
	if err != nil {
		t.Fatal(err)
	}
	c := p.PublicAccessBlockConfiguration
	if !*c.BlockPublicAcls || !*c.BlockPublicPolicy || !*c.IgnorePublicAcls || !*c.RestrictPublicBuckets {
		t.Errorf("public access: %+v", c)
	}
}

// TestOrganisationReadsCode holds that an organisation's accounts read without being
// listed.
func TestOrganisationReadsCode(t *testing.T) {
	t.Parallel()
	ctx, box := t.Context(), bareBox(t, sandbox.Options{OrgID: "o-1234567890"})
	b := deployer(t, box, "admin", box.Region()).ArtifactBucket("code")
	policy, err := cloud.ArtifactPolicy("", "aws", "code", cloud.Readers{Organization: "o-1234567890"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Make(ctx); err != nil {
		t.Fatal(err)
	}
	if err := b.Secure(ctx, policy); err != nil {
		t.Fatal(err)
	}
	if _, err := b.PutObject(ctx, core.Object{Key: "code.zip", Body: []byte("PK")}); err != nil {
		t.Fatal(err)
	}
	if there, err := deployer(t, box, "account:111111111111", box.Region()).ArtifactBucket("code").Holds(ctx, "code.zip"); err != nil || !there {
		t.Errorf("%v, %v", there, err)
	}
}
