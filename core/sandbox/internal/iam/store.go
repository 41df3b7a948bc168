package iam

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
)

// account is one AWS account. Everything in it is guarded by Service.mu.
type account struct {
	id, partition string
	created       time.Time
	alias         string
	entities      map[entityKey]*timeline[entity]
	policies      map[string]*timeline[managedPolicy] // by lower-case name
	saml          map[string]samlProvider             // by name
}

// kind tells roles from users, and carries the words in which IAM speaks of them.
type kind struct {
	noun        string // in operation and parameter names: "Role"
	word        string // in messages and ARNs: "role"
	idPrefix    string
	inlineLimit int // characters of all inline policies together, without white space
	perAccount  int
}

var (
	roleKind = kind{"Role", "role", "AROA", 10240, 1000}
	userKind = kind{"User", "user", "AIDA", 2048, 5000}
)

// entityKey finds a role or user within its account: names are unique without
// regard to case.
type entityKey struct {
	kind string
	name string // lower case
}

type entityRef struct {
	account string
	key     entityKey
}

func keyOf(k kind, name string) entityKey { return entityKey{k.word, strings.ToLower(name)} }

// entity is one state of a role or a user; it is never changed once stored.
type entity struct {
	kind         kind
	account      string
	name, path   string
	id, arn      string
	created      time.Time
	inline       map[string]document
	attached     []string // policy ARNs, in order of attachment
	boundary     string   // policy ARN
	tags         []tag
	description  string   // roles only
	maxSession   int      // roles only; seconds
	trust        *trust   // roles only
	accessKeyIDs []string // users only
	mfaDevices   []string // users only; serial numbers
}

// document is a policy as it was sent, and parsed.
type document struct {
	text string
	doc  *policy.Document
}

// clone copies an entity deeply enough to change the copy.
func (e *entity) clone() *entity {
	c := *e
	c.inline = maps.Clone(e.inline)
	if c.inline == nil {
		c.inline = map[string]document{}
	}
	c.attached = slices.Clone(e.attached)
	c.tags = slices.Clone(e.tags)
	c.accessKeyIDs = slices.Clone(e.accessKeyIDs)
	c.mfaDevices = slices.Clone(e.mfaDevices)
	return &c
}

func (a *account) arn(resource string) string {
	return "arn:" + a.partition + ":iam::" + a.id + ":" + resource
}

func (a *account) entityARN(k kind, path, name string) string {
	return a.arn(k.word + path + name)
}

// entity returns the newest state by its exact name; nil when there is none.
func (a *account) entity(k kind, name string) *entity {
	if e := a.entities[keyOf(k, name)].current(); e != nil && e.name == name {
		return e
	}
	return nil
}

// list returns the newest states of one kind, by name.
func (a *account) list(k kind) []*entity {
	var out []*entity
	for key, t := range a.entities {
		if e := t.current(); key.kind == k.word && e != nil {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(x, y *entity) int { return strings.Compare(x.name, y.name) })
	return out
}

// visibleAt is when a change made now propagates.
func (s *Service) visibleAt(now time.Time) time.Time {
	if s.opts.PropagationDelay == nil {
		return now
	}
	return now.Add(s.opts.PropagationDelay())
}

// storeEntity makes e the newest state of its name. The caller holds the lock.
func (s *Service) storeEntity(a *account, e *entity, now time.Time) {
	key := keyOf(e.kind, e.name)
	t := a.entities[key]
	if t == nil {
		t = &timeline[entity]{}
		a.entities[key] = t
	}
	t.set(e, s.visibleAt(now), now)
	s.ids[e.id] = entityRef{a.id, key}
}

// removeEntity ends an entity. The caller holds the lock.
func (s *Service) removeEntity(a *account, e *entity, now time.Time) {
	a.entities[keyOf(e.kind, e.name)].set(nil, s.visibleAt(now), now)
}

// entityByID returns the state of the entity with a unique ID that is visible at the
// time; nil when it is gone. The caller holds the lock.
func (s *Service) entityByID(id string, now time.Time) *entity {
	ref, ok := s.ids[id]
	if !ok {
		return nil
	}
	if e := s.accounts[ref.account].entities[ref.key].at(now); e != nil && e.id == id {
		return e
	}
	return nil
}

// entityByARN returns the visible state of the role or user with an ARN. The caller
// holds the lock.
func (s *Service) entityByARN(arn string, now time.Time) *entity {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || s.accounts[parts[4]] == nil {
		return nil
	}
	word, rest, _ := strings.Cut(parts[5], "/")
	name := rest[strings.LastIndexByte(rest, '/')+1:]
	e := s.accounts[parts[4]].entities[entityKey{word, strings.ToLower(name)}].at(now)
	if e == nil || e.arn != arn {
		return nil
	}
	return e
}
