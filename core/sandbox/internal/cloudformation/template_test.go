package cloudformation

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// testScope is a template's scope with resources that answer like a topic.
func testScope(t *testing.T, template string, given map[string]string) *scope {
	t.Helper()
	tmpl, err := parseTemplate(template)
	if err != nil {
		t.Fatalf("parseTemplate: %v", err)
	}
	all := map[string]givenParameter{}
	for k, v := range given {
		all[k] = givenParameter{value: v}
	}
	values, err := tmpl.resolveParameters(all, nil)
	if err != nil {
		t.Fatalf("resolveParameters: %v", err)
	}
	st := &stack{
		name: "demo", id: "arn:stack", account: "012345670123", region: "cn-north-1",
		resources: map[string]*resource{"Topic": {
			id: "Topic", typ: "AWS::SNS::Topic", physicalID: "the-topic", attributes: map[string]any{"TopicName": "news"},
		}},
	}
	s, err := tmpl.newScope(values, st.pseudo())
	if err != nil {
		t.Fatalf("newScope: %v", err)
	}
	s.resource = func(id, attribute string) (any, *api.Error) { return resolve(st, id, attribute) }
	return s
}

const languageTemplate = `
Parameters:
  Env: {Type: String, Default: prod}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
Mappings:
  Sizes: {prod: {count: 3, zones: [x, y]}, test: {count: 1}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Other: !Not [Condition: Prod]
  Either: !Or [!Condition Prod, !Condition Other]
  Both: !And [!Condition Prod, !Condition Other]
Resources:
  Topic: {Type: AWS::SNS::Topic}
`

func TestIntrinsics(t *testing.T) {
	t.Parallel()
	s := testScope(t, languageTemplate, nil)
	for expression, want := range map[string]string{
		`!Ref Env`:                                     `"prod"`,
		`!Ref Zones`:                                   `["a","b","c"]`,
		`!Ref Topic`:                                   `"the-topic"`,
		`!Ref AWS::AccountId`:                          `"012345670123"`,
		`!Ref AWS::Partition`:                          `"aws-cn"`,
		`!Ref AWS::URLSuffix`:                          `"amazonaws.com.cn"`,
		`!Ref AWS::NotificationARNs`:                   `[]`,
		`!GetAtt Topic.TopicName`:                      `"news"`,
		`!GetAtt [Topic, TopicName]`:                   `"news"`,
		`!Sub "${Env}-${Topic}-${!Literal}"`:           `"prod-the-topic-${Literal}"`,
		`!Sub "${Topic.TopicName}:${AWS::StackName}"`:  `"news:demo"`,
		`!Sub ["${A}/${Env}", {A: !Ref Topic}]`:        `"the-topic/prod"`,
		`!Join ["-", [a, !Ref Env, 1, true]]`:          `"a-prod-1-true"`,
		`!Join [",", !Ref Zones]`:                      `"a,b,c"`,
		`!Select [1, !Ref Zones]`:                      `"b"`,
		`!Select ["0", !Split ["|", "x|y"]]`:           `"x"`,
		`!FindInMap [Sizes, !Ref Env, count]`:          `3`,
		`!FindInMap [Sizes, prod, zones]`:              `["x","y"]`,
		`!Base64 abc`:                                  `"YWJj"`,
		`!If [Prod, yes-it-is, !Ref Topic]`:            `"yes-it-is"`,
		`{a: !If [Other, 1, !Ref AWS::NoValue], b: 2}`: `{"b":2}`,
		`[1, !Ref AWS::NoValue, 3]`:                    `[1,3]`,
		`{Condition: {StringEquals: {a: b}}}`:          `{"Condition":{"StringEquals":{"a":"b"}}}`,
		`012345670123`:                                 `"012345670123"`,
		`2012-10-17`:                                   `"2012-10-17"`,
		`1.50`:                                         `1.50`,
		`!!str 15`:                                     `"15"`,
	} {
		v, err := parseDocument("V: " + expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		got, err := s.evaluate(asMap(v)["V"])
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if text := jsonText(got); text != want {
			t.Errorf("%s is %s, want %s", expression, text, want)
		}
	}
	if diff := cmp.Diff(map[string]bool{"Prod": true, "Other": false, "Either": true, "Both": false}, s.conditions); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
}

func TestTemplateErrors(t *testing.T) {
	t.Parallel()
	topic := func(properties string) string {
		return "Parameters: {P: {Type: String}}\nResources:\n  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: " + properties + "}}\n"
	}
	for name, c := range map[string]struct{ template, want string }{
		"empty":          {"", "Template format error: unsupported structure."},
		"list":           {"[1]", "Template format error: unsupported structure."},
		"json":           {`{"Resources": }`, "Template format error: JSON not well-formed. (line 1, column 15)"},
		"yaml":           {"a: [", "Template format error: YAML not well-formed."},
		"alias":          {"A: &x 1\nB: *x", "YAML aliases are not allowed in CloudFormation templates"},
		"no resources":   {"Resources: {}", "At least one Resources member must be defined."},
		"top level":      {"Resource: {}", "Invalid template property or properties [Resource]"},
		"transform":      {"Transform: AWS::Serverless-2016-10-31\nResources: {}", "the sandbox does not offer the section Transform"},
		"no type":        {"Resources: {T: {}}", "[/Resources/T] Every Resources object must contain a Type member."},
		"snapshot":       {"Resources: {T: {Type: AWS::SNS::Topic, DeletionPolicy: Snapshot}}", "Snapshot is not supported"},
		"attribute":      {"Resources: {T: {Type: AWS::SNS::Topic, CreationPolicy: {}}}", "Invalid template resource property 'CreationPolicy'"},
		"logical ID":     {"Resources: {a-b: {Type: AWS::SNS::Topic}}", "Resource name a-b is non alphanumeric."},
		"reference":      {topic("!Ref X"), "Template format error: Unresolved resource dependencies [X] in the Resources block of the template"},
		"sub reference":  {topic(`!Sub "${Y}"`), "Unresolved resource dependencies [Y]"},
		"depends on":     {"Resources: {T: {Type: AWS::SNS::Topic, DependsOn: Z}}", "Unresolved resource dependencies [Z]"},
		"getatt":         {topic("!GetAtt X.Arn"), "Template error: instance of Fn::GetAtt references undefined resource X"},
		"getatt name":    {"Resources: {T: {Type: AWS::SNS::Topic}, U: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt T.Nope}}}", "resource T does not support attribute type Nope in Fn::GetAtt"},
		"function":       {topic("!ImportValue x"), "the sandbox does not offer the function Fn::ImportValue"},
		"condition":      {topic("!If [C, a, b]"), "Unresolved condition dependency C in the Resources block of the template"},
		"output":         {topic("x") + "Outputs: {O: {Value: !Ref X}}", "Unresolved resource dependencies [X] in the Outputs block of the template"},
		"circle":         {"Resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}, B: {Type: AWS::SNS::Topic, DependsOn: A}, C: {Type: AWS::SNS::Topic, DependsOn: A}}", "Circular dependency between resources: [A, B]"},
		"types":          {"Resources: {A: {Type: AWS::X::Y}, B: {Type: AWS::A::B}}", "Unrecognized resource types: [AWS::A::B, AWS::X::Y]"},
		"parameter type": {"Parameters: {P: {Type: AWS::SSM::Parameter::Value<String>}}\nResources: {}", "Unrecognized parameter type: AWS::SSM::Parameter::Value<String>"},
	} {
		_, err := parseTemplate(c.template)
		if err == nil || !strings.Contains(err.Message, c.want) || err.Code != "ValidationError" {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ declaration, value, want string }{
		"pattern":          {"{Type: String, AllowedPattern: '[a-z]+'}", "A", "Parameter 'P' must match pattern [a-z]+"},
		"pattern is whole": {"{Type: String, AllowedPattern: '[a-z]+'}", "ab1", "Parameter 'P' must match pattern"},
		"constraint":       {"{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: Small.}", "A", "Parameter P failed to satisfy constraint: Small."},
		"values":           {"{Type: String, AllowedValues: [a, 30]}", "b", "Parameter 'P' must be one of AllowedValues"},
		"value":            {"{Type: Number, AllowedValues: [a, 30]}", "30", ""},
		"short":            {"{Type: String, MinLength: 2}", "a", "must contain at least 2 characters"},
		"long":             {"{Type: String, MaxLength: 2}", "abc", "must contain at most 2 characters"},
		"number":           {"{Type: Number}", "x", "Parameter 'P' must be a number"},
		"small":            {"{Type: Number, MinValue: 2}", "1.5", "must be a number not less than 2"},
		"large":            {"{Type: Number, MaxValue: 2}", "3", "must be a number not greater than 2"},
		"numbers":          {"{Type: List<Number>}", "1, 2,x", "Parameter 'P' must be a number"},
		"list":             {"{Type: CommaDelimitedList, AllowedValues: [a, b]}", "a, b", ""},
	} {
		tmpl, err := parseTemplate("Parameters: {P: " + c.declaration + "}\nResources: {T: {Type: AWS::SNS::Topic}}")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = tmpl.resolveParameters(map[string]givenParameter{"P": {value: c.value}}, nil)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Message, c.want)):
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestGivenParameters(t *testing.T) {
	t.Parallel()
	tmpl, err := parseTemplate("Parameters: {A: {Type: String}, B: {Type: String}, C: {Type: String, Default: c}}\nResources: {T: {Type: AWS::SNS::Topic}}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = tmpl.resolveParameters(nil, nil)
	if err == nil || err.Message != "Parameters: [A, B] must have values" {
		t.Errorf("missing: %v", err)
	}
	_, err = tmpl.resolveParameters(map[string]givenParameter{"X": {}, "A": {}}, nil)
	if err == nil || err.Message != "Parameters: [X] do not exist in the template" {
		t.Errorf("unknown: %v", err)
	}
	got, err := tmpl.resolveParameters(map[string]givenParameter{"A": {previous: true}, "B": {value: "b"}}, map[string]string{"A": "old", "C": "old"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"A": "old", "B": "b", "C": "c"}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	tmpl, err := parseTemplate(`
Parameters: {Env: {Type: String}, Size: {Type: String}}
Rules:
  Production:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions:
      - Assert: !Contains [[large, huge], !Ref Size]
        AssertDescription: production is large
Resources: {T: {Type: AWS::SNS::Topic}}
`)
	if err != nil {
		t.Fatal(err)
	}
	for values, want := range map[[2]string]bool{{"prod", "large"}: true, {"prod", "small"}: false, {"test", "small"}: true} {
		_, err := tmpl.newScope(map[string]string{"Env": values[0], "Size": values[1]}, nil)
		if (err == nil) != want || err != nil && !strings.Contains(err.Message, "production is large") {
			t.Errorf("%v: %v", values, err)
		}
	}
}

func TestReferenceToAnAbsentResource(t *testing.T) {
	t.Parallel()
	tmpl, err := parseTemplate(`
Conditions: {Never: !Equals [a, b]}
Resources:
  Absent: {Type: AWS::SNS::Topic, Condition: Never}
  User: {Type: AWS::SNS::Topic, DependsOn: Absent, Properties: {DisplayName: !Ref Absent}}
  Fine: {Type: AWS::SNS::Topic, Properties: {DisplayName: !If [Never, !Ref Absent, none]}}
`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = newGoal(&stack{}, tmpl, nil, nil, nil)
	if err == nil || err.Message != "Template format error: Unresolved resource dependencies [Absent] in the Resources block of the template" {
		t.Errorf("got %v", err)
	}
}

func TestPhysicalNames(t *testing.T) {
	t.Parallel()
	for _, stack := range []string{"s", strings.Repeat("long", 30)} {
		for _, id := range []string{"Role", strings.Repeat("Resource", 30)} {
			for _, limit := range []int{63, 64, 255} {
				if name := physicalName(stack, id, limit); len(name) > limit || !strings.Contains(name, "-") {
					t.Errorf("physicalName(%d, %d, %d) has %d characters", len(stack), len(id), limit, len(name))
				}
			}
		}
	}
}

// FuzzTemplate holds that no template makes the parser or the evaluation panic, and
// that what a template evaluates to can be written as JSON.
func FuzzTemplate(f *testing.F) {
	f.Add(languageTemplate)
	f.Add(`{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${T}"}}}}}`)
	f.Add("Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties: !If [a, {b: !GetAtt c.d}, !Ref AWS::NoValue]\n")
	f.Add("Conditions: {A: !Not [!Condition A]}\nResources: {T: {Type: Custom::X, Condition: A}}")
	f.Fuzz(func(t *testing.T, body string) {
		tmpl, err := parseTemplate(body)
		if err != nil {
			if err.Code != "ValidationError" || err.Message == "" {
				t.Fatalf("the error is %+v", err)
			}
			return
		}
		values := map[string]string{}
		for name := range tmpl.parameters {
			values[name] = "1"
		}
		g, err := newGoal(&stack{region: "us-east-1"}, tmpl, values, nil, nil)
		if err != nil {
			return
		}
		g.scope.resource = func(id, attribute string) (any, *api.Error) { return "x", nil }
		for id := range tmpl.resources {
			r, err := g.desired(id, nil)
			if err != nil {
				continue
			}
			if _, err := json.Marshal(r.props); err != nil {
				t.Fatalf("%s: %v", id, err)
			}
		}
	})
}

// What YAML 1.1 says of colons in flow style, which templates with policies are full of.
func TestYAMLFlowStyle(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`V: {a: !Ref AWS::Region, b: 2}`:                      `{"V":{"a":{"Ref":"AWS::Region"},"b":2}}`,
		`V: {a: [s3:Get*, !Ref AWS::Region]}`:                 `{"V":{"a":["s3:Get*",{"Ref":"AWS::Region"}]}}`,
		`V: {Bool: {aws:SecureTransport: false}, x: a:b:c}`:   `{"V":{"Bool":{"aws:SecureTransport":false},"x":"a:b:c"}}`,
		`V: {Bool: {aws:SecureTransport: "false", a:b: [c]}}`: `{"V":{"Bool":{"a:b":["c"],"aws:SecureTransport":"false"}}}`,
		`V: [{a: [arn:aws:iam::012345670123:root, 10:30]}]`:   `{"V":[{"a":["arn:aws:iam::012345670123:root","10:30"]}]}`,
		`{"V":{"a":"b:c","d":[1]}, W: !Sub "${A}:x"}`:         `{"V":{"a":"b:c","d":[1]},"W":{"Fn::Sub":"${A}:x"}}`,
		"V: !Sub |\n  a: ${B}\n  c::d\n":                      `{"V":{"Fn::Sub":"a: ${B}\nc::d\n"}}`,
		"V: # comment\n  - {k: v} # more\n  - 'it''s: x'\n":   `{"V":[{"k":"v"},"it's: x"]}`,
		"012345670123: {name: a}\ntrue: b\n":                  `{"012345670123":{"name":"a"},"true":"b"}`,
		"V:\n  iam:PassedToService: lambda.amazonaws.com\n":   `{"V":{"iam:PassedToService":"lambda.amazonaws.com"}}`,
		"V: !GetAtt\n  - A\n  - B.C\nW: !Select [0, [a]]\n":   `{"V":{"Fn::GetAtt":["A","B.C"]},"W":{"Fn::Select":[0,["a"]]}}`,
	} {
		v, err := parseDocument(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := jsonText(v); got != want {
			t.Errorf("%s is\n%s want\n%s", text, got, want)
		}
	}
}
