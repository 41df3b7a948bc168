package iam

import (
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

func (k kind) putInline(r *request) (any, *api.Error) {
	name, policyName := k.target(r), r.name("PolicyName", 128)
	text := r.text("PolicyDocument", 131072)
	if err := k.begin(r, name, "Put"+k.noun+"Policy", nil); err != nil {
		return nil, err
	}
	d, err := parseDocument(text, policy.Identity)
	if err != nil {
		return nil, err
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		e.inline[policyName] = d
		if e.inlineSize() > k.inlineLimit {
			return inlineExceeded(k, name)
		}
		return nil
	})
}

// inlineSize is what IAM counts: the characters of all inline policies, without
// white space.
func (e *entity) inlineSize() int {
	size := 0
	for _, d := range e.inline {
		size += policy.Size([]byte(d.text))
	}
	return size
}

func (k kind) getInline(r *request) (any, *api.Error) {
	name, policyName := k.target(r), r.name("PolicyName", 128)
	if err := k.begin(r, name, "Get"+k.noun+"Policy", nil); err != nil {
		return nil, err
	}
	e := r.find(k, name)
	if e == nil {
		return nil, notFound(k, name)
	}
	d, ok := e.inline[policyName]
	if !ok {
		return nil, noInline(k, policyName)
	}
	type result struct {
		RoleName       string `xml:",omitempty"`
		UserName       string `xml:",omitempty"`
		PolicyName     string
		PolicyDocument string
	}
	out := result{PolicyName: policyName, PolicyDocument: encode(d.text)}
	if k == roleKind {
		out.RoleName = name
	} else {
		out.UserName = name
	}
	return out, nil
}

func noInline(k kind, policyName string) *api.Error {
	return noSuchEntity("The %s policy with name %s cannot be found.", k.word, policyName)
}

func (k kind) deleteInline(r *request) (any, *api.Error) {
	name, policyName := k.target(r), r.name("PolicyName", 128)
	if err := k.begin(r, name, "Delete"+k.noun+"Policy", nil); err != nil {
		return nil, err
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		if _, ok := e.inline[policyName]; !ok {
			return noInline(k, policyName)
		}
		delete(e.inline, policyName)
		return nil
	})
}

func (k kind) listInline(r *request) (any, *api.Error) {
	name, p := k.target(r), r.paging()
	if err := k.begin(r, name, "List"+k.noun+"Policies", nil); err != nil {
		return nil, err
	}
	e := r.find(k, name)
	if e == nil {
		return nil, notFound(k, name)
	}
	names, info := page(slices.Sorted(maps.Keys(e.inline)), strings.Clone, p)
	return struct {
		PolicyNames members[string]
		pageInfo
	}{members[string]{names}, info}, nil
}
