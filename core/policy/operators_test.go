package policy

import "testing"

const alice = "arn:aws:iam::111122223333:user/alice"

// holds evaluates one condition in the way a statement would.
func holds(t *testing.T, operator string, values []string, context []string) bool {
	t.Helper()
	req := Request{
		Action: "s3:GetObject", Resource: "*",
		Principal: Principal{AccountID: "111122223333", ARN: alice},
		Context:   map[string][]string{"aws:username": {"alice"}, "aws:multi": {"a", "b"}},
	}
	if context != nil {
		req.Context["t:key"] = context
	}
	doc := &Document{Version: Version2012, Statements: []Statement{{
		Effect: Allow, Action: []string{"*"}, Resource: []string{"*"},
		Conditions: []Condition{{Operator: operator, Key: "T:Key", Values: values}},
	}}}
	return Evaluate(req, Policies{Identity: []*Document{doc}}).Allowed
}

// operatorTest is one value of a policy against one of a request.
type operatorTest struct {
	operator string
	policy   string
	request  string
	want     bool
}

func checkOperators(t *testing.T, tests []operatorTest) {
	t.Helper()
	for _, tt := range tests {
		if got := holds(t, tt.operator, []string{tt.policy}, []string{tt.request}); got != tt.want {
			t.Errorf("%s policy %q request %q: %v, want %v", tt.operator, tt.policy, tt.request, got, tt.want)
		}
	}
}

func TestStringOperators(t *testing.T) {
	t.Parallel()
	checkOperators(t, []operatorTest{
		{"StringEquals", "a", "a", true},
		{"StringEquals", "a", "A", false},
		{"StringEquals", "a*", "ab", false},
		{"StringNotEquals", "a", "a", false},
		{"StringNotEquals", "a", "A", true},
		{"StringEqualsIgnoreCase", "aB", "Ab", true},
		{"StringNotEqualsIgnoreCase", "aB", "Ab", false},
		{"StringNotEqualsIgnoreCase", "a", "b", true},
		{"StringLike", "a*c?", "abbbcd", true},
		{"StringLike", "a*c?", "abbbc", false},
		{"StringLike", "A*", "ab", false},
		{"StringNotLike", "a*", "ab", false},
		{"StringNotLike", "a*", "ba", true},
		{"StringWhatever", "a", "a", false},
		{"stringequals", "a", "a", false},
	})
}

func TestNumericAndDateOperators(t *testing.T) {
	t.Parallel()
	checkOperators(t, []operatorTest{
		{"NumericEquals", "10", "10.0", true},
		{"NumericEquals", "9007199254740993", "9007199254740992", false},
		{"NumericEquals", "x", "x", false},
		{"NumericEquals", "NaN", "NaN", false},
		{"NumericNotEquals", "10", "11", true},
		{"NumericNotEquals", "10", "1e1", false},
		{"NumericLessThan", "10", "9", true},
		{"NumericLessThan", "10", "10", false},
		{"NumericLessThanEquals", "10", "10", true},
		{"NumericGreaterThan", "-2", "-1.5", true},
		{"NumericGreaterThan", "10", "9", false},
		{"NumericGreaterThanEquals", "10", "10", true},
		{"DateEquals", "2024-07-01T00:00:00Z", "1719792000", true},
		{"DateEquals", "2024-07-01", "2024-07-01T02:00:00+02:00", true},
		{"DateNotEquals", "2024-07-01T00:00:00Z", "2024-07-01T00:00:01Z", true},
		{"DateLessThan", "2024-07-01T00:00:00Z", "2024-06-30T23:59:59.5Z", true},
		{"DateLessThan", "2024-07-01T00:00:00Z", "2024-07-01T00:00:00Z", false},
		{"DateLessThanEquals", "2024-07-01T00:00Z", "2024-07-01T00:00:00Z", true},
		{"DateGreaterThan", "2024-07-01", "2024-07-02", true},
		{"DateGreaterThanEquals", "2024-07", "2024-07-01", true},
		{"DateGreaterThan", "yesterday", "2024-07-02", false},
	})
}

func TestBoolBinaryIPAndARNOperators(t *testing.T) {
	t.Parallel()
	checkOperators(t, []operatorTest{
		{"Bool", "true", "TRUE", true},
		{"Bool", "true", "false", false},
		{"Bool", "yes", "yes", false},
		{"BinaryEquals", "QmluYXJ5", "QmluYXJ5", true},
		{"BinaryEquals", "QmluYXJ5", "QmluYXJ6", false},
		{"BinaryEquals", "not base64", "not base64", false},
		{"IpAddress", "203.0.113.0/24", "203.0.113.7", true},
		{"IpAddress", "203.0.113.9/24", "203.0.113.7", true},
		{"IpAddress", "203.0.113.0/24", "203.0.114.7", false},
		{"IpAddress", "203.0.113.7", "203.0.113.7", true},
		{"IpAddress", "203.0.113.7", "203.0.113.8", false},
		{"IpAddress", "2001:db8::/32", "2001:0DB8:1::1", true},
		{"IpAddress", "203.0.113.0/24", "::ffff:203.0.113.7", true},
		{"IpAddress", "0.0.0.0/0", "2001:db8::1", false},
		{"IpAddress", "here", "203.0.113.7", false},
		{"NotIpAddress", "203.0.113.0/24", "203.0.113.7", false},
		{"NotIpAddress", "203.0.113.0/24", "198.51.100.1", true},
		{"ArnEquals", "arn:aws:iam::*:role/x", "arn:aws:iam::111122223333:role/x", true},
		{"ArnLike", "arn:aws:sns:*:1111*:t?", "arn:aws:sns:eu-west-1:111122223333:t1", true},
		{"ArnLike", "arn:aws:s*:t", "arn:aws:sns:eu-west-1:111122223333:t", false},
		{"ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:eu-west-1:111122223333:t", false},
		{"ArnLike", "arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:1:log-group:a:b", true},
		{"ArnLike", "*", "arn:aws:sns:eu-west-1:111122223333:t", false},
		{"ArnNotEquals", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/y", true},
		{"ArnNotLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/y", false},
	})
}

func TestVariablesInConditions(t *testing.T) {
	t.Parallel()
	checkOperators(t, []operatorTest{
		{"StringEquals", "${aws:username}", "alice", true},
		{"StringEquals", "${AWS:UserName}s", "alices", true},
		{"StringEquals", "${aws:nobody}", "${aws:nobody}", false},
		{"StringEquals", "${aws:multi}", "a", false},
		{"StringEquals", "${aws:nobody, 'it''s } ok'}", "it's } ok", true},
		{"StringEquals", "${aws:username, 'x'}", "alice", true},
		{"StringEquals", "${*}${?}${$}{x}", "*?${x}", true},
		{"StringLike", "${*}", "abc", false},
		{"StringLike", "${*}", "*", true},
		{"StringLike", "${?}*", "?abc", true},
		{"StringLike", "${aws:username}*", "alice-1", true},
		{"StringLike", "${aws:nobody}*", "x", false},
		{"StringNotLike", "${aws:nobody}*", "x", true},
		{"StringEquals", "${unclosed", "${unclosed", true},
		{"ArnEquals", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/alice", true},
		{"NumericEquals", "${t:key}", "5", false},
	})
}

func TestMissingAndMultivaluedKeys(t *testing.T) {
	t.Parallel()
	ab := []string{"a", "b"}
	none := []string{}
	empty := []string{""}
	tests := []struct {
		operator string
		policy   []string
		request  []string // nil: the key is missing
		want     bool
	}{
		// Several values in the policy: OR, and NOR for negated operators.
		{"StringEquals", ab, []string{"b"}, true},
		{"StringEquals", ab, []string{"c"}, false},
		{"StringNotEquals", ab, []string{"b"}, false},
		{"StringNotEquals", ab, []string{"c"}, true},
		{"StringEquals", nil, []string{"c"}, false},
		// A missing key.
		{"StringEquals", ab, nil, false},
		{"StringNotEquals", ab, nil, true},
		{"ArnNotLike", ab, nil, true},
		{"NotIpAddress", ab, nil, true},
		{"NumericNotEquals", ab, nil, true},
		{"Bool", []string{"false"}, nil, false},
		{"BoolIfExists", []string{"true"}, nil, true},
		{"BoolIfExists", []string{"true"}, []string{"false"}, false},
		{"StringEqualsIfExists", ab, none, true},
		{"StringNotEqualsIfExists", ab, nil, true},
		{"StringNotEqualsIfExists", ab, []string{"a"}, false},
		{"Null", []string{"true"}, nil, true},
		{"Null", []string{"true"}, none, true},
		{"Null", []string{"true"}, []string{"a"}, false},
		{"Null", []string{"false"}, []string{"a"}, true},
		{"Null", []string{"false"}, nil, false},
		// Sets.
		{"ForAllValues:StringEquals", ab, []string{"a"}, true},
		{"ForAllValues:StringEquals", ab, []string{"a", "b"}, true},
		{"ForAllValues:StringEquals", ab, []string{"a", "c"}, false},
		{"ForAllValues:StringEquals", ab, nil, true},
		{"ForAllValues:StringEquals", ab, none, true},
		{"ForAllValues:StringEquals", ab, empty, true},
		{"ForAllValues:StringLike", []string{"a*"}, []string{"ab", "ac"}, true},
		{"ForAllValues:StringNotEquals", ab, []string{"c", "d"}, true},
		{"ForAllValues:StringNotEquals", ab, []string{"c", "a"}, false},
		{"ForAllValues:StringNotEquals", ab, nil, true},
		{"ForAnyValue:StringEquals", ab, []string{"c", "a"}, true},
		{"ForAnyValue:StringEquals", ab, []string{"c"}, false},
		{"ForAnyValue:StringEquals", ab, nil, false},
		{"ForAnyValue:StringEquals", ab, empty, false},
		{"ForAnyValue:StringNotEquals", ab, []string{"a", "c"}, true},
		{"ForAnyValue:StringNotEquals", ab, []string{"a", "b"}, false},
		{"ForAnyValue:StringNotEquals", ab, nil, false},
		{"ForAllValues:StringEqualsIfExists", ab, []string{"c"}, false},
		{"ForAnyValue:StringEqualsIfExists", ab, nil, true},
	}
	for _, tt := range tests {
		if got := holds(t, tt.operator, tt.policy, tt.request); got != tt.want {
			t.Errorf("%s policy %q request %q: %v, want %v", tt.operator, tt.policy, tt.request, got, tt.want)
		}
	}
}

func TestWildcard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"*", "", true},
		{"**", "abc", true},
		{"?", "", false},
		{"?", "é", true},
		{"??", "é", false},
		{"a*b*c", "a:x/b:c", true},
		{"*é", "aéé", true},
		{"*??ab", "€ab", false},
		{"*??", "éa", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
	}
	for _, tt := range tests {
		if got := match(tt.pattern, tt.s); got != tt.want {
			t.Errorf("match(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
	if match("GET", "get") || !matchFold("s3:get*", "S3:GetObject") {
		t.Error("case: match must mind it, matchFold must not")
	}
}
