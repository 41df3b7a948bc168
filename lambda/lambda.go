package lambda

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
)

// Variables of a function's environment, beside those that Lambda sets itself.
const (
	VarMaster       = "CAM_MASTER_ACCOUNT" // account ID of the master
	VarRegion       = "CAM_REGION"         // region of its tables and topics
	VarOrgID        = "CAM_ORG_ID"         // AWS Organizations ID; optional
	VarConfigBucket = "CAM_CONFIG_BUCKET"
	VarLinksBucket  = "CAM_LINKS_BUCKET"
	VarAccount      = "CAM_ACCOUNT" // account ID of the sub-account, for AccountInit
)

// Names of the handlers, as the templates' Handler properties have them.
const (
	AccountFile  = "AccountFile"
	RoleFile     = "RoleFile"
	AccountEvent = "AccountEvent"
	RoleEvent    = "RoleEvent"
	AccessLinks  = "AccessLinks"
	AccountInit  = "AccountInit"
	MasterInit   = "MasterInit"
	Reconcile    = "Reconcile"
)

// Names lists all handlers.
func Names() []string {
	return []string{AccountFile, RoleFile, AccountEvent, RoleEvent, AccessLinks, AccountInit, MasterInit, Reconcile}
}

// Handler answers one event. Its error asks AWS to deliver the event again.
type Handler func(ctx context.Context, event []byte) ([]byte, error)

// Options are what a function is started with.
type Options struct {
	Handler string            // one of Names
	Env     map[string]string // the function's variables, AWS's own included
	Log     *slog.Logger
	Pace    engine.Pace // zero: engine.DefaultPace
}

// New makes a handler. It is called once in the life of a function's process; the
// handler keeps connections and sessions for the next events.
//
// Errors: CodeUsage for an unknown handler or a missing variable.
func New(ctx context.Context, o Options) (Handler, error) {
	if !slices.Contains(Names(), o.Handler) {
		return nil, core.Errorf(core.CodeUsage, "there is no handler named %q", o.Handler)
	}
	client, err := newClient(ctx, o)
	if err != nil {
		return nil, err
	}
	f := function{name: o.Handler, log: o.Log, env: o.Env, client: client}
	for _, v := range []string{VarMaster, VarRegion} {
		if o.Env[v] == "" {
			return nil, core.Errorf(core.CodeUsage, "the function's variable %s is not set", v)
		}
	}
	f.engine = f.newEngine(o.Pace)
	return f.handler(), nil
}

func newClient(ctx context.Context, o Options) (*cloud.Client, error) {
	return cloud.New(ctx, cloud.Options{
		Credentials: &core.Credentials{
			AccessKeyID:     o.Env["AWS_ACCESS_KEY_ID"],
			SecretAccessKey: core.NewSecret(o.Env["AWS_SECRET_ACCESS_KEY"]),
			SessionToken:    core.NewSecret(o.Env["AWS_SESSION_TOKEN"]),
		},
		Region: o.Env["AWS_REGION"], Endpoint: o.Env["AWS_ENDPOINT_URL"], UserAgent: "cam-" + o.Handler,
	})
}

// function is one handler with what it works with.
type function struct {
	name   string
	log    *slog.Logger
	env    map[string]string
	client *cloud.Client
	engine *engine.Engine
}

func (f *function) newEngine(pace engine.Pace) *engine.Engine {
	master, region := core.AccountID(f.env[VarMaster]), f.env[VarRegion]
	tables, topics := f.client.Tables(), f.client.Topics(master, region)
	return engine.New(
		engine.Settings{
			Partition: core.PartitionOf(region), Master: master, Region: region,
			OrgID: f.env[VarOrgID], LinksBucket: f.env[VarLinksBucket],
		},
		engine.Ports{
			Accounts: tables, Roles: tables, Assignments: tables, Files: tables,
			Config:    f.client.Bucket(f.env[VarConfigBucket], ""),
			Pages:     f.client.Bucket(f.env[VarLinksBucket], ""),
			Publisher: topics, Gate: topics,
			Verifier: f.client.Proofs(topics.ARN(core.AccountTopic), region),
			Master:   f.client.IAM(),
			Entrance: f.client.Entrance("cam-" + RoleEvent),
		}, time.Now, pace)
}

func (f *function) handler() Handler {
	switch f.name {
	case AccountFile:
		return f.objects(f.engine.AccountFile)
	case RoleFile:
		return f.objects(f.engine.RoleFile)
	case AccountEvent:
		return f.messages(f.engine.AccountEvent)
	case RoleEvent:
		return f.messages(func(ctx context.Context, ev core.Event) error {
			if ev.Reason == core.ReasonProbe {
				return f.engine.Probe(ctx, ev.Account)
			}
			return f.engine.RoleEvent(ctx, core.Pair{Role: ev.Role, Account: ev.Account})
		})
	case AccessLinks:
		return f.messages(f.engine.AccessLinks)
	case Reconcile:
		return func(ctx context.Context, _ []byte) ([]byte, error) { return nil, f.do(ctx, f.engine.Reconcile) }
	case MasterInit:
		return f.customResource(f.engine.MasterInit, f.engine.MasterRemove)
	default:
		account := f.newAccountInit()
		return f.customResource(account.Register, account.Leave)
	}
}

func (f *function) newAccountInit() *engine.AccountInit {
	region := f.env[VarRegion]
	topics := f.client.Topics(core.AccountID(f.env[VarMaster]), region)
	return &engine.AccountInit{
		Account:   core.AccountID(f.env[VarAccount]),
		Prover:    f.client.Proofs(topics.ARN(core.AccountTopic), region),
		Publisher: topics, Roles: f.client.IAM(),
	}
}
