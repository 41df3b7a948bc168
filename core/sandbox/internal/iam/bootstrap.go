package iam

import (
	"fmt"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// noTime, as the time of effective, means the newest state.
var noTime time.Time

// Key is a long-term access key that the Go API hands out.
type Key struct{ ID, Secret string }

// AddAccount opens an account (12 digits) in a partition ("aws", "aws-cn",
// "aws-us-gov") and returns an access key of its root user.
func (s *Service) AddAccount(id, partition string) (Key, error) {
	if !accountPattern.MatchString(id) {
		return Key{}, fmt.Errorf("iam: account ID %q is not 12 digits", id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts[id] != nil {
		return Key{}, fmt.Errorf("iam: account %s exists", id)
	}
	now := s.opts.Clock()
	s.accounts[id] = &account{
		id: id, partition: partition, created: now,
		entities: map[entityKey]*timeline[entity]{},
		policies: map[string]*timeline[managedPolicy]{},
		saml:     map[string]samlProvider{},
	}
	k := s.newKey(id, "", now)
	return Key{k.id, k.secret}, nil
}

// Accounts lists the IDs of all accounts.
func (s *Service) Accounts() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := make([]string, 0, len(s.accounts))
	for id := range s.accounts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// AddUser creates a user with an access key and inline policies by name. It takes
// effect at once, whatever the propagation delay.
func (s *Service) AddUser(accountID, name string, inline map[string]string) (Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.addEntity(accountID, userKind, name, inline)
	if err != nil {
		return Key{}, err
	}
	k := s.newKey(accountID, e.id, e.created)
	e.accessKeyIDs = []string{k.id}
	return Key{k.id, k.secret}, nil
}

// AddRole creates a role with a trust policy, inline policies by name and attached
// managed policies. It takes effect at once, whatever the propagation delay.
func (s *Service) AddRole(accountID, name, trustPolicy string, inline map[string]string, attached ...string) (arn string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[accountID]
	if a == nil {
		return "", fmt.Errorf("iam: no account %s", accountID)
	}
	t, apiErr := s.newTrust(trustPolicy, a.partition, s.opts.Clock())
	if apiErr != nil {
		return "", fmt.Errorf("iam: role %s: %w", name, apiErr)
	}
	for _, arn := range attached {
		if s.managedByARN(a, arn) == nil {
			return "", fmt.Errorf("iam: role %s: no policy %s", name, arn)
		}
	}
	e, err := s.addEntity(accountID, roleKind, name, inline)
	if err != nil {
		return "", err
	}
	e.trust, e.attached, e.maxSession = t, slices.Clone(attached), defaultMaxSession
	return e.arn, nil
}

// addEntity stores a new entity that is visible at once; it is complete when the
// caller releases the lock.
func (s *Service) addEntity(accountID string, k kind, name string, inline map[string]string) (*entity, error) {
	a := s.accounts[accountID]
	if a == nil {
		return nil, fmt.Errorf("iam: no account %s", accountID)
	}
	key := keyOf(k, name)
	if a.entities[key].current() != nil {
		return nil, fmt.Errorf("iam: %s %s exists", k.word, name)
	}
	now := s.opts.Clock()
	e := &entity{
		kind: k, account: accountID, name: name, path: "/", id: newID(k.idPrefix),
		arn: a.entityARN(k, "/", name), created: now, inline: map[string]document{},
	}
	for policyName, text := range inline {
		d, err := parseDocument(text, policy.Identity)
		if err != nil {
			return nil, fmt.Errorf("iam: policy %s of %s: %w", policyName, name, err)
		}
		e.inline[policyName] = d
	}
	t := a.entities[key]
	if t == nil {
		t = &timeline[entity]{}
		a.entities[key] = t
	}
	t.set(e, now, now)
	s.ids[e.id] = entityRef{a.id, key}
	return e, nil
}

// AddMFADevice registers a virtual device for a user and returns its serial number.
// Any six digits are a code of it.
func (s *Service) AddMFADevice(accountID, user string) (serial string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[accountID]
	if a == nil {
		return "", fmt.Errorf("iam: no account %s", accountID)
	}
	e := a.entity(userKind, user)
	if e == nil {
		return "", fmt.Errorf("iam: no user %s", user)
	}
	next := e.clone()
	serial = a.arn("mfa/" + user)
	next.mfaDevices = append(next.mfaDevices, serial)
	now := s.opts.Clock()
	a.entities[keyOf(userKind, user)].set(next, now, now)
	return serial, nil
}

var _ api.Credentials = (*Service)(nil)
