package templates_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/core/policy"
)

// element is a part of a statement that can be taken away: the whole of it, one of
// its actions, or one of its resources.
type element struct {
	owner, policy, statement string
	kind, value              string // "action" or "resource"; empty for the whole
}

func (e element) String() string {
	s := e.owner + ", " + e.policy + ", " + e.statement
	if e.kind != "" {
		s += ": " + e.kind + " " + e.value
	}
	return s
}

// elements lists what can be taken from the Allow statements of a document.
func elements(d document) []element {
	var out []element
	for i := range d.doc.Statements {
		s := &d.doc.Statements[i]
		if s.Effect != policy.Allow {
			continue
		}
		e := element{owner: d.owner, policy: d.name, statement: name(s)}
		out = append(out, e)
		for _, a := range s.Action {
			e.kind, e.value = "action", a
			out = append(out, e)
		}
		for _, r := range s.Resource {
			e.kind, e.value = "resource", r
			out = append(out, e)
		}
	}
	return out
}

// name is what a statement is called here: its Sid, or "the statement".
func name(s *policy.Statement) string {
	if s.Sid == "" {
		return "the statement"
	}
	return s.Sid
}

// take returns a document without an element.
func take(doc *policy.Document, e element) *policy.Document {
	out := *doc
	out.Statements = slices.Clone(doc.Statements)
	i := slices.IndexFunc(out.Statements, func(s policy.Statement) bool { return name(&s) == e.statement })
	if i < 0 {
		return doc
	}
	drop := func(from []string) []string {
		kept := []string{} // not nil, which would mean that there is no such element
		for _, v := range from {
			if v != e.value {
				kept = append(kept, v)
			}
		}
		return kept
	}
	switch s := &out.Statements[i]; e.kind {
	case "action":
		s.Action = drop(s.Action)
	case "resource":
		s.Resource = drop(s.Resource)
	default:
		out.Statements = slices.Delete(out.Statements, i, i+1)
	}
	return &out
}

// needs reports whether a call that was allowed is refused without an element of one
// of the documents that applied to it.
func needs(d *decision, doc *policy.Document, e element) bool {
	without := take(doc, e)
	applied := d.applied
	applied.Identity = slices.Clone(applied.Identity)
	for i := range applied.Identity {
		if applied.Identity[i] == doc {
			applied.Identity[i] = without
		}
	}
	if applied.Resource == doc {
		applied.Resource = without
	}
	return !policy.Evaluate(d.ask, applied).Allowed
}

// naming finds out whose document applied to a call.
type naming struct {
	in       *installation
	identity map[string]document // by owner and text
	owners   map[string]document // resource policies, by owner
}

func (in *installation) naming(all []document) naming {
	n := naming{in, map[string]document{}, map[string]document{}}
	for _, d := range all {
		switch d.name {
		case "trust", "policy":
			n.owners[d.owner] = d
		default:
			n.identity[d.owner+string(d.doc.JSON())] = d
		}
	}
	return n
}

// caller is the owner of the identity policies of whoever calls. The operator is the
// only user who matters, and has one policy.
func (n naming) caller(ask *policy.Request) string {
	p := ask.Principal
	if p.RoleARN == "" {
		return "policy"
	}
	return n.role(p.AccountID, p.RoleARN)
}

func (n naming) role(account, arn string) string {
	owner := "role " + arn[strings.LastIndexByte(arn, '/')+1:]
	if account != n.in.Master() {
		owner = "sub-account " + owner
	}
	return owner
}

// resource is the document of the resource that a call is about.
func (n naming) resource(ask *policy.Request) document {
	last := ask.Resource[strings.LastIndexAny(ask.Resource, ":/")+1:]
	switch service, _, _ := strings.Cut(strings.ToLower(ask.Action), ":"); service {
	case "sts":
		return n.owners[n.role(ask.ResourceAccount, ask.Resource)]
	case "sns":
		return n.owners["topic "+last]
	case "kms":
		return n.owners["key alias/CrossAccountManager-Key"]
	case "s3":
		bucket, _, _ := strings.Cut(strings.TrimPrefix(ask.Resource, "arn:aws:s3:::"), "/")
		return n.owners["bucket "+bucket]
	}
	return document{}
}

// used finds for every element the steps of the scenario that would fail without it.
func (n naming) used(all []decision) map[element]map[string]bool {
	out := map[element]map[string]bool{}
	seen := map[string]bool{}
	for i := range all {
		d := &all[i]
		key := fmt.Sprint(d.step, d.ask.Principal, d.ask.Action, d.ask.Resource)
		if !d.answer.Allowed || seen[key] {
			continue
		}
		seen[key] = true
		for _, doc := range d.applied.Identity {
			n.usedOf(d, doc, n.identity[n.caller(&d.ask)+string(doc.JSON())], out)
		}
		if d.applied.Resource != nil {
			n.usedOf(d, d.applied.Resource, n.resource(&d.ask), out)
		}
	}
	return out
}

func (n naming) usedOf(d *decision, doc *policy.Document, known document, out map[element]map[string]bool) {
	if known.doc == nil {
		return
	}
	known.doc = doc // as it was at the time
	for _, e := range elements(known) {
		if !needs(d, doc, e) {
			continue
		}
		if out[e] == nil {
			out[e] = map[string]bool{}
		}
		out[e][d.step] = true
	}
}

// testUsed shows for each statement, each action and each resource that the templates
// and the engine allow, that some call of the scenario is refused without it.
func testUsed(t *testing.T, documents []document, used map[element]map[string]bool) {
	for _, d := range documents {
		for _, e := range elements(d) {
			switch reason := exceptions[e.String()]; {
			case strings.HasPrefix(d.owner, "function "):
				// Lambda decides about its own invocations; they are removed for real.
			case d.owner == "sub-account role "+ops && d.name != "trust":
				// what the organisation's own policy file says
			case len(used[e]) == 0 && reason == "":
				t.Errorf("nothing needs %s", e)
			case len(used[e]) > 0 && reason != "":
				t.Errorf("%s is needed after all, in %v", e, used[e])
			}
		}
	}
}

const noDirectory = "the sandbox has no AWS Directory Service; TestForbidden asks the document"

// exceptions are allowed although no call of the scenario needs them, each for a
// reason that somebody has reviewed.
var exceptions = map[string]string{
	"role " + ops + ", trust, DirectoryService":                        noDirectory,
	"role " + ops + ", trust, DirectoryService: action sts:AssumeRole": noDirectory,
}
