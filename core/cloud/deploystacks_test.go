package cloud_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// small is a template with a table that is retained, and a topic after it.
const small = `
Parameters:
  Name: {Type: String}
  Days: {Type: Number, Default: 1}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: kept
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: Id, AttributeType: S}]
      KeySchema: [{AttributeName: Id, KeyType: HASH}]
  Topic:
    Type: AWS::SNS::Topic
    DependsOn: Table
    Properties: {TopicName: !Ref Name}
Outputs:
  Topic: {Value: !Ref Topic}
`

// TestStackLife follows a stack from its creation to its deletion.
func TestStackLife(t *testing.T) {
	t.Parallel()
	ctx, box := t.Context(), bareBox(t, sandbox.Options{Chaos: sandbox.Chaos{Throttle: 0.05}, Seed: 1})
	client := deployer(t, box, "admin", box.Region())
	s := client.Stacks()
	if _, err := s.Stack(ctx, "life"); !core.IsCode(err, core.CodeNotFound) {
		t.Fatalf("no stack: %v", err)
	}
	declared, err := s.TemplateParameters(ctx, small)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]cloud.TemplateParameter{{Name: "Days", HasDefault: true}, {Name: "Name"}}, declared); diff != "" {
		t.Error(diff)
	}
	request := cloud.ChangeSetRequest{Stack: "life", Name: "first", Template: small, Create: true, Set: map[string]string{"Name": "one"}}
	set, events := deployed(t, s, request)
	if got := ends(events); got != "CREATE_COMPLETE" {
		t.Fatalf("ended in %s", got)
	}
	if diff := cmp.Diff([]string{"Table", "Topic"}, resources(set)); diff != "" {
		t.Error(diff)
	}

	request = cloud.ChangeSetRequest{Stack: "life", Name: "second", Template: small, Keep: []string{"Days", "Name"}}
	if same, err := s.Prepare(ctx, request); err != nil || !same.Empty() {
		t.Fatalf("nothing to change: %+v, %v", same, err)
	}
	// The empty change set is gone: its name is free.
	request.Set, request.Keep = map[string]string{"Name": "two"}, []string{"Days"}
	set, _ = deployed(t, s, request)
	want := []cloud.StackChange{{Action: "Modify", Resource: "Topic", Type: "AWS::SNS::Topic", Replacement: "True"}}
	if len(set.Changes) == 1 {
		want[0].PhysicalID = set.Changes[0].PhysicalID
	}
	if diff := cmp.Diff(want, set.Changes); diff != "" {
		t.Error(diff)
	}
	stack, err := s.Stack(ctx, "life")
	if err != nil || stack.Parameters["Name"] != "two" || !strings.HasSuffix(stack.Outputs["Topic"], ":two") {
		t.Fatalf("%+v, %v", stack, err)
	}

	mark, err := s.Now(ctx, stack.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, stack.ID); err != nil {
		t.Fatal(err)
	}
	events = nil
	if status, err := s.Follow(ctx, stack.ID, mark, func(e cloud.StackEvent) { events = append(events, e) }); err != nil || status != "DELETE_COMPLETE" {
		t.Fatalf("%s, %v", status, err)
	}
	if !slices.ContainsFunc(events, func(e cloud.StackEvent) bool { return e.Status == "DELETE_SKIPPED" && e.PhysicalID == "kept" }) {
		t.Errorf("the table that stays is not told of: %+v", events)
	}
	found, err := client.Existing(ctx, cloud.FixedNames{Tables: []string{"kept", "other"}, Buckets: []string{"none"}, KeyAliases: []string{core.KeyAlias}, Roles: []string{"none"}})
	if diff := cmp.Diff([]string{"table kept"}, found); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestFailedCreation holds that it leaves nothing in the way, not even what the
// template retains, and that a change set that is discarded takes its stack along.
func TestFailedCreation(t *testing.T) {
	t.Parallel()
	ctx, box := t.Context(), bareBox(t, sandbox.Options{})
	client := deployer(t, box, "admin", box.Region())
	s := client.Stacks()
	request := cloud.ChangeSetRequest{Stack: "failing", Name: "first", Template: small, Create: true, Set: map[string]string{"Name": "no spaces"}}
	_, events := deployed(t, s, request)
	if got := ends(events); got != "ROLLBACK_COMPLETE" {
		t.Fatalf("ended in %s", got)
	}
	if found, err := client.Existing(ctx, cloud.FixedNames{Tables: []string{"kept"}}); err != nil || found != nil {
		t.Errorf("left: %v, %v", found, err)
	}
	request.Stack, request.Set = "reviewed", map[string]string{"Name": "one"}
	set, err := s.Prepare(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Discard(ctx, set); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stack(ctx, "reviewed"); !core.IsCode(err, core.CodeNotFound) {
		t.Errorf("the stack of a discarded change set: %v", err)
	}
	request.Set = nil
	if _, err := s.Prepare(ctx, request); !core.IsCode(err, core.CodeMalformed) || !strings.Contains(err.Error(), "Name") {
		t.Errorf("a parameter without value: %v", err)
	}
}

// deployed makes and executes a change set, and follows it to its end.
func deployed(t *testing.T, s *cloud.Stacks, r cloud.ChangeSetRequest) (*cloud.ChangeSet, []cloud.StackEvent) {
	t.Helper()
	set, err := s.Prepare(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	mark, err := s.Now(t.Context(), set.StackID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Execute(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	var events []cloud.StackEvent
	if _, err := s.Follow(t.Context(), set.StackID, mark, func(e cloud.StackEvent) { events = append(events, e) }); err != nil {
		t.Fatal(err)
	}
	return set, events
}

func ends(events []cloud.StackEvent) string {
	if len(events) == 0 || !events[len(events)-1].Ends() {
		return "nothing"
	}
	return events[len(events)-1].Status
}

func resources(set *cloud.ChangeSet) []string {
	var out []string
	for _, c := range set.Changes {
		out = append(out, c.Resource)
	}
	slices.Sort(out)
	return out
}
