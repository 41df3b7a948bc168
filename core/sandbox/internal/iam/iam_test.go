package iam_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/front"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sts"
)

const (
	master = "111122223333"
	sub    = "444455556666"

	allowAll   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	trustAll   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`
	allowLists = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*"}]}`
)

var ctx = context.Background()

// world is a sandbox of IAM and STS with two accounts and an administrator each.
type world struct {
	t     *testing.T
	iam   *iam.Service
	sts   *sts.Service
	url   string
	admin iam.Key // of the master account

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, delay time.Duration) *world {
	t.Helper()
	w := &world{t: t, now: time.Now()} // the SDK signs with the real time
	w.iam = iam.New(iam.Options{Clock: w.clock, OrgID: "o-example1234", PropagationDelay: func() time.Duration { return delay }})
	for _, id := range []string{master, sub} {
		if _, err := w.iam.AddAccount(id, "aws"); err != nil {
			t.Fatal(err)
		}
	}
	w.admin = w.user(master, "admin", allowAll)
	w.sts = sts.New(sts.Options{IAM: w.iam, Clock: w.clock})
	server := httptest.NewServer(front.New(front.Options{
		Services:    map[string]api.Service{"iam": w.iam, "sts": w.sts},
		Credentials: w.sts, Clock: w.clock,
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) user(account, name, policy string) iam.Key {
	w.t.Helper()
	k, err := w.iam.AddUser(account, name, map[string]string{"p": policy})
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func (w *world) client(id, secret, token string) *awsiam.Client {
	return awsiam.New(awsiam.Options{
		Region: "us-east-1", BaseEndpoint: &w.url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
		RetryMaxAttempts: 1,
	})
}

func (w *world) as(k iam.Key) *awsiam.Client { return w.client(k.ID, k.Secret, "") }

// role creates a role and returns its ARN and unique ID.
func (w *world) role(c *awsiam.Client, name, trust string) types.Role {
	w.t.Helper()
	out, err := c.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.Role
}

// wantError checks an AWS error's code and a part of its message.
func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), message) {
		t.Errorf("got %v\nwant %s: %s", err, code, message)
	}
}

func TestRoleLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	trust := strings.ReplaceAll(trustAll, ":", " : ")
	trust = strings.ReplaceAll(trust, "arn : aws : iam :  : 111122223333 : root", master)
	trust = strings.ReplaceAll(trust, "sts : AssumeRole", "sts:AssumeRole")
	created, err := c.CreateRole(ctx, &awsiam.CreateRoleInput{
		RoleName: aws.String("Dev"), Path: aws.String("/team/a/"), AssumeRolePolicyDocument: &trust, MaxSessionDuration: aws.Int32(7200),
		Description: aws.String("a <b> & c"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
		PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/PowerUserAccess"),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.GetRole(ctx, &awsiam.GetRoleInput{RoleName: aws.String("Dev")})
	if err != nil {
		t.Fatal(err)
	}
	role := got.Role
	if *role.Arn != "arn:aws:iam::111122223333:role/team/a/Dev" || !strings.HasPrefix(*role.RoleId, "AROA") || len(*role.RoleId) != 21 {
		t.Errorf("role = %s %s", *role.Arn, *role.RoleId)
	}
	if *role.RoleId != *created.Role.RoleId || *role.MaxSessionDuration != 7200 || *role.Description != "a <b> & c" || len(role.Tags) != 1 {
		t.Errorf("role = %+v", role)
	}
	if *role.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::aws:policy/PowerUserAccess" {
		t.Errorf("boundary = %+v", role.PermissionsBoundary)
	}
	text, err := url.PathUnescape(*role.AssumeRolePolicyDocument)
	if want := strings.Replace(trust, `"`+master+`"`, `"arn:aws:iam::111122223333:root"`, 1); err != nil || text != want {
		t.Errorf("trust policy = %s\nwant %s", text, want)
	}
	name := aws.String("Dev")
	_, err = c.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(allowAll)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("p")})
	if err != nil || *p.PolicyDocument != strings.ReplaceAll(url.QueryEscape(allowAll), "+", "%20") {
		t.Errorf("policy = %+v, %v", p, err)
	}
	_, err = c.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: name})
	wantError(t, err, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	if _, err = c.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("p")}); err != nil {
		t.Error(err)
	}
	if _, err = c.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: name}); err != nil {
		t.Error(err)
	}
	_, err = c.GetRole(ctx, &awsiam.GetRoleInput{RoleName: name})
	wantError(t, err, "NoSuchEntity", "The role with name Dev cannot be found.")
}

func TestErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	w.role(c, "Taken", trustAll)
	create := func(name, trust string) error {
		_, err := c.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
		return err
	}
	put := func(text string) error {
		_, err := c.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: aws.String("Taken"), PolicyName: aws.String("p"), PolicyDocument: &text})
		return err
	}
	attach := func(arn string) error {
		_, err := c.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: aws.String("Taken"), PolicyArn: &arn})
		return err
	}
	session := func(seconds int32) error {
		_, err := c.UpdateRole(ctx, &awsiam.UpdateRoleInput{RoleName: aws.String("Taken"), MaxSessionDuration: &seconds})
		return err
	}
	trusting := func(kind, principal string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"` + kind + `":"` + principal + `"},"Action":"sts:AssumeRole"}]}`
	}
	big := func(n int) string {
		return strings.Replace(allowAll, `"*","Res`, `"s3:`+strings.Repeat("x", n)+`","Res`, 1)
	}
	_, listErr := c.ListRoles(ctx, &awsiam.ListRolesInput{Marker: aws.String("%%%")})
	_, groupErr := c.ListGroups(ctx, &awsiam.ListGroupsInput{})
	tests := map[string]struct {
		err           error
		code, message string
	}{
		"taken, other case": {create("TAKEN", trustAll), "EntityAlreadyExists", "Role with name TAKEN already exists."},
		"bad name":          {create("a/b", trustAll), "ValidationError", "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		"long name":         {create(strings.Repeat("a", 65), trustAll), "ValidationError", "1 validation error detected: Value 'aaa"},
		"two problems": {func() error {
			_, err := c.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: aws.String(strings.Repeat("a", 65)), AssumeRolePolicyDocument: aws.String(""), MaxSessionDuration: aws.Int32(1)})
			return err
		}(), "ValidationError", "validation errors detected: "},
		"no JSON":             {create("X", "{"), "MalformedPolicyDocument", "This policy contains invalid Json"},
		"resource in trust":   {create("X", strings.Replace(trustAll, `"Action"`, `"Resource":"*","Action"`, 1)), "MalformedPolicyDocument", "Has prohibited field Resource"},
		"not sts":             {create("X", strings.Replace(trustAll, "sts:AssumeRole", "s3:GetObject", 1)), "MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions."},
		"no such role":        {create("X", trusting("AWS", "arn:aws:iam::444455556666:role/None")), "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::444455556666:role/None"`},
		"no such account":     {create("X", trusting("AWS", "arn:aws:iam::999999999999:root")), "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::999999999999:root"`},
		"other partition":     {create("X", trusting("AWS", "arn:aws-cn:iam::444455556666:root")), "MalformedPolicyDocument", "Invalid principal in policy"},
		"no such service":     {create("X", trusting("Service", "lambda")), "MalformedPolicyDocument", `Invalid principal in policy: "SERVICE":"lambda"`},
		"large trust policy":  {create("X", strings.Replace(trustAll, `"Effect"`, `"Sid":"`+strings.Repeat("a", 2048)+`","Effect"`, 1)), "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"},
		"principal in policy": {put(trustAll), "MalformedPolicyDocument", "Policy document should not specify a principal."},
		"large inline policy": {put(big(10240)), "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role Taken"},
		"unknown AWS policy":  {attach("arn:aws:iam::aws:policy/NoSuchPolicyAtAll"), "NoSuchEntity", "Policy arn:aws:iam::aws:policy/NoSuchPolicyAtAll does not exist or is not attachable."},
		"not a policy ARN":    {attach("arn:aws:iam::aws:role/Something"), "InvalidInput", "ARN arn:aws:iam::aws:role/Something is not valid."},
		"short session":       {session(3599), "ValidationError", "1 validation error detected: Value '3599' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600"},
		"long session":        {session(43201), "ValidationError", "Member must have value less than or equal to 43200"},
		"bad marker":          {listErr, "ValidationError", "Invalid Marker."},
		"groups":              {groupErr, "InvalidAction", "Could not find operation ListGroups for version 2010-05-08"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wantError(t, tt.err, tt.code, tt.message) })
	}
	if err := put(big(10240 - len(big(0)))); err != nil {
		t.Errorf("10,240 characters exactly: %v", err)
	}
	if err := put(strings.Repeat(" ", 20000) + allowAll); err != nil {
		t.Errorf("white space counts: %v", err)
	}
}

// TestDeletedPrincipal: a trust policy keeps the unique ID of a principal that was
// deleted, and does not trust a new one of the same name.
func TestDeletedPrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	c := w.as(w.admin)
	old := w.role(c, "Caller", trustAll)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["` + *old.Arn + `"]},` +
		`"Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":"` + *old.Arn + `"}}}]}`
	w.role(c, "Target", trust)
	read := func() string {
		out, err := c.GetRole(ctx, &awsiam.GetRoleInput{RoleName: aws.String("Target")})
		if err != nil {
			t.Fatal(err)
		}
		text, _ := url.PathUnescape(*out.Role.AssumeRolePolicyDocument)
		return text
	}
	assume := func() error {
		creds, apiErr := w.sts.Session(master, "Caller", "me")
		if apiErr != nil {
			t.Fatal(apiErr)
		}
		client := awssts.New(awssts.Options{
			Region: "us-east-1", BaseEndpoint: &w.url,
			Credentials: credentials.NewStaticCredentialsProvider(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken),
		})
		_, err := client.AssumeRole(ctx, &awssts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/Target"), RoleSessionName: aws.String("me")})
		return err
	}
	if err := assume(); err != nil || read() != trust {
		t.Fatalf("before: %v, %s", err, read())
	}
	if _, err := c.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: old.RoleName}); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(trust, `"`+*old.Arn+`"`, `"`+*old.RoleId+`"`, 1)
	if got := read(); got != want {
		t.Errorf("after deletion: %s\nwant %s", got, want)
	}
	w.role(c, "Caller", trustAll)
	if got := read(); got != want {
		t.Errorf("after re-creation: %s", got)
	}
	wantError(t, assume(), "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/Target")
	_, err := c.UpdateAssumeRolePolicy(ctx, &awsiam.UpdateAssumeRolePolicyInput{RoleName: aws.String("Target"), PolicyDocument: &want})
	wantError(t, err, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+*old.RoleId+`"`)
	if _, err := c.UpdateAssumeRolePolicy(ctx, &awsiam.UpdateAssumeRolePolicyInput{RoleName: aws.String("Target"), PolicyDocument: &trust}); err != nil {
		t.Fatal(err)
	}
	if err := assume(); err != nil {
		t.Errorf("after the policy was written again: %v", err)
	}
}

func TestPropagationDelay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10*time.Second)
	c := w.as(w.admin)
	role := w.role(c, "Late", trustAll)
	if _, err := c.GetRole(ctx, &awsiam.GetRoleInput{RoleName: role.RoleName}); err != nil {
		t.Errorf("a read must see the role at once: %v", err)
	}
	trust := strings.Replace(trustAll, "arn:aws:iam::111122223333:root", *role.Arn, 1)
	create := func() error {
		_, err := c.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: aws.String("Other"), AssumeRolePolicyDocument: &trust})
		return err
	}
	wantError(t, create(), "MalformedPolicyDocument", "Invalid principal in policy")
	w.advance(10 * time.Second)
	if err := create(); err != nil {
		t.Errorf("after the delay: %v", err)
	}
	reader := w.user(master, "reader", allowLists)
	list := func() error { _, err := w.as(reader).ListRoles(ctx, &awsiam.ListRolesInput{}); return err }
	if err := list(); err != nil {
		t.Error(err)
	}
	if _, err := c.DeleteUserPolicy(ctx, &awsiam.DeleteUserPolicyInput{UserName: aws.String("reader"), PolicyName: aws.String("p")}); err != nil {
		t.Fatal(err)
	}
	if err := list(); err != nil {
		t.Errorf("the deletion took effect before it propagated: %v", err)
	}
	w.advance(10 * time.Second)
	wantError(t, list(), "AccessDenied", "because no identity-based policy allows the iam:ListRoles action")
}

func TestAuthorizesItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	k := w.user(master, "limited", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["iam:CreateRole","iam:TagRole"],"Resource":"arn:aws:iam::111122223333:role/cam/*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess","aws:RequestTag/team":"a","aws:PrincipalOrgID":"o-example1234"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}},
		{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"},"StringEquals":{"iam:ResourceTag/team":"a"}}}]}`)
	c := w.as(k)
	create := func(path, boundary, team string) error {
		in := &awsiam.CreateRoleInput{RoleName: aws.String("R"), Path: &path, AssumeRolePolicyDocument: aws.String(trustAll), Tags: []types.Tag{{Key: aws.String("team"), Value: &team}}}
		if boundary != "" {
			in.PermissionsBoundary = aws.String("arn:aws:iam::aws:policy/" + boundary)
		}
		_, err := c.CreateRole(ctx, in)
		return err
	}
	attach := func(policy string) error {
		_, err := c.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: aws.String("R"), PolicyArn: aws.String("arn:aws:iam::aws:policy/" + policy)})
		return err
	}
	wantError(t, create("/", "ReadOnlyAccess", "a"), "AccessDenied", "User: arn:aws:iam::111122223333:user/limited is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/R because no identity-based policy allows the iam:CreateRole action")
	wantError(t, create("/cam/", "", "a"), "AccessDenied", "role/cam/R")
	wantError(t, create("/cam/", "ReadOnlyAccess", "b"), "AccessDenied", "")
	if err := create("/cam/", "ReadOnlyAccess", "a"); err != nil {
		t.Error(err)
	}
	wantError(t, attach("AdministratorAccess"), "AccessDenied", "iam:AttachRolePolicy on resource: arn:aws:iam::111122223333:role/cam/R")
	if err := attach("ReadOnlyAccess"); err != nil {
		t.Error(err)
	}
}
