package cloud

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// start is a sandbox with nothing installed, and its administrator.
func start(t *testing.T, o sandbox.Options) (*sandbox.Sandbox, *Client) {
	t.Helper()
	box, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box, become(t, box, "admin")
}

func become(t *testing.T, box *sandbox.Sandbox, who string) *Client {
	t.Helper()
	id, err := box.As(who)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, box, core.Credentials{
		AccessKeyID: id.AccessKeyID, SecretAccessKey: core.NewSecret(id.SecretAccessKey), SessionToken: core.NewSecret(id.SessionToken),
	})
}

func newClient(t *testing.T, box *sandbox.Sandbox, creds core.Credentials) *Client {
	t.Helper()
	c, err := New(t.Context(), Options{Credentials: &creds, Region: box.Region(), Endpoint: box.Endpoint(), Retries: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantError checks an error's code, what AWS called it, and that it is fit to show.
func wantError(t *testing.T, name string, err error, code core.Code, awsCode string) {
	t.Helper()
	e, ok := err.(*core.Error)
	switch {
	case !ok:
		t.Errorf("%s: %T: %v is no error of ours", name, err, err)
	case e.Code != code || e.AWSCode != awsCode:
		t.Errorf("%s: %s, %q: %v; want %s, %q", name, e.Code, e.AWSCode, err, code, awsCode)
	case strings.Contains(e.Message, "RequestID") || strings.Contains(e.Message, "https response error"):
		t.Errorf("%s: the message is the SDK's: %s", name, e.Message)
	case (code == core.CodeNoCredentials || code == core.CodeUnavailable && awsCode == "") && e.Hint == "":
		t.Errorf("%s: no hint: %v", name, err)
	}
}

const anybody = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::100000000001:root"},"Action":"sts:AssumeRole"}]}`

func TestErrorsOfServices(t *testing.T) {
	t.Parallel()
	box, admin := start(t, sandbox.Options{})
	alice := become(t, box, "user:alice")
	ctx := t.Context()
	topics, bucket := admin.Topics("100000000001", box.Region()), admin.Bucket("cam-nowhere", "")
	role := core.IAMRole{Name: "CrossAccountManager-Taken", Trust: anybody}
	if err := admin.IAM().PutRole(ctx, role); err != nil {
		t.Fatal(err)
	}
	malformed, large := role, role
	malformed.Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::100000000001:role/Nobody"},"Action":"sts:AssumeRole"}]}`
	large.InlineName, large.Inline = "CrossAccountManager-Taken-Permission", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:`+strings.Repeat("x", 11000)+`","Resource":"*"}]}`
	for _, test := range []struct {
		name string
		call func() error
		code core.Code
		aws  string
	}{
		{"denied by IAM", func() error { _, err := alice.IAM().Role(ctx, role.Name); return err }, core.CodeDenied, "AccessDenied"},
		{"denied by STS", func() error {
			_, err := alice.STS().AssumeRole(ctx, core.RoleARN("aws", "222222222222", role.Name), "me", 0)
			return err
		}, core.CodeDenied, "AccessDenied"},
		{"denied by DynamoDB", func() error { _, err := alice.Tables().Account(ctx, "111122223333"); return err }, core.CodeDenied, "AccessDeniedException"},
		{"denied by SNS", func() error {
			return alice.Topics("100000000001", box.Region()).Publish(ctx, core.RoleTopic, core.Event{})
		}, core.CodeDenied, "AuthorizationError"},
		{"no role", func() error { _, err := admin.IAM().Role(ctx, "CrossAccountManager-None"); return err }, core.CodeNotFound, "NoSuchEntity"},
		{"no table", func() error { _, err := admin.Tables().Account(ctx, "111122223333"); return err }, core.CodeNotFound, "ResourceNotFoundException"},
		{"no topic", func() error { return topics.Publish(ctx, core.RoleTopic, core.Event{}) }, core.CodeNotFound, "NotFound"},
		{"no bucket", func() error { _, err := bucket.Object(ctx, "a"); return err }, core.CodeNotFound, "NoSuchBucket"},
		{"no stack", func() error { _, err := admin.Stacks().Stack(ctx, "None"); return err }, core.CodeNotFound, "ValidationError"},
		{"malformed policy", func() error { return admin.IAM().PutRole(ctx, malformed) }, core.CodeMalformed, "MalformedPolicyDocument"},
		{"quota", func() error { return admin.IAM().PutRole(ctx, large) }, core.CodeLimit, "LimitExceeded"},
		{"long session", func() error {
			_, err := admin.STS().AssumeRole(ctx, core.RoleARN("aws", "100000000001", role.Name), "me", 13*time.Hour)
			return err
		}, core.CodeMalformed, "ValidationError"},
		{"role exists", func() error {
			_, err := iam.NewFromConfig(admin.cfg).CreateRole(ctx, &iam.CreateRoleInput{RoleName: &role.Name, AssumeRolePolicyDocument: aws.String(anybody)})
			return wrap(err, "creating")
		}, core.CodeConflict, "EntityAlreadyExists"},
	} {
		wantError(t, test.name, test.call(), test.code, test.aws)
	}
}

func TestErrorOfLostRace(t *testing.T) {
	t.Parallel()
	_, admin := start(t, sandbox.Options{})
	db := dynamodb.NewFromConfig(admin.cfg)
	_, err := db.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String(core.RolesTable), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Role"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Role"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := core.RoleRecord{Role: core.Role{Name: "DevOps"}, Version: 8}
	wantError(t, "another version", roleRow.put(t.Context(), db, roleKey(r.Name), &r, 7, "DevOps"), core.CodeConflict, "ConditionalCheckFailedException")
}

func TestErrorsOfCredentials(t *testing.T) {
	t.Parallel()
	box, admin := start(t, sandbox.Options{})
	good, err := admin.cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		creds core.Credentials
		aws   string
	}{
		{"unknown key", core.Credentials{AccessKeyID: "AKIAUNKNOWNUNKNOWN00", SecretAccessKey: core.NewSecret("hidden-secret")}, "InvalidClientTokenId"},
		{"wrong secret", core.Credentials{AccessKeyID: good.AccessKeyID, SecretAccessKey: core.NewSecret("hidden-secret")}, "SignatureDoesNotMatch"},
		{"wrong token", core.Credentials{AccessKeyID: good.AccessKeyID, SecretAccessKey: core.NewSecret(good.SecretAccessKey), SessionToken: core.NewSecret("hidden-token")}, "InvalidClientTokenId"},
	} {
		_, err := newClient(t, box, test.creds).STS().Identity(t.Context())
		wantError(t, test.name, err, core.CodeNoCredentials, test.aws)
		for _, text := range []string{fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err)} {
			if strings.Contains(text, "hidden") || strings.Contains(text, good.SecretAccessKey) {
				t.Errorf("%s: the error shows a secret: %s", test.name, text)
			}
		}
	}
}

func TestErrorsOfTrouble(t *testing.T) {
	t.Parallel()
	_, throttled := start(t, sandbox.Options{Chaos: sandbox.Chaos{Throttle: 1}})
	_, err := throttled.STS().Identity(t.Context())
	wantError(t, "throttled", err, core.CodeThrottled, "ThrottlingException")
	_, failing := start(t, sandbox.Options{Chaos: sandbox.Chaos{Fail: 1}})
	_, err = failing.STS().Identity(t.Context())
	wantError(t, "server error", err, core.CodeUnavailable, "ServiceUnavailable")
	box, alone := start(t, sandbox.Options{})
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = alone.STS().Identity(t.Context())
	wantError(t, "closed", err, core.CodeUnavailable, "")
	_, err = alone.Bucket("cam-config", "").Object(t.Context(), "account/a.yaml")
	wantError(t, "closed bucket", err, core.CodeUnavailable, "")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = alone.STS().Identity(ctx); err == nil || core.CodeOf(err) != core.CodeFailure || ctx.Err() == nil {
		t.Errorf("canceled: %v", err)
	}
}
