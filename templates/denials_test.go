package templates_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/templates"
)

// refused reports whether an error is a service's refusal.
func refused(err error) bool {
	var e smithy.APIError
	return errors.As(err, &e) && (strings.HasPrefix(e.ErrorCode(), "AccessDenied") || e.ErrorCode() == "AuthorizationError")
}

// attempt is something forbidden, tried for real; resource and sid name the Deny
// statement that forbids it, if there is one.
type attempt struct {
	name, account, stack, template, resource, sid string
	try                                           func(in *installation) error
}

// putRole writes an inline policy as somebody.
func putRole(in *installation, cfg aws.Config, role string) error {
	_, err := iam.NewFromConfig(cfg).PutRolePolicy(in.ctx, &iam.PutRolePolicyInput{
		RoleName: &role, PolicyName: aws.String("more"), PolicyDocument: aws.String(policyFile(1)),
	})
	return err
}

// upload writes a configuration file with headers of its own.
func upload(in *installation, change func(*s3.PutObjectInput)) error {
	input := &s3.PutObjectInput{Bucket: aws.String(in.ConfigBucket()), Key: aws.String("other/x"), Body: strings.NewReader("x")}
	change(input)
	_, err := in.s3(in.admin(in.Master())).PutObject(in.ctx, input)
	return err
}

// otherKey makes a key that is not the installation's.
func (in *installation) otherKey() (string, error) {
	k, err := kms.NewFromConfig(in.admin(in.Master())).CreateKey(in.ctx, &kms.CreateKeyInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(k.KeyMetadata.Arn), nil
}

// denials are what the Deny statements of the templates are for. TransportIsEncrypted
// is not among them: see TestForbidden.
func denials() []attempt {
	master := attempt{account: sandbox.DefaultMaster, stack: masterStack, template: templates.Master()}
	sub := attempt{account: alpha, stack: subStack, template: templates.SubAccount()}
	of := func(a attempt, name, resource, sid string, try func(*installation) error) attempt {
		a.name, a.resource, a.sid, a.try = name, resource, sid, try
		return a
	}
	return []attempt{
		of(master, "a handler changes the admin role", "MasterRolesPolicy", "NeverTheAdminRole", func(in *installation) error {
			return putRole(in, in.handler(in.Master(), "RoleFile"), admin)
		}),
		of(sub, "the admin role changes itself", "AdminRole", "NeverItself", func(in *installation) error {
			cfg, err := in.take(in.handler(in.Master(), "RoleEvent"), alpha, admin, nil)
			if err != nil {
				return err
			}
			return putRole(in, cfg, admin)
		}),
		of(sub, "AccountInit empties the admin role", "InitRole", "NeverTheAdminRole", func(in *installation) error {
			_, err := iam.NewFromConfig(in.handler(alpha, "AccountInit")).DetachRolePolicy(in.ctx, &iam.DetachRolePolicyInput{
				RoleName: aws.String(admin), PolicyArn: aws.String("arn:aws:iam::aws:policy/ViewOnlyAccess"),
			})
			if err == nil || refused(err) {
				return err
			}
			return nil // allowed, but nothing was attached
		}),
		of(master, "an object is encrypted with S3's own key", "ConfigBucketPolicy", "OtherEncryptionIsRefused", func(in *installation) error {
			return upload(in, func(i *s3.PutObjectInput) { i.ServerSideEncryption = types.ServerSideEncryptionAes256 })
		}),
		of(master, "an object is encrypted with another key", "ConfigBucketPolicy", "OtherKeysAreRefused", func(in *installation) error {
			key, err := in.otherKey()
			if err != nil {
				return err
			}
			return upload(in, func(i *s3.PutObjectInput) {
				i.ServerSideEncryption, i.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &key
			})
		}),
		of(master, "an object names no key", "ConfigBucketPolicy", "KeyIsNamed", func(in *installation) error {
			return upload(in, func(i *s3.PutObjectInput) { i.ServerSideEncryption = types.ServerSideEncryptionAwsKms })
		}),
	}
}

// tries are forbidden by what no statement allows.
func tries() []attempt {
	enter := func(who func(in *installation) aws.Config) func(*installation) error {
		return func(in *installation) error {
			_, err := in.take(who(in), alpha, admin, nil)
			return err
		}
	}
	out := []attempt{
		{name: "the operator enters an account", try: enter(func(in *installation) aws.Config { return in.person("operator", "") })},
		{name: "a user enters an account as the engine", try: enter(func(in *installation) aws.Config { return in.identity(in.As("Ops")) })},
		{name: "another account's administrator enters an account", try: enter(func(in *installation) aws.Config { return in.admin(beta) })},
		{name: "an account that no file lists registers", try: func(in *installation) error {
			return in.publish(in.identity(in.As("account:"+gamma)), core.AccountTopic, "{}")
		}},
		{name: "a listed account publishes to the role topic", try: func(in *installation) error {
			return in.publish(in.admin(beta), core.RoleTopic, "{}")
		}},
		{name: "the admin role changes a role without the prefix", try: func(in *installation) error {
			cfg, err := in.take(in.handler(in.Master(), "RoleEvent"), alpha, admin, nil)
			if err != nil {
				return nil
			}
			return putRole(in, cfg, "CAM-AccountInit")
		}},
		{name: "AccountInit writes a role", try: func(in *installation) error { return putRole(in, in.handler(alpha, "AccountInit"), ops) }},
	}
	for _, handler := range []string{"AccountFile", "RoleFile", "AccountEvent", "AccessLinks", "MasterInit"} {
		out = append(out, attempt{name: handler + " enters an account", try: enter(func(in *installation) aws.Config { return in.handler(in.Master(), handler) })})
	}
	return out
}

// TestDenials tries what is forbidden, and shows that it is permitted without the
// statement that forbids it. An upload that leaves encryption to the bucket, or names
// its key, is accepted.
func TestDenials(t *testing.T) {
	t.Parallel()
	in := install(t, alone)
	if err := prepare(in); err != nil {
		t.Fatal(err)
	}
	key := in.keyARN()
	for _, change := range []func(*s3.PutObjectInput){
		func(*s3.PutObjectInput) {},
		func(i *s3.PutObjectInput) {
			i.ServerSideEncryption, i.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &key
		},
	} {
		if err := upload(in, change); err != nil {
			t.Error(err)
		}
	}
	for _, a := range tries() {
		if err := a.try(in); !refused(err) {
			t.Errorf("%s: %v", a.name, err)
		}
	}
	for _, a := range denials() {
		if err := a.try(in); !refused(err) {
			t.Errorf("%s: %v", a.name, err)
		}
		changed, err := without(a.template, a.resource, a.sid)
		if err != nil {
			t.Fatal(err)
		}
		if err := in.deploy(a.account, a.stack, changed, nil); err != nil {
			t.Fatal(err)
		}
		if err := a.try(in); err != nil {
			t.Errorf("%s, without %s: %v", a.name, a.sid, err)
		}
		if err := in.deploy(a.account, a.stack, a.template, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOrganisationRegisters shows that in an organisation its members may register, by
// one statement, and that nobody may without it.
func TestOrganisationRegisters(t *testing.T) {
	t.Parallel()
	in := install(t, sandbox.Options{})
	if err := in.Join(in.ctx, []string{alpha}, func(string) {}); err != nil {
		t.Fatal(err)
	}
	changed, err := without(templates.Master(), "AccountTopicPolicy", "OrganizationRegisters")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.deploy(in.Master(), masterStack, changed, nil); err != nil {
		t.Fatal(err)
	}
	if err := in.custom(alpha, "AccountInit", "Update"); err == nil || !strings.Contains(err.Error(), "AuthorizationError") {
		t.Errorf("without the statement: %v", err)
	}
}

// TestBoundary shows that with a permissions boundary of the account's own choice the
// engine makes roles only within it, and cannot take it away.
func TestBoundary(t *testing.T) {
	t.Parallel()
	in := install(t, alone)
	if err := prepare(in); err != nil {
		t.Fatal(err)
	}
	const boundary = "arn:aws:iam::" + alpha + ":policy/Boundary"
	everything := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	_, err := iam.NewFromConfig(in.admin(alpha)).CreatePolicy(in.ctx, &iam.CreatePolicyInput{PolicyName: aws.String("Boundary"), PolicyDocument: &everything})
	if err != nil {
		t.Fatal(err)
	}
	if err := in.deploy(alpha, subStack, templates.SubAccount(), map[string]string{"PermissionsBoundaryArn": boundary}); err != nil {
		t.Fatal(err)
	}
	cfg, err := in.take(in.handler(in.Master(), "RoleEvent"), alpha, admin, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := iam.NewFromConfig(cfg)
	create := func(arn *string) error {
		_, err := client.CreateRole(in.ctx, &iam.CreateRoleInput{
			RoleName: aws.String("CrossAccountManager-New"), PermissionsBoundary: arn,
			AssumeRolePolicyDocument: aws.String(string(policy.SubAccountTrust("aws", in.Master(), ops).JSON())),
		})
		return err
	}
	for _, arn := range []*string{nil, aws.String("arn:aws:iam::aws:policy/AdministratorAccess")} {
		if err := create(arn); !refused(err) {
			t.Errorf("with the boundary %s: %v", aws.ToString(arn), err)
		}
	}
	if err := create(aws.String(boundary)); err != nil {
		t.Error(err)
	}
	_, err = client.DeleteRolePermissionsBoundary(in.ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: aws.String("CrossAccountManager-New")})
	if !refused(err) {
		t.Errorf("taking the boundary away: %v", err)
	}
}

// TestKeyAdministrator shows what the additional administrator of the key gets:
// each action of the statement is needed for some call of KMS's, and none uses the key.
func TestKeyAdministrator(t *testing.T) {
	t.Parallel()
	in := install(t, alone)
	in.person("keeper", "")
	arn := "arn:aws:iam::" + in.Master() + ":user/keeper"
	if err := in.deploy(in.Master(), masterStack, templates.Master(), map[string]string{"KeyAdministratorArn": arn}); err != nil {
		t.Fatal(err)
	}
	key := in.keyARN()
	if _, err := kms.NewFromConfig(in.person("keeper", "")).DescribeKey(in.ctx, &kms.DescribeKeyInput{KeyId: &key}); err != nil {
		t.Error(err)
	}
	doc := in.key().doc
	ask := func(doc *policy.Document, action string) bool {
		return policy.Evaluate(policy.Request{Action: action, Resource: key, Principal: policy.Principal{AccountID: in.Master(), ARN: arn}},
			policy.Policies{Resource: doc, ResourceRequired: true}).Allowed
	}
	for pattern, action := range map[string]string{
		"kms:Create*": "kms:CreateAlias", "kms:Describe*": "kms:DescribeKey", "kms:Enable*": "kms:EnableKeyRotation", "kms:List*": "kms:ListKeyPolicies",
		"kms:Put*": "kms:PutKeyPolicy", "kms:Update*": "kms:UpdateKeyDescription", "kms:Revoke*": "kms:RevokeGrant", "kms:Disable*": "kms:DisableKey",
		"kms:Get*": "kms:GetKeyPolicy", "kms:TagResource": "kms:TagResource", "kms:UntagResource": "kms:UntagResource",
		"kms:ScheduleKeyDeletion": "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion": "kms:CancelKeyDeletion",
	} {
		without := take(doc, element{statement: "AdditionalAdministrator", kind: "action", value: pattern})
		if !ask(doc, action) || ask(without, action) {
			t.Errorf("%s does not depend on %s", action, pattern)
		}
	}
	for _, action := range []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"} {
		if ask(doc, action) {
			t.Errorf("the administrator may %s", action)
		}
	}
}
