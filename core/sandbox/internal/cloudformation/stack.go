package cloudformation

import (
	"context"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// stack is one stack, deleted ones included.
type stack struct {
	id, name        string
	account, region string
	template        *template // nil in REVIEW_IN_PROGRESS
	values          map[string]string
	tags            []tag
	capabilities    []string
	status, reason  string
	created         time.Time
	updated         time.Time // zero before the first update
	deleted         time.Time
	disableRollback bool
	retainOnCreate  bool // RetainExceptOnCreate
	onFailure       string
	timeoutMinutes  int
	protected       bool // termination protection
	resources       map[string]*resource
	outputs         []stackOutput
	events          []stackEvent
	changeSets      []*changeSet
	changeSetID     string // of the last executed change set
	operation       *stackOperation
}

// stackOperation is the running operation of a stack.
type stackOperation struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// resource is a resource of a stack.
type resource struct {
	id, typ        string
	physicalID     string
	status, reason string
	at             time.Time
	declared       *declaration
	props          map[string]any // in canonical form
	attributes     map[string]any
	waits          []string // the resources this one needs
	made           bool     // it exists, or half of it does
}

type stackOutput struct{ key, value, description, export string }

type stackEvent struct {
	id, logicalID, physicalID, typ string
	at                             time.Time
	status, reason, properties     string
	token                          string // ClientRequestToken
}

const (
	stackType       = "AWS::CloudFormation::Stack"
	deleteComplete  = "DELETE_COMPLETE"
	reviewing       = "REVIEW_IN_PROGRESS"
	createFailed    = "CREATE_FAILED"
	deleteFailed    = "DELETE_FAILED"
	userInitiated   = "User Initiated"
	rollbackRequest = "Rollback requested by user."
)

func (st *stack) partition() string { return api.PartitionOf(st.region) }

// pseudo are the pseudo parameters.
func (st *stack) pseudo() map[string]any {
	return map[string]any{
		"AWS::AccountId": st.account, "AWS::Region": st.region, "AWS::Partition": st.partition(),
		"AWS::URLSuffix": urlSuffix(st.partition()), "AWS::StackName": st.name, "AWS::StackId": st.id,
		"AWS::NotificationARNs": []any{},
	}
}

// setStatus changes a stack's status and records the event. s.mu is held.
func (s *Service) setStatus(st *stack, status, reason, token string) {
	st.status, st.reason = status, reason
	st.events = append(st.events, stackEvent{
		id: newUUID(), logicalID: st.name, physicalID: st.id, typ: stackType,
		at: s.opt.Clock().UTC(), status: status, reason: reason, token: token,
	})
}

// setResource changes a resource's status and records the event. s.mu is held.
func (s *Service) setResource(st *stack, r *resource, status, reason, token string) {
	now := s.opt.Clock().UTC()
	r.status, r.reason, r.at = status, reason, now
	e := stackEvent{
		id: r.id + "-" + status + "-" + now.Format("2006-01-02T15:04:05.000Z"), logicalID: r.id, physicalID: r.physicalID,
		typ: r.typ, at: now, status: status, reason: reason, token: token,
	}
	if r.props != nil {
		e.properties = jsonText(r.props)
	}
	st.events = append(st.events, e)
}

// findStack finds a stack by name, which deleted stacks have lost, or by ARN. s.mu is held.
func (s *Service) findStack(c *api.Call, nameOrID string) *stack {
	if strings.HasPrefix(nameOrID, "arn:") {
		st := s.stacks[nameOrID]
		if st == nil || st.account != c.Caller.AccountID || st.region != c.Region {
			return nil
		}
		return st
	}
	for _, st := range s.stacks {
		if st.name == nameOrID && st.account == c.Caller.AccountID && st.region == c.Region && st.status != deleteComplete {
			return st
		}
	}
	return nil
}

// stackARN is the ARN an action on a stack is authorised on; one that does not
// exist has no ID yet.
func stackARN(c *api.Call, name string, st *stack) string {
	switch {
	case st != nil:
		return st.id
	case strings.HasPrefix(name, "arn:"):
		return name
	}
	return newStackID(c, name, "*")
}

func newStackID(c *api.Call, name, id string) string {
	return "arn:" + api.PartitionOf(c.Region) + ":cloudformation:" + c.Region + ":" + c.Caller.AccountID + ":stack/" + name + "/" + id
}

// namedStack authorises an action on the stack the call names, and finds it.
// s.mu is not held.
func (s *Service) namedStack(c *api.Call, action string) (*stack, *api.Error) {
	name := c.Form.Get("StackName")
	if name == "" {
		return nil, invalid("1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null")
	}
	s.mu.Lock()
	st := s.findStack(c, name)
	s.mu.Unlock()
	if err := s.allow(c, action, stackARN(c, name, st), nil); err != nil {
		return nil, err
	}
	if st == nil {
		return nil, noSuchStack(name)
	}
	return st, nil
}

func noSuchStack(name string) *api.Error { return invalid("Stack with id %s does not exist", name) }

func (st *stack) inProgress() bool { return strings.HasSuffix(st.status, "_IN_PROGRESS") }
