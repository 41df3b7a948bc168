package iam

import (
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Role is what assuming a role needs to know about it.
type Role struct {
	AccountID  string
	Partition  string
	Name       string
	ARN        string
	ID         string           // AROA...
	Trust      *policy.Document // with principals that are gone replaced by their IDs
	MaxSession time.Duration
	Tags       map[string]string
}

// Role returns a role as far as it has propagated; false when there is none.
func (s *Service) Role(arn string) (Role, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.opts.Clock()
	e := s.entityByARN(arn, now)
	if e == nil || e.kind != roleKind {
		return Role{}, false
	}
	r := Role{
		AccountID: e.account, Partition: s.accounts[e.account].partition, Name: e.name, ARN: e.arn, ID: e.id,
		Trust: s.effective(e.trust, now).doc, MaxSession: time.Duration(e.maxSession) * time.Second,
		Tags: map[string]string{},
	}
	for _, t := range e.tags {
		r.Tags[t.Key] = t.Value
	}
	return r, true
}

// RoleByName returns a role by its account and name (without its path).
func (s *Service) RoleByName(accountID, name string) (Role, bool) {
	s.mu.RLock()
	arn := ""
	if a := s.accounts[accountID]; a != nil {
		if e := a.entities[keyOf(roleKind, name)].at(s.opts.Clock()); e != nil {
			arn = e.arn
		}
	}
	s.mu.RUnlock()
	return s.Role(arn)
}

// Exists reports whether the role or user with a unique ID still exists.
func (s *Service) Exists(id string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.entityByID(id, s.opts.Clock()) != nil
}

// Partition is an account's partition; false when the account does not exist.
func (s *Service) Partition(accountID string) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, ok := s.accounts[accountID]
	if !ok {
		return "", false
	}
	return a.partition, true
}

// HasMFADevice reports whether a device belongs to the user.
func (s *Service) HasMFADevice(userID, serial string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.entityByID(userID, s.opts.Clock())
	if e == nil {
		return false
	}
	for _, d := range e.mfaDevices {
		if d == serial {
			return true
		}
	}
	return false
}

// ManagedPolicy returns a managed policy's document as the account sees it, for use
// as a session policy.
func (s *Service) ManagedPolicy(accountID, arn string) (*policy.Document, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a := s.accounts[accountID]
	if a == nil {
		return nil, false
	}
	m := visibleManaged(a, arn, s.opts.Clock())
	if m == nil {
		return nil, false
	}
	return m.standardVersion().doc, true
}

// AccessKey finds a long-term key; it implements api.Credentials.
func (s *Service) AccessKey(id string) (api.AccessKey, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k := s.keys[id]
	if k == nil || !k.active {
		return api.AccessKey{}, false
	}
	a := s.accounts[k.account]
	caller := api.Caller{AccountID: a.id, ARN: a.arn("root"), UserID: a.id, AccessKeyID: id, Type: typeRoot}
	if k.user != "" {
		ref := s.ids[k.user]
		e := a.entities[ref.key].current()
		if e == nil || e.id != k.user {
			return api.AccessKey{}, false
		}
		caller.ARN, caller.UserID, caller.Type = e.arn, e.id, typeUser
	}
	caller.PrincipalARN = caller.ARN
	return api.AccessKey{ID: id, Secret: k.secret, Caller: caller}, true
}
