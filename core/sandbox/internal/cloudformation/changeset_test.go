package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

func (w *world) changeSet(kind types.ChangeSetType, name string, params ...string) *cfn.DescribeChangeSetOutput {
	w.t.Helper()
	_, err := w.client().CreateChangeSet(w.t.Context(), &cfn.CreateChangeSetInput{
		StackName: aws.String("s"), ChangeSetName: &name, ChangeSetType: kind, TemplateBody: aws.String(topicTemplate),
		Parameters: parameters(params),
	})
	if err != nil {
		w.t.Fatalf("CreateChangeSet: %v", err)
	}
	out, err := w.client().DescribeChangeSet(w.t.Context(), &cfn.DescribeChangeSetInput{StackName: aws.String("s"), ChangeSetName: &name})
	if err != nil {
		w.t.Fatalf("DescribeChangeSet: %v", err)
	}
	return out
}

func (w *world) execute(name string) {
	w.t.Helper()
	_, err := w.client().ExecuteChangeSet(w.t.Context(), &cfn.ExecuteChangeSetInput{StackName: aws.String("s"), ChangeSetName: &name})
	if err != nil {
		w.t.Fatalf("ExecuteChangeSet: %v", err)
	}
}

func TestChangeSets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	created := w.changeSet(types.ChangeSetTypeCreate, "first")
	w.want(w.stack("s"), types.StackStatusReviewInProgress)
	if c := created.Changes[0].ResourceChange; c.Action != types.ChangeActionAdd || *c.LogicalResourceId != "Topic" {
		t.Errorf("the change is %+v", c)
	}
	w.execute("first")
	w.want(w.wait("s"), types.StackStatusCreateComplete)

	same := w.changeSet(types.ChangeSetTypeUpdate, "same")
	if same.Status != types.ChangeSetStatusFailed || *same.StatusReason != "The submitted information didn't contain changes. Submit different information to create a change set." {
		t.Errorf("a change set without changes is %s: %s", same.Status, aws.ToString(same.StatusReason))
	}
	_, err := w.client().ExecuteChangeSet(t.Context(), &cfn.ExecuteChangeSetInput{StackName: aws.String("s"), ChangeSetName: aws.String("same")})
	wantError(t, err, "InvalidChangeSetStatus", "cannot be executed")

	for params, want := range map[[2]string]types.Replacement{
		{"Display", "x"}: types.ReplacementFalse,
		{"Name", "x"}:    types.ReplacementTrue,
	} {
		name := "change-" + params[0]
		out := w.changeSet(types.ChangeSetTypeUpdate, name, params[:]...)
		if got := out.Changes[0].ResourceChange.Replacement; got != want {
			t.Errorf("changing %s: replacement is %s, want %s", params[0], got, want)
		}
	}
	list, err := w.client().ListChangeSets(t.Context(), &cfn.ListChangeSetsInput{StackName: aws.String("s")})
	if err != nil || len(list.Summaries) != 3 {
		t.Errorf("ListChangeSets: %v", err)
	}
	w.execute("change-Name")
	w.want(w.wait("s"), types.StackStatusUpdateComplete)
	if !w.topicExists("x") {
		t.Error("the change set was not executed")
	}
}

func TestChangeSetThatDoesNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("s", topicTemplate)
	_, err := w.client().DescribeChangeSet(t.Context(), &cfn.DescribeChangeSetInput{StackName: aws.String("s"), ChangeSetName: aws.String("x")})
	wantError(t, err, "ChangeSetNotFound", "ChangeSet [x] does not exist")
	if _, err := w.client().DeleteChangeSet(t.Context(), &cfn.DeleteChangeSetInput{StackName: aws.String("s"), ChangeSetName: aws.String("x")}); err != nil {
		t.Errorf("deleting a change set that is gone: %v", err)
	}
}
