package sns

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxPolicy is the size limit of a topic policy in bytes.
const maxPolicy = 30 * 1024

// grantable are the actions that a topic policy may name.
var grantable = []string{
	"gettopicattributes", "settopicattributes", "addpermission", "removepermission", "deletetopic", "subscribe",
	"listsubscriptionsbytopic", "publish", "receive", "getdataprotectionpolicy", "putdataprotectionpolicy",
	"tagresource", "untagresource", "listtagsforresource",
}

// document is a topic policy for adding and removing statements. The order of
// members is the one SNS writes.
type document struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

type statement struct {
	Sid       string         `json:"Sid"`
	Effect    string         `json:"Effect"`
	Principal map[string]any `json:"Principal"`
	Action    any            `json:"Action"`
	Resource  string         `json:"Resource"`
	Condition any            `json:"Condition,omitempty"`
}

func newTopic(arn, name, owner, region string) *topic {
	t := &topic{arn: arn, name: name, owner: owner, region: region, attributes: map[string]string{}}
	t.policyText = defaultPolicy(t)
	t.policyDoc, _ = policy.Parse([]byte(t.policyText), policy.Resource)
	return t
}

// defaultPolicy is the policy that SNS gives to a new topic.
func defaultPolicy(t *topic) string {
	st, _ := json.Marshal(statement{
		Sid: "__default_statement_ID", Effect: "Allow", Principal: map[string]any{"AWS": "*"},
		Action: []string{
			"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
			"SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
		},
		Resource:  t.arn,
		Condition: map[string]any{"StringEquals": map[string]string{"AWS:SourceOwner": t.owner}},
	})
	b, _ := json.Marshal(document{"2008-10-17", "__default_policy_ID", []json.RawMessage{st}})
	return string(b)
}

// setPolicy checks a policy and puts it in force.
func (t *topic) setPolicy(text string) *api.Error {
	if len(text) > maxPolicy {
		return invalid("Policy Error: the policy exceeds the maximum size of %d bytes", maxPolicy)
	}
	doc, issues := policy.Parse([]byte(text), policy.Resource)
	if policy.HasErrors(issues) {
		i := slices.IndexFunc(issues, func(i policy.Issue) bool { return i.Severity == policy.Error })
		return invalid("Policy Error: %s", issues[i].Message)
	}
	for _, st := range doc.Statements {
		for _, a := range slices.Concat(st.Action, st.NotAction) {
			verb, ok := strings.CutPrefix(strings.ToLower(a), "sns:")
			if a != "*" && !(ok && (strings.ContainsAny(verb, "*?") || slices.Contains(grantable, verb))) {
				return invalid("Policy statement action out of service scope!")
			}
		}
		for _, r := range slices.Concat(st.Resource, st.NotResource) {
			if r != t.arn && r != "*" && !strings.ContainsAny(r, "*?$") {
				return invalid("Policy Error: the resource %s is not the topic", r)
			}
		}
	}
	t.policyText, t.policyDoc = text, doc
	return nil
}

func (s *Service) addPermission(c *api.Call) (any, *api.Error) {
	t, err := s.named(c, "TopicArn", "SNS:AddPermission")
	if err != nil {
		return nil, err
	}
	label, accounts, actions := c.Form.Get("Label"), members(c.Form, "AWSAccountId"), members(c.Form, "ActionName")
	if label == "" || len(accounts) == 0 || len(actions) == 0 {
		return nil, invalid("Label, AWSAccountId and ActionName must be present")
	}
	st := statement{Sid: label, Effect: "Allow", Resource: t.arn}
	var principals, qualified []string
	for _, a := range accounts {
		principals = append(principals, "arn:"+api.PartitionOf(t.region)+":iam::"+a+":root")
	}
	for _, a := range actions {
		if !slices.Contains(grantable, strings.ToLower(a)) && a != "*" {
			return nil, invalid("Policy statement action out of service scope!")
		}
		qualified = append(qualified, "SNS:"+a)
	}
	st.Principal, st.Action = map[string]any{"AWS": oneOrMany(principals)}, oneOrMany(qualified)
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, t.edit(func(d *document) *api.Error {
		if slices.Contains(sids(d), label) {
			return invalid("Statement already exists")
		}
		b, _ := json.Marshal(st)
		d.Statement = append(d.Statement, b)
		return nil
	})
}

func (s *Service) removePermission(c *api.Call) (any, *api.Error) {
	t, err := s.named(c, "TopicArn", "SNS:RemovePermission")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, t.edit(func(d *document) *api.Error {
		i := slices.Index(sids(d), c.Form.Get("Label"))
		if i < 0 {
			return nil // removing twice succeeds
		}
		d.Statement = slices.Delete(d.Statement, i, i+1)
		return nil
	})
}

// edit changes the statements of the policy. Service.mu is held.
func (t *topic) edit(change func(*document) *api.Error) *api.Error {
	d, err := readDocument(t.policyText)
	if err != nil {
		return invalid("Policy Error: %v", err)
	}
	if err := change(&d); err != nil {
		return err
	}
	b, _ := json.Marshal(d)
	if len(d.Statement) == 0 { // an empty policy grants nothing
		t.policyText, t.policyDoc = string(b), nil
		return nil
	}
	return t.setPolicy(string(b))
}

// readDocument splits a policy; a single statement need not be a list.
func readDocument(text string) (document, error) {
	var head struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		return document{}, err
	}
	d := document{Version: head.Version, ID: head.ID}
	if json.Unmarshal(head.Statement, &d.Statement) != nil {
		d.Statement = []json.RawMessage{head.Statement}
	}
	return d, nil
}

func sids(d *document) []string {
	var out []string
	for _, raw := range d.Statement {
		var st struct{ Sid string }
		_ = json.Unmarshal(raw, &st)
		out = append(out, st.Sid)
	}
	return out
}

func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func isJSONObject(text string) bool {
	var m map[string]any
	return json.Unmarshal([]byte(text), &m) == nil && m != nil
}
