package dynamodb

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parseItem reads an item in DynamoDB JSON.
func parseItem(t testing.TB, text string) Item {
	t.Helper()
	var wire wireItem
	if err := json.Unmarshal([]byte(text), &wire); err != nil {
		t.Fatal(err)
	}
	item, err := wire.decode()
	if err != nil {
		t.Fatal(err)
	}
	return item
}

const sample = `{"a":{"N":"5"},"s":{"S":"héllo"},"b":{"B":"AQID"},"t":{"BOOL":true},"z":{"NULL":true},
	"ss":{"SS":["x","y"]},"ns":{"NS":["1","2.0"]},"l":{"L":[{"S":"p"},{"N":"7"},{"M":{"k":{"S":"v"}}}]},
	"m":{"M":{"k":{"N":"1"},"deep":{"L":[{"S":"q"}]}}},"name":{"S":"n"}}`

func sampleBindings(t testing.TB) *bindings {
	t.Helper()
	var values map[string]wireValue
	err := json.Unmarshal([]byte(`{":5":{"N":"5.0"},":4":{"N":"4"},":6":{"N":"6"},":s":{"S":"hé"},":x":{"S":"x"},":p":{"S":"p"},
		":N":{"S":"N"},":bad":{"S":"Q"},":t":{"BOOL":true},":ss":{"SS":["y","x"]},":1":{"N":"1"},":2":{"N":"2"},
		":l":{"L":[{"S":"new"}]},":y":{"SS":["y"]},":b":{"B":"AQI="}}`), &values)
	if err != nil {
		t.Fatal(err)
	}
	b, fail := bind(map[string]string{"#n": "name", "#dot": "a.b"}, values)
	if fail != nil {
		t.Fatal(fail)
	}
	return b
}

func TestConditions(t *testing.T) {
	t.Parallel()
	item := parseItem(t, sample)
	tests := map[string]bool{
		"a = :5": true, "a <> :5": false, ":4 < a": true, "a < :5": false, "a <= :5": true, "a >= :6": false, "a > :4": true,
		"a = :x": false, "a <> :x": true, "a < :x": false, "absent = :5": false, "absent <> :5": true, "NOT absent = :5": true,
		"a BETWEEN :4 AND :6": true, "a between :5 and :5": true, "s BETWEEN :4 AND :6": false,
		"a IN (:4, :5)": true, "a IN (:4)": false, "absent IN (:4)": false,
		"attribute_exists(a)": true, "attribute_exists(m.deep[0])": true, "attribute_exists(m.deep[1])": false,
		"attribute_not_exists(a)": false, "attribute_not_exists(a.b)": true, "attribute_not_exists(#dot)": true,
		"attribute_type(a, :N)": true, "attribute_type(s, :N)": false,
		"begins_with(s, :s)": true, "begins_with(b, :b)": true, "begins_with(#n, :s)": false, "contains(s, :s)": true,
		"contains(ss, :x)": true, "contains(ss, :p)": false, "contains(ns, :2)": true, "contains(l, :p)": true, "contains(l, :x)": false,
		"size(s) = :5": true, "size(b) > :2": true, "size(l) > :2": true, "size(absent) > :1": false, "size(a) > :1": false,
		"ss = :ss": true, "t = :t": true, "l[0] = :p": true, "m.k = :1": true, "l[2].k = :p": false,
		// NOT binds tighter than AND, AND tighter than OR.
		"a = :5 OR a = :4 AND a = :6": true, "(a = :5 OR a = :4) AND a = :6": false,
		"NOT a = :4 AND a = :5": true, "NOT (a = :4 OR a = :5)": false, "NOT NOT a = :5": true, "(a) = (:5)": true,
	}
	for text, want := range tests {
		cond, err := parseCondition("ConditionExpression", text, sampleBindings(t))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := cond.holds(item); got != want {
			t.Errorf("%s = %v, want %v", text, got, want)
		}
	}
}

func TestConditionErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                           "The expression can not be empty;",
		"   ":                        "The expression can not be empty;",
		"a = = :5":                   `Syntax error; token: "=", near: "= = :5"`,
		"a = :5 AND":                 `Syntax error; token: "<EOF>", near: "AND"`,
		"a":                          "Syntax error",
		"a = :5 b":                   "Syntax error",
		"a ! :5":                     `Syntax error; token: "!"`,
		"(a = :5":                    "Syntax error",
		"a.1 = :5":                   "Syntax error",
		"a IN ()":                    "Syntax error",
		"name = :5":                  "Attribute name is a reserved keyword; reserved keyword: name",
		"m.Status = :5":              "reserved keyword: Status",
		"a = :nope":                  "An expression attribute value used in expression is not defined; attribute value: :nope",
		"#nope = :5":                 "An expression attribute name used in the document path is not defined; attribute name: #nope",
		"((a = :5))":                 "The expression has redundant parentheses;",
		"foo(a)":                     "Invalid function name; function: foo",
		"attribute_exists(a, s)":     "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
		"attribute_exists(:5)":       "Operator or function requires a document path; operator or function: attribute_exists",
		"attribute_exists(a) = :5":   "The function is not allowed to be used this way in an expression; function: attribute_exists",
		"size(a)":                    "The function is not allowed to be used this way in an expression; function: size",
		"begins_with(a, :5)":         "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
		"attribute_type(a, :bad)":    "Invalid attribute type name found; type: Q",
		"a < :t":                     "Incorrect operand type for operator or function; operator: <, operand type: BOOL",
		"a = a":                      "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
		"a BETWEEN :6 AND :4":        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:6}",
		"a BETWEEN :6 AND :x":        "The BETWEEN operator requires same data type for lower and upper bounds",
		strings.Repeat("a", 4097):    "Expression size has exceeded the maximum allowed size",
		"a IN (" + inList(101) + ")": "The IN operator is provided with too many operands; number of operands: 101",
		// Syntax is reported before meaning.
		"name = = :nope": "Syntax error",
	}
	for text, want := range tests {
		_, err := parseCondition("ConditionExpression", text, sampleBindings(t))
		if err == nil || !strings.HasPrefix(err.Message, "Invalid ConditionExpression: ") || !strings.Contains(err.Message, want) {
			t.Errorf("%.40s: error %v, want %q", text, err, want)
		}
	}
}

func inList(n int) string { return strings.TrimSuffix(strings.Repeat(":5,", n), ",") }

func TestProjections(t *testing.T) {
	t.Parallel()
	item := parseItem(t, sample)
	tests := map[string]string{
		"a":                  `{"a":{"N":"5"}}`,
		"#n, absent":         `{"name":{"S":"n"}}`,
		"m.k":                `{"m":{"M":{"k":{"N":"1"}}}}`,
		"l[2], l[0]":         `{"l":{"L":[{"S":"p"},{"M":{"k":{"S":"v"}}}]}}`,
		"l[9], m.nope, a.b":  `{}`,
		"m.deep[0], l[2].k":  `{"m":{"M":{"deep":{"L":[{"S":"q"}]}}},"l":{"L":[{"M":{"k":{"S":"v"}}}]}}`,
		"m.deep[0] , m.k, a": `{"m":{"M":{"deep":{"L":[{"S":"q"}]},"k":{"N":"1"}}},"a":{"N":"5"}}`,
	}
	for text, want := range tests {
		paths, err := parseProjection(text, sampleBindings(t))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if diff := cmp.Diff(toJSON(t, parseItem(t, want)), toJSON(t, project(item, paths))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"m, m.k":     "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, k]",
		"l[0], l[0]": "Two document paths overlap with each other",
		"m.k, m[0]":  "Two document paths conflict with each other",
		"a,":         "Syntax error",
	} {
		if _, err := parseProjection(text, sampleBindings(t)); err == nil || !strings.Contains(err.Message, want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func toJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUpdates(t *testing.T) {
	t.Parallel()
	const before = `{"a":{"N":"5"},"l":{"L":[{"S":"0"},{"S":"1"},{"S":"2"}]},"ss":{"SS":["x","y"]},"m":{"M":{"k":{"N":"1"}}},"s":{"S":"t"}}`
	tests := []struct{ expr, want string }{ // want lists the attributes that differ; NULL ones are gone
		{"SET a = a + :1", `{"a":{"N":"6"}}`},
		{"SET a = :1 - a, c = a", `{"a":{"N":"-4"},"c":{"N":"5"}}`},
		{"SET a = s, s = a", `{"a":{"S":"t"},"s":{"N":"5"}}`},
		{"SET a = if_not_exists(a, :1), c = if_not_exists(nope, :1) + :4", `{"c":{"N":"5"}}`},
		{"SET l = list_append(:l, l)", `{"l":{"L":[{"S":"new"},{"S":"0"},{"S":"1"},{"S":"2"}]}}`},
		{"SET l[1] = :x, l[9] = :p", `{"l":{"L":[{"S":"0"},{"S":"x"},{"S":"2"},{"S":"p"}]}}`},
		{"REMOVE l[0], l[2], l[7] SET m.j = :x", `{"l":{"L":[{"S":"1"}]},"m":{"M":{"k":{"N":"1"},"j":{"S":"x"}}}}`},
		{"remove a, nope", `{"a":{"NULL":true}}`},
		{"ADD a :1, c :4, ss :y", `{"a":{"N":"6"},"c":{"N":"4"}}`},
		{"ADD m.k :1", `{"m":{"M":{"k":{"N":"2"}}}}`},
		{"DELETE ss :y, nope :y", `{"ss":{"SS":["x"]}}`},
		{"DELETE ss :ss", `{"ss":{"NULL":true}}`},
	}
	for _, tt := range tests {
		want := parseItem(t, before)
		for name, v := range parseItem(t, tt.want) {
			if want[name] = v; v.typeName() == "NULL" {
				delete(want, name)
			}
		}
		u, _, err := parseUpdate(tt.expr, sampleBindings(t))
		if err != nil {
			t.Errorf("%s: %v", tt.expr, err)
			continue
		}
		old := parseItem(t, before)
		got, err := u.apply(old)
		if err != nil {
			t.Errorf("%s: %v", tt.expr, err)
			continue
		}
		if diff := cmp.Diff(toJSON(t, want), toJSON(t, got)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.expr, diff)
		}
		if diff := cmp.Diff(toJSON(t, parseItem(t, before)), toJSON(t, old)); diff != "" {
			t.Errorf("%s changed the old item: (-want +got)\n%s", tt.expr, diff)
		}
	}
}

func TestUpdateErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"SET":                            "Syntax error",
		"SET a":                          "Syntax error",
		"SET a = :1,":                    "Syntax error",
		"PUT a = :1":                     `Syntax error; token: "PUT"`,
		"SET a = :1 SET b = :1":          `The "SET" section can only be used once in an update expression;`,
		"SET m.k = :1 REMOVE m":          "Two document paths overlap with each other",
		"SET a = :1, a = :2":             "path one: [a], path two: [a]",
		"SET a = foo(:1)":                "Invalid function name; function: foo",
		"SET a = if_not_exists(:1, :2)":  "Operator or function requires a document path; operator or function: if_not_exists",
		"SET a = list_append(:1, :l)":    "Incorrect operand type for operator or function; operator or function: list_append, operand type: N",
		"SET a = :1 + :x":                "Incorrect operand type for operator or function; operator or function: +, operand type: S",
		"ADD a :x":                       "Incorrect operand type for operator or function; operator: ADD, operand type: STRING",
		"DELETE ss :1":                   "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER",
		"SET name = :1":                  "reserved keyword: name",
		"SET a = list_append(:l)":        "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1",
		"SET a = nope":                   "The provided expression refers to an attribute that does not exist in the item",
		"SET nope.b = :1":                "The document path provided in the update expression is invalid for update",
		"SET a.b = :1":                   "The document path provided in the update expression is invalid for update",
		"SET s = s + :1":                 "An operand in the update expression has an incorrect data type",
		"ADD s :1":                       "An operand in the update expression has an incorrect data type",
		"DELETE a :y":                    "An operand in the update expression has an incorrect data type",
		"SET a = list_append(a, :l)":     "An operand in the update expression has an incorrect data type",
		"REMOVE nope.b":                  "The document path provided in the update expression is invalid for update",
		"SET l[99999999999999999999]=:1": "List index is not within the allowable range",
	}
	for text, want := range tests {
		u, _, err := parseUpdate(text, sampleBindings(t))
		if err == nil {
			_, err = u.apply(parseItem(t, sample))
		}
		if err == nil || !strings.Contains(err.Message, want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func FuzzParseExpression(f *testing.F) {
	for _, seed := range []string{
		"a = :5", "NOT (a < :5 AND size(s) > :1) OR contains(l, :x)", "a BETWEEN :4 AND :6", "a IN (:4, :5)",
		"SET a = if_not_exists(a, :1) + :4 REMOVE l[0], m.k ADD c :1 DELETE ss :y", "m.deep[0], #n", "((a))", "size(", "a[", "#", ":",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		item := parseItem(t, sample)
		if cond, err := parseCondition("FilterExpression", text, sampleBindings(t)); err == nil {
			cond.holds(item)
			if keys, err := splitKeyCondition(cond); err == nil {
				_, _ = keys.resolve(&index{part: keyAttribute{"a", "N"}, sort: &keyAttribute{"s", "S"}})
			}
		}
		if paths, err := parseProjection(text, sampleBindings(t)); err == nil {
			project(item, paths)
		}
		if u, _, err := parseUpdate(text, sampleBindings(t)); err == nil {
			if updated, err := u.apply(item); err == nil {
				toJSON(t, updated)
				project(updated, u.paths())
			}
			if !equal(item, parseItem(t, sample)) {
				t.Fatalf("%q changed the old item", text)
			}
		}
	})
}
