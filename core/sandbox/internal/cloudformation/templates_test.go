package cloudformation_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
	"github.com/cross-account-manager/cam/templates"
)

// The two templates of the project deploy, change and go away.

func TestProjectTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	artifacts := "artifacts-bucket"
	location := w.upload(artifacts, "master.yaml", templates.Master())
	w.upload(artifacts, "cam-lambda-arm64.zip", "PK")
	create := &cfn.CreateStackInput{
		StackName: aws.String("master"), TemplateURL: &location,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		Parameters: parameters([]string{
			"ConfigBucketName", "cam-config", "LinksBucketName", "cam-links", "ArtifactBucket", artifacts,
		}),
	}
	if _, err := w.client().CreateStack(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	st := w.wait("master")
	w.want(st, types.StackStatusCreateComplete)
	if got, want := output(st, "AccountTopicArn"), "arn:aws:sns:eu-west-1:111122223333:CrossAccountManager-AccountTopic"; got != want {
		t.Errorf("AccountTopicArn is %q, want %q", got, want)
	}
	if status, _ := w.do(cloudformation.Request{Service: "iam", Operation: "GetRole", Form: url.Values{"RoleName": {"CAM-Reconcile"}}}); status != 200 {
		t.Errorf("GetRole answers %d", status)
	}
	if n := len(w.cfn.Schedules()); n != 1 {
		t.Errorf("%d schedules, want 1", n)
	}
	_, err := w.client().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: create.StackName, TemplateURL: &location, Capabilities: create.Capabilities, Parameters: create.Parameters,
	})
	wantError(t, err, "ValidationError", "No updates are to be performed.")
	changed := parameters([]string{
		"ConfigBucketName", "cam-config", "LinksBucketName", "cam-links", "ArtifactBucket", artifacts, "OrganizationId", "o-abcdefghij",
	})
	if _, err := w.client().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: create.StackName, TemplateURL: &location, Capabilities: create.Capabilities, Parameters: changed,
	}); err != nil {
		t.Fatal(err)
	}
	w.want(w.wait("master"), types.StackStatusUpdateComplete)
	w.want(w.remove("master"), types.StackStatusDeleteComplete)
}

func TestSubAccountTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upload("artifacts-bucket", "cam-lambda-arm64.zip", "PK")
	st := w.create("sub", templates.SubAccount(), "MasterAccountId", "012345670123", "MasterRegion", "eu-west-1", "ArtifactBucket", "artifacts-bucket")
	w.want(st, types.StackStatusCreateComplete)
	if got := strings.Join(w.asked(), ","); got != "Create" {
		t.Errorf("the custom resource was asked %s", got)
	}
	if id := w.requests[0]["ResourceProperties"].(map[string]any)["MasterAccountId"]; id != "012345670123" {
		t.Errorf("MasterAccountId arrived as %v", id)
	}
	w.want(w.remove("sub"), types.StackStatusDeleteComplete)
	if got := strings.Join(w.asked(), ","); got != "Create,Delete the-resource" {
		t.Errorf("the custom resource was asked %s", got)
	}
}

// upload puts an object into a bucket, made when needed, and returns its URL.
func (w *world) upload(bucket, key, text string) string {
	w.t.Helper()
	config := `<CreateBucketConfiguration><LocationConstraint>` + region + `</LocationConstraint></CreateBucketConfiguration>`
	w.do(cloudformation.Request{Service: "s3", Method: http.MethodPut, Path: "/" + bucket, Body: []byte(config)})
	r := cloudformation.Request{Service: "s3", Method: http.MethodPut, Path: "/" + bucket + "/" + key, Body: []byte(text)}
	if status, body := w.do(r); status != 200 {
		w.t.Fatalf("PutObject: %d %s", status, body)
	}
	return "https://" + bucket + ".s3." + region + ".amazonaws.com/" + key
}
