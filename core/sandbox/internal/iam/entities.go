package iam

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// target reads the name of the role or user an operation is about. GetUser and the
// access key operations mean the caller when they name nobody.
func (k kind) target(r *request) string {
	max := 64
	if k == userKind {
		max = 128
	}
	return r.name(k.noun+"Name", max)
}

// begin reads and checks the target and asks for permission: what every operation on
// one existing role or user does first. Extra condition keys are added to the
// target's own.
func (k kind) begin(r *request, name, action string, extra map[string][]string) *api.Error {
	if err := r.check(); err != nil {
		return err
	}
	arn, context := r.resource(k, name)
	for key, values := range extra {
		context[key] = values
	}
	return r.allow(action, arn, context)
}

// newEntity checks what creating a role or user needs and stores it. The caller has
// been authorised; fill completes the entity under the lock.
func (r *request) newEntity(k kind, name, path string, fill func(*entity) *api.Error) (*entity, *api.Error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if existing := r.acct.entities[keyOf(k, name)].current(); existing != nil {
		return nil, api.Errorf(http.StatusConflict, "EntityAlreadyExists", "%s with name %s already exists.", k.noun, name)
	}
	if len(r.acct.list(k)) >= k.perAccount {
		return nil, limitExceeded("Cannot exceed quota for %ssPerAccount: %d", k.noun, k.perAccount)
	}
	e := &entity{
		kind: k, account: r.acct.id, name: name, path: path, id: newID(k.idPrefix),
		arn: r.acct.entityARN(k, path, name), created: r.Now, inline: map[string]document{},
	}
	if err := fill(e); err != nil {
		return nil, err
	}
	r.s.storeEntity(r.acct, e, r.Now)
	return e, nil
}

// creation reads what CreateRole and CreateUser have in common, and asks for the
// permissions: the creation's own, and tagging when tags come with it.
func (k kind) creation(r *request) (name, path, boundary string, tags []tag, err *api.Error) {
	name, path = k.target(r), r.path("Path")
	boundary, hasBoundary := r.optional("PermissionsBoundary", 2048)
	tags = r.tags()
	if err := r.check(); err != nil {
		return "", "", "", nil, err
	}
	context := requestTags(tags)
	if hasBoundary {
		context["iam:PermissionsBoundary"] = []string{boundary}
	}
	arn := r.acct.entityARN(k, path, name)
	if err := r.allow("Create"+k.noun, arn, context); err != nil {
		return "", "", "", nil, err
	}
	if len(tags) > 0 {
		if err := r.allow("Tag"+k.noun, arn, context); err != nil {
			return "", "", "", nil, err
		}
	}
	return name, path, boundary, tags, checkTags(tags)
}

func (k kind) get(r *request) (any, *api.Error) {
	name := ""
	if k == userKind && !r.Form.Has("UserName") {
		name = callerUser(r)
	} else {
		name = k.target(r)
	}
	if err := k.begin(r, name, "Get"+k.noun, nil); err != nil {
		return nil, err
	}
	if name == "" { // the account root, or a role session
		return rootUser(r)
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	e := r.acct.entity(k, name)
	switch {
	case e == nil:
		return nil, notFound(k, name)
	case k == roleKind:
		return struct{ Role roleXML }{r.s.roleShape(e)}, nil
	}
	return struct{ User userXML }{userShape(e)}, nil
}

// rootUser answers GetUser for a caller that is no IAM user.
func rootUser(r *request) (any, *api.Error) {
	if r.Caller.Type != typeRoot {
		return nil, invalid("Must specify userName when calling with non-User credentials")
	}
	return struct{ User userXML }{userXML{
		UserID: r.acct.id, Arn: r.acct.arn("root"), CreateDate: timestamp(r.acct.created),
	}}, nil
}

func (k kind) list(r *request) (any, *api.Error) {
	prefix, hasPrefix := r.optional("PathPrefix", 512)
	p := r.paging()
	if err := r.check(); err != nil {
		return nil, err
	}
	if !hasPrefix {
		prefix = "/"
	}
	if err := r.allow("List"+k.noun+"s", r.acct.arn(k.word+prefix), nil); err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	all := slices.DeleteFunc(r.acct.list(k), func(e *entity) bool { return !strings.HasPrefix(e.path, prefix) })
	entities, info := page(all, func(e *entity) string { return e.name }, p)
	if k == userKind {
		return struct {
			Users members[userXML]
			pageInfo
		}{collect(entities, userSummary), info}, nil
	}
	return struct {
		Roles members[roleXML]
		pageInfo
	}{collect(entities, r.s.roleSummary), info}, nil
}

// collect turns values into the members of a list.
func collect[T, X any](values []T, shape func(T) X) members[X] {
	out := members[X]{}
	for _, v := range values {
		out.Member = append(out.Member, shape(v))
	}
	return out
}

func (k kind) delete(r *request) (any, *api.Error) {
	name := k.target(r)
	if err := k.begin(r, name, "Delete"+k.noun, nil); err != nil {
		return nil, err
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	e := r.acct.entity(k, name)
	switch {
	case e == nil:
		return nil, notFound(k, name)
	case len(e.attached) > 0:
		return nil, deleteConflict("Cannot delete entity, must detach all policies first.")
	case len(e.inline) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete policies first.")
	case len(e.accessKeyIDs) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete access keys first.")
	case len(e.mfaDevices) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete MFA device first.")
	}
	r.s.removeEntity(r.acct, e, r.Now)
	return nil, nil
}
