package core_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

var invitation = core.Invitation{
	Account: "111122223333", Master: "100000000001", Region: "eu-west-1",
	ArtifactBucket: "cam-artifacts-100000000001-eu-west-1", ArtifactKey: "cam-lambda-arm64-0123456789abcdef.zip", Architecture: "arm64",
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	want := "cam deploy sub-account --master 100000000001 --master-region eu-west-1 " +
		"--artifact-bucket cam-artifacts-100000000001-eu-west-1 --artifact-key cam-lambda-arm64-0123456789abcdef.zip --architecture arm64"
	if got := invitation.Command(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	want = "cam deploy master --sub-account 111122223333 --parameter ArtifactKey=cam-lambda-arm64-0123456789abcdef.zip"
	if got := invitation.MasterCommand(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	member := invitation
	member.OrgID = "o-a1b2c3d4e5"
	if got := member.MasterCommand(); got != "" {
		t.Errorf("in an organisation the master has something to do: %s", got)
	}
	odd := core.Invitation{Master: "100000000001", ArtifactKey: "Bob's code; rm -rf.zip"}
	want = `cam deploy sub-account --master 100000000001 --artifact-key 'Bob'\''s code; rm -rf.zip'`
	if got := odd.Command(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestInvitationLinks(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-west-1":     "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/create",
		"cn-north-1":    "https://cn-north-1.console.amazonaws.cn/cloudformation/home?region=cn-north-1#/stacks/create",
		"us-gov-west-1": "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudformation/home?region=us-gov-west-1#/stacks/create",
	} {
		i := invitation
		i.Region = region
		if got := i.ConsoleURL(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	i := invitation
	i.TemplateURL = "https://bucket.s3.eu-west-1.amazonaws.com/sub account.yaml?versionId=a+b&c"
	link, query, _ := strings.Cut(i.ConsoleURL(), "?templateURL=")
	if want := "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/create/review"; link != want {
		t.Errorf("%s\nwant %s", link, want)
	}
	got, err := url.ParseQuery("templateURL=" + query)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(url.Values{
		"templateURL": {i.TemplateURL}, "stackName": {"CrossAccountManager-SubAccount"},
		"param_MasterAccountId": {"100000000001"}, "param_MasterRegion": {"eu-west-1"},
		"param_ArtifactBucket": {i.ArtifactBucket}, "param_ArtifactKey": {i.ArtifactKey}, "param_Architecture": {"arm64"},
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
