package templates_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// question is what somebody might want to do, and must not; or, as the other half of
// the truth, may do.
type question struct {
	who              string // owner of identity policies in the deployed documents
	action, resource string
	context          map[string][]string
	allowed          bool
}

const (
	user         = "role " + ops
	subAdmin     = "sub-account role " + admin
	alphaRole    = "arn:aws:iam::" + alpha + ":role/"
	masterID     = "100000000001"
	masterRole   = "arn:aws:iam::" + masterID + ":role/"
	table        = "arn:aws:dynamodb:eu-west-1:" + masterID + ":table/CrossAccountManager-"
	accountTopic = "arn:aws:sns:eu-west-1:" + masterID + ":CrossAccountManager-AccountTopic"
	roleTopic    = "arn:aws:sns:eu-west-1:" + masterID + ":CrossAccountManager-RoleTopic"
	config       = "arn:aws:s3:::cam-config-" + masterID
)

// masterHandlers are the roles of the master's functions without RoleEvent's.
var masterHandlers = []string{"CAM-AccountFile", "CAM-RoleFile", "CAM-AccountEvent", "CAM-AccessLinks", "CAM-Reconcile", "CAM-MasterInit"}

func questions() []question {
	rows := func(role string, more ...string) map[string][]string {
		c := map[string][]string{"dynamodb:leadingkeys": {role}}
		for i := 0; i+1 < len(more); i += 2 {
			c[more[i]] = append(c[more[i]], more[i+1])
		}
		return c
	}
	out := []question{
		{user, "sts:AssumeRole", alphaRole + ops, nil, true},
		{user, "sts:AssumeRole", alphaRole + "CrossAccountManager-Other", nil, false},
		{user, "sts:AssumeRole", alphaRole + admin, nil, false},
		{user, "sts:AssumeRole", "arn:aws:iam::" + gamma + ":role/" + ops, nil, false},
		{user, "dynamodb:Query", table + "Account-Roles", rows("Ops"), true},
		{user, "dynamodb:Query", table + "Account-Roles", rows("Other"), false},
		{user, "dynamodb:Query", table + "Account-Roles", nil, false},
		{user, "dynamodb:Query", table + "Account-Roles/index/AccountId-index", rows(alpha), false},
		{user, "dynamodb:Scan", table + "Account-Roles", nil, false},
		{user, "dynamodb:PutItem", table + "Account-Roles", rows("Ops"), false},
		{user, "dynamodb:GetItem", table + "Accounts", rows(alpha, "dynamodb:attributes", "AccountId", "dynamodb:attributes", "Status"), true},
		{user, "dynamodb:GetItem", table + "Accounts", rows(alpha, "dynamodb:attributes", "Email"), false},
		{user, "dynamodb:GetItem", table + "Accounts", rows(alpha), false},
		{user, "dynamodb:GetItem", table + "Accounts", rows(alpha, "dynamodb:attributes", "Status", "dynamodb:attributes", "History"), false},
		{user, "dynamodb:GetItem", table + "Roles", rows("Ops", "dynamodb:attributes", "Role", "dynamodb:attributes", "History"), false},
		{user, "iam:GetRole", masterRole + ops, nil, false},
		{user, "s3:GetObject", "arn:aws:s3:::cam-links-" + masterID + "/links/Ops.html", nil, true},
		{user, "s3:GetObject", "arn:aws:s3:::cam-links-" + masterID + "/links/Other.html", nil, false},
		{user, "s3:GetObject", "arn:aws:s3:::cam-links-" + masterID + "/" + core.LinksPage, nil, false},
		{user, "s3:GetObject", config + "/role/r.yaml", nil, false},
		{user, "sns:Publish", roleTopic, nil, false},
		{subAdmin, "iam:PutRolePolicy", alphaRole + ops, nil, true},
		{subAdmin, "iam:PutRolePolicy", alphaRole + "Somebody", nil, false},
		{subAdmin, "iam:PassRole", alphaRole + ops, nil, false},
		{subAdmin, "iam:CreateUser", "arn:aws:iam::" + alpha + ":user/CrossAccountManager-X", nil, false},
		{subAdmin, "sts:AssumeRole", alphaRole + ops, nil, false},
		{"sub-account role CAM-AccountInit", "iam:CreateRole", alphaRole + ops, nil, false},
		{"sub-account role CAM-AccountInit", "iam:PutRolePolicy", alphaRole + ops, nil, false},
		{"sub-account role CAM-AccountInit", "iam:DeleteRole", alphaRole + "Somebody", nil, false},
		{"sub-account role CAM-AccountInit", "sns:Publish", roleTopic, nil, false},
		{"role CAM-AccountFile", "iam:GetRole", masterRole + ops, nil, false},
		{"role CAM-AccountFile", "iam:PutRolePolicy", masterRole + ops, nil, false},
		{"role CAM-AccountFile", "sns:Publish", roleTopic, nil, false},
		{"role CAM-AccountFile", "s3:GetObject", config + "/role/r.yaml", nil, false},
		{"role CAM-AccountFile", "dynamodb:PutItem", table + "Roles", nil, false},
		{"role CAM-AccessLinks", "dynamodb:PutItem", table + "Account-Roles", nil, false},
		{"role " + admin, "dynamodb:PutItem", table + "Roles", nil, false},
		{"role " + admin, "iam:PutRolePolicy", masterRole + ops, nil, false},
		{"role " + admin, "sts:AssumeRole", alphaRole + admin, nil, true},
		{"role " + admin, "sts:AssumeRole", alphaRole + ops, nil, false},
		{"policy", "sts:AssumeRole", alphaRole + admin, nil, false},
		{"policy", "iam:CreateRole", masterRole + ops, nil, false},
		{"policy", "dynamodb:PutItem", table + "Accounts", nil, false},
		{"policy", "sns:Publish", accountTopic, nil, false},
		{"policy", "s3:DeleteObject", config + "/role/r.yaml", nil, false},
		{"policy", "iam:GetRolePolicy", masterRole + ops, nil, true},
		{"policy", "iam:GetRolePolicy", masterRole + "Somebody", nil, false},
		{"policy", "iam:GetRolePolicy", alphaRole + ops, nil, false},
		{"policy", "iam:ListRoles", masterRole, nil, false},
		{"policy", "iam:PutRolePolicy", masterRole + ops, nil, false},
	}
	for _, action := range []string{"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:GetRole", "iam:PutRolePermissionsBoundary"} {
		out = append(out, question{subAdmin, action, alphaRole + admin, nil, false})
	}
	for _, handler := range masterHandlers {
		out = append(out,
			question{"role " + handler, "sts:AssumeRole", alphaRole + admin, nil, false},
			question{"role " + handler, "iam:PutRolePolicy", masterRole + admin, nil, false},
			question{"role " + handler, "iam:PutRolePolicy", masterRole + handler, nil, false},
			question{"role " + handler, "iam:AttachRolePolicy", masterRole + ops, nil, false},
			question{"role " + handler, "iam:PassRole", masterRole + ops, nil, false},
			question{"role " + handler, "s3:PutObject", config + "/role/r.yaml", nil, false},
			question{"role " + handler, "s3:DeleteObject", config + "/role/r.yaml", nil, false},
			question{"role " + handler, "dynamodb:GetItem", strings.ReplaceAll(table, masterID, gamma) + "Accounts", nil, false},
			question{"role " + handler, "dynamodb:DeleteItem", table + "Accounts", nil, false},
			question{"role " + handler, "sns:SetTopicAttributes", roleTopic, nil, false},
		)
	}
	return out
}

// identityOf collects somebody's own documents.
func identityOf(all []document, owner string) []*policy.Document {
	var out []*policy.Document
	for _, d := range all {
		if d.owner == owner && d.name != "trust" && (owner == "policy" || d.name != "policy") {
			out = append(out, d.doc)
		}
	}
	return out
}

func find(t *testing.T, all []document, owner, name string) *policy.Document {
	t.Helper()
	i := slices.IndexFunc(all, func(d document) bool { return d.owner == owner && d.name == name })
	if i < 0 {
		t.Fatalf("there is no %s of %s", name, owner)
	}
	return all[i].doc
}

// TestForbidden asks the deployed documents for what nobody may do.
func TestForbidden(t *testing.T) {
	t.Parallel()
	in := install(t, alone)
	if err := prepare(in); err != nil {
		t.Fatal(err)
	}
	all := in.deployed()
	for _, q := range questions() {
		identity := identityOf(all, q.who)
		if len(identity) == 0 {
			t.Fatalf("%s has no policies", q.who)
		}
		account := masterID
		if strings.HasPrefix(q.who, "sub-account") {
			account = alpha
		}
		d := policy.Evaluate(policy.Request{
			Action: q.action, Resource: q.resource, Context: q.context, Principal: policy.Principal{AccountID: account, ARN: "arn:aws:iam::" + account + ":user/x"},
		}, policy.Policies{Identity: identity})
		if d.Allowed != q.allowed {
			t.Errorf("%s: %s on %s with %v: allowed is %v, %s", q.who, q.action, q.resource, q.context, d.Allowed, d.Reason)
		}
	}
	t.Run("trust", func(t *testing.T) { testTrust(t, all) })
	t.Run("transport", func(t *testing.T) { testTransport(t, all) })
}

// testTrust asks the trust policies who may take the admin role of a sub-account, and
// a user's role there.
func testTrust(t *testing.T, all []document) {
	anything := []*policy.Document{policy.MustParse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, policy.Identity)}
	for _, test := range []struct {
		role, account, caller string
		allowed               bool
	}{
		{admin, masterID, admin, true},
		{admin, masterID, "CAM-RoleFile", false},
		{admin, masterID, "CAM-Reconcile", false},
		{admin, masterID, "CAM-MasterInit", false},
		{admin, masterID, ops, false},
		{admin, gamma, admin, false},
		{ops, masterID, ops, true},
		{ops, masterID, "CrossAccountManager-Other", false},
		{ops, masterID, admin, false},
		{ops, gamma, ops, false},
	} {
		caller := policy.Principal{
			AccountID: test.account, ARN: "arn:aws:sts::" + test.account + ":assumed-role/" + test.caller + "/s",
			RoleARN: "arn:aws:iam::" + test.account + ":role/" + test.caller,
		}
		d := policy.Evaluate(policy.Request{Action: "sts:AssumeRole", Resource: alphaRole + test.role, ResourceAccount: alpha, Principal: caller},
			policy.Policies{Identity: anything, Resource: find(t, all, "sub-account role "+test.role, "trust"), ResourceRequired: true})
		if d.Allowed != test.allowed {
			t.Errorf("%s of %s takes %s: %v, %s", test.caller, test.account, test.role, d.Allowed, d.Reason)
		}
	}
	service := policy.Evaluate(policy.Request{Action: "sts:AssumeRole", Resource: masterRole + ops, Principal: policy.Principal{Service: "ds.amazonaws.com"}},
		policy.Policies{Resource: find(t, all, "role "+ops, "trust"), ResourceRequired: true})
	if !service.Allowed {
		t.Errorf("the directory service may not take %s: %s", ops, service.Reason)
	}
}

// testTransport asks for calls without TLS, which the sandbox does not tell from
// others: they are refused, and would not be without the statement.
func testTransport(t *testing.T, all []document) {
	for _, d := range all {
		var actions []string
		var resource string
		switch kind, name, _ := strings.Cut(d.owner, " "); kind {
		case "bucket":
			actions, resource = []string{"s3:GetObject", "s3:PutObject"}, "arn:aws:s3:::"+name+"/x"
		case "topic":
			actions, resource = []string{"sns:Publish"}, "arn:aws:sns:eu-west-1:"+masterID+":"+name
		default:
			continue
		}
		for _, action := range actions {
			for _, secure := range []string{"true", "false"} {
				ask := policy.Request{
					Action: action, Resource: resource, Context: map[string][]string{"aws:securetransport": {secure}},
					Principal: policy.Principal{AccountID: masterID, ARN: "arn:aws:iam::" + masterID + ":root"},
				}
				if got := policy.Evaluate(ask, policy.Policies{Resource: d.doc}); got.Allowed != (secure == "true") {
					t.Errorf("%s on %s, TLS %s: %+v", action, resource, secure, got)
				}
				without := take(d.doc, element{statement: "TransportIsEncrypted"})
				if got := policy.Evaluate(ask, policy.Policies{Resource: without}); !got.Allowed {
					t.Errorf("%s on %s without the statement: %+v", action, resource, got)
				}
			}
		}
	}
}
