package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// artifact is the functions' code on its way into the artifact bucket.
type artifact struct {
	bucket    string
	partition core.Partition
	readers   cloud.Readers
	key       string
	body      []byte // nil: it is there already
}

// read reads the zip file; an empty name is where make lambda puts it. The key holds
// the content's hash, so that other code is another key, which is what makes
// CloudFormation update the functions, and the same code is uploaded once.
func (c *artifact) read(file, architecture string) error {
	byDefault := file == ""
	if byDefault {
		file = filepath.Join("dist", "cam-lambda-"+architecture+".zip")
	}
	body, err := os.ReadFile(file)
	switch {
	case byDefault && errors.Is(err, fs.ErrNotExist):
		return core.Errorf(core.CodeUsage, "the functions' code %s is not there", file).
			WithHint("make lambda builds it; or name a zip file with --artifact")
	case err != nil:
		return core.Errorf(core.CodeUsage, "the functions' code cannot be read: %w", err).
			WithHint("make lambda builds it; --artifact names the zip file")
	case len(body) < 4 || string(body[:4]) != "PK\x03\x04":
		return core.Errorf(core.CodeUsage, "%s is not a zip file", file).WithHint("make lambda builds one")
	}
	sum := sha256.Sum256(body)
	c.body, c.key = body, fmt.Sprintf("cam-lambda-%s-%s.zip", architecture, hex.EncodeToString(sum[:8]))
	return nil
}

// upload makes the bucket if it is missing, lets the readers in, and puts the code
// there unless it is there already.
func (c *artifact) upload(ctx context.Context, d *deployment) error {
	bucket := d.client.ArtifactBucket(c.bucket)
	made, err := bucket.Make(ctx)
	if err != nil {
		return err
	}
	if made {
		d.notef("Made the bucket %s for the functions' code.", c.bucket)
	}
	if err := c.open(ctx, d, bucket, made); err != nil {
		return err
	}
	there, err := bucket.Holds(ctx, c.key)
	switch {
	case err != nil:
		return err
	case there:
		return nil
	case c.body == nil:
		return core.Errorf(core.CodeNotFound, "there is no s3://%s/%s", c.bucket, c.key).
			WithHint("upload the functions' code there, or leave --parameter ArtifactKey=... out")
	}
	if _, err := bucket.PutObject(ctx, core.Object{Key: c.key, Body: c.body, ContentType: "application/zip"}); err != nil {
		return err
	}
	d.notef("Uploaded the functions' code: s3://%s/%s (%.1f MB).", c.bucket, c.key, float64(len(c.body))/1e6)
	return nil
}

// open lets the readers read a bucket that cam made. A bucket of somebody else's is
// left as it is: its owner decides who reads it.
func (c *artifact) open(ctx context.Context, d *deployment, bucket *cloud.ArtifactBucket, made bool) error {
	before, err := bucket.Policy(ctx)
	if err != nil {
		return err
	}
	if !made && !cloud.PreparedPolicy(before) && c.bucket != d.defaultBucket("artifacts") {
		d.notef("The bucket %s was not made by cam: its settings stay as they are. Sub-accounts have to be able to read it.", c.bucket)
		return nil
	}
	after, err := cloud.ArtifactPolicy(before, c.partition, c.bucket, c.readers)
	if err != nil {
		return err
	}
	if c.readers.Organization == "" && len(c.readers.Accounts) == 0 && made {
		d.notef("No sub-account may read it yet: pass --organization-id, or --sub-account for each.")
	}
	if !made && cloud.SamePolicy(before, after) {
		return nil
	}
	return bucket.Secure(ctx, after)
}
