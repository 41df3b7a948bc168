package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// code is the error code of err, "" for nil.
func code(err error) string {
	if err == nil {
		return ""
	}
	var ae smithy.APIError
	if errors.As(err, &ae) {
		return ae.ErrorCode()
	}
	return "not an API error: " + err.Error()
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("code %q, want %q (%v)", got, want, err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// withBucket is a fixture with a bucket "bucket" of the owning account.
func withBucket(t *testing.T) (*fixture, *s3.Client) {
	t.Helper()
	f := newFixture(t)
	c := f.client(owningAccount)
	must(c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("bucket")}))(t)
	return f, c
}

func put(t *testing.T, c *s3.Client, key, body string, options ...func(*s3.PutObjectInput)) *s3.PutObjectOutput {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String(key), Body: strings.NewReader(body)}
	for _, o := range options {
		o(in)
	}
	return must(c.PutObject(t.Context(), in))(t)
}

func get(t *testing.T, c *s3.Client, key string) string {
	t.Helper()
	out := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String(key)}))(t)
	return string(must(io.ReadAll(out.Body))(t))
}

func version1(t *testing.T, c *s3.Client, status types.BucketVersioningStatus) {
	t.Helper()
	must(c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: aws.String("bucket"), VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	}))(t)
}

func TestPutAndGet(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	out := put(t, c, "a b/ü+", "hello", func(in *s3.PutObjectInput) {
		in.ContentType = aws.String("text/plain")
		in.CacheControl = aws.String("no-cache")
		in.Metadata = map[string]string{"Owner": "me"}
		in.Tagging = aws.String("team=a%20b")
		in.ChecksumAlgorithm = types.ChecksumAlgorithmSha256
	})
	if got := aws.ToString(out.ETag); got != `"5d41402abc4b2a76b9719d911017c592"` {
		t.Errorf("ETag %s", got)
	}
	if got := aws.ToString(out.ChecksumSHA256); got != "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" {
		t.Errorf("SHA-256 %s", got)
	}
	got := must(c.GetObject(t.Context(), &s3.GetObjectInput{
		Bucket: aws.String("bucket"), Key: aws.String("a b/ü+"), ChecksumMode: types.ChecksumModeEnabled,
		ResponseContentDisposition: aws.String("attachment"),
	}))(t)
	body := string(must(io.ReadAll(got.Body))(t))
	if body != "hello" || aws.ToString(got.ContentType) != "text/plain" || aws.ToString(got.CacheControl) != "no-cache" ||
		aws.ToString(got.ContentDisposition) != "attachment" || aws.ToInt32(got.TagCount) != 1 || got.ServerSideEncryption != "AES256" ||
		aws.ToString(got.ChecksumSHA256) == "" || got.VersionId != nil || !got.LastModified.Equal(f.clock().Truncate(time.Second)) {
		t.Errorf("got %q %+v", body, got)
	}
	if diff := cmp.Diff(map[string]string{"owner": "me"}, got.Metadata); diff != "" {
		t.Error(diff)
	}
	tags := must(c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: aws.String("bucket"), Key: aws.String("a b/ü+")}))(t)
	if len(tags.TagSet) != 1 || *tags.TagSet[0].Value != "a b" {
		t.Errorf("tags %v", tags.TagSet)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	put(t, c, "k", "0123456789")
	for spec, want := range map[string]string{
		"bytes=0-0": "0", "bytes=2-4": "234", "bytes=7-": "789", "bytes=-3": "789", "bytes=5-99": "56789",
		"bytes=-99": "0123456789", "bytes=4-2": "0123456789", "lines=1-2": "0123456789",
	} {
		out := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Range: aws.String(spec)}))(t)
		if got := string(must(io.ReadAll(out.Body))(t)); got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
	for _, spec := range []string{"bytes=10-", "bytes=-0"} {
		_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Range: aws.String(spec)})
		wantCode(t, err, "InvalidRange")
	}
}

func TestConditionalReads(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	etag := put(t, c, "k", "x").ETag
	early, late := aws.Time(f.clock().Add(-time.Hour)), aws.Time(f.clock().Add(time.Hour))
	for name, test := range map[string]struct {
		in   s3.HeadObjectInput
		want string
	}{
		"match":               {s3.HeadObjectInput{IfMatch: etag}, ""},
		"other":               {s3.HeadObjectInput{IfMatch: aws.String(`"x"`)}, "PreconditionFailed"},
		"none match":          {s3.HeadObjectInput{IfNoneMatch: etag}, "NotModified"},
		"none other":          {s3.HeadObjectInput{IfNoneMatch: aws.String(`"x"`)}, ""},
		"modified":            {s3.HeadObjectInput{IfModifiedSince: early}, ""},
		"not modified":        {s3.HeadObjectInput{IfModifiedSince: late}, "NotModified"},
		"unmodified":          {s3.HeadObjectInput{IfUnmodifiedSince: late}, ""},
		"was modified":        {s3.HeadObjectInput{IfUnmodifiedSince: early}, "PreconditionFailed"},
		"match beats since":   {s3.HeadObjectInput{IfMatch: etag, IfUnmodifiedSince: early}, ""},
		"none beats modified": {s3.HeadObjectInput{IfNoneMatch: etag, IfModifiedSince: early}, "NotModified"},
	} {
		test.in.Bucket, test.in.Key = aws.String("bucket"), aws.String("k")
		_, err := c.HeadObject(t.Context(), &test.in)
		if got := code(err); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestConditionalWrites(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	write := func(match, none string) error {
		in := &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Body: strings.NewReader("x")}
		if match != "" {
			in.IfMatch = aws.String(match)
		}
		if none != "" {
			in.IfNoneMatch = aws.String(none)
		}
		_, err := c.PutObject(t.Context(), in)
		return err
	}
	wantCode(t, write(`"x"`, ""), "NoSuchKey")
	wantCode(t, write("", `"x"`), "NotImplemented")
	wantCode(t, write("", "*"), "")
	wantCode(t, write("", "*"), "PreconditionFailed")
	wantCode(t, write(`"x"`, ""), "PreconditionFailed")
	wantCode(t, write(`"9dd4e461268c8034f5c8564e155c67a6"`, ""), "")
	_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), IfMatch: aws.String(`"x"`)})
	wantCode(t, err, "PreconditionFailed")
}

func TestChecksumsAreVerified(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	for name, header := range map[string][2]string{
		"BadDigest":      {"x-amz-checksum-crc32", "AAAAAA=="},
		"InvalidRequest": {"x-amz-checksum-crc32", "AA=="},
		"InvalidDigest":  {"Content-MD5", "AA=="},
	} {
		req := must(http.NewRequest(http.MethodPut, f.url+"/bucket/k", strings.NewReader("hello")))(t)
		req.Header.Set(header[0], header[1])
		resp := must(http.DefaultClient.Do(req))(t)
		body := must(io.ReadAll(resp.Body))(t)
		_ = resp.Body.Close()
		if resp.StatusCode != 400 || !bytes.Contains(body, []byte("<Code>"+name+"</Code>")) {
			t.Errorf("%s: %d %s", header[0], resp.StatusCode, body)
		}
	}
	_, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	wantCode(t, err, "NotFound")
	if got := sumOf("CRC64NVME", []byte("123456789")); got != "rosUhgp5mIg=" {
		t.Errorf("CRC64NVME check value %s", got)
	}
	if got := sumOf("CRC32C", []byte("123456789")); got != "4waSgw==" {
		t.Errorf("CRC32C check value %s", got)
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	put(t, c, "src/a b", "data", func(in *s3.PutObjectInput) {
		in.Metadata = map[string]string{"a": "1"}
		in.Tagging = aws.String("t=1")
	})
	copyTo := func(key string, edit func(*s3.CopyObjectInput)) error {
		in := &s3.CopyObjectInput{Bucket: aws.String("bucket"), Key: aws.String(key), CopySource: aws.String("bucket/src/a%20b")}
		edit(in)
		_, err := c.CopyObject(t.Context(), in)
		return err
	}
	wantCode(t, copyTo("dst", func(*s3.CopyObjectInput) {}), "")
	head := must(c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("dst")}))(t)
	if head.Metadata["a"] != "1" || aws.ToInt32(head.TagCount) != 1 || get(t, c, "dst") != "data" {
		t.Errorf("copied %+v", head)
	}
	wantCode(t, copyTo("dst", func(in *s3.CopyObjectInput) {
		in.MetadataDirective = types.MetadataDirectiveReplace
		in.Metadata = map[string]string{"b": "2"}
	}), "")
	head = must(c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("dst")}))(t)
	if diff := cmp.Diff(map[string]string{"b": "2"}, head.Metadata); diff != "" {
		t.Error(diff)
	}
	wantCode(t, copyTo("src/a b", func(*s3.CopyObjectInput) {}), "InvalidRequest")
	wantCode(t, copyTo("dst", func(in *s3.CopyObjectInput) { in.CopySource = aws.String("bucket/none") }), "NoSuchKey")
	wantCode(t, copyTo("dst", func(in *s3.CopyObjectInput) { in.CopySource = aws.String("nobucket-here/none") }), "NoSuchBucket")
	wantCode(t, copyTo("dst", func(in *s3.CopyObjectInput) { in.CopySourceIfMatch = aws.String("x") }), "PreconditionFailed")
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	ctx := t.Context()
	bucket, key := aws.String("bucket"), aws.String("big")
	up := must(c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32}))(t)
	data := [][]byte{bytes.Repeat([]byte("a"), minPart), []byte("tail")}
	var parts []types.CompletedPart
	for i, d := range data {
		n := aws.Int32(int32(i + 1))
		p := must(c.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: up.UploadId, PartNumber: n, Body: bytes.NewReader(d), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32}))(t)
		parts = append(parts, types.CompletedPart{PartNumber: n, ETag: p.ETag, ChecksumCRC32: p.ChecksumCRC32})
	}
	listed := must(c.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: up.UploadId}))(t)
	uploads := must(c.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: bucket}))(t)
	if len(listed.Parts) != 2 || len(uploads.Uploads) != 1 || aws.ToString(uploads.Uploads[0].Key) != "big" {
		t.Errorf("listed %d parts, %d uploads", len(listed.Parts), len(uploads.Uploads))
	}
	complete := func(parts ...types.CompletedPart) (*s3.CompleteMultipartUploadOutput, error) {
		return c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: bucket, Key: key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
	}
	_, err := complete(parts[1], parts[0])
	wantCode(t, err, "InvalidPartOrder")
	_, err = complete(types.CompletedPart{PartNumber: aws.Int32(1), ETag: aws.String("x")})
	wantCode(t, err, "InvalidPart")
	out, err := complete(parts...)
	wantCode(t, err, "")
	if !strings.HasSuffix(aws.ToString(out.ETag), `-2"`) || !strings.HasSuffix(aws.ToString(out.ChecksumCRC32), "-2") {
		t.Errorf("ETag %s, checksum %s", *out.ETag, aws.ToString(out.ChecksumCRC32))
	}
	second := must(c.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, PartNumber: aws.Int32(2)}))(t)
	if got := string(must(io.ReadAll(second.Body))(t)); got != "tail" || aws.ToInt32(second.PartsCount) != 2 {
		t.Errorf("part 2 is %q of %d", got, aws.ToInt32(second.PartsCount))
	}
	_, err = c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: up.UploadId})
	wantCode(t, err, "NoSuchUpload")
}

func TestSmallPartIsRefused(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	bucket, key := aws.String("bucket"), aws.String("big")
	up := must(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key}))(t)
	var parts []types.CompletedPart
	for n := int32(1); n <= 2; n++ {
		p := must(c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: up.UploadId, PartNumber: &n, Body: strings.NewReader("x")}))(t)
		parts = append(parts, types.CompletedPart{PartNumber: aws.Int32(n), ETag: p.ETag})
	}
	_, err := c.CompleteMultipartUpload(context.Background(), &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	wantCode(t, err, "EntityTooSmall")
}
