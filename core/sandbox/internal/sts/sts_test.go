package sts_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/front"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sts"
)

const (
	master   = "111122223333"
	sub      = "444455556666"
	allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

var ctx = context.Background()

type world struct {
	t                 *testing.T
	iam               *iam.Service
	sts               *sts.Service
	url               string
	root, admin, poor iam.Key

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Now()}
	w.iam = iam.New(iam.Options{Clock: w.clock})
	must := func(k iam.Key, err error) iam.Key {
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	w.root = must(w.iam.AddAccount(master, "aws"))
	must(w.iam.AddAccount(sub, "aws"))
	w.admin = must(w.iam.AddUser(master, "admin", map[string]string{"p": allowAll}))
	w.poor = must(w.iam.AddUser(master, "poor", nil))
	w.sts = sts.New(sts.Options{IAM: w.iam, Clock: w.clock})
	server := httptest.NewServer(front.New(front.Options{
		Services: map[string]api.Service{"iam": w.iam, "sts": w.sts}, Credentials: w.sts, Clock: w.clock,
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) client(id, secret, token string) *awssts.Client {
	return awssts.New(awssts.Options{
		Region: "us-east-1", BaseEndpoint: &w.url, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
	})
}

func (w *world) as(k iam.Key) *awssts.Client { return w.client(k.ID, k.Secret, "") }

func (w *world) with(c *types.Credentials) *awssts.Client {
	return w.client(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

// role adds a role that trusts an AWS principal, with more of a statement after it.
func (w *world) role(account, name, principal, actions, condition string) string {
	w.t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":[` + actions + `]` + condition + `}]}`
	arn, err := w.iam.AddRole(account, name, trust, map[string]string{"p": allowAll})
	if err != nil {
		w.t.Fatal(err)
	}
	return arn
}

func input(arn string) *awssts.AssumeRoleInput {
	return &awssts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("me")}
}

func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), message) {
		t.Errorf("got %v\nwant %s: %s", err, code, message)
	}
}

const assumeAction = `"sts:AssumeRole"`

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := w.role(sub, "Target", "arn:aws:iam::"+master+":root", assumeAction, "")
	out, err := w.as(w.admin).AssumeRole(ctx, input(arn))
	if err != nil {
		t.Fatal(err)
	}
	want := "arn:aws:sts::444455556666:assumed-role/Target/me"
	if *out.AssumedRoleUser.Arn != want || !strings.HasPrefix(*out.Credentials.AccessKeyId, "ASIA") {
		t.Errorf("%+v", out)
	}
	if d := out.Credentials.Expiration.Sub(w.clock()); d > time.Hour || d < time.Hour-2*time.Second {
		t.Errorf("lasts %v", d)
	}
	id, err := w.with(out.Credentials).GetCallerIdentity(ctx, &awssts.GetCallerIdentityInput{})
	if err != nil || *id.Arn != want || *id.Account != sub || *id.UserId != *out.AssumedRoleUser.AssumedRoleId {
		t.Errorf("%+v, %v", id, err)
	}
	stolen := *out.Credentials
	stolen.SessionToken = aws.String(*stolen.SessionToken + "A")
	_, err = w.with(&stolen).GetCallerIdentity(ctx, &awssts.GetCallerIdentityInput{})
	wantError(t, err, "InvalidClientTokenId", "The security token included in the request is invalid")
	info, err := w.as(w.admin).GetAccessKeyInfo(ctx, &awssts.GetAccessKeyInfoInput{AccessKeyId: out.Credentials.AccessKeyId})
	if err != nil || *info.Account != sub {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestAssumeRoleRefusals: both sides must agree, and a missing role looks like a
// refusal.
func TestAssumeRoleRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := w.role(sub, "Open", "arn:aws:iam::"+master+":root", assumeAction, "")
	closed := w.role(sub, "Closed", "arn:aws:iam::"+sub+":root", assumeAction, "")
	external := w.role(sub, "External", "arn:aws:iam::"+master+":root", assumeAction, `,"Condition":{"StringEquals":{"sts:ExternalId":"secret-1"}}`)
	own := w.role(master, "Own", "arn:aws:iam::"+master+":user/poor", assumeAction, "")
	try := func(k iam.Key, change func(*awssts.AssumeRoleInput), arn string) error {
		in := input(arn)
		if change != nil {
			change(in)
		}
		_, err := w.as(k).AssumeRole(ctx, in)
		return err
	}
	externalID := func(id string) func(*awssts.AssumeRoleInput) {
		return func(in *awssts.AssumeRoleInput) { in.ExternalId = &id }
	}
	duration := func(seconds int32) func(*awssts.AssumeRoleInput) {
		return func(in *awssts.AssumeRoleInput) { in.DurationSeconds = &seconds }
	}
	missing := "arn:aws:iam::444455556666:role/Missing"
	denied := func(user, arn string) string {
		return "User: arn:aws:iam::111122223333:user/" + user + " is not authorized to perform: sts:AssumeRole on resource: " + arn
	}
	tests := map[string]struct {
		err           error
		code, message string
	}{
		"not trusted":         {try(w.admin, nil, closed), "AccessDenied", denied("admin", closed)},
		"missing":             {try(w.admin, nil, missing), "AccessDenied", denied("admin", missing)},
		"not allowed":         {try(w.poor, nil, open), "AccessDenied", denied("poor", open)},
		"no external ID":      {try(w.admin, nil, external), "AccessDenied", denied("admin", external)},
		"wrong external ID":   {try(w.admin, externalID("other"), external), "AccessDenied", ""},
		"root":                {try(w.root, nil, open), "AccessDenied", "Roles may not be assumed by root accounts."},
		"not an ARN":          {try(w.admin, nil, "arn:aws:s3:::bucket-of-mine"), "ValidationError", "arn:aws:s3:::bucket-of-mine is invalid"},
		"over the role's max": {try(w.admin, duration(3601), open), "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		"too short":           {try(w.admin, duration(899), open), "ValidationError", "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"},
		"too long":            {try(w.admin, duration(43201), open), "ValidationError", "Member must have value less than or equal to 43200"},
		"session name": {try(w.admin, func(in *awssts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, open), "ValidationError",
			`1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		"session policy": {try(w.admin, func(in *awssts.AssumeRoleInput) { in.Policy = aws.String("{") }, open), "MalformedPolicyDocument", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wantError(t, tt.err, tt.code, tt.message) })
	}
	if err := try(w.admin, externalID("secret-1"), external); err != nil {
		t.Errorf("external ID: %v", err)
	}
	if err := try(w.poor, nil, own); err != nil {
		t.Errorf("a trust policy that names a user of the same account is enough: %v", err)
	}
}

func TestRoleChaining(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.role(master, "First", "arn:aws:iam::"+master+":root", `"sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"`, "")
	second := w.role(sub, "Second", first, `"sts:AssumeRole","sts:SetSourceIdentity"`, `,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}`)
	iamClient := awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: &w.url, Credentials: credentials.NewStaticCredentialsProvider(w.admin.ID, w.admin.Secret, "")})
	if _, err := iamClient.UpdateRole(ctx, &awsiam.UpdateRoleInput{RoleName: aws.String("First"), MaxSessionDuration: aws.Int32(43200)}); err != nil {
		t.Fatal(err)
	}
	in := input(first)
	in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}}
	in.TransitiveTagKeys = []string{"team"}
	in.SourceIdentity = aws.String("alice")
	in.DurationSeconds = aws.Int32(43200)
	out, err := w.as(w.admin).AssumeRole(ctx, in)
	//lint:ignore SA1019 clients of this version and older read it
	if err != nil || *out.SourceIdentity != "alice" || *out.PackedPolicySize < 1 || int(*out.SessionTokenSize) != len(*out.Credentials.SessionToken) {
		t.Fatalf("%+v, %v", out, err)
	}
	c := w.with(out.Credentials)
	long := input(second)
	long.DurationSeconds = aws.Int32(3601)
	_, err = c.AssumeRole(ctx, long)
	wantError(t, err, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	chained, err := c.AssumeRole(ctx, input(second))
	if err != nil || *chained.SourceIdentity != "alice" {
		t.Fatalf("%+v, %v", chained, err)
	}
	key, ok := w.sts.AccessKey(*chained.Credentials.AccessKeyId)
	if !ok || !key.Caller.Session.Chained || key.Caller.Session.Tags["team"] != "a" {
		t.Errorf("session = %+v", key.Caller.Session)
	}
	plain, err := w.as(w.admin).AssumeRole(ctx, input(first))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.with(plain.Credentials).AssumeRole(ctx, input(second))
	wantError(t, err, "AccessDenied", "sts:AssumeRole")
	_, err = w.as(w.poor).AssumeRole(ctx, in)
	wantError(t, err, "AccessDenied", "")
}

func TestTagSessionNeedsTrust(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input(w.role(sub, "R", "arn:aws:iam::"+master+":root", assumeAction, ""))
	in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}}
	_, err := w.as(w.admin).AssumeRole(ctx, in)
	wantError(t, err, "AccessDenied", "is not authorized to perform: sts:TagSession on resource: "+*in.RoleArn)
}

func TestMFA(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := w.role(sub, "R", "arn:aws:iam::"+master+":root", assumeAction, `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)
	serial, err := w.iam.AddMFADevice(master, "admin")
	if err != nil {
		t.Fatal(err)
	}
	c := w.as(w.admin)
	_, err = c.AssumeRole(ctx, input(arn))
	wantError(t, err, "AccessDenied", "sts:AssumeRole")
	in := input(arn)
	in.SerialNumber, in.TokenCode = aws.String(serial+"x"), aws.String("123456")
	_, err = c.AssumeRole(ctx, in)
	wantError(t, err, "AccessDenied", "MultiFactorAuthentication failed")
	in.SerialNumber = &serial
	if _, err = c.AssumeRole(ctx, in); err != nil {
		t.Error(err)
	}
	for mfa, want := range map[bool]string{true: "", false: "AccessDenied"} {
		in := &awssts.GetSessionTokenInput{}
		if mfa {
			in.SerialNumber, in.TokenCode = &serial, aws.String("654321")
		}
		session, err := c.GetSessionToken(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.with(session.Credentials).AssumeRole(ctx, input(arn))
		if want == "" && err != nil {
			t.Error(err)
		}
		if want != "" {
			wantError(t, err, want, "")
		}
		_, err = w.with(session.Credentials).GetSessionToken(ctx, in)
		wantError(t, err, "AccessDenied", "")
	}
}

func TestSessionPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input(w.role(sub, "R", "arn:aws:iam::"+master+":root", assumeAction, ""))
	in.Policy = aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}`)
	in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/AmazonS3FullAccess")}}
	out, err := w.as(w.admin).AssumeRole(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	c := awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: &w.url, Credentials: credentials.NewStaticCredentialsProvider(
		*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)})
	if _, err := c.ListUsers(ctx, &awsiam.ListUsersInput{}); err != nil {
		t.Error(err)
	}
	_, err = c.ListRoles(ctx, &awsiam.ListRolesInput{})
	wantError(t, err, "AccessDenied", "because no session policy allows the iam:ListRoles action")
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := w.role(master, "R", "arn:aws:iam::"+master+":root", assumeAction, "")
	out, err := w.as(w.admin).AssumeRole(ctx, input(arn))
	if err != nil {
		t.Fatal(err)
	}
	c := awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: &w.url, Credentials: credentials.NewStaticCredentialsProvider(w.admin.ID, w.admin.Secret, "")})
	if _, err := c.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: aws.String("R"), PolicyName: aws.String("p")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: aws.String("R")}); err != nil {
		t.Fatal(err)
	}
	_, err = w.with(out.Credentials).GetCallerIdentity(ctx, &awssts.GetCallerIdentityInput{})
	wantError(t, err, "InvalidClientTokenId", "")
	w.role(master, "R", "arn:aws:iam::"+master+":root", assumeAction, "")
	if _, ok := w.sts.AccessKey(*out.Credentials.AccessKeyId); ok {
		t.Error("a session of the old role works with the new role of the same name")
	}
}

func TestServiceSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	if _, err := w.iam.AddRole(master, "Function", trust, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.sts.ServiceSession("lambda.amazonaws.com", master, "Function", "f", time.Hour); err != nil {
		t.Error(err)
	}
	if _, err := w.sts.ServiceSession("ec2.amazonaws.com", master, "Function", "f", time.Hour); err == nil {
		t.Error("a service that the role does not trust took it")
	}
}
