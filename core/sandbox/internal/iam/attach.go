package iam

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const attachLimit = 10

func (k kind) attach(r *request) (any, *api.Error) {
	name, arn := k.target(r), r.arn("PolicyArn")
	if err := k.begin(r, name, "Attach"+k.noun+"Policy", policyARNKey(arn)); err != nil {
		return nil, err
	}
	if !isPolicyARN(arn, r.acct.partition) {
		return nil, invalidARN(arn)
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		if r.s.managedByARN(r.acct, arn) == nil {
			return noSuchEntity("Policy %s does not exist or is not attachable.", arn)
		}
		if slices.Contains(e.attached, arn) {
			return nil
		}
		if len(e.attached) >= attachLimit {
			return limitExceeded("Cannot exceed quota for PoliciesPer%s: %d", k.noun, attachLimit)
		}
		e.attached = append(e.attached, arn)
		return nil
	})
}

func (k kind) detach(r *request) (any, *api.Error) {
	name, arn := k.target(r), r.arn("PolicyArn")
	if err := k.begin(r, name, "Detach"+k.noun+"Policy", policyARNKey(arn)); err != nil {
		return nil, err
	}
	if !isPolicyARN(arn, r.acct.partition) {
		return nil, invalidARN(arn)
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		i := slices.Index(e.attached, arn)
		if i < 0 {
			return noSuchEntity("Policy %s was not found.", arn)
		}
		e.attached = slices.Delete(e.attached, i, i+1)
		return nil
	})
}

func policyARNKey(arn string) map[string][]string {
	return map[string][]string{"iam:PolicyARN": {arn}}
}

func invalidARN(arn string) *api.Error {
	return api.Errorf(http.StatusBadRequest, "InvalidInput", "ARN %s is not valid.", arn)
}

// isPolicyARN reports whether an ARN is of a managed policy of the partition.
func isPolicyARN(arn, partition string) bool {
	rest, ok := strings.CutPrefix(arn, "arn:"+partition+":iam::")
	owner, resource, _ := strings.Cut(rest, ":")
	return ok && (owner == "aws" || accountPattern.MatchString(owner)) &&
		strings.HasPrefix(resource, "policy/") && len(resource) > len("policy/")
}

type attachedXML struct {
	PolicyName string
	PolicyArn  string
}

func (k kind) listAttached(r *request) (any, *api.Error) {
	name, p := k.target(r), r.paging()
	prefix, hasPrefix := r.optional("PathPrefix", 512)
	if err := k.begin(r, name, "ListAttached"+k.noun+"Policies", nil); err != nil {
		return nil, err
	}
	e := r.find(k, name)
	if e == nil {
		return nil, notFound(k, name)
	}
	var all []string
	for _, arn := range e.attached {
		_, path, _ := strings.Cut(arn, ":policy")
		if !hasPrefix || strings.HasPrefix(path, prefix) {
			all = append(all, arn)
		}
	}
	slices.Sort(all)
	arns, info := page(all, strings.Clone, p)
	return struct {
		AttachedPolicies members[attachedXML]
		pageInfo
	}{collect(arns, func(arn string) attachedXML {
		return attachedXML{arn[strings.LastIndexByte(arn, '/')+1:], arn}
	}), info}, nil
}

func (k kind) putBoundary(r *request) (any, *api.Error) {
	name, arn := k.target(r), r.arn("PermissionsBoundary")
	extra := map[string][]string{"iam:PermissionsBoundary": {arn}}
	if err := k.begin(r, name, "Put"+k.noun+"PermissionsBoundary", extra); err != nil {
		return nil, err
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		e.boundary = arn
		return r.checkBoundary(arn)
	})
}

// checkBoundary refuses a boundary that is no policy; empty is none. The caller
// holds the lock.
func (r *request) checkBoundary(arn string) *api.Error {
	if arn != "" && r.s.managedByARN(r.acct, arn) == nil {
		return noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn)
	}
	return nil
}

func (k kind) deleteBoundary(r *request) (any, *api.Error) {
	name := k.target(r)
	if err := k.begin(r, name, "Delete"+k.noun+"PermissionsBoundary", nil); err != nil {
		return nil, err
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		if e.boundary == "" {
			return noSuchEntity("The %s with name %s has no permissions boundary.", k.word, name)
		}
		e.boundary = ""
		return nil
	})
}
