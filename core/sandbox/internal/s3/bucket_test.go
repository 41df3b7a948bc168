package s3

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

func TestBucketNamesAreGlobal(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	create := func(c *s3.Client, name, constraint string, options ...func(*s3.Options)) error {
		in := &s3.CreateBucketInput{Bucket: aws.String(name)}
		if constraint != "" {
			in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(constraint)}
		}
		_, err := c.CreateBucket(t.Context(), in, options...)
		return err
	}
	frankfurt := func(o *s3.Options) { o.Region = "eu-central-1" }
	wantCode(t, create(c, "bucket", ""), "")
	wantCode(t, create(f.client(otherAccount), "bucket", ""), "BucketAlreadyExists")
	wantCode(t, create(c, "Bad_Name", ""), "InvalidBucketName")
	wantCode(t, create(c, "elsewhere", "eu-central-1"), "")
	wantCode(t, create(c, "elsewhere", "eu-central-1", frankfurt), "BucketAlreadyOwnedByYou")
	wantCode(t, create(c, "third", "us-east-1"), "InvalidLocationConstraint")
	wantCode(t, create(c, "third", "eu-west-1", frankfurt), "IllegalLocationConstraintException")
	_, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("elsewhere")})
	wantCode(t, err, "AuthorizationHeaderMalformed")
	_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("elsewhere")}, frankfurt)
	wantCode(t, err, "")
	list := must(c.ListBuckets(t.Context(), &s3.ListBucketsInput{}))(t)
	if len(list.Buckets) != 2 || *list.Buckets[1].BucketRegion != "eu-central-1" {
		t.Errorf("buckets %+v", list.Buckets)
	}
	put(t, c, "k", "x")
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("bucket")})
	wantCode(t, err, "BucketNotEmpty")
	_, err = c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("missing")})
	wantCode(t, err, "NotFound")
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"127.0.0.1:80/b/k/x":                       {"b", "k/x"},
		"localhost:80/b":                           {"b", ""},
		"b.localhost:80/k/x":                       {"b", "k/x"},
		"s3.us-east-1.amazonaws.com/b/k":           {"b", "k"},
		"my.b.s3.us-east-1.amazonaws.com/k":        {"my.b", "k"},
		"b.s3.amazonaws.com/k":                     {"b", "k"},
		"b.s3.cn-north-1.amazonaws.com.cn/k":       {"b", "k"},
		"b.s3.us-east-1.localhost:80/k":            {"b", "k"},
		"s3.localhost/b/k":                         {"b", "k"},
		"s3-fips.us-gov-west-1.amazonaws.com/b/k":  {"b", "k"},
		"b.s3-fips.us-gov-west-1.amazonaws.com/k2": {"b", "k2"},
	} {
		r := must(http.NewRequest(http.MethodGet, "http://"+in, nil))(t)
		if b, k := address(r); b != want[0] || k != want[1] {
			t.Errorf("%s: %q %q, want %q", in, b, k, want)
		}
	}
}

func TestDefaultsOfANewBucket(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	b, ctx := aws.String("bucket"), t.Context()
	pab := must(c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: b}))(t)
	enc := must(c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: b}))(t)
	own := must(c.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: b}))(t)
	if !*pab.PublicAccessBlockConfiguration.BlockPublicPolicy || enc.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm != "AES256" ||
		own.OwnershipControls.Rules[0].ObjectOwnership != "BucketOwnerEnforced" {
		t.Error("not the defaults of AWS")
	}
	_, err := c.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: b})
	wantCode(t, err, "NoSuchBucketPolicy")
	_, err = c.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: b})
	wantCode(t, err, "NoSuchCORSConfiguration")
	_, err = c.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: b})
	wantCode(t, err, "NoSuchTagSet")
	_, err = c.PutBucketWebsite(ctx, &s3.PutBucketWebsiteInput{Bucket: b, WebsiteConfiguration: &types.WebsiteConfiguration{IndexDocument: &types.IndexDocument{Suffix: aws.String("i")}}})
	wantCode(t, err, "NotImplemented")
}

func TestBucketPolicy(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	set := func(text string) error {
		_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("bucket"), Policy: &text})
		return err
	}
	statement := func(principal, action, resource, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + resource + `"` + condition + `}]}`
	}
	const everything = "arn:aws:s3:::bucket/*"
	wantCode(t, set("{"), "MalformedPolicy")
	wantCode(t, set(statement(`"*"`, "s3:GetObject", everything, "")), "AccessDenied")
	wantCode(t, set(statement(`"*"`, "s3:GetObject", everything, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)), "")
	wantCode(t, set(statement(`{"AWS":"arn:aws:iam::444455556666:root"}`, "sns:Publish", everything, "")), "MalformedPolicy")
	wantCode(t, set(statement(`{"AWS":"arn:aws:iam::444455556666:root"}`, "s3:GetObject", "arn:aws:s3:::other/*", "")), "MalformedPolicy")
	wantCode(t, set(statement(`{"AWS":"arn:aws:iam::444455556666:root"}`, "s3:GetObject", everything, "")), "")
	put(t, c, "k", "x")
	ask := f.auth.last(t, "s3:PutObject")
	if ask.Resource != "arn:aws:s3:::bucket/k" || ask.ResourceAccount != owningAccount || ask.ResourcePolicy == nil {
		t.Errorf("asked %+v", ask)
	}
	if _, ok := ask.Context["s3:x-amz-server-side-encryption"]; ok {
		t.Error("the key of an absent header is present")
	}
}

func TestMissingKeyIsHiddenWithoutListBucket(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	read := func() error {
		_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("none")})
		return err
	}
	wantCode(t, read(), "NoSuchKey")
	f.auth.refuse("s3:ListBucket")
	wantCode(t, read(), "AccessDenied")
	f.auth.refuse("s3:GetObject")
	if err := read(); code(err) != "AccessDenied" || !strings.Contains(err.Error(), `on resource: "arn:aws:s3:::bucket/none" because`) {
		t.Error(err)
	}
}

func TestServerSideEncryptionWithKMS(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	kms := func(in *s3.PutObjectInput) {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String("alias/k")
	}
	out := put(t, c, "k", "hello", kms)
	if aws.ToString(out.SSEKMSKeyId) != keyARN || strings.Contains(*out.ETag, "5d41402abc4b2a76b9719d911017c592") {
		t.Errorf("put %+v", out)
	}
	ask := f.auth.last(t, "s3:PutObject")
	if diff := cmp.Diff([]string{keyARN}, ask.Context["s3:x-amz-server-side-encryption-aws-kms-key-id"]); diff != "" {
		t.Error(diff)
	}
	if get(t, c, "k") != "hello" {
		t.Error("lost the data")
	}
	context := map[string]string{"aws:s3:arn": "arn:aws:s3:::bucket/k"}
	want := []keyUse{
		{keyARN, "kms:GenerateDataKey", "s3.us-east-1.amazonaws.com", context},
		{keyARN, "kms:Decrypt", "s3.us-east-1.amazonaws.com", context},
	}
	if diff := cmp.Diff(want, f.keys.uses); diff != "" {
		t.Error(diff)
	}
	f.keys.deny = "kms:Decrypt"
	_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	wantCode(t, err, "AccessDenied")
	_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), ServerSideEncryption: "aws:kms", SSEKMSKeyId: aws.String("alias/missing")})
	wantCode(t, err, "KMS.NotFoundException")
}

func TestDefaultEncryption(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	must(c.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
		Bucket: aws.String("bucket"), ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String("alias/k")},
			BucketKeyEnabled:                   aws.Bool(true),
		}}},
	}))(t)
	out := put(t, c, "k", "x")
	if out.ServerSideEncryption != "aws:kms" || !aws.ToBool(out.BucketKeyEnabled) || f.keys.uses[0].Context["aws:s3:arn"] != "arn:aws:s3:::bucket" {
		t.Errorf("put %+v, key used %+v", out, f.keys.uses)
	}
	if ask := f.auth.last(t, "s3:PutObject"); ask.Context["s3:x-amz-server-side-encryption"] != nil {
		t.Error("the bucket's default shows as a header")
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	for _, k := range []string{"a/1", "a/2", "a b", "c", "d/x/y", "d/z"} {
		put(t, c, k, k)
	}
	var got []string
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: aws.String("bucket"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)})
	for pages.HasMorePages() {
		page := must(pages.NextPage(t.Context()))(t)
		for _, o := range page.Contents {
			got = append(got, *o.Key)
		}
		for _, p := range page.CommonPrefixes {
			got = append(got, *p.Prefix)
		}
	}
	if diff := cmp.Diff([]string{"a b", "a/", "c", "d/"}, got); diff != "" {
		t.Error(diff)
	}
	out := must(c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String("bucket"), Prefix: aws.String("a"), StartAfter: aws.String("a b"), EncodingType: types.EncodingTypeUrl,
	}))(t)
	if len(out.Contents) != 2 || *out.StartAfter != "a+b" {
		t.Errorf("listed %+v", out)
	}
	if ask := f.auth.last(t, "s3:ListBucket"); ask.Context["s3:prefix"][0] != "a" {
		t.Errorf("asked %+v", ask)
	}
	v1 := must(c.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: aws.String("bucket"), Marker: aws.String("c"), MaxKeys: aws.Int32(1), Delimiter: aws.String("/")}))(t)
	if len(v1.CommonPrefixes) != 1 || *v1.IsTruncated {
		t.Errorf("listed %+v", v1)
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	f, c := withBucket(t)
	const function = "arn:aws:lambda:us-east-1:111122223333:function:f"
	const topic = "arn:aws:sns:us-east-1:111122223333:t"
	configure := func(cfg types.NotificationConfiguration) error {
		_, err := c.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{Bucket: aws.String("bucket"), NotificationConfiguration: &cfg})
		return err
	}
	toLambda := types.LambdaFunctionConfiguration{
		Id: aws.String("cfg"), LambdaFunctionArn: aws.String(function), Events: []types.Event{"s3:ObjectCreated:*"},
		Filter: &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: []types.FilterRule{{Name: "prefix", Value: aws.String("in/")}, {Name: "suffix", Value: aws.String(".yaml")}}}},
	}
	toTopic := types.TopicConfiguration{TopicArn: aws.String(topic), Events: []types.Event{"s3:ObjectRemoved:*"}}
	wantCode(t, configure(types.NotificationConfiguration{EventBridgeConfiguration: &types.EventBridgeConfiguration{}}), "NotImplemented")
	wantCode(t, configure(types.NotificationConfiguration{LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{toLambda, toLambda}}), "InvalidArgument")
	f.invoker.refuse = true
	wantCode(t, configure(types.NotificationConfiguration{LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{toLambda}}), "InvalidArgument")
	f.invoker.refuse = false
	wantCode(t, configure(types.NotificationConfiguration{
		LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{toLambda}, TopicConfigurations: []types.TopicConfiguration{toTopic},
	}), "")
	if len(f.topics.sent) != 1 || !strings.Contains(f.topics.sent[0].Message, `"Event":"s3:TestEvent"`) {
		t.Errorf("sent %+v", f.topics.sent)
	}
	version1(t, c, types.BucketVersioningStatusEnabled)
	out := put(t, c, "in/a b+ü.yaml", "hello")
	put(t, c, "in/a.txt", "hello")
	calls := f.invoker.take()
	if len(calls) != 1 {
		t.Fatalf("%d invocations", len(calls))
	}
	if in := calls[0]; in.SourceService != "s3.amazonaws.com" || in.SourceARN != "arn:aws:s3:::bucket" || in.SourceAccount != owningAccount || in.FunctionARN != function {
		t.Errorf("invoked %+v", in)
	}
	var event eventMessage
	if err := json.Unmarshal(calls[0].Event, &event); err != nil {
		t.Fatal(err)
	}
	size := int64(5)
	got := event.Records[0]
	got.Parameters, got.Response, got.S3.Bucket.Owner = nil, nil, principalID{}
	want := eventRecord{
		EventVersion: "2.1", EventSource: "aws:s3", AWSRegion: "us-east-1", EventTime: "2026-03-04T05:06:07.008Z", EventName: "ObjectCreated:Put",
		UserIdentity: principalID{"AWS:AIDATEST"},
		S3: eventEntity{SchemaVersion: "1.0", ConfigurationID: "cfg", Bucket: eventBucket{Name: "bucket", ARN: "arn:aws:s3:::bucket"},
			Object: eventObject{Key: "in/a+b%2B%C3%BC.yaml", Size: &size, ETag: strings.Trim(*out.ETag, `"`), VersionID: *out.VersionId, Sequencer: got.S3.Object.Sequencer}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	must(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("bucket"), Key: aws.String("in/a.txt")}))(t)
	if len(f.topics.sent) != 2 || !strings.Contains(f.topics.sent[1].Message, `"eventName":"ObjectRemoved:DeleteMarkerCreated"`) {
		t.Errorf("sent %+v", f.topics.sent)
	}
}

// TestVersionsModel compares a bucket with a plain list of versions under random
// writes, deletes and changes of versioning, listed in pages of random size.
func TestVersionsModel(t *testing.T) {
	t.Parallel()
	type entry struct {
		Key, ID string
		Marker  bool
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := New(Options{Clock: new(fixture).clock, Auth: &recordingAuth{}, Seed: 2})
		b := newBucket("bucket", "us-east-1", owningAccount, s.opt.Clock())
		model := map[string][]entry{} // newest first
		keys := []string{"a", "a/b", "a/c", "b"}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			key := rapid.SampledFrom(keys).Draw(rt, "key")
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				b.versioning = rapid.SampledFrom([]string{"Enabled", "Suspended"}).Draw(rt, "versioning")
			case 1, 2, 3:
				v := &version{id: s.nextVersionID(b)}
				b.add(key, v)
				model[key] = append([]entry{{key, v.id, false}}, without(model[key], func(e entry) bool { return v.id == "null" && e.ID == "null" })...)
			case 4:
				d, _ := s.eraseLocked(b, key, "", "")
				if b.versioning == "" {
					model[key] = without(model[key], func(e entry) bool { return e.ID == "null" })
				} else {
					model[key] = append([]entry{{key, d.marker.id, true}}, without(model[key], func(e entry) bool { return d.marker.id == "null" && e.ID == "null" })...)
				}
			case 5:
				if n := len(model[key]); n > 0 {
					gone := model[key][rapid.IntRange(0, n-1).Draw(rt, "which")]
					_, _ = s.eraseLocked(b, key, gone.ID, "")
					model[key] = without(model[key], func(e entry) bool { return e == gone })
				}
			}
		}
		var want, got []entry
		for _, k := range keys {
			want = append(want, model[k]...)
		}
		limit := rapid.IntRange(1, 4).Draw(rt, "limit")
		out := listVersionsResult{IsTruncated: true}
		for out.IsTruncated {
			w := versionWalk{b: b, encode: func(k string) string { return k }, keyMarker: out.NextKeyMarker, idMarker: out.NextVersionIDMarker}
			out = listVersionsResult{}
			w.out = &out
			w.run(scan{limit: limit})
			for _, e := range out.Entries {
				got = append(got, entry{e.Key, e.VersionID, e.XMLName.Local == "DeleteMarker"})
			}
			if len(out.Entries) > limit {
				rt.Fatalf("%d entries on a page of %d", len(out.Entries), limit)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func without[T any](list []T, drop func(T) bool) []T {
	var out []T
	for _, v := range list {
		if !drop(v) {
			out = append(out, v)
		}
	}
	return out
}

func TestDeleteMarkers(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	version1(t, c, types.BucketVersioningStatusEnabled)
	b, k, ctx := aws.String("bucket"), aws.String("k"), t.Context()
	old := put(t, c, "k", "old")
	put(t, c, "k", "new")
	marker := must(c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: k}))(t)
	_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: k})
	wantCode(t, err, "NoSuchKey")
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: k, VersionId: marker.VersionId})
	wantCode(t, err, "MethodNotAllowed")
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: k, VersionId: aws.String("x")})
	wantCode(t, err, "InvalidArgument")
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: k, VersionId: aws.String(strings.Repeat("x", 32))})
	wantCode(t, err, "NoSuchVersion")
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: b, Key: k, VersionId: old.VersionId})
	wantCode(t, err, "")
	out := must(c.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: b, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: k, VersionId: marker.VersionId}, {Key: aws.String("none")}}}}))(t)
	if len(out.Deleted) != 2 || !aws.ToBool(out.Deleted[0].DeleteMarker) || aws.ToString(out.Deleted[1].DeleteMarkerVersionId) == "" {
		t.Errorf("deleted %+v", out.Deleted)
	}
	if get(t, c, "k") != "new" {
		t.Error("removing the delete marker did not bring the object back")
	}
}

// TestConcurrentWriters has many writers claim one key; one may win.
func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	_, c := withBucket(t)
	results := make(chan error)
	for i := range 8 {
		go func() {
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Body: strings.NewReader(fmt.Sprint(i)), IfNoneMatch: aws.String("*")})
			results <- err
		}()
	}
	won := 0
	for range 8 {
		if err := <-results; err == nil {
			won++
		} else {
			wantCode(t, err, "PreconditionFailed")
		}
	}
	if won != 1 {
		t.Errorf("%d writers won", won)
	}
}

var _ api.Service = (*Service)(nil)
