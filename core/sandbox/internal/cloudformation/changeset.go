package cloudformation

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// changeSet is a change set of a stack. Its plan is made when it is created.
type changeSet struct {
	id, name    string
	description string
	create      bool // of type CREATE
	goal        *goal
	changes     []resourceChange
	created     time.Time
	status      string // CREATE_COMPLETE or FAILED
	reason      string
	execution   string // AVAILABLE, UNAVAILABLE, EXECUTE_IN_PROGRESS, EXECUTE_COMPLETE, OBSOLETE
	onFailure   string // OnStackFailure
}

var changeSetName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

const noChanges = "The submitted information didn't contain changes. Submit different information to create a change set."

func (s *Service) createChangeSet(c *api.Call) (any, *api.Error) {
	stackName, name := c.Form.Get("StackName"), c.Form.Get("ChangeSetName")
	s.mu.Lock()
	st := s.findStack(c, stackName)
	s.mu.Unlock()
	if err := s.allow(c, "CreateChangeSet", stackARN(c, stackName, st), map[string][]string{"cloudformation:changesetname": {name}}); err != nil {
		return nil, err
	}
	if !changeSetName.MatchString(name) {
		return nil, invalid("1 validation error detected: Value '%s' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", name)
	}
	cs := &changeSet{
		name: name, description: c.Form.Get("Description"), onFailure: c.Form.Get("OnStackFailure"), created: s.opt.Clock().UTC(),
		id: "arn:" + api.PartitionOf(c.Region) + ":cloudformation:" + c.Region + ":" + c.Caller.AccountID + ":changeSet/" + name + "/" + newUUID(),
	}
	switch kind := c.Form.Get("ChangeSetType"); kind {
	case "CREATE":
		cs.create = true
		return s.newStackChangeSet(c, st, stackName, cs)
	case "", "UPDATE":
		if st == nil {
			return nil, invalid("Stack [%s] does not exist", stackName)
		}
		return s.updateChangeSet(c, st, cs)
	default:
		return nil, invalid("The sandbox does not offer the ChangeSetType %s.", kind)
	}
}

type changeSetResult struct {
	ID      string `xml:"Id"`
	StackID string `xml:"StackId"`
}

// newStackChangeSet makes a change set, and the stack in review that it is for.
func (s *Service) newStackChangeSet(c *api.Call, st *stack, stackName string, cs *changeSet) (any, *api.Error) {
	if st != nil && st.status != reviewing {
		return nil, invalid("Stack [%s] already exists and cannot be created again with the changeSet [%s].", stackName, cs.name)
	}
	if err := checkRefused(c.Form); err != nil {
		return nil, err
	}
	target := st
	if target == nil {
		var err *api.Error
		if target, err = s.newStack(c, stackName); err != nil {
			return nil, err
		}
	}
	tags, _, err := formTags(c.Form)
	if err != nil {
		return nil, err
	}
	t, err := s.callTemplate(c)
	if err != nil {
		return nil, err
	}
	if cs.goal, err = callGoal(c, target, t, tags, nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.findStack(c, stackName); now != st {
		return nil, stackExists(stackName)
	}
	if err := s.addChangeSet(target, cs); err != nil {
		return nil, err
	}
	if st == nil {
		s.stacks[target.id] = target
		s.setStatus(target, reviewing, userInitiated, c.Form.Get("ClientToken"))
	}
	return changeSetResult{cs.id, target.id}, nil
}

func (s *Service) updateChangeSet(c *api.Call, st *stack, cs *changeSet) (any, *api.Error) {
	g, err := s.updateGoal(c, st)
	if err != nil {
		return nil, err
	}
	cs.goal = g
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.addChangeSet(st, cs); err != nil {
		return nil, err
	}
	return changeSetResult{cs.id, st.id}, nil
}

// addChangeSet plans a change set and gives it to the stack. s.mu is held.
func (s *Service) addChangeSet(st *stack, cs *changeSet) *api.Error {
	if slices.ContainsFunc(st.changeSets, func(other *changeSet) bool { return other.name == cs.name }) {
		return api.Errorf(400, "AlreadyExistsException", "ChangeSet [%s] already exists", cs.name)
	}
	changes, err := s.plan(st, cs.goal)
	if err != nil {
		return err
	}
	cs.changes, cs.status, cs.execution = changes, "CREATE_COMPLETE", "AVAILABLE"
	if !cs.create && st.changesNothing(cs.goal, changes) {
		cs.status, cs.execution, cs.reason = "FAILED", "UNAVAILABLE", noChanges
	}
	st.changeSets = append(st.changeSets, cs)
	return nil
}

// namedChangeSet authorises an action on the change set the call names, by name and
// stack or by ARN, and finds it.
func (s *Service) namedChangeSet(c *api.Call, action string) (*stack, *changeSet, *api.Error) {
	name, stackName := c.Form.Get("ChangeSetName"), c.Form.Get("StackName")
	s.mu.Lock()
	st, cs := s.findChangeSet(c, name, stackName)
	s.mu.Unlock()
	resource := stackARN(c, stackName, st)
	if st == nil && stackName == "" {
		resource = "*"
	}
	if err := s.allow(c, action, resource, map[string][]string{"cloudformation:changesetname": {name}}); err != nil {
		return nil, nil, err
	}
	if stackName != "" && st == nil {
		return nil, nil, invalid("Stack [%s] does not exist", stackName)
	}
	if cs == nil {
		return nil, nil, api.Errorf(404, "ChangeSetNotFound", "ChangeSet [%s] does not exist", name)
	}
	return st, cs, nil
}

// findChangeSet finds a change set. s.mu is held.
func (s *Service) findChangeSet(c *api.Call, name, stackName string) (*stack, *changeSet) {
	stacks := s.accountStacks(c)
	if stackName != "" {
		st := s.findStack(c, stackName)
		if st == nil {
			return nil, nil
		}
		stacks = []*stack{st}
	}
	for _, st := range stacks {
		for _, cs := range st.changeSets {
			if cs.id == name || stackName != "" && cs.name == name {
				return st, cs
			}
		}
	}
	if stackName != "" {
		return stacks[0], nil
	}
	return nil, nil
}

func (s *Service) executeChangeSet(c *api.Call) (any, *api.Error) {
	st, cs, err := s.namedChangeSet(c, "ExecuteChangeSet")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if cs.execution != "AVAILABLE" {
		return nil, api.Errorf(400, "InvalidChangeSetStatus", "ChangeSet [%s] cannot be executed in its current status of [%s]", cs.id, cs.status)
	}
	if !cs.create {
		if err := st.checkUpdatable(); err != nil {
			return nil, err
		}
	}
	disable := c.Form.Get("DisableRollback") == "true"
	st.retainOnCreate = c.Form.Get("RetainExceptOnCreate") == "true"
	st.disableRollback = disable
	st.changeSetID = cs.id
	for _, other := range st.changeSets {
		other.execution = "OBSOLETE"
	}
	cs.execution = "EXECUTE_COMPLETE"
	st.changeSets = nil // a stack keeps none once one of them is executed
	if !cs.create {
		s.startUpdate(c, st, cs.goal)
		return struct{}{}, nil
	}
	switch {
	case disable || cs.onFailure == "DO_NOTHING":
		st.onFailure, st.disableRollback = "DO_NOTHING", true
	case cs.onFailure == "DELETE":
		st.onFailure = "DELETE"
	}
	s.startCreate(c, st, cs.goal)
	return struct{}{}, nil
}

func (s *Service) deleteChangeSet(c *api.Call) (any, *api.Error) {
	st, cs, err := s.namedChangeSet(c, "DeleteChangeSet")
	if err != nil {
		if err.Code == "ChangeSetNotFound" {
			return struct{}{}, nil // deleting what is gone succeeds
		}
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.changeSets = slices.DeleteFunc(st.changeSets, func(other *changeSet) bool { return other == cs })
	return struct{}{}, nil
}

func (s *Service) listChangeSets(c *api.Call) (any, *api.Error) {
	type summary struct {
		StackID         string `xml:"StackId"`
		StackName       string
		ChangeSetID     string `xml:"ChangeSetId"`
		ChangeSetName   string
		ExecutionStatus string
		Status          string
		StatusReason    *string
		CreationTime    string
		Description     *string
	}
	type result struct {
		Summaries []summary `xml:"Summaries>member"`
		NextToken *string
	}
	st, err := s.namedStack(c, "ListChangeSets")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []summary
	for _, cs := range st.changeSets {
		all = append(all, summary{
			st.id, st.name, cs.id, cs.name, cs.execution, cs.status, optional(cs.reason), timestamp(cs.created), optional(cs.description),
		})
	}
	summaries, next, err := page(c, all, pageSize)
	return result{summaries, next}, err
}

type (
	changeTargetXML struct {
		Attribute          string
		Name               *string
		RequiresRecreation string
	}
	changeDetailXML struct {
		Target       changeTargetXML
		Evaluation   string
		ChangeSource string
	}
	resourceChangeXML struct {
		Action             string
		LogicalResourceID  string  `xml:"LogicalResourceId"`
		PhysicalResourceID *string `xml:"PhysicalResourceId"`
		ResourceType       string
		Replacement        *string
		Scope              []string          `xml:"Scope>member"`
		Details            []changeDetailXML `xml:"Details>member"`
	}
	changeXML struct {
		Type           string
		ResourceChange resourceChangeXML
	}
)

func (ch resourceChange) describe() changeXML {
	out := resourceChangeXML{
		Action: ch.action, LogicalResourceID: ch.id, PhysicalResourceID: optional(ch.physicalID), ResourceType: ch.typ,
		Replacement: optional(ch.replacement), Scope: ch.scope,
	}
	typ := lookupType(ch.typ)
	for _, name := range ch.properties {
		recreation := "Never"
		if typ.properties[name].replaces {
			recreation = "Always"
		}
		out.Details = append(out.Details, changeDetailXML{
			Target:     changeTargetXML{Attribute: "Properties", Name: &name, RequiresRecreation: recreation},
			Evaluation: "Static", ChangeSource: "DirectModification",
		})
	}
	for _, attribute := range ch.scope {
		if attribute != "Properties" {
			out.Details = append(out.Details, changeDetailXML{
				Target:     changeTargetXML{Attribute: attribute, RequiresRecreation: "Never"},
				Evaluation: "Static", ChangeSource: "DirectModification",
			})
		}
	}
	return changeXML{"Resource", out}
}

func (s *Service) describeChangeSet(c *api.Call) (any, *api.Error) {
	type result struct {
		ChangeSetName         string
		ChangeSetID           string `xml:"ChangeSetId"`
		StackID               string `xml:"StackId"`
		StackName             string
		Description           *string
		Parameters            []parameterXML `xml:"Parameters>member"`
		CreationTime          string
		ExecutionStatus       string
		Status                string
		StatusReason          *string
		RollbackConfiguration struct{}
		Capabilities          []string    `xml:"Capabilities>member"`
		Tags                  []tagXML    `xml:"Tags>member"`
		Changes               []changeXML `xml:"Changes>member"`
		NextToken             *string
		IncludeNestedStacks   bool
		OnStackFailure        *string
	}
	st, cs, err := s.namedChangeSet(c, "DescribeChangeSet")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []changeXML
	for _, ch := range cs.changes {
		all = append(all, ch.describe())
	}
	changes, next, err := page(c, all, pageSize)
	return result{
		ChangeSetName: cs.name, ChangeSetID: cs.id, StackID: st.id, StackName: st.name, Description: optional(cs.description),
		Parameters: shownParameters(cs.goal.template, cs.goal.values), CreationTime: timestamp(cs.created),
		ExecutionStatus: cs.execution, Status: cs.status, StatusReason: optional(cs.reason),
		Capabilities: cs.goal.capabilities, Tags: shownTags(cs.goal.tags), Changes: changes, NextToken: next,
		OnStackFailure: optional(strings.TrimSpace(cs.onFailure)),
	}, err
}
