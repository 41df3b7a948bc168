package engine

import (
	"context"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Retry asks for assignments to be driven again, now instead of on Reconcile's
// schedule. Like every event it is a hint: RoleEvent does what the records say, which
// may be a removal, or nothing.
func Retry(ctx context.Context, publisher core.Publisher, pairs []core.Pair, now time.Time) error {
	events := make([]core.Event, len(pairs))
	for i, p := range pairs {
		events[i] = core.Event{Action: core.ActionAdd, Role: p.Role, Account: p.Account, At: now.UTC(), Reason: "retry"}
	}
	return publisher.Publish(ctx, core.RoleTopic, events...)
}
