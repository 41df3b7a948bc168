package cloud

import (
	"context"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Entrance opens sub-accounts through their admin role. It implements core.Entrance.
// Sessions are kept, so that a warm function enters an account once an hour.
type Entrance struct {
	client  *Client
	session string
	mu      sync.Mutex
	open    map[core.AccountID]core.Credentials
}

// Entrance takes admin roles as the client's identity; session names who enters in
// the sub-account's CloudTrail.
func (c *Client) Entrance(session string) *Entrance {
	return &Entrance{client: c, session: session, open: map[core.AccountID]core.Credentials{}}
}

// adminMargin is how long a kept session must still last.
const adminMargin = 5 * time.Minute

// Enter implements core.Entrance.
func (e *Entrance) Enter(ctx context.Context, id core.AccountID) (core.RoleAdmin, error) {
	e.mu.Lock()
	creds, known := e.open[id]
	e.mu.Unlock()
	if known && time.Until(creds.Expires) > adminMargin {
		return e.client.With(creds).IAM(), nil
	}
	arn := core.RoleARN(core.PartitionOf(e.client.Region()), id, core.AdminRole.IAMName())
	creds, err := e.client.STS().AssumeRole(ctx, arn, e.session, 0)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.open[id] = creds
	e.mu.Unlock()
	return e.client.With(creds).IAM(), nil
}

// Forget implements core.Entrance.
func (e *Entrance) Forget(id core.AccountID) {
	e.mu.Lock()
	delete(e.open, id)
	e.mu.Unlock()
}
