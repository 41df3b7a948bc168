package cloud_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// artifactStatements reads a policy by its Sids.
func artifactStatements(t *testing.T, document string) map[string]map[string]any {
	t.Helper()
	var doc struct{ Statement []map[string]any }
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, s := range doc.Statement {
		sid, _ := s["Sid"].(string)
		if out[sid] != nil {
			t.Errorf("two statements %q", sid)
		}
		out[sid] = s
	}
	return out
}

// TestArtifactPolicy holds who may read code: listed accounts add up, an organisation
// replaces the one before, and what others wrote stays.
func TestArtifactPolicy(t *testing.T) {
	t.Parallel()
	write := func(document string, r cloud.Readers) string {
		t.Helper()
		out, err := cloud.ArtifactPolicy(document, "aws-cn", "code", r)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	const foreign = `{"Version":"2012-10-17","Statement":{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"arn:aws-cn:iam::999999999999:root"},"Action":"s3:ListBucket","Resource":"arn:aws-cn:s3:::code"}}`
	if cloud.PreparedPolicy(foreign) {
		t.Error("a policy of somebody else's counts as cam's")
	}
	first := write(foreign, cloud.Readers{Accounts: []core.AccountID{"222222222222"}})
	got := artifactStatements(t, first)
	if got["Theirs"] == nil || got["CAMTransportIsEncrypted"] == nil || got["CAMOrganizationReads"] != nil || len(got) != 3 {
		t.Errorf("statements: %v", got)
	}
	if !cloud.PreparedPolicy(first) {
		t.Error("cam does not know its own policy")
	}
	if !cloud.SamePolicy(first, write(first, cloud.Readers{})) || !cloud.SamePolicy(first, write(first, cloud.Readers{Accounts: []core.AccountID{"222222222222"}})) {
		t.Error("nothing new changes the policy")
	}
	second := write(first, cloud.Readers{Organization: "o-1", Accounts: []core.AccountID{"111111111111"}})
	third := write(second, cloud.Readers{Organization: "o-2"})
	got = artifactStatements(t, third)
	want := map[string]any{
		"Sid": "CAMSubAccountsRead", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws-cn:s3:::code/*",
		"Principal": map[string]any{"AWS": []any{"arn:aws-cn:iam::111111111111:root", "arn:aws-cn:iam::222222222222:root"}},
	}
	if diff := cmp.Diff(want, got["CAMSubAccountsRead"]); diff != "" {
		t.Error(diff)
	}
	want = map[string]any{
		"Sid": "CAMOrganizationReads", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws-cn:s3:::code/*",
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalOrgID": "o-2"}},
	}
	if diff := cmp.Diff(want, got["CAMOrganizationReads"]); diff != "" {
		t.Error(diff)
	}
	if _, err := cloud.ArtifactPolicy("{", "aws", "code", cloud.Readers{}); !core.IsCode(err, core.CodeMalformed) {
		t.Errorf("not JSON: %v", err)
	}
}

// TestArtifactPolicyDropsTheClosed holds that principals of accounts that were closed,
// which S3 shows as bare identifiers and does not take back, are left out.
func TestArtifactPolicyDropsTheClosed(t *testing.T) {
	t.Parallel()
	before := `{"Version":"2012-10-17","Statement":[{"Sid":"CAMSubAccountsRead","Effect":"Allow","Principal":{"AWS":["AIDACKCEVSQ6C2EXAMPLE","arn:aws:iam::111111111111:root"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::code/*"}]}`
	after, err := cloud.ArtifactPolicy(before, "aws", "code", cloud.Readers{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"AWS": []any{"arn:aws:iam::111111111111:root"}}
	if diff := cmp.Diff(want, artifactStatements(t, after)["CAMSubAccountsRead"]["Principal"]); diff != "" {
		t.Error(diff)
	}
}
