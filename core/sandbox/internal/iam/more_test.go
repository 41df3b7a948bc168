package iam_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
	"pgregory.net/rapid"
)

func TestPagination(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	var want []string
	for i := range 7 {
		name := fmt.Sprintf("Role-%d", i)
		w.role(c, name, trustAll)
		want = append(want, name)
	}
	var got []string
	pages := 0
	p := awsiam.NewListRolesPaginator(c, &awsiam.ListRolesInput{MaxItems: aws.Int32(3)})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, r := range out.Roles {
			got = append(got, *r.RoleName)
		}
		if pages == 1 { // a page must not shift when an entry of an earlier one goes
			if _, err := c.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: aws.String("Role-0")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(got, want) || pages != 3 {
		t.Errorf("%d pages: %v", pages, got)
	}
	out, err := c.ListRoles(ctx, &awsiam.ListRolesInput{PathPrefix: aws.String("/none/")})
	if err != nil || out.IsTruncated || len(out.Roles) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestManagedPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	role := w.role(c, "R", trustAll)
	created, err := c.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: aws.String("P"), PolicyDocument: aws.String(allowLists)})
	if err != nil {
		t.Fatal(err)
	}
	arn := created.Policy.Arn
	_, err = c.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allowLists)})
	wantError(t, err, "EntityAlreadyExists", "A policy called p already exists. Duplicate names are not allowed.")
	if _, err := c.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: role.RoleName, PolicyArn: arn}); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: arn})
	if err != nil || *got.Policy.AttachmentCount != 1 || *got.Policy.DefaultVersionId != "v1" {
		t.Errorf("%+v, %v", got, err)
	}
	version := func() error {
		_, err := c.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allowAll), SetAsDefault: true})
		return err
	}
	for range 4 {
		if err := version(); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, version(), "LimitExceeded", "A managed policy can have up to 5 versions.")
	remove := func(id string) error {
		_, err := c.DeletePolicyVersion(ctx, &awsiam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: &id})
		return err
	}
	wantError(t, remove("v5"), "DeleteConflict", "Cannot delete the default version of a policy.")
	if _, err := c.SetDefaultPolicyVersion(ctx, &awsiam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}); err != nil {
		t.Fatal(err)
	}
	if err := remove("v5"); err != nil {
		t.Fatal(err)
	}
	if err := version(); err != nil {
		t.Fatal(err)
	}
	versions, err := c.ListPolicyVersions(ctx, &awsiam.ListPolicyVersionsInput{PolicyArn: arn})
	if err != nil || *versions.Versions[0].VersionId != "v6" || !versions.Versions[0].IsDefaultVersion {
		t.Errorf("a version number was used again: %+v, %v", versions, err)
	}
	_, err = c.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: arn})
	wantError(t, err, "DeleteConflict", "Cannot delete a policy attached to entities.")
	entities, err := c.ListEntitiesForPolicy(ctx, &awsiam.ListEntitiesForPolicyInput{PolicyArn: arn})
	if err != nil || len(entities.PolicyRoles) != 1 || *entities.PolicyRoles[0].RoleName != "R" {
		t.Errorf("%+v, %v", entities, err)
	}
	_, err = w.as(w.user(sub, "other", allowAll)).AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: aws.String("other"), PolicyArn: arn})
	wantError(t, err, "NoSuchEntity", "does not exist or is not attachable.")
	for i := range 9 {
		p, err := c.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: aws.String(fmt.Sprint("Q", i)), PolicyDocument: aws.String(allowLists)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: role.RoleName, PolicyArn: p.Policy.Arn}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: role.RoleName, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	wantError(t, err, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
}

func TestUsersAndKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	name := aws.String("bob")
	if _, err := c.CreateUser(ctx, &awsiam.CreateUserInput{UserName: name}); err != nil {
		t.Fatal(err)
	}
	key, err := c.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		t.Fatal(err)
	}
	bob := w.client(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
	_, err = bob.GetUser(ctx, &awsiam.GetUserInput{})
	wantError(t, err, "AccessDenied", "iam:GetUser on resource: arn:aws:iam::111122223333:user/bob")
	if _, err := c.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/IAMReadOnlyAccess")}); err != nil {
		t.Fatal(err)
	}
	if out, err := bob.GetUser(ctx, &awsiam.GetUserInput{}); err != nil || *out.User.UserName != "bob" {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := c.UpdateAccessKey(ctx, &awsiam.UpdateAccessKeyInput{UserName: name, AccessKeyId: key.AccessKey.AccessKeyId, Status: types.StatusTypeInactive}); err != nil {
		t.Fatal(err)
	}
	_, err = bob.GetUser(ctx, &awsiam.GetUserInput{})
	wantError(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	_, err = c.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: name})
	wantError(t, err, "DeleteConflict", "must detach all policies first.")
	if got := iam.AccountOfKey(*key.AccessKey.AccessKeyId); got != master {
		t.Errorf("account of the key = %s", got)
	}
}

func TestTagsAliasesSAMLSummary(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	role := w.role(c, "R", trustAll)
	tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
	if _, err := c.TagRole(ctx, &awsiam.TagRoleInput{RoleName: role.RoleName, Tags: []types.Tag{tag("a", "1"), tag("b", "2")}}); err != nil {
		t.Fatal(err)
	}
	_, err := c.TagRole(ctx, &awsiam.TagRoleInput{RoleName: role.RoleName, Tags: []types.Tag{tag("a", "1"), tag("A", "2")}})
	wantError(t, err, "InvalidInput", "Duplicate tag keys found.")
	if _, err := c.TagRole(ctx, &awsiam.TagRoleInput{RoleName: role.RoleName, Tags: []types.Tag{tag("A", "3")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UntagRole(ctx, &awsiam.UntagRoleInput{RoleName: role.RoleName, TagKeys: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListRoleTags(ctx, &awsiam.ListRoleTagsInput{RoleName: role.RoleName})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Key != "A" || *tags.Tags[0].Value != "3" {
		t.Errorf("%+v, %v", tags, err)
	}
	if _, err := c.CreateAccountAlias(ctx, &awsiam.CreateAccountAliasInput{AccountAlias: aws.String("my-org")}); err != nil {
		t.Fatal(err)
	}
	aliases, err := c.ListAccountAliases(ctx, &awsiam.ListAccountAliasesInput{})
	if err != nil || !slices.Equal(aliases.AccountAliases, []string{"my-org"}) {
		t.Errorf("%+v, %v", aliases, err)
	}
	saml, err := c.CreateSAMLProvider(ctx, &awsiam.CreateSAMLProviderInput{Name: aws.String("idp"), SAMLMetadataDocument: aws.String(strings.Repeat("<a/>", 300))})
	if err != nil {
		t.Fatal(err)
	}
	federated := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + *saml.SAMLProviderArn + `"},"Action":"sts:AssumeRoleWithSAML","Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}]}`
	w.role(c, "Federated", federated)
	if out, err := c.ListSAMLProviders(ctx, &awsiam.ListSAMLProvidersInput{}); err != nil || len(out.SAMLProviderList) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	summary, err := c.GetAccountSummary(ctx, &awsiam.GetAccountSummaryInput{})
	if err != nil || summary.SummaryMap["Roles"] != 2 || summary.SummaryMap["Providers"] != 1 {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	w.user(master, "lister", allowLists)
	out, err := c.SimulatePrincipalPolicy(ctx, &awsiam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:iam::111122223333:user/lister"), ActionNames: []string{"iam:ListRoles", "iam:GetRole"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := out.EvaluationResults[0].EvalDecision, out.EvaluationResults[1].EvalDecision; a != "allowed" || b != "implicitDeny" {
		t.Errorf("%s, %s", a, b)
	}
}

func TestDecideService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	doc := policy.MustParse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`, policy.Resource)
	ask := api.Ask{Action: "lambda:InvokeFunction", Resource: "arn:aws:lambda:us-east-1:111122223333:function:f", ResourceAccount: master, ResourcePolicy: doc}
	decide := func(service, account string) bool {
		return w.iam.DecideService(service, ask, map[string][]string{"aws:SourceAccount": {account}}).Allowed
	}
	if !decide("s3.amazonaws.com", master) || decide("s3.amazonaws.com", sub) || decide("sns.amazonaws.com", master) {
		t.Error("the resource policy was not followed")
	}
}

// TestAccountOfKey: the account can be read out of any key, as out of AWS's own. The
// fixed example is a published one.
func TestAccountOfKey(t *testing.T) {
	t.Parallel()
	if got := iam.AccountOfKey("ASIAQNZGKIQY56JQ7WML"); got != "029608264753" {
		t.Errorf("got %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		account := rapid.StringMatching(`\d{12}`).Draw(t, "account")
		id := iam.NewAccessKeyID("AKIA", account)
		if len(id) != 20 || iam.AccountOfKey(id) != account {
			t.Fatalf("%s gives %s", id, iam.AccountOfKey(id))
		}
	})
}
