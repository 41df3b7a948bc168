package sandbox

import (
	"context"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/lambda"
)

// Function is one run of a Lambda function.
type Function = lambda.Run

// Options are what a sandbox is started with. The zero value is a sandbox on a free
// port of the loopback interface whose functions do nothing.
type Options struct {
	Addr   string // listen address; empty: 127.0.0.1 and a free port
	Region string // empty: DefaultRegion
	Master string // account ID of the master; empty: DefaultMaster
	// OrgID is the AWS organisation of all accounts; empty: DefaultOrg; "none": none.
	OrgID string
	Clock func() time.Time // nil: time.Now
	Seed  uint64           // of everything random, so that a failure replays

	// Run is the code of all functions. It is called concurrently. Nil does nothing,
	// so that a stack with a custom resource waits for an answer in vain.
	Run func(ctx context.Context, f Function) ([]byte, error)

	// Trace, if set, is told of every authenticated call before it is served: the
	// service's signing name, the operation (empty for REST services), and the account
	// and the ARN of the user or role that called. It is called concurrently.
	Trace func(service, operation, account, principal string)
	// Decided, if set, is told of every authorisation: what was asked, the policies
	// that applied, and the answer. It is called concurrently and changes none of it.
	Decided func(policy.Request, policy.Policies, policy.Decision)

	Chaos Chaos
}

// Defaults of a sandbox.
const (
	DefaultRegion = "eu-west-1"
	DefaultMaster = "100000000001"
	DefaultOrg    = "o-sandbox00001"
	noOrg         = "none"
)

// Chaos makes the sandbox as unkind as AWS can be. Probabilities are 0 to 1; the zero
// value is kind.
type Chaos struct {
	ReplicationLag time.Duration // longest age of an eventually consistent read
	Propagation    time.Duration // longest time until an IAM change is seen
	Latency        time.Duration // longest extra time of a call
	Throttle       float64       // calls answered with a throttling error
	Fail           float64       // calls answered with a server error
	Duplicate      float64       // events delivered twice
	Delay          time.Duration // longest delay of an event, which reorders them
	Kill           float64       // calls of functions at which the function dies
}

func (o Options) withDefaults() Options {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&o.Addr, "127.0.0.1:0")
	set(&o.Region, DefaultRegion)
	set(&o.Master, DefaultMaster)
	set(&o.OrgID, DefaultOrg)
	if o.OrgID == noOrg {
		o.OrgID = ""
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Run == nil {
		o.Run = func(context.Context, Function) ([]byte, error) { return nil, nil }
	}
	return o
}
