package engine

import (
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Settings describe the installation.
type Settings struct {
	Partition   core.Partition
	Master      core.AccountID
	Region      string // of the tables and topics
	OrgID       string // AWS Organizations ID; empty when the master is in none
	LinksBucket string
}

// Ports are the engine's ways to the outside. A handler uses only some of them, as
// its Lambda role allows; the others may be nil.
type Ports struct {
	Accounts    core.Accounts
	Roles       core.Roles
	Assignments core.Assignments
	Files       core.Files
	Config      core.Objects // the configuration bucket
	Pages       core.Objects // the access-links bucket
	Publisher   core.Publisher
	Gate        core.TopicGate
	Verifier    core.Verifier
	Master      core.RoleAdmin // roles of the master account
	Entrance    core.Entrance  // roles of sub-accounts
}

// Engine holds the handlers. It has no state of its own and is safe for concurrent use.
type Engine struct {
	Ports
	settings Settings
	clock    func() time.Time
	pace     Pace
}

// New makes an engine. A nil clock is time.Now; a zero pace is DefaultPace.
func New(s Settings, p Ports, clock func() time.Time, pace Pace) *Engine {
	if clock == nil {
		clock = time.Now
	}
	if pace == (Pace{}) {
		pace = DefaultPace
	}
	return &Engine{Ports: p, settings: s, clock: clock, pace: pace}
}

func (e *Engine) now() time.Time { return e.clock().UTC() }

func (e *Engine) failure(err error, attempts int) *core.Failure {
	f := &core.Failure{Code: string(core.CodeOf(err)), Message: err.Error(), Attempts: attempts, At: e.now()}
	if c := awsCode(err); c != "" {
		f.Code = c
	}
	return f
}
