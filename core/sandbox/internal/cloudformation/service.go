package cloudformation

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const xmlns = "http://cloudformation.amazonaws.com/doc/2010-05-15/"

// Options are what the service needs from its neighbours. Clock, Auth and Backend
// are required.
type Options struct {
	Clock   api.Clock
	Auth    api.Authorizer
	Backend Backend
	// ResponseBase is the URL that ResponsePath is below, for the answers of custom
	// resources: "http://127.0.0.1:4566".
	ResponseBase string
	// CustomResourceTimeout bounds the wait for an answer; 0 means an hour, as on AWS.
	CustomResourceTimeout time.Duration
	// Patience is how long a call of another service is repeated that is throttled
	// or that meets IAM's eventual consistency; 0 means 15 seconds.
	Patience time.Duration
}

// Service is CloudFormation for all accounts of the sandbox. It implements
// api.Service and is safe for concurrent use.
type Service struct {
	opt     Options
	ctx     context.Context // of all operations; done when the service is closed
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex        // guards all below and what is reachable from it
	stacks   map[string]*stack // by ARN
	records  map[string]record // by ARN
	expected map[string]chan customAnswer
	active   int           // operations that run
	idle     chan struct{} // closed while active is 0
	closed   bool
}

// New makes a CloudFormation without stacks.
func New(opt Options) *Service {
	if opt.CustomResourceTimeout == 0 {
		opt.CustomResourceTimeout = time.Hour
	}
	if opt.Patience == 0 {
		opt.Patience = 15 * time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Service{
		opt: opt, ctx: ctx, cancel: cancel, idle: make(chan struct{}),
		stacks: map[string]*stack{}, records: map[string]record{}, expected: map[string]chan customAnswer{},
	}
	close(s.idle)
	return s
}

// Idle waits until no stack operation runs, or until ctx is done.
func (s *Service) Idle(ctx context.Context) error {
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close stops the operations that run, wherever they are, and waits for them.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
}

// operation answers one call: the result structure, or an error.
type operation func(*Service, *api.Call) (any, *api.Error)

func lookupOperation(name string) (operation, bool) {
	op, ok := map[string]operation{
		"CreateStack":                 (*Service).createStack,
		"UpdateStack":                 (*Service).updateStack,
		"DeleteStack":                 (*Service).deleteStack,
		"CancelUpdateStack":           refuseOperation,
		"ContinueUpdateRollback":      refuseOperation,
		"UpdateTerminationProtection": (*Service).updateTerminationProtection,
		"DescribeStacks":              (*Service).describeStacks,
		"DescribeStackEvents":         (*Service).describeStackEvents,
		"DescribeStackResource":       (*Service).describeStackResource,
		"DescribeStackResources":      (*Service).describeStackResources,
		"ListStackResources":          (*Service).listStackResources,
		"ListStacks":                  (*Service).listStacks,
		"ListExports":                 (*Service).listExports,
		"GetTemplate":                 (*Service).getTemplate,
		"GetTemplateSummary":          (*Service).getTemplateSummary,
		"ValidateTemplate":            (*Service).validateTemplate,
		"CreateChangeSet":             (*Service).createChangeSet,
		"DescribeChangeSet":           (*Service).describeChangeSet,
		"ExecuteChangeSet":            (*Service).executeChangeSet,
		"DeleteChangeSet":             (*Service).deleteChangeSet,
		"ListChangeSets":              (*Service).listChangeSets,
	}[name]
	return op, ok
}

// Serve implements api.Service.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	op, ok := lookupOperation(c.Operation)
	if !ok {
		api.WriteQueryError(w, c, xmlns, api.Errorf(400, "InvalidAction", "Could not find operation %s for version 2010-05-15", c.Operation))
		return
	}
	if c.Caller.Anonymous() {
		api.WriteQueryError(w, c, xmlns, api.Errorf(403, "MissingAuthenticationToken", "Request is missing Authentication Token"))
		return
	}
	result, err := op(s, c)
	if err != nil {
		api.WriteQueryError(w, c, xmlns, err)
		return
	}
	api.WriteQuery(w, c, xmlns, result)
}

func refuseOperation(_ *Service, c *api.Call) (any, *api.Error) {
	return nil, invalid("The sandbox does not offer %s.", c.Operation)
}

// allow asks whether the caller may do an action of CloudFormation on a stack ARN.
func (s *Service) allow(c *api.Call, action, resource string, context map[string][]string) *api.Error {
	return s.opt.Auth.Authorize(c, api.Ask{Action: "cloudformation:" + action, Resource: resource, Context: context})
}

// begin starts an operation of a stack. s.mu is held, and the stack has none.
func (s *Service) begin(st *stack, run func(context.Context)) {
	if s.closed {
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	op := &stackOperation{cancel: cancel, done: make(chan struct{})}
	st.operation = op
	if s.active == 0 {
		s.idle = make(chan struct{})
	}
	s.active++
	s.running.Go(func() {
		defer cancel()
		run(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if st.operation == op {
			st.operation = nil
		}
		close(op.done)
		if s.active--; s.active == 0 {
			close(s.idle)
		}
	})
}
