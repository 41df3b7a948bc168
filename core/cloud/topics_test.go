package cloud_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// statements are the statements of the account topic's policy, by Sid.
func statements(t *testing.T, w *world) map[string]string {
	t.Helper()
	arn := w.as(t, "admin").Topics(w.master(), w.Region()).ARN(core.AccountTopic)
	id, _ := w.As("admin")
	client := sns.New(sns.Options{
		Region: w.Region(), BaseEndpoint: aws.String(w.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, ""),
	})
	out, err := client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	var policy struct{ Statement []map[string]any }
	if err := json.Unmarshal([]byte(out.Attributes["Policy"]), &policy); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, s := range policy.Statement {
		text, _ := json.Marshal(s)
		found[fmt.Sprint(s["Sid"])] = string(text)
	}
	if len(found) != len(policy.Statement) {
		t.Errorf("statements with one Sid: %s", out.Attributes["Policy"])
	}
	return found
}

func TestPermitKeepsOtherStatements(t *testing.T) {
	t.Parallel()
	w := install(t, sandbox.Options{})
	gate := w.as(t, "admin").Topics(w.master(), w.Region())
	before := statements(t, w)
	if before["TransportIsEncrypted"] == "" || before["OrganizationRegisters"] == "" {
		t.Fatalf("the stack's own statements: %v", before)
	}
	for _, accounts := range [][]core.AccountID{{payments}, {payments}, {payments, research}, nil, nil} {
		if err := gate.Permit(t.Context(), accounts); err != nil {
			t.Fatal(err)
		}
		after := statements(t, w)
		ours := after["Registrations"]
		if (ours != "") != (len(accounts) > 0) {
			t.Errorf("with %v permitted: %q", accounts, ours)
		}
		for _, a := range accounts {
			if !strings.Contains(ours, string(a)) {
				t.Errorf("%s is not in %s", a, ours)
			}
		}
		for sid, text := range before {
			if after[sid] != text {
				t.Errorf("%s was %s, is %s", sid, text, after[sid])
			}
		}
	}
}

// TestPublishAgain publishes to an SNS that does not take every message of a batch.
func TestPublishAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		events  int
		failure string // of the second message of each batch with more than one
		want    core.Code
		batches []int // sizes, sorted: batches are sent side by side
	}{
		"its own fault": {12, `<Code>InternalError</Code><SenderFault>false</SenderFault>`, "", []int{1, 1, 2, 10}},
		"our fault":     {5, `<Code>InvalidParameter</Code><SenderFault>true</SenderFault>`, core.CodeMalformed, []int{5}},
	} {
		var mu sync.Mutex
		var batches []int
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			form, _ := url.ParseQuery(string(body))
			n := 0
			for form.Has(fmt.Sprintf("PublishBatchRequestEntries.member.%d.Id", n+1)) {
				n++
			}
			mu.Lock()
			batches = append(batches, n)
			mu.Unlock()
			failed := ""
			if n > 1 {
				failed = "<member><Id>" + form.Get("PublishBatchRequestEntries.member.2.Id") + "</Id><Message>no</Message>" + test.failure + "</member>"
			}
			_, _ = fmt.Fprintf(w, "<PublishBatchResponse><PublishBatchResult><Failed>%s</Failed></PublishBatchResult></PublishBatchResponse>", failed)
		}))
		c := client(t, server.URL, "eu-west-1", core.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: core.NewSecret("x")})
		err := c.Topics("111122223333", "eu-west-1").Publish(t.Context(), core.RoleTopic, make([]core.Event, test.events)...)
		server.Close()
		slices.Sort(batches)
		if core.CodeOf(err) != test.want || !slices.Equal(batches, test.batches) {
			t.Errorf("%s: %v with batches of %v, want %q and %v", name, err, batches, test.want, test.batches)
		}
	}
}

func TestStackOutputs(t *testing.T) {
	t.Parallel()
	w := install(t, sandbox.Options{})
	admin := w.as(t, "admin")
	stack, err := admin.Stacks().Stack(t.Context(), "CrossAccountManager")
	if err != nil || stack.Outputs["ConfigBucket"] != w.ConfigBucket() || stack.Outputs["LinksBucket"] != w.LinksBucket() {
		t.Fatalf("%v, %v", stack.Outputs, err)
	}
	if _, err := admin.Stacks().Stack(t.Context(), "None"); !core.IsCode(err, core.CodeNotFound) {
		t.Errorf("a missing stack: %v", err)
	}
	testEncryption(t, w, stack.Outputs["KeyArn"])
}

// testEncryption writes with and without naming the key; the bucket takes both, as the
// object is encrypted with it either way.
func testEncryption(t *testing.T, w *world, key string) {
	t.Helper()
	id, _ := w.As("admin")
	raw := s3.New(s3.Options{
		Region: w.Region(), BaseEndpoint: aws.String(w.Endpoint()), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, ""),
	})
	for name, kms := range map[string]string{"role/default.yaml": "", "role/named.yaml": key} {
		if _, err := w.as(t, "admin").Bucket(w.ConfigBucket(), kms).PutObject(t.Context(), core.Object{Key: name, Body: []byte("roles: {}")}); err != nil {
			t.Fatal(err)
		}
		head, err := raw.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(w.ConfigBucket()), Key: &name})
		if err != nil || head.ServerSideEncryption != "aws:kms" || aws.ToString(head.SSEKMSKeyId) != key {
			t.Errorf("%s: encrypted with %s %s, %v", name, head.ServerSideEncryption, aws.ToString(head.SSEKMSKeyId), err)
		}
	}
}
