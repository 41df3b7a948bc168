package policy

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	account     = "111122223333"
	other       = "444455556666"
	roleARN     = "arn:aws:iam::111122223333:role/R"
	sessionARN  = "arn:aws:sts::111122223333:assumed-role/R/s"
	rootARN     = "arn:aws:iam::111122223333:root"
	providerARN = "arn:aws:iam::111122223333:saml-provider/Okta"
)

var (
	userCaller    = Principal{AccountID: account, ARN: alice}
	sessionCaller = Principal{AccountID: account, ARN: sessionARN, RoleARN: roleARN, SessionARN: sessionARN}
	rootCaller    = Principal{AccountID: account, ARN: rootARN}
	lambdaCaller  = Principal{Service: "lambda.amazonaws.com"}
	samlCaller    = Principal{Federated: providerARN, AccountID: account}
)

func identity(text string) *Document {
	return MustParse(`{"Version":"2012-10-17","Statement":[`+text+`]}`, Identity)
}

// allowTo is a resource policy that allows everything to a principal element.
func allowTo(principal string) *Document {
	return MustParse(`{"Version":"2012-10-17","Statement":[{"Sid":"R","Effect":"Allow","Principal":`+principal+`,"Action":"*","Resource":"*"}]}`, Resource)
}

func aws(entry string) string { return fmt.Sprintf(`{"AWS":%q}`, entry) }

// Documents that the tables below combine.
var (
	allowAll      = identity(`{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}`)
	allowLittle   = identity(`{"Sid":"N","Effect":"Allow","Action":"iam:GetUser","Resource":"*"}`)
	denyAll       = identity(`{"Sid":"D","Effect":"Deny","Action":"*","Resource":"*"}`)
	denyEverybody = MustParse(`{"Version":"2012-10-17","Statement":{"Sid":"D","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`, Resource)
)

func has(docs ...*Document) []*Document { return docs }

// decisionTest is a caller with policies; want is the reason of a refusal, or what
// decided and "allow".
type decisionTest struct {
	name     string
	caller   Principal
	resource string // the resource's account
	policies Policies
	want     string
}

func checkDecisions(t *testing.T, tests []decisionTest) {
	t.Helper()
	for _, tt := range tests {
		d := Evaluate(Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: tt.resource, Principal: tt.caller}, tt.policies)
		got := d.Reason
		if d.Allowed {
			got = d.By + " allow"
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q (%+v)", tt.name, got, tt.want, d)
		}
	}
}

func TestWithinAnAccount(t *testing.T) {
	t.Parallel()
	checkDecisions(t, []decisionTest{
		{"nothing allows", userCaller, account, Policies{}, "because no identity-based policy allows the s3:GetObject action"},
		{"identity allows", userCaller, account, Policies{Identity: has(allowAll)}, "identity allow"},
		{"own account is the default", userCaller, "", Policies{Identity: has(allowAll)}, "identity allow"},
		{"nil documents say nothing", userCaller, account, Policies{Identity: has(nil, allowAll), Session: has(nil)}, "identity allow"},
		{"identity denies", userCaller, account, Policies{Identity: has(allowAll, denyAll)}, "with an explicit deny in an identity-based policy"},
		{"resource denies", userCaller, account, Policies{Identity: has(allowAll), Resource: denyEverybody}, "with an explicit deny in a resource-based policy"},
		{"boundary denies", userCaller, account, Policies{Identity: has(allowAll), Boundary: denyAll}, "with an explicit deny in a permissions boundary"},
		{"session denies", sessionCaller, account, Policies{Identity: has(allowAll), Session: has(denyAll)}, "with an explicit deny in a session policy"},
		{"boundary limits", userCaller, account, Policies{Identity: has(allowAll), Boundary: allowLittle}, "because no permissions boundary allows the s3:GetObject action"},
		{"boundary grants nothing", userCaller, account, Policies{Boundary: allowAll}, "because no identity-based policy allows the s3:GetObject action"},
		{"boundary and identity allow", userCaller, account, Policies{Identity: has(allowAll), Boundary: allowAll}, "identity allow"},
		{"session limits", sessionCaller, account, Policies{Identity: has(allowAll), Session: has(allowLittle)}, "because no session policy allows the s3:GetObject action"},
		{"session policies add up", sessionCaller, account, Policies{Identity: has(allowAll), Session: has(allowLittle, allowAll)}, "identity allow"},
		{"no session policies", sessionCaller, account, Policies{Identity: has(allowAll), Session: has()}, "identity allow"},

		{"user by name", userCaller, account, Policies{Resource: allowTo(aws(alice))}, "resource allow"},
		{"user by name, boundary silent", userCaller, account, Policies{Resource: allowTo(aws(alice)), Boundary: allowLittle}, "resource allow"},
		{"user by name, boundary denies", userCaller, account, Policies{Resource: allowTo(aws(alice)), Boundary: denyAll}, "with an explicit deny in a permissions boundary"},
		{"role by name", sessionCaller, account, Policies{Resource: allowTo(aws(roleARN))}, "resource allow"},
		{"role by name, boundary silent", sessionCaller, account, Policies{Resource: allowTo(aws(roleARN)), Boundary: allowLittle}, "because no permissions boundary allows the s3:GetObject action"},
		{"role by name, session silent", sessionCaller, account, Policies{Resource: allowTo(aws(roleARN)), Session: has(allowLittle)}, "because no session policy allows the s3:GetObject action"},
		{"session by name, boundary and session silent", sessionCaller, account, Policies{Resource: allowTo(aws(sessionARN)), Boundary: allowLittle, Session: has(allowLittle)}, "resource allow"},
		{"everybody", userCaller, account, Policies{Resource: allowTo(`"*"`)}, "resource allow"},
		{"everybody, boundary silent", userCaller, account, Policies{Resource: allowTo(`"*"`), Boundary: allowLittle}, "because no permissions boundary allows the s3:GetObject action"},
		{"everybody as AWS, session silent", sessionCaller, account, Policies{Resource: allowTo(aws("*")), Session: has(allowLittle)}, "because no session policy allows the s3:GetObject action"},
		{"account leaves it to identity", userCaller, account, Policies{Resource: allowTo(aws(rootARN))}, "because no identity-based policy allows the s3:GetObject action"},
		{"somebody else", userCaller, account, Policies{Resource: allowTo(aws("arn:aws:iam::111122223333:user/bob"))}, "because no identity-based policy allows the s3:GetObject action"},
	})
}

func TestRequiredResourcePolicyAndCrossAccount(t *testing.T) {
	t.Parallel()
	checkDecisions(t, []decisionTest{
		{"required: identity alone", userCaller, account, Policies{Identity: has(allowAll), ResourceRequired: true}, "because no resource-based policy allows the s3:GetObject action"},
		{"required: account and identity", userCaller, account, Policies{Identity: has(allowAll), Resource: allowTo(aws(account)), ResourceRequired: true}, "identity allow"},
		{"required: account alone", userCaller, account, Policies{Resource: allowTo(aws(rootARN)), ResourceRequired: true}, "because no identity-based policy allows the s3:GetObject action"},
		{"required: user by name", userCaller, account, Policies{Resource: allowTo(aws(alice)), ResourceRequired: true}, "resource allow"},
		{"required: other account named", userCaller, account, Policies{Identity: has(allowAll), Resource: allowTo(aws(other)), ResourceRequired: true}, "because no resource-based policy allows the s3:GetObject action"},

		{"cross: identity alone", userCaller, other, Policies{Identity: has(allowAll)}, "because no resource-based policy allows the s3:GetObject action"},
		{"cross: resource alone", userCaller, other, Policies{Resource: allowTo(aws(alice))}, "because no identity-based policy allows the s3:GetObject action"},
		{"cross: session by name alone", sessionCaller, other, Policies{Resource: allowTo(aws(sessionARN))}, "because no identity-based policy allows the s3:GetObject action"},
		{"cross: both", userCaller, other, Policies{Identity: has(allowAll), Resource: allowTo(aws(account))}, "resource allow"},
		{"cross: boundary limits", userCaller, other, Policies{Identity: has(allowAll), Resource: allowTo(aws(alice)), Boundary: allowLittle}, "because no permissions boundary allows the s3:GetObject action"},
		{"cross: session limits", sessionCaller, other, Policies{Identity: has(allowAll), Resource: allowTo(aws(sessionARN)), Session: has(allowLittle)}, "because no session policy allows the s3:GetObject action"},
		{"cross: resource denies", userCaller, other, Policies{Identity: has(allowAll), Resource: denyEverybody}, "with an explicit deny in a resource-based policy"},
	})
}

func TestCallersWithoutIdentityPolicies(t *testing.T) {
	t.Parallel()
	checkDecisions(t, []decisionTest{
		{"root needs nothing", rootCaller, account, Policies{}, "identity allow"},
		{"root is denied by the resource", rootCaller, account, Policies{Resource: denyEverybody}, "with an explicit deny in a resource-based policy"},
		{"root and a required policy", rootCaller, account, Policies{ResourceRequired: true}, "because no resource-based policy allows the s3:GetObject action"},
		{"root named by account ID", rootCaller, account, Policies{Resource: allowTo(aws(account)), ResourceRequired: true}, "resource allow"},
		{"cross: root", rootCaller, other, Policies{Resource: allowTo(aws(account))}, "resource allow"},
		{"cross: root alone", rootCaller, other, Policies{}, "because no resource-based policy allows the s3:GetObject action"},

		{"service", lambdaCaller, account, Policies{Resource: allowTo(`{"Service":"lambda.amazonaws.com"}`)}, "resource allow"},
		{"another service", lambdaCaller, account, Policies{Resource: allowTo(`{"Service":"ec2.amazonaws.com"}`)}, "because no resource-based policy allows the s3:GetObject action"},
		{"a service is no user", userCaller, other, Policies{Identity: has(allowAll), Resource: allowTo(`{"Service":"lambda.amazonaws.com"}`)}, "because no resource-based policy allows the s3:GetObject action"},
		{"federated", samlCaller, account, Policies{Resource: allowTo(`{"Federated":"` + providerARN + `"}`)}, "resource allow"},
		{"federated is not the account", samlCaller, account, Policies{Resource: allowTo(aws(account))}, "because no resource-based policy allows the s3:GetObject action"},
		{"anonymous", Principal{}, account, Policies{Resource: allowTo(`{"AWS":"*"}`)}, "resource allow"},
		{"anonymous and an account", Principal{}, account, Policies{Resource: allowTo(aws(account))}, "because no resource-based policy allows the s3:GetObject action"},
		{"anonymous and no policy", Principal{}, account, Policies{}, "because no resource-based policy allows the s3:GetObject action"},
	})
}

func TestEvaluateStatements(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		statement        string
		action, resource string
		want             bool
	}{
		{"actions fold case", `"Action":"S3:getobject","Resource":"*"`, "s3:GetObject", "*", true},
		{"action wildcard", `"Action":"s3:Get*","Resource":"*"`, "s3:GetObject", "*", true},
		{"action question mark", `"Action":"s3:GetObjec?","Resource":"*"`, "s3:GetObject", "*", true},
		{"other action", `"Action":"s3:Put*","Resource":"*"`, "s3:GetObject", "*", false},
		{"NotAction", `"NotAction":["iam:*","sts:*"],"Resource":"*"`, "s3:GetObject", "*", true},
		{"NotAction hit", `"NotAction":["iam:*","s3:*"],"Resource":"*"`, "s3:GetObject", "*", false},
		{"resource crosses separators", `"Action":"*","Resource":"arn:aws:s3:::b*"`, "s3:GetObject", "arn:aws:s3:::b/x:y/z", true},
		{"resource minds case", `"Action":"*","Resource":"arn:aws:s3:::B"`, "s3:GetObject", "arn:aws:s3:::b", false},
		{"resource-less action needs *", `"Action":"*","Resource":"arn:aws:s3:::*"`, "s3:ListAllMyBuckets", "*", false},
		{"NotResource", `"Action":"*","NotResource":"arn:aws:s3:::b/*"`, "s3:GetObject", "arn:aws:s3:::c/k", true},
		{"NotResource hit", `"Action":"*","NotResource":["arn:aws:s3:::a","arn:aws:s3:::b/*"]`, "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"variable", `"Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::b/alice/k", true},
		{"variable brings no wildcard", `"Action":"*","Resource":"arn:aws:s3:::b/${t:star}"`, "s3:GetObject", "arn:aws:s3:::b/anything", false},
		{"variable star is a star", `"Action":"*","Resource":"arn:aws:s3:::b/${t:star}"`, "s3:GetObject", "arn:aws:s3:::b/*", true},
		{"variable without value", `"Action":"*","Resource":"arn:aws:s3:::b/${aws:nobody}*"`, "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"one resolves, one does not", `"Action":"*","Resource":["arn:aws:s3:::b/${aws:nobody}","arn:aws:s3:::b/k"]`, "s3:GetObject", "arn:aws:s3:::b/k", true},
		{"NotResource without value", `"Action":"*","NotResource":"arn:aws:s3:::b/${aws:nobody}"`, "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"conditions: all operators and keys", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice","aws:PrincipalAccount":"111122223333"},"Bool":{"t:flag":"true"}}`, "s3:GetObject", "*", true},
		{"conditions: one key fails", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice","aws:PrincipalAccount":"1"},"Bool":{"t:flag":"true"}}`, "s3:GetObject", "*", false},
		{"conditions: one operator fails", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice"},"Bool":{"t:flag":"false"}}`, "s3:GetObject", "*", false},
		{"filled-in keys", `"Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/alice"},"StringEquals":{"AWS:ResourceAccount":"111122223333"}}`, "s3:GetObject", "*", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := Evaluate(Request{
				Action: tt.action, Resource: tt.resource, ResourceAccount: account, Principal: userCaller,
				Context: map[string][]string{"aws:username": {"alice"}, "t:star": {"*"}, "t:flag": {"true"}},
			}, Policies{Identity: []*Document{identity(`{"Effect":"Allow",` + tt.statement + `}`)}})
			if d.Allowed != tt.want {
				t.Errorf("allowed %v, want %v", d.Allowed, tt.want)
			}
		})
	}
}

func TestVersion2008HasNoVariables(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", Version2008} {
		doc := &Document{Version: version, Statements: []Statement{{
			Effect: Allow, Action: []string{"*"}, Resource: []string{"arn:aws:s3:::b/${aws:username}"},
		}}}
		req := Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/alice", Principal: userCaller, Context: map[string][]string{"aws:username": {"alice"}}}
		if Evaluate(req, Policies{Identity: []*Document{doc}}).Allowed {
			t.Errorf("version %q replaced a variable", version)
		}
		req.Resource = "arn:aws:s3:::b/${aws:username}"
		if !Evaluate(req, Policies{Identity: []*Document{doc}}).Allowed {
			t.Errorf("version %q did not take the text as it stands", version)
		}
	}
}

func TestUnresolvedNotResourceStillDenies(t *testing.T) {
	t.Parallel()
	docs := []*Document{
		identity(`{"Effect":"Allow","Action":"*","Resource":"*"}`),
		identity(`{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::b/${aws:nobody}"}`),
	}
	if Evaluate(Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Principal: userCaller}, Policies{Identity: docs}).Allowed {
		t.Error("a variable without value opened a Deny with NotResource")
	}
}

func TestNotPrincipal(t *testing.T) {
	t.Parallel()
	doc := func(effect, listed string) *Document {
		return MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"`+effect+`","NotPrincipal":`+listed+`,"Action":"*","Resource":"*"}}`, Resource)
	}
	allow := identity(`{"Effect":"Allow","Action":"*","Resource":"*"}`)
	tests := []struct {
		name   string
		caller Principal
		policy *Document
		want   bool
	}{
		{"deny spares user with account", userCaller, doc("Deny", `{"AWS":["`+alice+`","`+account+`"]}`), true},
		{"deny wants the account too", userCaller, doc("Deny", `{"AWS":"`+alice+`"}`), false},
		{"deny spares session, role and account", sessionCaller, doc("Deny", `{"AWS":["`+sessionARN+`","`+roleARN+`","`+rootARN+`"]}`), true},
		{"deny wants the session too", sessionCaller, doc("Deny", `{"AWS":["`+roleARN+`","`+rootARN+`"]}`), false},
		{"deny wants the role too", sessionCaller, doc("Deny", `{"AWS":["`+sessionARN+`","`+rootARN+`"]}`), false},
		{"deny spares root", rootCaller, doc("Deny", `{"AWS":"`+account+`"}`), true},
		{"deny hits others", rootCaller, doc("Deny", `{"AWS":"`+other+`"}`), false},
		{"deny spares the service", lambdaCaller, doc("Deny", `{"Service":"lambda.amazonaws.com"}`), false},
		{"allow admits others", lambdaCaller, doc("Allow", `{"AWS":"`+account+`"}`), true},
		{"allow admits anonymous", Principal{}, doc("Allow", `{"AWS":"`+account+`"}`), true},
	}
	for _, tt := range tests {
		d := Evaluate(Request{Action: "s3:GetObject", Resource: "*", Principal: tt.caller}, Policies{Identity: []*Document{allow}, Resource: tt.policy})
		if d.Allowed != tt.want {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
	listed := Evaluate(Request{Action: "s3:GetObject", Resource: "*", Principal: userCaller}, Policies{Resource: doc("Allow", `{"AWS":"`+alice+`"}`)})
	if listed.Allowed {
		t.Error("Allow with NotPrincipal admitted whom it lists")
	}
}

func TestResourcePolicyWithoutPrincipalNamesNobody(t *testing.T) {
	t.Parallel()
	doc := identity(`{"Effect":"Allow","Action":"*","Resource":"*"}`)
	for _, caller := range []Principal{userCaller, sessionCaller, lambdaCaller, samlCaller, {}} {
		if d := Evaluate(Request{Action: "s3:GetObject", Resource: "*", Principal: caller}, Policies{Resource: doc}); d.Allowed {
			t.Errorf("%+v: %+v", caller, d)
		}
	}
}

// Many goroutines may decide with the same documents; run with -race.
func TestEvaluateConcurrently(t *testing.T) {
	t.Parallel()
	doc := identity(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			d := Evaluate(Request{
				Action: "s3:GetObject", Resource: "arn:aws:s3:::b/alice", Principal: userCaller,
				Context: map[string][]string{"aws:username": {"alice"}},
			}, Policies{Identity: []*Document{doc}})
			if !d.Allowed {
				t.Errorf("%+v", d)
			}
		})
	}
	wg.Wait()
}

func TestDecision(t *testing.T) {
	t.Parallel()
	trust := MustParse(`{"Version":"2012-10-17","Statement":[
		{"Sid":"No","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"Bool":{"t:deny":"true"}}},
		{"Sid":"Yes","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"t:x":"1"}}}]}`, Trust)
	identities := []*Document{identity(`{"Sid":"I","Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/R"}`)}
	ask := func(context map[string][]string) Decision {
		return Evaluate(Request{
			Action: "sts:AssumeRole", Resource: "arn:aws:iam::444455556666:role/R", ResourceAccount: other,
			Principal: userCaller, Context: context,
		}, Policies{Identity: identities, Resource: trust, ResourceRequired: true})
	}
	tests := []struct {
		context map[string][]string
		want    Decision
	}{
		{nil, Decision{By: ByResource, Reason: "because no role trust policy allows the sts:AssumeRole action"}},
		{map[string][]string{"t:x": {"1"}}, Decision{Allowed: true, By: ByResource, Sid: "Yes", Reason: "because the role trust policy allows the sts:AssumeRole action"}},
		{map[string][]string{"t:x": {"1"}, "t:deny": {"true"}}, Decision{Explicit: true, By: ByResource, Sid: "No", Reason: "with an explicit deny in the role trust policy"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, ask(tt.context)); diff != "" {
			t.Errorf("context %v (-want +got):\n%s", tt.context, diff)
		}
	}
}

func TestDecisionNamesTheFirstStatement(t *testing.T) {
	t.Parallel()
	doc := identity(`{"Sid":"First","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"Second","Effect":"Allow","Action":"*","Resource":"*"}`)
	if d := Evaluate(Request{Action: "s3:GetObject", Resource: "*", Principal: userCaller}, Policies{Identity: has(doc)}); d.Sid != "First" {
		t.Errorf("%+v", d)
	}
}

// The caller's own aws:PrincipalArn wins over what Evaluate would fill in, and for a
// session the role's ARN is filled in, not the session's.
func TestPrincipalArnOfSession(t *testing.T) {
	t.Parallel()
	trust := SubAccountTrust("aws", account, "R")
	p := Policies{Identity: []*Document{identity(`{"Effect":"Allow","Action":"sts:*","Resource":"*"}`)}, Resource: trust, ResourceRequired: true}
	req := Request{Action: "sts:AssumeRole", Resource: "arn:aws:iam::444455556666:role/R", ResourceAccount: other, Principal: sessionCaller}
	if d := Evaluate(req, p); !d.Allowed {
		t.Errorf("session of the role: %+v", d)
	}
	req.Context = map[string][]string{"aws:principalarn": {"arn:aws:iam::111122223333:role/Other"}}
	if d := Evaluate(req, p); d.Allowed {
		t.Errorf("another role: %+v", d)
	}
}
