package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const prefixed = "CrossAccountManager-DevOps"

// valid fails the test when IAM would find anything in a document, warnings included.
func valid(t *testing.T, doc *Document, kind Kind) {
	t.Helper()
	if _, issues := Parse(doc.JSON(), kind); len(issues) > 0 {
		t.Errorf("%s: %v", doc.JSON(), issues)
	}
}

func TestSubAccountTrust(t *testing.T) {
	t.Parallel()
	doc := SubAccountTrust("aws-cn", account, prefixed)
	valid(t, doc, Trust)
	role := "arn:aws-cn:iam::111122223333:role/" + prefixed
	session := func(role string) Principal {
		return Principal{AccountID: account, RoleARN: role, ARN: "arn:aws-cn:sts::111122223333:assumed-role/x/s"}
	}
	allow := []*Document{identity(`{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	tests := []struct {
		name   string
		caller Principal
		action string
		want   bool
	}{
		{"the role", session(role), "sts:AssumeRole", true},
		{"tags", session(role), "sts:TagSession", true},
		{"source identity", session(role), "sts:SetSourceIdentity", true},
		{"web identity", session(role), "sts:AssumeRoleWithWebIdentity", false},
		{"another role", session(role + "2"), "sts:AssumeRole", false},
		{"a user", Principal{AccountID: account, ARN: "arn:aws-cn:iam::111122223333:user/" + prefixed}, "sts:AssumeRole", false},
		{"the role of another account", Principal{AccountID: other, RoleARN: strings.Replace(role, account, other, 1), ARN: "x"}, "sts:AssumeRole", false},
	}
	for _, tt := range tests {
		d := Evaluate(Request{
			Action: tt.action, Resource: "arn:aws-cn:iam::999988887777:role/" + prefixed, ResourceAccount: "999988887777", Principal: tt.caller,
		}, Policies{Identity: allow, Resource: doc, ResourceRequired: true})
		if d.Allowed != tt.want {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}

func TestMasterTrust(t *testing.T) {
	t.Parallel()
	mfa := map[string][]string{"aws:multifactorauthpresent": {"true"}}
	aud := map[string][]string{"saml:aud": {"https://signin.aws.amazon.com/saml"}}
	ds := Principal{Service: "ds.amazonaws.com"}
	tests := []struct {
		name    string
		in      MasterTrustInput
		caller  Principal
		action  string
		context map[string][]string
		want    bool
	}{
		{"directory", MasterTrustInput{DirectoryService: true}, ds, "sts:AssumeRole", nil, true},
		{"no directory", MasterTrustInput{Principals: []string{alice}}, ds, "sts:AssumeRole", nil, false},
		{"saml", MasterTrustInput{SAMLProviders: []string{providerARN}}, samlCaller, "sts:AssumeRoleWithSAML", aud, true},
		{"saml, other audience", MasterTrustInput{Partition: "aws-us-gov", SAMLProviders: []string{providerARN}}, samlCaller, "sts:AssumeRoleWithSAML", aud, false},
		{"saml, no audience", MasterTrustInput{SAMLProviders: []string{providerARN}}, samlCaller, "sts:AssumeRoleWithSAML", nil, false},
		{"principal", MasterTrustInput{Principals: []string{alice}}, userCaller, "sts:AssumeRole", nil, true},
		{"principal with MFA", MasterTrustInput{Principals: []string{alice}, RequireMFA: true}, userCaller, "sts:AssumeRole", mfa, true},
		{"principal without MFA", MasterTrustInput{Principals: []string{alice}, RequireMFA: true}, userCaller, "sts:AssumeRole", nil, false},
		{"nobody", MasterTrustInput{}, userCaller, "sts:AssumeRole", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := MasterTrust(tt.in)
			valid(t, doc, Trust)
			d := Evaluate(Request{Action: tt.action, Resource: "arn:aws:iam::111122223333:role/" + prefixed, ResourceAccount: account, Principal: tt.caller, Context: tt.context},
				Policies{Resource: doc, ResourceRequired: true})
			if d.Allowed != tt.want {
				t.Errorf("%+v by %s", d, doc.JSON())
			}
		})
	}
}

func TestSAMLAudience(t *testing.T) {
	t.Parallel()
	for partition, host := range map[string]string{
		"aws": "signin.aws.amazon.com", "aws-cn": "signin.amazonaws.cn", "aws-us-gov": "signin.amazonaws-us-gov.com",
	} {
		doc := string(MasterTrust(MasterTrustInput{Partition: partition, SAMLProviders: []string{providerARN}}).JSON())
		if !strings.Contains(doc, `"https://`+host+`/saml"`) {
			t.Errorf("%s: %s", partition, doc)
		}
	}
}

func accessInput(accounts int) AccessInput {
	in := AccessInput{Partition: "aws", Region: "eu-west-1", Master: account, RoleIAMName: prefixed, LinksBucket: "links"}
	for i := range accounts {
		in.Accounts = append(in.Accounts, fmt.Sprintf("%012d", accounts-i))
	}
	return in
}

func TestAccessModes(t *testing.T) {
	t.Parallel()
	// The largest number that fits, found by asking.
	fits := 1
	for {
		if _, _, err := Access(accessInput(fits + 1)); err != nil {
			break
		}
		fits++
	}
	doc, mode, err := Access(accessInput(fits))
	if err != nil || mode != AccessExact || len(doc.Statements[0].Resource) != fits {
		t.Fatalf("%d accounts: %v, %v", fits, mode, err)
	}
	valid(t, doc, Identity)
	if size := Size(doc.JSON()); size > QuotaRoleInline || size < QuotaRoleInline-100 {
		t.Errorf("the fullest document has %d characters", size)
	}
	_, _, err = Access(accessInput(5000))
	if !errors.Is(err, ErrTooManyAccounts) || !strings.Contains(err.Error(), fmt.Sprintf("5000 accounts, %d fit", fits)) {
		t.Errorf("5000 accounts without an organisation: %v", err)
	}
	in := accessInput(5000)
	in.OrgID = "o-example"
	doc, mode, err = Access(in)
	if err != nil || mode != AccessWildcard {
		t.Fatalf("5000 accounts: %v, %v", mode, err)
	}
	valid(t, doc, Identity)

	in = accessInput(0)
	doc, mode, err = Access(in)
	if err != nil || mode != AccessNone || strings.Contains(string(doc.JSON()), "sts:") {
		t.Errorf("no accounts: %v, %v, %s", mode, err, doc.JSON())
	}
	valid(t, doc, Identity)
	in.LinksBucket = ""
	if doc, _, _ = Access(in); strings.Contains(string(doc.JSON()), "s3:") {
		t.Errorf("no links bucket: %s", doc.JSON())
	}
	in.Accounts = []string{"*"}
	if _, _, err := Access(in); err == nil {
		t.Error("an account that is no account was accepted")
	}
}

func TestAccessSortsAndDeduplicates(t *testing.T) {
	t.Parallel()
	in := accessInput(0)
	in.Accounts = []string{"444455556666", "111122223333", "444455556666"}
	a, _, _ := Access(in)
	in.Accounts = []string{"111122223333", "444455556666"}
	b, _, _ := Access(in)
	if string(a.JSON()) != string(b.JSON()) {
		t.Errorf("%s\n%s", a.JSON(), b.JSON())
	}
}

func TestAccessGrants(t *testing.T) {
	t.Parallel()
	in := accessInput(0)
	in.Accounts = []string{other}
	exact, _, _ := Access(in)
	in = accessInput(1000)
	in.OrgID = "o-example"
	wild, _, _ := Access(in)
	const table = "arn:aws:dynamodb:eu-west-1:111122223333:table/CrossAccountManager-"
	keys := func(kv ...string) map[string][]string {
		context := map[string][]string{}
		for i := 0; i < len(kv); i += 2 {
			context[kv[i]] = strings.Split(kv[i+1], ",")
		}
		return context
	}
	specific := "SPECIFIC_ATTRIBUTES"
	tests := []struct {
		name             string
		doc              *Document
		action, resource string
		context          map[string][]string
		want             bool
	}{
		{"approved account", exact, "sts:AssumeRole", "arn:aws:iam::444455556666:role/" + prefixed, nil, true},
		{"tag the session", exact, "sts:TagSession", "arn:aws:iam::444455556666:role/" + prefixed, nil, true},
		{"other account", exact, "sts:AssumeRole", "arn:aws:iam::999988887777:role/" + prefixed, nil, false},
		{"other role", exact, "sts:AssumeRole", "arn:aws:iam::444455556666:role/CrossAccountManager-Ops", nil, false},
		{"any account of the organisation", wild, "sts:AssumeRole", "arn:aws:iam::999988887777:role/" + prefixed, keys("aws:resourceorgid", "o-example"), true},
		{"an account of another organisation", wild, "sts:AssumeRole", "arn:aws:iam::999988887777:role/" + prefixed, keys("aws:resourceorgid", "o-other"), false},
		{"an account of no organisation", wild, "sts:AssumeRole", "arn:aws:iam::999988887777:role/" + prefixed, nil, false},
		{"other role in the organisation", wild, "sts:AssumeRole", "arn:aws:iam::999988887777:role/Admin", keys("aws:resourceorgid", "o-example"), false},

		{"own assignments", exact, "dynamodb:Query", table + "Account-Roles", keys("dynamodb:leadingkeys", "DevOps"), true},
		{"others' assignments", exact, "dynamodb:Query", table + "Account-Roles", keys("dynamodb:leadingkeys", "Ops"), false},
		{"all assignments", exact, "dynamodb:Query", table + "Account-Roles", nil, false},
		{"scan", exact, "dynamodb:Scan", table + "Account-Roles", keys("dynamodb:leadingkeys", "DevOps"), false},
		{"account status", exact, "dynamodb:GetItem", table + "Accounts", keys("dynamodb:attributes", "AccountId,Status"), true},
		{"account status with select", exact, "dynamodb:GetItem", table + "Accounts", keys("dynamodb:attributes", "AccountId,Status", "dynamodb:select", specific), true},
		{"account email", exact, "dynamodb:GetItem", table + "Accounts", keys("dynamodb:attributes", "AccountId,Email"), false},
		{"whole account", exact, "dynamodb:GetItem", table + "Accounts", nil, false},
		{"whole account with select", exact, "dynamodb:GetItem", table + "Accounts", keys("dynamodb:attributes", "AccountId", "dynamodb:select", "ALL_ATTRIBUTES"), false},
		{"role status", exact, "dynamodb:GetItem", table + "Roles", keys("dynamodb:attributes", "Role,Status"), true},
		{"role policy", exact, "dynamodb:GetItem", table + "Roles", keys("dynamodb:attributes", "Role,Policy"), false},
		{"by name", exact, "dynamodb:Query", table + "Accounts/index/Name-index", keys("dynamodb:attributes", "AccountId,Name,Status", "dynamodb:select", specific), true},
		{"by name, everything", exact, "dynamodb:Query", table + "Accounts/index/Name-index", keys("dynamodb:attributes", "Name", "dynamodb:select", "ALL_PROJECTED_ATTRIBUTES"), false},
		{"by name, email", exact, "dynamodb:Query", table + "Accounts/index/Name-index", keys("dynamodb:attributes", "Name,Email", "dynamodb:select", specific), false},
		{"own links", exact, "s3:GetObject", "arn:aws:s3:::links/links/DevOps.html", nil, true},
		{"others' links", exact, "s3:GetObject", "arn:aws:s3:::links/links/Ops.html", nil, false},
		{"all links", exact, "s3:GetObject", "arn:aws:s3:::links/cross-account-manager-links.html", nil, false},
	}
	for _, tt := range tests {
		d := Evaluate(Request{Action: tt.action, Resource: tt.resource, Principal: sessionCaller, Context: tt.context}, Policies{Identity: []*Document{tt.doc}})
		if d.Allowed != tt.want {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}
