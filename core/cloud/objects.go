package cloud

import (
	"bytes"
	"context"
	"io"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cross-account-manager/cam/core"
)

// Bucket is an S3 bucket. It implements core.Objects.
type Bucket struct {
	s3   *s3.Client
	name string
	key  string // KMS key or alias that objects are encrypted with; empty: the bucket's default
}

// maxObject bounds what is read of one object: twice what the configuration parser takes.
const maxObject = 32 << 20

// Bucket opens a bucket. kmsKey, if not empty, encrypts what is written (SSE-KMS).
func (c *Client) Bucket(name, kmsKey string) *Bucket {
	client := s3.NewFromConfig(c.cfg, func(o *s3.Options) {
		// A custom endpoint, as the sandbox's, has no host name for each bucket.
		o.UsePathStyle = c.cfg.BaseEndpoint != nil
	})
	return &Bucket{s3: client, name: name, key: kmsKey}
}

// Object implements core.Objects.
func (b *Bucket) Object(ctx context.Context, key string) (core.Object, error) {
	out, err := b.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return core.Object{}, wrap(err, "reading s3://%s/%s", b.name, key)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(io.LimitReader(out.Body, maxObject+1))
	if err != nil {
		return core.Object{}, wrap(err, "reading s3://%s/%s", b.name, key)
	}
	if len(body) > maxObject {
		return core.Object{}, core.Errorf(core.CodeInvalid, "s3://%s/%s is larger than %d bytes", b.name, key, maxObject)
	}
	return core.Object{
		Key: key, Body: body, ContentType: aws.ToString(out.ContentType), CacheControl: aws.ToString(out.CacheControl),
		Metadata: out.Metadata, ETag: aws.ToString(out.ETag), Version: aws.ToString(out.VersionId), Modified: aws.ToTime(out.LastModified),
	}, nil
}

// ListObjects implements core.Objects.
func (b *Bucket) ListObjects(ctx context.Context, prefix string) iter.Seq2[core.Object, error] {
	return func(yield func(core.Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.s3, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(core.Object{}, wrap(err, "listing s3://%s/%s", b.name, prefix))
				return
			}
			for _, o := range page.Contents {
				if strings.HasSuffix(aws.ToString(o.Key), "/") {
					continue // a folder as consoles make them
				}
				if !yield(core.Object{Key: aws.ToString(o.Key), ETag: aws.ToString(o.ETag), Modified: aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

// PutObject implements core.Objects.
func (b *Bucket) PutObject(ctx context.Context, o core.Object) (string, error) {
	in := &s3.PutObjectInput{
		Bucket: &b.name, Key: &o.Key, Body: bytes.NewReader(o.Body), Metadata: o.Metadata,
	}
	if o.ContentType != "" {
		in.ContentType = &o.ContentType
	}
	if o.CacheControl != "" {
		in.CacheControl = &o.CacheControl
	}
	if b.key != "" {
		in.ServerSideEncryption = types.ServerSideEncryptionAwsKms
		in.SSEKMSKeyId = &b.key
	}
	out, err := b.s3.PutObject(ctx, in)
	if err != nil {
		return "", wrap(err, "writing s3://%s/%s", b.name, o.Key)
	}
	return aws.ToString(out.VersionId), nil
}
