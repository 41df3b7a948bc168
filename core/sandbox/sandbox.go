package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
	"github.com/cross-account-manager/cam/core/sandbox/internal/dynamodb"
	"github.com/cross-account-manager/cam/core/sandbox/internal/front"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
	"github.com/cross-account-manager/cam/core/sandbox/internal/kms"
	"github.com/cross-account-manager/cam/core/sandbox/internal/lambda"
	"github.com/cross-account-manager/cam/core/sandbox/internal/s3"
	"github.com/cross-account-manager/cam/core/sandbox/internal/signin"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sns"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sqs"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sts"
)

// Sandbox is a running local AWS. It is safe for concurrent use.
type Sandbox struct {
	opts     Options
	services services
	backend  cloudformation.Backend
	listener net.Listener
	server   *http.Server
	token    string // of the control endpoint
	mischief *mischief
	closing  context.Context
	close    context.CancelFunc
	mu       sync.Mutex          // serialises the creation of accounts and users
	admins   map[string]iam.Key  // administrators, by account
	users    map[string]Identity // of the master account, by name
}

// services are the sandbox's services, wired together.
type services struct {
	iam      *iam.Service
	sts      *sts.Service
	kms      *kms.Service
	sqs      *sqs.Service
	sns      *sns.Service
	s3       *s3.Service
	lambda   *lambda.Service
	dynamodb *dynamodb.Service
	stacks   *cloudformation.Service
	signin   *signin.Service
}

// Start starts a sandbox: its endpoint answers, the master account and its
// administrator are there, and nothing is installed. Close ends it.
func Start(opts Options) (*Sandbox, error) {
	opts = opts.withDefaults()
	listener, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	s := &Sandbox{opts: opts, listener: listener, token: newToken(), admins: map[string]iam.Key{}, users: map[string]Identity{}}
	s.closing, s.close = context.WithCancel(context.Background())
	s.wire()
	if err := s.addMaster(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	go func() { _ = s.server.Serve(listener) }()
	go s.keepSchedules()
	return s, nil
}

// Endpoint is the value for AWS_ENDPOINT_URL.
func (s *Sandbox) Endpoint() string { return "http://" + s.listener.Addr().String() }

// Region is the region of the master's installation.
func (s *Sandbox) Region() string { return s.opts.Region }

// Master is the account ID of the master.
func (s *Sandbox) Master() string { return s.opts.Master }

// Close stops the endpoint and every function.
func (s *Sandbox) Close() error {
	s.close()
	err := s.server.Close()
	s.services.stacks.Close()
	s.services.lambda.Close()
	s.services.sns.Close()
	s.services.s3.Close()
	return err
}

// Idle waits until no stack operation, event or function is under way.
func (s *Sandbox) Idle(ctx context.Context) error {
	for _, wait := range []func(context.Context) error{
		s.services.stacks.Idle, s.services.s3.Idle, s.services.sns.Idle, s.services.lambda.Idle,
		// What a function did last may have caused new events.
		s.services.s3.Idle, s.services.sns.Idle, s.services.lambda.Idle,
	} {
		if err := wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wire makes the services and the endpoint.
func (s *Sandbox) wire() {
	o, m := s.opts, newMischief(s.opts.Chaos, s.opts.Seed)
	s.mischief = m
	clock := api.Clock(o.Clock)
	v := &s.services
	v.iam = iam.New(iam.Options{Clock: clock, OrgID: o.OrgID, PropagationDelay: m.upTo(o.Chaos.Propagation), Decided: o.Decided})
	v.sts = sts.New(sts.Options{IAM: v.iam, Clock: clock})
	v.kms = kms.New(kms.Options{Identity: v.iam, Clock: clock})
	v.sqs = sqs.New(sqs.Options{Clock: clock, Auth: v.iam, Seed: o.Seed})
	var topics publisher
	v.lambda = lambda.New(lambda.Options{
		Clock: clock, Auth: v.iam, Credentials: s.executionRole, Callers: v.sts, Queues: v.sqs, Publisher: &topics,
		Endpoint: s.Endpoint, RetryDelay: retryDelay, Seed: o.Seed,
		Run: func(ctx context.Context, f lambda.Run) ([]byte, error) { return m.run(ctx, f, o.Run) },
	})
	v.sns = sns.New(sns.Options{Clock: clock, Auth: v.iam, Keys: v.kms, Invoker: v.lambda, Queues: v.sqs, Deliveries: m, Seed: o.Seed})
	topics.Publisher = v.sns
	v.s3 = s3.New(s3.Options{Clock: clock, Auth: v.iam, Keys: v.kms, Invoker: v.lambda, Publisher: v.sns, Deliveries: m, Seed: o.Seed})
	v.dynamodb = dynamodb.New(dynamodb.Options{Clock: clock, Auth: v.iam, Keys: v.kms, ReplicationLag: m.upTo(o.Chaos.ReplicationLag)})
	v.signin = signin.New(signin.Options{Clock: clock, Credentials: v.sts})
	byName := map[string]api.Service{
		"iam": v.iam, "sts": v.sts, "kms": v.kms, "sqs": v.sqs, "sns": v.sns, "s3": v.s3, "lambda": v.lambda, "dynamodb": v.dynamodb,
	}
	s.backend = cloudformation.Dispatch(byName, clock)
	v.stacks = cloudformation.New(cloudformation.Options{
		Clock: clock, Auth: v.iam, Backend: s.backend, ResponseBase: s.Endpoint(),
	})
	mounted := map[string]api.Service{"cloudformation": m.deadly(v.stacks)}
	for name, service := range byName {
		mounted[name] = m.deadly(service)
	}
	byName["cloudformation"] = v.stacks
	aws := front.New(front.Options{
		Services: mounted, Credentials: v.sts, Clock: clock, Federation: v.signin, Faults: s.admit, Latency: m.latency,
	})
	s.server = &http.Server{Handler: s.handler(aws), ReadHeaderTimeout: 10 * time.Second}
}

// admit tells of an authenticated call, and lets it through unless mischief is due.
func (s *Sandbox) admit(c *api.Call) *api.Error {
	if s.opts.Trace != nil {
		s.opts.Trace(c.Service, c.Operation, c.Caller.AccountID, c.Caller.PrincipalARN)
	}
	return s.mischief.faults(c)
}

func (s *Sandbox) handler(aws http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, cloudformation.ResponsePath):
			s.services.stacks.Responses().ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, controlPath):
			s.control(w, r)
		default:
			aws.ServeHTTP(w, r)
		}
	})
}

// publisher breaks the circle of services: it is filled in once SNS is there.
type publisher struct{ api.Publisher }

// retryDelay is how long a failed asynchronous event waits. AWS waits minutes.
func retryDelay(retry int) time.Duration { return time.Duration(retry) * 200 * time.Millisecond }

// executionRole mints the session of a function's role.
func (s *Sandbox) executionRole(account, roleARN, sessionName string) (key, secret, token string, err *api.Error) {
	name := roleARN[strings.LastIndexByte(roleARN, '/')+1:]
	c, err := s.services.sts.ServiceSession("lambda.amazonaws.com", account, name, sessionName, time.Hour)
	if err != nil {
		return "", "", "", err
	}
	return c.AccessKeyID, c.SecretAccessKey, c.SessionToken, nil
}
