package broker

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/cross-account-manager/cam/core"
)

// RefreshMargin is how much life cached credentials must have left by default.
const RefreshMargin = 5 * time.Minute

// Options is what a Broker works with. Caller and Open are required.
type Options struct {
	// Caller acts with the credentials the user came with.
	Caller Session
	// Open gives a session that acts with credentials taken on the way.
	Open func(core.Credentials) Session
	// Expires tells when the caller's credentials end: zero for long-term ones or
	// when unknown. May be nil.
	Expires func(context.Context) (time.Time, error)

	// MasterAccount is the master account; empty means the caller's own.
	MasterAccount core.AccountID
	// Region is the default for console links; empty means the partition's main one.
	Region string
	// SigninEndpoint replaces the partition's sign-in host, as scheme://host: https,
	// or http on a loopback address.
	SigninEndpoint string

	Cache  Cache            // nil caches nothing
	Lock   Locker           // shares one refresh among processes; nil does not
	Margin time.Duration    // zero means RefreshMargin
	Clock  func() time.Time // nil means time.Now
	HTTP   *http.Client     // for the federation endpoint; nil means a default client
}

// Broker is safe for concurrent use.
type Broker struct {
	opt    Options
	flight singleflight.Group
}

// New makes a Broker and calls nothing yet.
func New(opt Options) *Broker {
	if opt.Cache == nil {
		opt.Cache = NoCache{}
	}
	if opt.Margin == 0 {
		opt.Margin = RefreshMargin
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.HTTP == nil {
		opt.HTTP = http.DefaultClient
	}
	return &Broker{opt: opt}
}
