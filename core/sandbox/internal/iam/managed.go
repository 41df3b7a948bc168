package iam

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	managedLimit = 6144 // characters without white space
	versionLimit = 5
)

// managedPolicy is one state of a managed policy; never changed once stored.
type managedPolicy struct {
	arn, name, path, id, description string
	created, updated                 time.Time
	versions                         []version // oldest first
	standard                         int       // number of the default version
	last                             int       // the highest number ever given
	tags                             []tag
	aws                              bool // managed by AWS
}

type version struct {
	number  int
	created time.Time
	document
}

func (m *managedPolicy) find(id string) (version, bool) {
	i := slices.IndexFunc(m.versions, func(v version) bool { return v.id() == id })
	if i < 0 {
		return version{}, false
	}
	return m.versions[i], true
}

func (v version) id() string { return "v" + strconv.Itoa(v.number) }

// standardVersion is the default version, the one in effect.
func (m *managedPolicy) standardVersion() version {
	v, _ := m.find("v" + strconv.Itoa(m.standard))
	return v
}

func (m *managedPolicy) clone() *managedPolicy {
	c := *m
	c.versions = slices.Clone(m.versions)
	return &c
}

// managed lists the account's own policies, by ARN. The caller holds the lock.
func (a *account) managed() []*managedPolicy {
	var out []*managedPolicy
	for _, t := range a.policies {
		if m := t.current(); m != nil {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(x, y *managedPolicy) int { return strings.Compare(x.arn, y.arn) })
	return out
}

// policyTimeline finds a policy's history by its ARN; nil when there is none.
func (a *account) policyTimeline(arn string) *timeline[managedPolicy] {
	return a.policies[strings.ToLower(arn[strings.LastIndexByte(arn, '/')+1:])]
}

// managedByARN returns the newest state of a policy of the account or of AWS. The
// caller holds the lock.
func (s *Service) managedByARN(a *account, arn string) *managedPolicy {
	if m, ok := awsManaged(arn, a.partition); ok {
		return m
	}
	if m := a.policyTimeline(arn).current(); m != nil && m.arn == arn {
		return m
	}
	return nil
}

// visibleManaged is managedByARN as authorisation sees it.
func visibleManaged(a *account, arn string, now time.Time) *managedPolicy {
	if m, ok := awsManaged(arn, a.partition); ok {
		return m
	}
	if m := a.policyTimeline(arn).at(now); m != nil && m.arn == arn {
		return m
	}
	return nil
}

// beginPolicy reads the policy's ARN and asks for permission.
func beginPolicy(r *request, action string) (string, *api.Error) {
	arn := r.arn("PolicyArn")
	if err := r.check(); err != nil {
		return "", err
	}
	if !isPolicyARN(arn, r.acct.partition) {
		return "", invalidARN(arn)
	}
	return arn, r.allow(action, arn, nil)
}

// lookup returns the newest state of a policy.
func (r *request) lookup(arn string) (*managedPolicy, *api.Error) {
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	m := r.s.managedByARN(r.acct, arn)
	if m == nil {
		return nil, noPolicy(arn)
	}
	return m, nil
}

func noPolicy(arn string) *api.Error { return noSuchEntity("Policy %s was not found.", arn) }

// changePolicy applies a change to the newest state of a policy of the account.
// remove ends the policy after the change.
func (r *request) changePolicy(arn string, apply func(*managedPolicy) (remove bool, err *api.Error)) *api.Error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	m := r.s.managedByARN(r.acct, arn)
	switch {
	case m == nil:
		return noPolicy(arn)
	case m.aws:
		return api.Errorf(http.StatusForbidden, "AccessDenied", "Policy %s is managed by AWS and cannot be changed.", arn)
	}
	next := m.clone()
	remove, err := apply(next)
	if err != nil {
		return err
	}
	next.updated = r.Now
	if remove {
		next = nil
	}
	r.acct.policyTimeline(arn).set(next, r.s.visibleAt(r.Now), r.Now)
	return nil
}

func createPolicy(r *request) (any, *api.Error) {
	name, path := r.name("PolicyName", 128), r.path("Path")
	text := r.text("PolicyDocument", 131072)
	description, _ := r.optional("Description", 1000)
	tags := r.tags()
	if err := r.check(); err != nil {
		return nil, err
	}
	arn := r.acct.arn("policy" + path + name)
	if err := r.allow("CreatePolicy", arn, requestTags(tags)); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		if err := r.allow("TagPolicy", arn, requestTags(tags)); err != nil {
			return nil, err
		}
	}
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	d, err := parseManaged(text)
	if err != nil {
		return nil, err
	}
	m := &managedPolicy{
		arn: arn, name: name, path: path, id: newID("ANPA"), description: description,
		created: r.Now, updated: r.Now, standard: 1, last: 1, tags: tags,
		versions: []version{{1, r.Now, d}},
	}
	if err := r.storePolicy(m); err != nil {
		return nil, err
	}
	return struct{ Policy policyXML }{m.shape(0, 0)}, nil
}

func (r *request) storePolicy(m *managedPolicy) *api.Error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	key := strings.ToLower(m.name)
	t := r.acct.policies[key]
	if t.current() != nil {
		return api.Errorf(http.StatusConflict, "EntityAlreadyExists", "A policy called %s already exists. Duplicate names are not allowed.", m.name)
	}
	if t == nil {
		t = &timeline[managedPolicy]{}
		r.acct.policies[key] = t
	}
	t.set(m, r.s.visibleAt(r.Now), r.Now)
	return nil
}

func parseManaged(text string) (document, *api.Error) {
	d, err := parseDocument(text, policy.Identity)
	if err == nil && policy.Size([]byte(text)) > managedLimit {
		err = limitExceeded("Cannot exceed quota for PolicySize: %d", managedLimit)
	}
	return d, err
}

func deletePolicy(r *request) (any, *api.Error) {
	arn, err := beginPolicy(r, "DeletePolicy")
	if err != nil {
		return nil, err
	}
	return nil, r.changePolicy(arn, func(m *managedPolicy) (bool, *api.Error) {
		attached, bounds := r.acct.users(arn)
		switch {
		case len(attached)+len(bounds) > 0:
			return false, deleteConflict("Cannot delete a policy attached to entities.")
		case len(m.versions) > 1:
			return false, deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		return true, nil
	})
}

// users lists the entities to which a policy is attached, and those it bounds. The
// caller holds the lock.
func (a *account) users(arn string) (attached, bounds []*entity) {
	for _, k := range []kind{roleKind, userKind} {
		for _, e := range a.list(k) {
			if slices.Contains(e.attached, arn) {
				attached = append(attached, e)
			}
			if e.boundary == arn {
				bounds = append(bounds, e)
			}
		}
	}
	return attached, bounds
}
