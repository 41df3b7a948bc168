package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cross-account-manager/cam/core"
)

// FixedNames are names that a template gives to what it creates. CloudFormation
// cannot create what exists.
type FixedNames struct {
	Buckets    []string
	Tables     []string
	KeyAliases []string
	Roles      []string
}

// Existing finds which of the names are in use: "table X", "bucket Y". A bucket that
// the caller may not look at counts, as one of another account.
func (c *Client) Existing(ctx context.Context, names FixedNames) ([]string, error) {
	buckets, tables := c.Bucket("", "").s3, dynamodb.NewFromConfig(c.cfg)
	keys, roles := kms.NewFromConfig(c.cfg), iam.NewFromConfig(c.cfg)
	var found []string
	look := func(what string, names []string, ask func(*string) error) error {
		for _, name := range names {
			err := ask(&name)
			if err == nil {
				found = append(found, what+" "+name)
				continue
			}
			if err = wrap(err, "looking for %s %s", what, name); !core.IsCode(err, core.CodeNotFound) {
				return err
			}
		}
		return nil
	}
	for _, kind := range []struct {
		what  string
		names []string
		ask   func(*string) error
	}{
		{"bucket", names.Buckets, func(name *string) error {
			_, err := buckets.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name})
			if inOtherRegion(err, c.Region()) || core.IsCode(wrap(err, ""), core.CodeDenied) {
				return nil
			}
			return err
		}},
		{"table", names.Tables, func(name *string) error {
			_, err := tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: name})
			return err
		}},
		{"key", names.KeyAliases, func(name *string) error {
			_, err := keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: name})
			return err
		}},
		{"role", names.Roles, func(name *string) error {
			_, err := roles.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(*name)})
			return err
		}},
	} {
		if err := look(kind.what, kind.names, kind.ask); err != nil {
			return nil, err
		}
	}
	return found, nil
}
