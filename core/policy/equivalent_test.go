package policy

import "testing"

func TestEquivalent(t *testing.T) {
	t.Parallel()
	resource := func(elements string) *Document { return MustParse(wrap(elements), Resource) }
	tests := []struct {
		name string
		a, b string
		want bool
	}{
		{"order of values", `"Effect":"Allow","Principal":"*","Action":["s3:A","s3:B"],"Resource":["*","arn:aws:s3:::b"]`, `"Resource":["arn:aws:s3:::b","*"],"Action":["s3:B","s3:A"],"Principal":"*","Effect":"Allow"`, true},
		{"single and list", `"Effect":"Allow","Principal":"*","Action":"s3:A"`, `"Effect":"Allow","Principal":"*","Action":["s3:A","s3:A"]`, true},
		{"case of actions", `"Effect":"Allow","Principal":"*","Action":"s3:A"`, `"Effect":"Allow","Principal":"*","Action":"S3:a"`, true},
		{"case of resources", `"Effect":"Allow","Principal":"*","Action":"s3:A","Resource":"arn:aws:s3:::b"`, `"Effect":"Allow","Principal":"*","Action":"s3:A","Resource":"arn:aws:s3:::B"`, false},
		{"account forms", `"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:A"`, `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:A"`, true},
		{"accounts", `"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:A"`, `"Effect":"Allow","Principal":{"AWS":"111122223334"},"Action":"s3:A"`, false},
		{"everybody forms", `"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:A"`, `"Effect":"Allow","Principal":"*","Action":"s3:A"`, true},
		{"Principal is not NotPrincipal", `"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"s3:A"`, `"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:A"`, false},
		{"kinds of principals", `"Effect":"Allow","Principal":{"Service":"a.amazonaws.com"},"Action":"s3:A"`, `"Effect":"Allow","Principal":{"Service":"b.amazonaws.com"},"Action":"s3:A"`, false},
		{"effect", `"Effect":"Allow","Principal":"*","Action":"s3:A"`, `"Effect":"Deny","Principal":"*","Action":"s3:A"`, false},
		{"Sid", `"Sid":"x","Effect":"Allow","Principal":"*","Action":"s3:A"`, `"Effect":"Allow","Principal":"*","Action":"s3:A"`, true},
		{"no resource", `"Effect":"Allow","Principal":"*","Action":"s3:A"`, `"Effect":"Allow","Principal":"*","Action":"s3:A","Resource":"arn:aws:s3:::b"`, false},
		{"condition keys and order", `"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"Bool":{"aws:SecureTransport":true},"StringEquals":{"a:b":["x","y"]}}`,
			`"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"StringEquals":{"A:B":["y","x","x"]},"Bool":{"aws:securetransport":"TRUE"}}`, true},
		{"condition values", `"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"StringEquals":{"a:b":"x"}}`, `"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"StringEquals":{"a:b":"X"}}`, false},
		{"ARN operators", `"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"ArnEqualsIfExists":{"a:b":"arn:aws:iam::1:role/x"}}`, `"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"ArnLikeIfExists":{"a:b":"arn:aws:iam::1:role/x"}}`, true},
		{"IfExists", `"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"ArnLikeIfExists":{"a:b":"arn:aws:iam::1:role/x"}}`, `"Effect":"Allow","Principal":"*","Action":"s3:A","Condition":{"ArnLike":{"a:b":"arn:aws:iam::1:role/x"}}`, false},
	}
	for _, tt := range tests {
		if got := Equivalent(resource(tt.a), resource(tt.b)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestEquivalentVersionsAndStatements(t *testing.T) {
	t.Parallel()
	const plain = `{"Effect":"Allow","Action":"s3:A","Resource":"*"}`
	const deny = `{"Sid":"D","Effect":"Deny","Action":"s3:B","Resource":"*"}`
	const variable = `{"Effect":"Allow","Action":"s3:A","Resource":"arn:aws:s3:::b/${aws:username}"}`
	doc := func(text string) *Document { return MustParse(text, Identity) }
	tests := []struct {
		name string
		a, b string
		want bool
	}{
		{"absent version is 2008", `{"Statement":` + variable + `}`, `{"Version":"2008-10-17","Statement":[` + variable + `]}`, true},
		{"version matters for variables", `{"Version":"2012-10-17","Statement":` + variable + `}`, `{"Version":"2008-10-17","Statement":` + variable + `}`, false},
		{"and for nothing else", `{"Version":"2012-10-17","Statement":` + plain + `}`, `{"Statement":` + plain + `}`, true},
		{"order of statements", `{"Statement":[` + plain + `,` + deny + `]}`, `{"Id":"x","Statement":[` + deny + `,` + plain + `]}`, true},
		{"repeated statement", `{"Statement":[` + plain + `,` + plain + `]}`, `{"Statement":` + plain + `}`, true},
		{"one statement less", `{"Statement":[` + plain + `,` + deny + `]}`, `{"Statement":` + plain + `}`, false},
	}
	for _, tt := range tests {
		if got := Equivalent(doc(tt.a), doc(tt.b)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if Equivalent(nil, doc(`{"Statement":`+plain+`}`)) || !Equivalent(nil, nil) {
		t.Error("nil equals nil only")
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	doc := &Document{Version: Version2012, ID: "<&>", Statements: []Statement{{
		Sid: "S", Effect: Allow, Principal: &Principals{AWS: []string{"a", "b"}, Service: []string{"c"}},
		Action: []string{"s3:A"}, NotResource: []string{"x", "é\u201c\U0001f600\"\\\n"},
		Conditions: []Condition{{"Bool", "a:b", []string{"true"}}, {"Null", "a:b", nil}, {"Bool", "a:c", []string{"x", "y"}}},
	}}}
	want := `{"Version":"2012-10-17","Id":"<&>","Statement":[{"Sid":"S","Effect":"Allow","Principal":{"AWS":["a","b"],"Service":"c"},` +
		`"Action":"s3:A","NotResource":["x","é\u201c\ud83d\ude00\"\\\n"],"Condition":{"Bool":{"a:b":"true","a:c":["x","y"]},"Null":{"a:b":[]}}}]}`
	if got := string(doc.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
