package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseReadsEverything(t *testing.T) {
	t.Parallel()
	got, issues := Parse([]byte(`{
		"Version": "2012-10-17",
		"Id": "an id",
		"Statement": [
			{
				"Sid": "One", "Effect": "Allow",
				"Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:role/a/b", "AROAEXAMPLEEXAMPLEID"],
					"Service": "lambda.amazonaws.com", "Federated": "arn:aws:iam::111122223333:saml-provider/Okta",
					"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
				"Action": ["s3:Get*", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*",
				"Condition": {"StringEquals": {"aws:username": ["a", "b"]}, "NumericLessThan": {"s3:max-keys": 10}, "Bool": {"aws:SecureTransport": true}}
			},
			{"Effect": "Deny", "NotPrincipal": "*", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::b", "*"]}
		]
	}`), Resource)
	if len(issues) > 0 {
		t.Fatalf("issues: %v", issues)
	}
	want := &Document{Version: Version2012, ID: "an id", Statements: []Statement{
		{
			Sid: "One", Effect: Allow,
			Principal: &Principals{
				AWS:           []string{"111122223333", "arn:aws:iam::111122223333:role/a/b", "AROAEXAMPLEEXAMPLEID"},
				Service:       []string{"lambda.amazonaws.com"},
				Federated:     []string{"arn:aws:iam::111122223333:saml-provider/Okta"},
				CanonicalUser: []string{"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
			},
			Action: []string{"s3:Get*", "s3:PutObject"}, Resource: []string{"arn:aws:s3:::b/*"},
			Conditions: []Condition{
				{"StringEquals", "aws:username", []string{"a", "b"}},
				{"NumericLessThan", "s3:max-keys", []string{"10"}},
				{"Bool", "aws:SecureTransport", []string{"true"}},
			},
		},
		{
			Effect: Deny, NotPrincipal: &Principals{Any: true},
			NotAction: []string{"s3:*"}, NotResource: []string{"arn:aws:s3:::b", "*"},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// wrap makes a document of one statement's elements.
func wrap(elements string) string {
	return `{"Version":"2012-10-17","Statement":{` + elements + `}}`
}

// issueTest is a document and the issues it has, in order, each as "severity: part of
// the message|part of the advice". No issue means the document is accepted.
type issueTest struct {
	kind Kind
	text string
	want []string
}

const (
	ok    = `"Effect":"Allow","Action":"s3:*","Resource":"*"`
	trust = `"Effect":"Allow","Action":"sts:AssumeRole"`
)

func checkIssues(t *testing.T, tests []issueTest) {
	t.Helper()
	for _, tt := range tests {
		_, issues := Parse([]byte(tt.text), tt.kind)
		if len(issues) != len(tt.want) {
			t.Errorf("%s: got %v, want %q", tt.text, issues, tt.want)
			continue
		}
		for i, want := range tt.want {
			severity, rest, _ := strings.Cut(want, ": ")
			message, advice, _ := strings.Cut(rest, "|")
			got := issues[i]
			if got.Severity.String() != severity || !strings.Contains(got.Message, message) || !strings.Contains(got.Advice, advice) {
				t.Errorf("%s: got %v, want %q", tt.text, got, want)
			}
		}
	}
}

func TestParseTextIssues(t *testing.T) {
	t.Parallel()
	checkIssues(t, []issueTest{
		{Identity, wrap(ok), nil},
		{Identity, ``, []string{"error: document is empty"}},
		{Identity, " \n", []string{"error: document is empty"}},
		{Identity, `[]`, []string{"error: a policy document is an object, not an array"}},
		{Identity, `"x"`, []string{"error: not a string"}},
		{Identity, `{"Version":"2012-10-17",}`, []string{"error: not valid JSON|remove the comma"}},
		{Identity, `{"Version":"2012-10-17"`, []string{"error: not valid JSON|missing"}},
		{Identity, wrap(ok) + `{}`, []string{"error: not valid JSON"}},
		{Identity, "\ufeff" + wrap(ok), []string{"error: byte order mark"}},
		{Identity, wrap(`"Sid":"` + "\u201c" + `",` + ok), []string{"error: Sid", "error: U+201C|typographic"}},
		{Identity, wrap(`"Sid":"` + "\xff" + `",` + ok), []string{"error: Sid", "error: byte 0xff is not valid UTF-8"}},
		{Identity, `{"Version":"2012-10-17","Statement":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
			[]string{"error: a statement is an object", "error: nested more than 16"}},
		{Identity, strings.Repeat(" ", maxDocument) + `{}`, []string{"error: IAM takes at most 131072"}},
	})
}

func TestParseElementIssues(t *testing.T) {
	t.Parallel()
	checkIssues(t, []issueTest{
		{Identity, `{"Statement":{` + ok + `}}`, []string{"warning: Version is missing|2012-10-17"}},
		{Identity, `{"Version":"2008-10-17","Statement":{` + ok + `}}`, []string{"warning: policy variables do not work"}},
		{Identity, `{"Version":"2024-01-01","Statement":{` + ok + `}}`, []string{`error: version "2024-01-01" does not exist`}},
		{Identity, `{"Version":2012,"Statement":{` + ok + `}}`, []string{"error: Version is a string, not a number"}},
		{Identity, `{"version":"2012-10-17","Statement":{` + ok + `}}`, []string{"warning: Version is missing", `error: "version"|did you mean Version?`}},
		{Identity, `{"Version":"2012-10-17","Statment":{` + ok + `}}`, []string{"error: Statement is missing", `error: "Statment"|did you mean Statement?`}},
		{Identity, `{"Version":"2012-10-17","Statement":[]}`, []string{"error: no statements"}},
		{Identity, `{"Version":"2012-10-17","Statement":["x"]}`, []string{"error: a statement is an object, not a string"}},
		{Identity, `{"Version":"2012-10-17","Statement":true}`, []string{"error: not a boolean"}},
		{Identity, `{"Version":"2012-10-17","Version":"2012-10-17","Statement":{` + ok + `}}`, []string{`error: "Version" occurs twice`}},
		{Identity, `{"Version":"2012-10-17","Id":null,"Comment":"","Statement":{` + ok + `}}`, []string{"error: Id is a string, not null", `error: "Comment"|the elements are Version`}},

		{Identity, wrap(`"Sid":"",` + ok), nil},
		{Identity, wrap(`"Sid":"a b",` + ok), []string{`error: Sid "a b"`}},
		{Resource, wrap(`"Sid":"a b","Principal":"*",` + ok), nil},
		{Identity, `{"Version":"2012-10-17","Statement":[{"Sid":"A",` + ok + `},{"Sid":"A",` + ok + `},{"Sid":"",` + ok + `},{"Sid":"",` + ok + `}]}`, []string{`error: Sid "A" is used twice`}},
		{Identity, wrap(`"Effect":"allow","Action":"s3:*","Resource":"*"`), []string{`error: effect "allow"|did you mean Allow?`}},
		{Identity, wrap(`"Effect":"Permit","Action":"s3:*","Resource":"*"`), []string{`error: effect "Permit"|write Allow or Deny`}},
		{Identity, wrap(`"effect":"Allow","Action":"s3:*","Resource":"*"`), []string{"error: Effect is missing", `error: "effect"|did you mean Effect?`}},
		{Identity, wrap(`"Effect":"Allow"`), []string{"error: Action is missing", "error: Resource is missing"}},
		{Identity, wrap(`"NotAction":"s3:*",` + ok), []string{"error: Action and NotAction exclude"}},
		{Identity, wrap(ok + `,"NotResource":"*"`), []string{"error: Resource and NotResource exclude"}},
		{Identity, wrap(ok + `,"Principal":"*"`), []string{"error: has no Principal"}},
		{Identity, wrap(ok + `,"Conditions":{}`), []string{`error: "Conditions"|did you mean Condition?`}},

		{Identity, wrap(`"Effect":"Allow","Action":["*","a4b:*","kafka-cluster:Connect","s3:G?t*"],"Resource":"*"`), nil},
		{Identity, wrap(`"Effect":"Allow","Action":[],"Resource":"*"`), []string{"error: Action is empty"}},
		{Identity, wrap(`"Effect":"Allow","Action":["s3:*",1],"Resource":"*"`), []string{"error: not a number"}},
		{Identity, wrap(`"Effect":"Allow","Action":["GetObject","s*:Get","s3:","s3:Get Object",":x"],"Resource":"*"`), []string{
			`error: "GetObject" has no service prefix`, "error: has a wildcard", "error: malformed", "error: malformed", "error: malformed"}},

		{Identity, wrap(`"Effect":"Allow","Action":"s3:*","Resource":["*","arn:aws:s3:::b/${aws:username}/*","arn:*:iam::*:role/x","arn:aws:iam::${aws:PrincipalAccount}:role/x"]`), nil},
		{Identity, wrap(`"Effect":"Allow","Action":"s3:*","Resource":["b","arn:aws","arn:aws:*:::x","arn:aws:s3:::","arn:aws:s3:b"]`), []string{
			"error: not an ARN", "error: not a complete ARN", "error: service of resource", "error: not a complete ARN", "error: not a complete ARN"}},
		{Identity, wrap(`"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:*"`), []string{"warning: relies on a wildcard"}},
	})
}

func TestParsePrincipalIssues(t *testing.T) {
	t.Parallel()
	principal := func(p string) string { return wrap(trust + `,"Principal":` + p) }
	checkIssues(t, []issueTest{
		{Trust, principal(`"*"`), nil},
		{Trust, wrap(trust), []string{"error: Principal is missing"}},
		{Trust, wrap(trust + `,"Principal":"*","Resource":"*"`), []string{"error: a trust policy has no Resource"}},
		{Trust, wrap(`"Effect":"Allow","Principal":"*","Action":["s3:GetObject","sts:AsumeRole","sts:GetCallerIdentity","*"]`), []string{
			"error: s3:GetObject", "error: sts:AsumeRole|did you mean sts:AssumeRole?", "error: sts:GetCallerIdentity", "error: STS actions only"}},
		{Trust, wrap(`"Effect":"Allow","Principal":"*","Action":["sts:assumerole","sts:AssumeRole*","sts:TagSession"]`), nil},
		{Resource, wrap(ok), []string{"error: Principal is missing"}},
		{Resource, wrap(`"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"`), nil},
		{Resource, wrap(ok + `,"Principal":"*","NotPrincipal":"*"`), []string{"error: exclude each other", "warning: NotPrincipal"}},
		{Resource, wrap(ok + `,"NotPrincipal":{"AWS":"111122223333"}`), []string{"warning: anonymous callers included"}},
		{Trust, principal(`"111122223333"`), []string{`error: Principal is "*" or an object`}},
		{Trust, principal(`["*"]`), []string{`error: not an array`}},
		{Trust, principal(`{}`), []string{"error: Principal is empty"}},
		{Trust, principal(`{"Aws":"*"}`), []string{`error: "Aws"|did you mean AWS?`}},
		{Trust, principal(`{"Everyone":"*"}`), []string{`error: "Everyone"|the types are`}},
		{Trust, principal(`{"AWS":["*","arn:aws-cn:iam::111122223333:root","arn:aws:sts::111122223333:assumed-role/r/s","arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"]}`), nil},
		{Trust, principal(`{"AWS":["arn:aws:iam::111122223333:role/*","arn:aws:iam::1:root","11112222333","arn:aws:iam::111122223333:group/g"]}`), []string{
			"error: wildcard inside an ARN|aws:PrincipalArn", "error: malformed", "error: malformed", "error: malformed"}},
		{Trust, principal(`{"Service":["s3.amazonaws.com.cn","lambda","*","x.aws.internal"]}`), []string{"error: \"lambda\" is malformed", `error: "*" is malformed`, "warning: does not look like|end in .amazonaws.com"}},
		{Trust, principal(`{"Federated":["accounts.google.com","arn:aws:iam::111122223333:oidc-provider/x","arn:aws:iam::111122223333:saml-provider/*","Okta"]}`), []string{"error: malformed", "error: malformed"}},
		{Resource, wrap(ok + `,"Principal":{"CanonicalUser":"x"}`), []string{"error: canonical user"}},
	})
}

func TestParseConditionIssues(t *testing.T) {
	t.Parallel()
	condition := func(c string) string { return wrap(ok + `,"Condition":` + c) }
	checkIssues(t, []issueTest{
		{Identity, condition(`{"ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":["o-1/*",5,true]}}`), nil},
		{Identity, condition(`[]`), []string{"error: Condition is an object, not an array"}},
		{Identity, condition(`{"StringEquals":"x"}`), []string{"error: StringEquals is an object of condition keys"}},
		{Identity, condition(`{"StringEqual":{"aws:username":"x"}}`), []string{`error: "StringEqual" does not exist|did you mean StringEquals?`}},
		{Identity, condition(`{"ForAllValues:stringequals":{"aws:username":"x"}}`), []string{`error: does not exist|did you mean ForAllValues:StringEquals?`}},
		{Identity, condition(`{"ForAll:StringEquals":{"aws:username":"x"}}`), []string{`error: does not exist|ForAllValues:`}},
		{Identity, condition(`{"Sometimes":{"aws:username":"x"}}`), []string{`error: does not exist|operators are`}},
		{Identity, condition(`{"NullIfExists":{"aws:username":"true"}}`), []string{"error: NullIfExists does not exist"}},
		{Identity, condition(`{"ForAllValues:Null":{"aws:username":"true"}}`), []string{"warning: no effect on Null"}},
		{Identity, condition(`{"StringEquals":{"username":"x"}}`), []string{`error: condition key "username" has no prefix`}},
		{Identity, condition(`{"StringEquals":{"aws:username":"x","AWS:UserName":"y"}}`), []string{"error: occurs twice"}},
		{Identity, condition(`{"StringEquals":{"aws:username":null}}`), []string{"error: not null"}},
		{Identity, condition(`{"StringEquals":{"aws:username":[]}}`), []string{"warning: no values"}},
		{Identity, condition(`{"NumericEquals":{"a:b":"x"},"DateEquals":{"a:b":"x"},"Bool":{"a:b":"x"},"BinaryEquals":{"a:b":"!"},"IpAddress":{"a:b":"x"},"ArnLike":{"a:b":"x"},"Null":{"a:b":"x"}}`), []string{
			"warning: not a number", "warning: not a date", "warning: not true or false", "warning: not base-64", "warning: not an IP", "warning: not an ARN", "warning: not true or false"}},
		{Identity, condition(`{"NumericEquals":{"a:b":"${aws:username}"},"ArnLike":{"a:b":"${aws:username}"}}`), []string{"warning: policy variables are not replaced here"}},
	})
}

func TestParsePositions(t *testing.T) {
	t.Parallel()
	text := "\ufeff{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\"Sid\": \"é\", \"Effect\": \"Alow\",\n\t\"Action\": [\"s3:Get\",\n \"x\"], \"Resource\": \"*\"}\n}"
	_, issues := Parse([]byte(text), Identity)
	var got []string
	for _, issue := range issues {
		got = append(got, fmt.Sprintf("%d:%d", issue.Line, issue.Column))
		rest := text[issue.Offset:]
		if !strings.HasPrefix(rest, "\ufeff") && !strings.HasPrefix(rest, `"`) {
			t.Errorf("offset %d points at %q", issue.Offset, rest)
		}
	}
	if diff := cmp.Diff([]string{"1:1", "3:24", "3:39", "5:2"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, issues)
	}
}

func TestParseSyntaxErrorPosition(t *testing.T) {
	t.Parallel()
	_, issues := Parse([]byte("{\"Version\": \"2012-10-17\",\n \"Statement\": [}"), Identity)
	if len(issues) != 1 || issues[0].Line != 2 || issues[0].Column != 16 {
		t.Errorf("got %v, want one at 2:16", issues)
	}
	if got := issues[0].String(); !strings.HasPrefix(got, "2:16: error: not valid JSON") {
		t.Errorf("String() = %q", got)
	}
}

func TestMustParsePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustParse(`{}`, Identity)
}

func TestSize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want int
	}{
		{"", 0},
		{" {\n\t\"a\" :\r\n 1 } ", 7},
		{`{"a b":"c \" d"}`, 16},
		{`{"é":1}`, 7},
		{`"a\\" `, 5},
	}
	for _, tt := range tests {
		if got := Size([]byte(tt.text)); got != tt.want {
			t.Errorf("Size(%q) = %d, want %d", tt.text, got, tt.want)
		}
	}
}
