package iam

import (
	"strconv"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type evaluationXML struct {
	EvalActionName       string
	EvalResourceName     string
	EvalDecision         string
	MatchedStatements    members[string]
	MissingContextValues members[string]
}

// simulatePrincipalPolicy decides actions for a role or user without making them. It
// considers identity policies, the boundary and the policies sent along, as the real
// one does by default; resource policies only when sent.
func simulatePrincipalPolicy(r *request) (any, *api.Error) {
	source := r.arn("PolicySourceArn")
	actions, resources := r.list("ActionNames"), r.list("ResourceArns")
	if len(actions) == 0 {
		r.problem("ActionNames", "null", "Member must not be null")
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.allow("SimulatePrincipalPolicy", source, nil); err != nil {
		return nil, err
	}
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	policies, principal, err := r.simulated(source)
	if err != nil {
		return nil, err
	}
	keys := r.contextEntries()
	keys.set("aws:PrincipalArn", source)
	keys.set("aws:PrincipalAccount", r.acct.id)
	var out struct {
		EvaluationResults members[evaluationXML]
		pageInfo
	}
	for _, action := range actions {
		for _, resource := range resources {
			d := policy.Evaluate(policy.Request{
				Action: action, Resource: resource, ResourceAccount: r.acct.id, Principal: principal, Context: keys,
			}, policies)
			out.EvaluationResults.Member = append(out.EvaluationResults.Member, evaluationXML{
				EvalActionName: action, EvalResourceName: resource, EvalDecision: verdict(d),
			})
		}
	}
	return out, nil
}

func verdict(d policy.Decision) string {
	switch {
	case d.Allowed:
		return "allowed"
	case d.Explicit:
		return "explicitDeny"
	}
	return "implicitDeny"
}

// simulated collects the policies of the simulation and who it is for.
func (r *request) simulated(source string) (policy.Policies, policy.Principal, *api.Error) {
	var out policy.Policies
	r.s.mu.RLock()
	e := r.s.entityByARN(source, r.Now)
	if e == nil || e.account != r.acct.id {
		r.s.mu.RUnlock()
		return out, policy.Principal{}, noSuchEntity("The policy source %s cannot be found.", source)
	}
	out.Identity, out.Boundary = r.s.entityPolicies(e, r.Now)
	r.s.mu.RUnlock()
	for _, text := range r.list("PolicyInputList") {
		d, err := parseDocument(text, policy.Identity)
		if err != nil {
			return out, policy.Principal{}, invalidInput("Invalid Entity Arn or policy: " + err.Message)
		}
		out.Identity = append(out.Identity, d.doc)
	}
	if text := r.Form.Get("ResourcePolicy"); text != "" {
		d, err := parseDocument(text, policy.Resource)
		if err != nil {
			return out, policy.Principal{}, invalidInput(err.Message)
		}
		out.Resource = d.doc
	}
	principal := policy.Principal{AccountID: e.account, ARN: e.arn}
	if e.kind == roleKind {
		principal.RoleARN = e.arn
	}
	return out, principal, nil
}

// contextEntries reads "ContextEntries.member.N.ContextKeyName" and its values.
func (r *request) contextEntries() context {
	keys := newContext()
	for i := 1; ; i++ {
		prefix := "ContextEntries.member." + strconv.Itoa(i) + "."
		name := r.Form.Get(prefix + "ContextKeyName")
		if name == "" {
			return keys
		}
		keys.set(name, r.list(prefix+"ContextKeyValues")...)
	}
}
