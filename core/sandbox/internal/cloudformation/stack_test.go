package cloudformation_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
)

const topicTemplate = `
Parameters: {Name: {Type: String, Default: news}, Display: {Type: String, Default: News}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Ref Name, DisplayName: !Ref Display}
Outputs:
  Arn: {Value: !Ref Topic}
`

// topicExists asks SNS.
func (w *world) topicExists(name string) bool {
	w.t.Helper()
	form := url.Values{"TopicArn": {"arn:aws:sns:" + region + ":" + account + ":" + name}}
	status, _ := w.do(cloudformation.Request{Service: "sns", Operation: "GetTopicAttributes", Form: form})
	return status == 200
}

func (w *world) roleExists(name string) bool {
	w.t.Helper()
	status, _ := w.do(cloudformation.Request{Service: "iam", Operation: "GetRole", Form: url.Values{"RoleName": {name}}})
	return status == 200
}

func TestFailureRollsEverythingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st := w.create("broken", `
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: first}}
  Role:
    Type: AWS::IAM::Role
    DependsOn: Topic
    Properties: {RoleName: second, AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: nonsense}}
`)
	w.want(st, types.StackStatusRollbackComplete)
	if w.topicExists("first") || w.roleExists("second") {
		t.Error("something is left")
	}
	want := "broken CREATE_IN_PROGRESS\nTopic CREATE_IN_PROGRESS\nTopic CREATE_IN_PROGRESS\nTopic CREATE_COMPLETE\n" +
		"Role CREATE_IN_PROGRESS\nRole CREATE_FAILED\n"
	if got := w.history("broken"); !strings.HasPrefix(got, want) {
		t.Errorf("history is\n%swant\n%s", got, want)
	}
	_, err := w.client().UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String("broken"), TemplateBody: aws.String(topicTemplate)})
	wantError(t, err, "ValidationError", "is in ROLLBACK_COMPLETE state and can not be updated.")
}

func TestCreateWithTheCallersPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, err := w.iam.AddUser(account, "deployer", map[string]string{"p": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"cloudformation:CreateStack","Resource":"arn:aws:cloudformation:eu-west-1:111122223333:stack/allowed/*"}]}`})
	if err != nil {
		t.Fatal(err)
	}
	in := &cfn.CreateStackInput{StackName: aws.String("other"), TemplateBody: aws.String(topicTemplate)}
	_, err = w.clientOf(key.ID, key.Secret).CreateStack(t.Context(), in)
	wantError(t, err, "AccessDenied", "cloudformation:CreateStack")
	in.StackName, in.OnFailure = aws.String("allowed"), types.OnFailureDoNothing
	if _, err := w.clientOf(key.ID, key.Secret).CreateStack(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	w.want(w.wait("allowed"), types.StackStatusCreateFailed)
	events := w.events("allowed")
	i := slices.IndexFunc(events, func(e types.StackEvent) bool { return e.ResourceStatus == types.ResourceStatusCreateFailed })
	reason := *events[i].ResourceStatusReason
	if !strings.Contains(reason, "HandlerErrorCode: AccessDenied") || !strings.Contains(reason, "user/deployer is not authorized to perform: SNS:CreateTopic") {
		t.Errorf("the reason is %q", reason)
	}
}

func TestUpdateInPlaceAndByReplacement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(w.create("s", topicTemplate), types.StackStatusCreateComplete)
	st := w.update("s", topicTemplate, "Display", "Newer")
	w.want(st, types.StackStatusUpdateComplete)
	if got := output(st, "Arn"); !strings.HasSuffix(got, ":news") {
		t.Errorf("changing the display name made a new topic: %s", got)
	}
	st = w.update("s", topicTemplate, "Name", "gazette")
	w.want(st, types.StackStatusUpdateComplete)
	if got := output(st, "Arn"); !strings.HasSuffix(got, ":gazette") {
		t.Errorf("the output is still %s", got)
	}
	if w.topicExists("news") || !w.topicExists("gazette") {
		t.Error("the old topic is there, or the new one is not")
	}
	history := w.history("s")
	if !strings.HasSuffix(history, "s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\nTopic DELETE_IN_PROGRESS\nTopic DELETE_COMPLETE\ns UPDATE_COMPLETE\n") {
		t.Errorf("history is\n%s", history)
	}
	_, err := w.client().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: aws.String("s"), UsePreviousTemplate: aws.Bool(true),
		Parameters: []types.Parameter{{ParameterKey: aws.String("Name"), UsePreviousValue: aws.Bool(true)}},
	})
	wantError(t, err, "ValidationError", "No updates are to be performed.")
}

func TestFailedUpdateRollsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(w.create("s", topicTemplate), types.StackStatusCreateComplete)
	broken := `
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: gazette}}
  Extra: {Type: AWS::SNS::Topic, DependsOn: Topic, Properties: {TopicName: extra}}
  Role:
    Type: AWS::IAM::Role
    DependsOn: Extra
    Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: nonsense}}
`
	st := w.update("s", broken)
	w.want(st, types.StackStatusUpdateRollbackComplete)
	if !strings.HasSuffix(output(st, "Arn"), ":news") {
		t.Errorf("the output is %s", output(st, "Arn"))
	}
	if !w.topicExists("news") || w.topicExists("gazette") || w.topicExists("extra") {
		t.Error("the stack is not what it was")
	}
	out, err := w.client().GetTemplate(t.Context(), &cfn.GetTemplateInput{StackName: aws.String("s")})
	if err != nil || *out.TemplateBody != topicTemplate {
		t.Errorf("the template is not what it was: %v", err)
	}
	w.want(w.update("s", topicTemplate, "Name", "later"), types.StackStatusUpdateComplete)
}

func TestRetainOnDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("s", `
Resources:
  Kept: {Type: AWS::SNS::Topic, DeletionPolicy: Retain, Properties: {TopicName: kept}}
  Gone: {Type: AWS::SNS::Topic, Properties: {TopicName: gone}}
`)
	w.want(w.remove("s"), types.StackStatusDeleteComplete)
	if !w.topicExists("kept") || w.topicExists("gone") {
		t.Error("DeletionPolicy is not what was done")
	}
	_, err := w.client().DescribeStacks(t.Context(), &cfn.DescribeStacksInput{StackName: aws.String("s")})
	wantError(t, err, "ValidationError", "Stack with id s does not exist")
	if _, err := w.client().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("s")}); err != nil {
		t.Errorf("deleting a stack that is gone: %v", err)
	}
}

func TestBucketThatIsNotEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("s", `{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full-bucket"}}}}`)
	w.do(cloudformation.Request{Service: "s3", Method: http.MethodPut, Path: "/full-bucket/key", Body: []byte("x")})
	w.want(w.remove("s"), types.StackStatusDeleteFailed)
	if history := w.history("s"); !strings.Contains(history, "not empty") {
		t.Errorf("no reason in\n%s", history)
	}
	in := &cfn.DeleteStackInput{StackName: aws.String("s"), RetainResources: []string{"B"}}
	id := *w.stack("s").StackId
	if _, err := w.client().DeleteStack(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	w.want(w.wait(id), types.StackStatusDeleteComplete)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("taken", topicTemplate)
	role := `{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x", "AssumeRolePolicyDocument": {}}}}}`
	for name, c := range map[string]struct{ stack, template, code, text string }{
		"exists":       {"taken", topicTemplate, "AlreadyExistsException", "Stack [taken] already exists"},
		"capabilities": {"new", role, "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]"},
		"type":         {"new", `{"Resources": {"R": {"Type": "AWS::EC2::Instance"}}}`, "ValidationError", "Unrecognized resource types: [AWS::EC2::Instance]"},
		"size":         {"new", topicTemplate + strings.Repeat("#", 51200), "ValidationError", "length less than or equal to 51200"},
		"name":         {"1new", topicTemplate, "ValidationError", "[a-zA-Z][-a-zA-Z0-9]*"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.client().CreateStack(t.Context(), &cfn.CreateStackInput{StackName: &c.stack, TemplateBody: &c.template})
			wantError(t, err, c.code, c.text)
		})
	}
}

func TestTerminationProtection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("s", topicTemplate)
	protect := &cfn.UpdateTerminationProtectionInput{StackName: aws.String("s"), EnableTerminationProtection: aws.Bool(true)}
	if _, err := w.client().UpdateTerminationProtection(t.Context(), protect); err != nil {
		t.Fatal(err)
	}
	_, err := w.client().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("s")})
	wantError(t, err, "ValidationError", "Stack [s] cannot be deleted while TerminationProtection is enabled")
}

func TestUnsupportedPropertyFailsByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st := w.create("s", `{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"FifoTopic": true}}}}`)
	w.want(st, types.StackStatusRollbackComplete)
	if !strings.Contains(w.history("s"), "Encountered unsupported property FifoTopic") {
		t.Error(w.history("s"))
	}
}

func TestStackTagsReachResources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.client().CreateStack(t.Context(), &cfn.CreateStackInput{
		StackName: aws.String("s"), TemplateBody: aws.String(topicTemplate),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("platform")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	st := w.wait("s")
	_, body := w.do(cloudformation.Request{
		Service: "sns", Operation: "ListTagsForResource", Form: url.Values{"ResourceArn": {output(st, "Arn")}},
	})
	if !strings.Contains(body, "<Value>platform</Value>") {
		t.Errorf("the topic's tags are %s", body)
	}
}

func TestResourcesAndSummaries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("s", topicTemplate)
	ctx, c := t.Context(), w.client()
	one, err := c.DescribeStackResource(ctx, &cfn.DescribeStackResourceInput{StackName: aws.String("s"), LogicalResourceId: aws.String("Topic")})
	if err != nil || !strings.HasSuffix(*one.StackResourceDetail.PhysicalResourceId, ":news") {
		t.Errorf("DescribeStackResource: %v", err)
	}
	byID, err := c.DescribeStackResources(ctx, &cfn.DescribeStackResourcesInput{PhysicalResourceId: one.StackResourceDetail.PhysicalResourceId})
	if err != nil || len(byID.StackResources) != 1 || *byID.StackResources[0].StackName != "s" {
		t.Errorf("DescribeStackResources by physical ID: %v", err)
	}
	all, err := c.ListStackResources(ctx, &cfn.ListStackResourcesInput{StackName: aws.String("s")})
	if err != nil || len(all.StackResourceSummaries) != 1 || all.StackResourceSummaries[0].LastUpdatedTimestamp == nil {
		t.Errorf("ListStackResources: %v", err)
	}
	w.remove("s")
	list, err := c.ListStacks(ctx, &cfn.ListStacksInput{StackStatusFilter: []types.StackStatus{types.StackStatusDeleteComplete}})
	if err != nil || len(list.StackSummaries) != 1 || list.StackSummaries[0].DeletionTime == nil {
		t.Errorf("ListStacks: %v", err)
	}
	sum, err := c.GetTemplateSummary(ctx, &cfn.GetTemplateSummaryInput{TemplateBody: aws.String(topicTemplate)})
	if err != nil || !slices.Equal(sum.ResourceTypes, []string{"AWS::SNS::Topic"}) || len(sum.Parameters) != 2 {
		t.Errorf("GetTemplateSummary: %v", err)
	}
	valid, err := c.ValidateTemplate(ctx, &cfn.ValidateTemplateInput{TemplateBody: aws.String(topicTemplate)})
	if err != nil || *valid.Parameters[1].DefaultValue != "news" {
		t.Errorf("ValidateTemplate: %v", err)
	}
	_, err = c.ContinueUpdateRollback(ctx, &cfn.ContinueUpdateRollbackInput{StackName: aws.String("s")})
	wantError(t, err, "ValidationError", "ContinueUpdateRollback")
}
