package cloudformation

import (
	"context"
	"strconv"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type stackIDResult struct {
	StackID string `xml:"StackId"`
}

// readSettings reads what CreateStack and a change set of type CREATE share.
func (st *stack) readSettings(c *api.Call) *api.Error {
	form := c.Form
	st.protected = form.Get("EnableTerminationProtection") == "true"
	st.retainOnCreate = form.Get("RetainExceptOnCreate") == "true"
	st.disableRollback = form.Get("DisableRollback") == "true"
	st.onFailure = form.Get("OnFailure")
	switch {
	case st.onFailure != "" && form.Has("DisableRollback"):
		return invalid("You can specify either DisableRollback or OnFailure, but not both.")
	case st.onFailure == "" && st.disableRollback:
		st.onFailure = "DO_NOTHING"
	case st.onFailure == "":
		st.onFailure = "ROLLBACK"
	case st.onFailure != "ROLLBACK" && st.onFailure != "DELETE" && st.onFailure != "DO_NOTHING":
		return invalid("1 validation error detected: Value '%s' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]", st.onFailure)
	}
	st.disableRollback = st.onFailure == "DO_NOTHING"
	if text := form.Get("TimeoutInMinutes"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return invalid("1 validation error detected: Value '%s' at 'timeoutInMinutes' failed to satisfy constraint: Member must have value greater than or equal to 1", text)
		}
		st.timeoutMinutes = n
	}
	return nil
}

// newStack makes a stack that is not yet one of the service's.
func (s *Service) newStack(c *api.Call, name string) (*stack, *api.Error) {
	if !stackNamePattern.MatchString(name) {
		return nil, invalid("1 validation error detected: Value '%s' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", name)
	}
	return &stack{
		id: newStackID(c, name, newUUID()), name: name, account: c.Caller.AccountID, region: c.Region,
		created: s.opt.Clock().UTC(), resources: map[string]*resource{}, onFailure: "ROLLBACK",
	}, nil
}

func (s *Service) createStack(c *api.Call) (any, *api.Error) {
	name := c.Form.Get("StackName")
	tags, _, err := formTags(c.Form)
	if err != nil {
		return nil, err
	}
	if err := s.allow(c, "CreateStack", stackARN(c, name, nil), requestTags(tags)); err != nil {
		return nil, err
	}
	st, err := s.newStack(c, name)
	if err != nil {
		return nil, err
	}
	if err := checkRefused(c.Form); err != nil {
		return nil, err
	}
	if err := st.readSettings(c); err != nil {
		return nil, err
	}
	t, err := s.callTemplate(c)
	if err != nil {
		return nil, err
	}
	g, err := callGoal(c, st, t, tags, nil)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.findStack(c, name) != nil {
		return nil, stackExists(name)
	}
	s.stacks[st.id] = st
	s.startCreate(c, st, g)
	return stackIDResult{st.id}, nil
}

func stackExists(name string) *api.Error {
	return api.Errorf(400, "AlreadyExistsException", "Stack [%s] already exists", name)
}

// callGoal reads the parameters and capabilities of a call for a template.
func callGoal(c *api.Call, st *stack, t *template, tags []tag, previous map[string]string) (*goal, *api.Error) {
	given, err := formParameters(c.Form)
	if err != nil {
		return nil, err
	}
	values, err := t.resolveParameters(given, previous)
	if err != nil {
		return nil, err
	}
	capabilities := formMembers(c.Form, "Capabilities")
	if err := t.checkCapabilities(capabilities); err != nil {
		return nil, err
	}
	return newGoal(st, t, values, tags, capabilities)
}

// startCreate begins making a stack's resources. s.mu is held.
func (s *Service) startCreate(c *api.Call, st *stack, g *goal) {
	st.adopt(g)
	d := s.newDeployment(c, st, g)
	s.setStatus(st, "CREATE_IN_PROGRESS", userInitiated, d.token)
	s.begin(st, d.runCreate)
}

// updatable are the statuses that an update can start from.
var updatable = map[string]bool{
	"CREATE_COMPLETE": true, "UPDATE_COMPLETE": true, "UPDATE_ROLLBACK_COMPLETE": true, "UPDATE_FAILED": true,
	createFailed: true, "IMPORT_COMPLETE": true,
}

func (st *stack) checkUpdatable() *api.Error {
	if updatable[st.status] {
		return nil
	}
	return invalid("Stack:%s is in %s state and can not be updated.", st.id, st.status)
}

func (s *Service) updateStack(c *api.Call) (any, *api.Error) {
	st, err := s.namedStack(c, "UpdateStack")
	if err != nil {
		return nil, err
	}
	g, err := s.updateGoal(c, st)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := st.checkUpdatable(); err != nil {
		return nil, err
	}
	changes, err := s.plan(st, g)
	if err != nil {
		return nil, err
	}
	if st.changesNothing(g, changes) && st.status != "UPDATE_FAILED" && st.status != createFailed {
		return nil, invalid("No updates are to be performed.")
	}
	st.disableRollback = c.Form.Get("DisableRollback") == "true"
	s.startUpdate(c, st, g)
	return stackIDResult{st.id}, nil
}

// updateGoal reads the goal of UpdateStack, or of a change set of type UPDATE.
func (s *Service) updateGoal(c *api.Call, st *stack) (*goal, *api.Error) {
	if err := checkRefused(c.Form); err != nil {
		return nil, err
	}
	tags, given, err := formTags(c.Form)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	t, previous, oldTags, statusErr := st.template, st.values, st.tags, st.checkUpdatable()
	s.mu.Unlock()
	if statusErr != nil {
		return nil, statusErr
	}
	if !given {
		tags = oldTags
	}
	if c.Form.Get("UsePreviousTemplate") == "true" {
		if c.Form.Get("TemplateBody")+c.Form.Get("TemplateURL") != "" {
			return nil, invalid("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
		}
	} else if t, err = s.callTemplate(c); err != nil {
		return nil, err
	}
	return callGoal(c, st, t, tags, previous)
}

// startUpdate begins an update. s.mu is held.
func (s *Service) startUpdate(c *api.Call, st *stack, g *goal) {
	d := s.newDeployment(c, st, g)
	st.updated = s.opt.Clock().UTC()
	s.setStatus(st, "UPDATE_IN_PROGRESS", userInitiated, d.token)
	s.begin(st, d.runUpdate)
}

func (s *Service) deleteStack(c *api.Call) (any, *api.Error) {
	name := c.Form.Get("StackName")
	s.mu.Lock()
	st := s.findStack(c, name)
	s.mu.Unlock()
	if err := s.allow(c, "DeleteStack", stackARN(c, name, st), nil); err != nil {
		return nil, err
	}
	if err := checkRefused(c.Form); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st == nil || st.status == deleteComplete || st.status == "DELETE_IN_PROGRESS" {
		return nil, nil // deleting what is gone, or going, succeeds
	}
	retain := formMembers(c.Form, "RetainResources")
	if err := st.checkDelete(retain, c.Form.Get("DeletionMode")); err != nil {
		return nil, err
	}
	s.startDelete(c, st, retain)
	return nil, nil
}

func (st *stack) checkDelete(retain []string, mode string) *api.Error {
	switch {
	case st.protected:
		return invalid("Stack [%s] cannot be deleted while TerminationProtection is enabled", st.name)
	case mode != "" && mode != "STANDARD":
		return invalid("The sandbox does not offer the DeletionMode %s.", mode)
	case len(retain) > 0 && st.status != deleteFailed:
		return invalid("Invalid operation on stack [%s]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.", st.id)
	case st.inProgress() && st.status != "CREATE_IN_PROGRESS" && st.status != reviewing:
		return invalid("Stack [%s] cannot be deleted while in status %s", st.name, st.status)
	}
	for _, id := range retain {
		if r := st.live(id); r == nil || r.status != deleteFailed {
			return invalid("The specified resources to retain must be in a valid state. The following resource(s) are not: [%s]", id)
		}
	}
	return nil
}

// startDelete begins a deletion; a creation under way is stopped first. s.mu is held.
func (s *Service) startDelete(c *api.Call, st *stack, retain []string) {
	d := s.newDeployment(c, st, nil)
	earlier := st.operation
	s.setStatus(st, "DELETE_IN_PROGRESS", userInitiated, d.token)
	if earlier != nil {
		earlier.cancel()
	}
	s.begin(st, func(ctx context.Context) {
		if earlier != nil {
			<-earlier.done
		}
		d.runDelete(ctx, retain)
	})
}

func (s *Service) updateTerminationProtection(c *api.Call) (any, *api.Error) {
	st, err := s.namedStack(c, "UpdateTerminationProtection")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.protected = c.Form.Get("EnableTerminationProtection") == "true"
	return stackIDResult{st.id}, nil
}
