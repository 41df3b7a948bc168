package broker

import (
	"context"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Limits of a sub-account session. It is always a chained one, for which STS refuses
// more than an hour (IAM User Guide, "Role chaining").
const (
	MinDuration = 15 * time.Minute
	MaxDuration = time.Hour
)

// Request asks for credentials of an account.
type Request struct {
	Role     string        // with or without prefix; empty for the current role
	Account  string        // selector, see Resolve
	Duration time.Duration // zero for the role's default; whole seconds count
	NoCache  bool          // neither read nor fill the cache
}

// Credentials takes the role in the account, or returns cached credentials with more
// than the refresh margin left. The account must be approved at the time of the call,
// cached or not. An error at a link of the chain has a LinkError.
func (b *Broker) Credentials(ctx context.Context, r Request) (core.Credentials, Entry, error) {
	duration, err := checkDuration(r.Duration)
	if err != nil {
		return core.Credentials{}, Entry{}, err
	}
	s, err := b.hold(ctx, r.Role, r.NoCache)
	if err != nil {
		return core.Credentials{}, Entry{}, err
	}
	e, err := s.resolve(ctx, r.Account)
	if err != nil {
		return core.Credentials{}, Entry{}, err
	}
	creds, err := b.take(ctx, s.into(e, duration, r.NoCache))
	return creds, e, err
}

// into is the last link, from the role in the master account into the sub-account.
func (s stand) into(e Entry, duration time.Duration, fresh bool) step {
	return step{
		link: LinkAccount, position: s.links, length: s.links, session: s.session, from: s.arn, who: s.who,
		role: s.role, account: e.AccountID, label: e.Label(), duration: duration, fresh: fresh,
	}
}

func checkDuration(d time.Duration) (time.Duration, error) {
	switch {
	case d == 0:
		return 0, nil
	case d < MinDuration:
		return 0, core.Errorf(core.CodeUsage, "a session of %s is too short: STS gives no less than 15 minutes", d).
			WithHint("ask for 15m to 1h")
	case d > MaxDuration:
		return 0, core.Errorf(core.CodeUsage, "a session of %s is too long: it is chained from a role session, for which STS gives no more than one hour", d).
			WithHint("ask for 15m to 1h; cam renews credentials when used as a credential_process")
	default:
		return d.Truncate(time.Second), nil
	}
}
