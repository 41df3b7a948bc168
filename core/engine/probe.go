package engine

import (
	"context"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Probe finds out whether a registered account can still be entered. One that refuses
// for good has left, whatever anybody says: its admin role is gone, and with it the
// stack whose clean-up removed our roles. One that can be entered, or does not answer,
// stays as it is; so asking for a probe harms nobody.
func (e *Engine) Probe(ctx context.Context, id core.AccountID) error {
	account, err := e.Accounts.Account(ctx, id)
	if err != nil || !account.IsRegistered() {
		return ignoreMissing(err)
	}
	began := account.Registered
	if err := e.knock(ctx, id); !core.IsCode(err, core.CodeDenied, core.CodeNoCredentials) {
		return err
	}
	_, err = e.Accounts.UpdateAccount(ctx, id, func(r *core.AccountRecord) error {
		if !r.Registered.Equal(began) {
			return core.ErrUnchanged // it left, or came back, meanwhile
		}
		r.Registered, r.Departed = time.Time{}, e.now()
		r.Dirty, r.Updated = true, e.now()
		r.Settle()
		return nil
	})
	if err != nil {
		return err
	}
	return e.Publisher.Publish(ctx, core.AccountTopic, core.Event{Action: core.ActionRemove, Account: id, Reason: core.ReasonProbe, At: e.now()})
}

// knock enters an account and reads there what need not exist.
func (e *Engine) knock(ctx context.Context, id core.AccountID) error {
	return e.inside(ctx, id, func(ctx context.Context, admin core.RoleAdmin) error {
		_, err := admin.Role(ctx, core.Prefix+"Probe")
		return ignoreMissing(err)
	})
}
