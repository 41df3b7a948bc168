package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func subset(pool ...string) *rapid.Generator[[]string] {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 1, len(pool), rapid.ID)
}

var (
	actions    = subset("s3:GetObject", "s3:Get*", "*", "iam:?etRole", "sts:AssumeRole")
	resources  = subset("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::${aws:username}/k", "arn:aws:iam::*:role/é<&>")
	principals = subset("*", account, rootARN, alice, roleARN, sessionARN, other)
	values     = subset("a", "b", "true", "7", "${aws:username}", "alice", "203.0.113.0/24", "")
)

func drawConditions(t *rapid.T) []Condition {
	operators := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"StringEquals", "StringNotLike", "Bool", "ForAnyValue:StringLike", "ForAllValues:StringNotEquals", "NumericLessThanIfExists", "Null", "NotIpAddress",
	}), 0, 3, rapid.ID).Draw(t, "operators")
	var out []Condition
	for _, operator := range operators {
		for _, key := range subset("t:a", "t:b", "aws:username").Draw(t, "keys") {
			out = append(out, Condition{operator, key, values.Draw(t, "values")})
		}
	}
	return out
}

func drawStatement(t *rapid.T, kind Kind) Statement {
	s := Statement{Effect: rapid.SampledFrom([]Effect{Allow, Deny}).Draw(t, "effect"), Conditions: drawConditions(t)}
	if rapid.Bool().Draw(t, "not action") {
		s.NotAction = actions.Draw(t, "actions")
	} else {
		s.Action = actions.Draw(t, "actions")
	}
	if rapid.Bool().Draw(t, "not resource") {
		s.NotResource = resources.Draw(t, "resources")
	} else {
		s.Resource = resources.Draw(t, "resources")
	}
	if kind == Identity {
		return s
	}
	p := &Principals{AWS: principals.Draw(t, "principals")}
	switch rapid.IntRange(0, 3).Draw(t, "principal") {
	case 0:
		s.Principal = &Principals{Any: true}
	case 1:
		s.NotPrincipal = p
	default:
		s.Principal = p
	}
	return s
}

func drawDocument(t *rapid.T, kind Kind) *Document {
	doc := &Document{Version: rapid.SampledFrom([]string{"", Version2008, Version2012}).Draw(t, "version")}
	for range rapid.IntRange(1, 3).Draw(t, "statements") {
		doc.Statements = append(doc.Statements, drawStatement(t, kind))
	}
	return doc
}

func drawRequest(t *rapid.T) Request {
	req := Request{
		Action:          rapid.SampledFrom([]string{"s3:GetObject", "S3:GETOBJECT", "iam:GetRole", "sts:AssumeRole"}).Draw(t, "action"),
		Resource:        rapid.SampledFrom([]string{"*", "arn:aws:s3:::b/k", "arn:aws:s3:::alice/k", "arn:aws:iam::1:role/é<&>"}).Draw(t, "resource"),
		ResourceAccount: rapid.SampledFrom([]string{"", account, other}).Draw(t, "account"),
		Principal:       rapid.SampledFrom([]Principal{userCaller, sessionCaller, rootCaller, lambdaCaller, samlCaller, {}}).Draw(t, "caller"),
		Context:         map[string][]string{},
	}
	for _, key := range []string{"t:a", "t:b", "aws:username"} {
		if rapid.Bool().Draw(t, "has "+key) {
			req.Context[key] = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "7", "true", "alice", "", "203.0.113.9"}), 0, 3).Draw(t, key)
		}
	}
	return req
}

func drawPolicies(t *rapid.T) Policies {
	p := Policies{
		Identity:         []*Document{drawDocument(t, Identity)},
		ResourceRequired: rapid.Bool().Draw(t, "required"),
	}
	if rapid.Bool().Draw(t, "boundary") {
		p.Boundary = drawDocument(t, Identity)
	}
	if rapid.Bool().Draw(t, "session") {
		p.Session = []*Document{drawDocument(t, Identity)}
	}
	if rapid.Bool().Draw(t, "resource policy") {
		p.Resource = drawDocument(t, Resource)
	}
	return p
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Identity, Resource}).Draw(t, "kind")
		doc := drawDocument(t, kind)
		again, issues := Parse(doc.JSON(), kind)
		if HasErrors(issues) {
			t.Fatalf("%s: %v", doc.JSON(), issues)
		}
		if diff := cmp.Diff(doc, again); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// shuffle rewrites a document without changing its meaning.
func shuffle(t *rapid.T, doc *Document) *Document {
	out := &Document{Version: doc.Version, ID: "shuffled"}
	mix := func(values []string) []string {
		if values == nil {
			return nil
		}
		return rapid.Permutation(append(slices.Clone(values), values[0])).Draw(t, "values")
	}
	for i, s := range append(slices.Clone(doc.Statements), doc.Statements[0]) {
		s.Sid = fmt.Sprint("S", i)
		s.Action, s.NotAction = mix(s.Action), mix(s.NotAction)
		s.Resource, s.NotResource = mix(s.Resource), mix(s.NotResource)
		for j := range s.Action {
			s.Action[j] = strings.ToUpper(s.Action[j])
		}
		s.Conditions = rapid.Permutation(slices.Clone(s.Conditions)).Draw(t, "conditions")
		for j, c := range s.Conditions {
			s.Conditions[j] = Condition{c.Operator, strings.ToUpper(c.Key), mix(c.Values)}
		}
		out.Statements = append(out.Statements, s)
	}
	out.Statements = rapid.Permutation(out.Statements).Draw(t, "statements")
	return out
}

func TestEquivalentProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDocument(t, Resource), drawDocument(t, Resource)
		mixed := shuffle(t, a)
		if !Equivalent(a, a) || !Equivalent(a, mixed) || !Equivalent(mixed, a) {
			t.Fatalf("not equivalent:\n%s\n%s", a.JSON(), mixed.JSON())
		}
		if Equivalent(a, b) != Equivalent(b, a) {
			t.Fatal("not symmetric")
		}
		req := drawRequest(t)
		for _, same := range []*Document{mixed, Canonical(a)} {
			x, y := Evaluate(req, Policies{Resource: a}), Evaluate(req, Policies{Resource: same})
			if x.Allowed != y.Allowed || x.Explicit != y.Explicit {
				t.Fatalf("equivalent documents decide differently: %+v, %+v", x, y)
			}
		}
	})
}

func TestMonotony(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		req, before := drawRequest(t), drawPolicies(t)
		after := before
		var extra Statement
		with := func(doc *Document, kind Kind) *Document {
			extra = drawStatement(t, kind)
			out := *doc
			out.Statements = append(slices.Clone(doc.Statements), extra)
			return &out
		}
		switch target := rapid.IntRange(0, 3).Draw(t, "target"); {
		case target == 1 && before.Boundary != nil:
			after.Boundary = with(before.Boundary, Identity)
		case target == 2 && before.Session != nil:
			after.Session = []*Document{with(before.Session[0], Identity)}
		case target == 3 && before.Resource != nil:
			after.Resource = with(before.Resource, Resource)
		default:
			after.Identity = []*Document{with(before.Identity[0], Identity)}
		}
		x, y := Evaluate(req, before), Evaluate(req, after)
		if extra.Effect == Deny && y.Allowed && !x.Allowed {
			t.Fatalf("a Deny allowed: %+v", y)
		}
		if extra.Effect == Allow && x.Allowed && !y.Allowed {
			t.Fatalf("an Allow denied: %+v", y)
		}
	})
}

// naive is the definition of a wildcard pattern, written as a recursion.
func naive(pattern, s []rune) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	switch pattern[0] {
	case '*':
		return naive(pattern[1:], s) || len(s) > 0 && naive(pattern, s[1:])
	case '?':
		return len(s) > 0 && naive(pattern[1:], s[1:])
	}
	return len(s) > 0 && pattern[0] == s[0] && naive(pattern[1:], s[1:])
}

func TestWildcardAgreesWithDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab:é*?")), 0, 8, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab:é")), 0, 10, -1).Draw(t, "s")
		if got, want := match(pattern, s), naive([]rune(pattern), []rune(s)); got != want {
			t.Fatalf("match(%q, %q) = %v", pattern, s, got)
		}
	})
}

func TestWildcardTimeIsBounded(t *testing.T) {
	t.Parallel()
	if match(strings.Repeat("*a", 2000)+"b", strings.Repeat("a", 20000)) {
		t.Error("matched")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		wrap(`"Effect":"Allow","Action":"s3:*","Resource":"*"`), `{"Statement":[{"Condition":{"Bool":{"a:b":true}}}]}`,
		"\ufeff{}", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["1"]},"NotAction":"\ud800"}}`, `[[[[`, `{"a":1,"a":2}`,
	} {
		f.Add([]byte(seed), 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, kind int) {
		k := Kind(uint(kind) % 3)
		doc, issues := Parse(data, k)
		for _, issue := range issues {
			if issue.Offset < 0 || issue.Offset > len(data) || issue.Line < 1 || issue.Column < 1 || issue.Message == "" {
				t.Errorf("issue out of place: %+v", issue)
			}
		}
		if doc == nil {
			if !HasErrors(issues) {
				t.Error("no document and no error")
			}
			return
		}
		Evaluate(Request{Action: "s3:GetObject", Resource: "*", Principal: userCaller}, Policies{Identity: []*Document{doc}, Resource: doc})
		if HasErrors(issues) {
			return
		}
		again, issues := Parse(doc.JSON(), k)
		if HasErrors(issues) {
			t.Fatalf("%s: %v", doc.JSON(), issues)
		}
		if diff := cmp.Diff(doc, again); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", doc.JSON(), diff)
		}
		if !Equivalent(doc, again) {
			t.Error("not equivalent to itself")
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	doc, _, err := Access(accessInput(80))
	if err != nil {
		b.Fatal(err)
	}
	p := Policies{Identity: []*Document{doc}, Resource: SubAccountTrust("aws", account, prefixed), ResourceRequired: true}
	req := Request{
		Action: "sts:AssumeRole", Resource: "arn:aws:iam::000000000080:role/" + prefixed, ResourceAccount: "000000000080",
		Principal: Principal{AccountID: account, RoleARN: "arn:aws:iam::111122223333:role/" + prefixed, ARN: "arn:aws:sts::111122223333:assumed-role/x/s"},
	}
	b.ReportAllocs()
	for b.Loop() {
		if d := Evaluate(req, p); !d.Allowed {
			b.Fatal(d)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	doc, _, err := Access(accessInput(80))
	if err != nil {
		b.Fatal(err)
	}
	data := doc.JSON()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(data, Identity)
	}
}
