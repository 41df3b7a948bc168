package cloudformation_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
)

const customTemplate = `
Parameters: {Size: {Type: Number, Default: 1}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: maker
      Runtime: python3.13
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context): pass"}
  Thing:
    Type: Custom::Thing
    Properties:
      ServiceToken: !GetAtt Function.Arn
      Size: !Ref Size
      Deep: {List: [1, true, text]}
Outputs:
  Color: {Value: !GetAtt Thing.Color}
`

func withData(color string) func(map[string]any) map[string]any {
	return func(map[string]any) map[string]any { return map[string]any{"Data": map[string]any{"Color": color}} }
}

func TestCustomResourceLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = withData("red")
	st := w.create("s", customTemplate)
	w.want(st, types.StackStatusCreateComplete)
	if got := output(st, "Color"); got != "red" {
		t.Errorf("the attribute is %q", got)
	}
	want := map[string]any{"ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:maker", "Size": "1", "Deep": map[string]any{"List": []any{"1", "true", "text"}}}
	if diff := cmp.Diff(want, w.requests[0]["ResourceProperties"]); diff != "" {
		t.Errorf("ResourceProperties (-want +got):\n%s", diff)
	}
	w.answer = withData("blue")
	st = w.update("s", customTemplate, "Size", "2")
	w.want(st, types.StackStatusUpdateComplete)
	if got := output(st, "Color"); got != "blue" {
		t.Errorf("after the update the attribute is %q", got)
	}
	if old := w.requests[1]["OldResourceProperties"].(map[string]any)["Size"]; old != "1" {
		t.Errorf("OldResourceProperties has Size %v", old)
	}
	if got := strings.Join(w.asked(), ","); got != "Create,Update the-resource" {
		t.Errorf("an update under the same physical ID asked %s", got)
	}
	w.answer = func(r map[string]any) map[string]any {
		return map[string]any{"PhysicalResourceId": "another", "Data": map[string]any{"Color": "green"}}
	}
	w.want(w.update("s", customTemplate, "Size", "3"), types.StackStatusUpdateComplete)
	if got := strings.Join(w.asked()[2:], ","); got != "Update the-resource,Delete the-resource" {
		t.Errorf("an update that changed the physical ID asked %s", got)
	}
	w.want(w.remove("s"), types.StackStatusDeleteComplete)
	if got := strings.Join(w.asked()[4:], ","); got != "Delete another" {
		t.Errorf("the deletion asked %s", got)
	}
}

func TestCustomResourceFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer map[string]any
		reason string
	}{
		"failed":      {map[string]any{"Status": "FAILED", "Reason": "out of paint"}, "Received response status [FAILED] from custom resource. Message returned: out of paint"},
		"silent":      {map[string]any{"Status": "SILENT"}, "CloudFormation did not receive a response from your Custom Resource."},
		"too long":    {map[string]any{"Reason": strings.Repeat("x", 4096)}, "Response object is too long."},
		"no ID":       {map[string]any{"PhysicalResourceId": ""}, "Invalid PhysicalResourceId"},
		"no data":     {nil, "Vendor response doesn't contain Color attribute"},
		"other stack": {map[string]any{"StackId": "arn:other"}, "must repeat StackId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *cloudformation.Options) { o.CustomResourceTimeout = 300 * time.Millisecond })
			w.answer = func(r map[string]any) map[string]any {
				if r["RequestType"] == "Delete" {
					return nil
				}
				return c.answer
			}
			st := w.create("s", customTemplate)
			w.want(st, types.StackStatusRollbackComplete)
			var reasons strings.Builder
			for _, e := range w.events("s") {
				if e.ResourceStatusReason != nil {
					reasons.WriteString(*e.ResourceStatusReason + "\n")
				}
			}
			if !strings.Contains(reasons.String(), c.reason) {
				t.Errorf("the reasons are\n%s", reasons.String())
			}
			if asked := w.asked(); len(asked) != 2 || !strings.HasPrefix(asked[1], "Delete ") {
				t.Errorf("the custom resource was asked %v", asked)
			}
		})
	}
}

func TestFailedCustomUpdateIsUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = withData("red")
	w.create("s", customTemplate)
	w.answer = func(r map[string]any) map[string]any {
		if r["ResourceProperties"].(map[string]any)["Size"] == "2" {
			return map[string]any{"Status": "FAILED", "Reason": "too big"}
		}
		return map[string]any{"Data": map[string]any{"Color": "red"}}
	}
	w.want(w.update("s", customTemplate, "Size", "2"), types.StackStatusUpdateRollbackComplete)
	if got := strings.Join(w.asked(), ","); got != "Create,Update the-resource,Update the-resource" {
		t.Errorf("the custom resource was asked %s", got)
	}
}

func TestResponsesNeedTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.url+cloudformation.ResponsePath+strings.Repeat("0", 64), strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("an unknown token is answered with %d", resp.StatusCode)
	}
}
