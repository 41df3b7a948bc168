package cloud

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cross-account-manager/cam/core"
)

// ArtifactBucket is the bucket that functions' code comes from: of the master account,
// in the installation's region, readable by sub-accounts. Lambda takes code only from
// a bucket in the function's own region.
type ArtifactBucket struct {
	*Bucket
	region string
}

// ArtifactBucket opens it.
func (c *Client) ArtifactBucket(name string) *ArtifactBucket {
	return &ArtifactBucket{Bucket: c.Bucket(name, ""), region: c.Region()}
}

// Make creates the bucket if there is none, and reports whether it did. A name that
// belongs to somebody else, or to a bucket in another region, is an error.
func (b *ArtifactBucket) Make(ctx context.Context) (made bool, err error) {
	out, err := b.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name})
	switch wrapped := wrap(err, "looking for bucket %s", b.name); {
	case err == nil:
		if region := aws.ToString(out.BucketRegion); region != "" && region != b.region {
			return false, b.elsewhere()
		}
		return false, nil
	case inOtherRegion(err, b.region):
		return false, b.elsewhere()
	case core.IsCode(wrapped, core.CodeDenied):
		return false, b.taken(wrapped)
	case !core.IsCode(wrapped, core.CodeNotFound):
		return false, wrapped
	}
	in := &s3.CreateBucketInput{Bucket: &b.name}
	if b.region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(b.region)}
	}
	if _, err := b.s3.CreateBucket(ctx, in); err != nil {
		err = wrap(err, "creating bucket %s", b.name)
		if core.IsCode(err, core.CodeConflict) {
			return false, b.taken(err)
		}
		return false, err
	}
	return true, nil
}

func (b *ArtifactBucket) taken(cause error) error {
	return core.Errorf(core.CodeConflict, "the bucket name %s is taken by another account, or you may not look at the bucket (%w)", b.name, cause).
		WithHint("choose another name with --artifact-bucket, or get s3:ListBucket on it")
}

func (b *ArtifactBucket) elsewhere() error {
	return core.Errorf(core.CodeConflict, "the bucket %s is in another region than %s", b.name, b.region).
		WithHint("functions take their code from a bucket in their own region: choose another with --artifact-bucket")
}

// inOtherRegion reports whether S3 refused a call since the bucket is in another
// region than the one that was called: its answer then names the bucket's.
func inOtherRegion(err error, called string) bool {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.Response == nil {
		return false
	}
	region := response.Response.Header.Get("X-Amz-Bucket-Region")
	return response.HTTPStatusCode() == http.StatusMovedPermanently || region != "" && region != called
}

// Policy reads the bucket's policy; empty where there is none.
func (b *ArtifactBucket) Policy(ctx context.Context) (string, error) {
	out, err := b.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.name})
	if err = wrap(err, "reading the policy of bucket %s", b.name); core.IsCode(err, core.CodeNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return aws.ToString(out.Policy), nil
}

// Secure gives the bucket its settings: the policy, which marks the bucket as cam's
// own, then versions, encryption, and no public access.
func (b *ArtifactBucket) Secure(ctx context.Context, policy string) error {
	for _, set := range []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := b.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &b.name, Policy: &policy})
			return err
		},
		b.blockPublicAccess, b.keepVersions, b.encrypt,
	} {
		if err := set(ctx); err != nil {
			return wrap(err, "securing bucket %s", b.name)
		}
	}
	return nil
}

func (b *ArtifactBucket) blockPublicAccess(ctx context.Context) error {
	_, err := b.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &b.name,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
			IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	return err
}

func (b *ArtifactBucket) keepVersions(ctx context.Context) error {
	_, err := b.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &b.name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	return err
}

// encrypt uses S3's own key: a sub-account could not read what a KMS key of the
// master account encrypts without a grant on that key.
func (b *ArtifactBucket) encrypt(ctx context.Context) error {
	_, err := b.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: &b.name,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
		}}},
	})
	return err
}

// Holds reports whether the bucket has an object. Who may not list the bucket gets
// CodeDenied for one that is missing.
func (b *ArtifactBucket) Holds(ctx context.Context, key string) (bool, error) {
	_, err := b.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key})
	if err = wrap(err, "looking for s3://%s/%s", b.name, key); core.IsCode(err, core.CodeNotFound) {
		return false, nil
	}
	return err == nil, err
}
