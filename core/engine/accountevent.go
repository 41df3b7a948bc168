package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// AccountEvent brings one account's assignments to what the records say. An event
// with a proof changes first whether the account counts as registered; a registration
// without a proof that holds is refused (CodeDenied), recorded with the account it
// names if that is known, and changes nothing else.
func (e *Engine) AccountEvent(ctx context.Context, ev core.Event) error {
	if !ev.Account.Valid() {
		return core.Errorf(core.CodeInvalid, "the event names no account: %q", ev.Account)
	}
	if ev.Proof != nil || ev.Reason == core.ReasonRegistration {
		if err := e.register(ctx, ev); err != nil {
			return err
		}
	}
	err := e.convergeAccount(ctx, ev.Account)
	if core.IsCode(err, core.CodeNotFound) {
		return nil // a hint about an account that nobody ever listed
	}
	return err
}

// register believes a registration or departure that is proven.
func (e *Engine) register(ctx context.Context, ev core.Event) error {
	signed, err := e.prove(ctx, ev)
	if err != nil {
		if transient(err) {
			return err
		}
		return errors.Join(e.refuse(ctx, ev.Account, err), e.askToProbe(ctx, ev))
	}
	var stale error
	_, err = e.Accounts.UpdateAccount(ctx, ev.Account, func(r *core.AccountRecord) error {
		stale = nil
		switch {
		case signed.Equal(r.Proven):
			return core.ErrUnchanged // the same event again
		case signed.Before(r.Proven):
			stale = core.Errorf(core.CodeDenied, "the registration was signed at %s, before one already accepted", signed.Format(time.RFC3339))
			return core.ErrUnchanged
		case ev.Action == core.ActionRemove:
			r.Registered, r.Departed = time.Time{}, signed
		default:
			r.Registered = signed
		}
		r.ID, r.Proven, r.Refused = ev.Account, signed, nil
		r.Dirty, r.Updated = true, e.now()
		r.Settle()
		return nil
	})
	if err == nil && stale != nil {
		return e.refuse(ctx, ev.Account, stale)
	}
	return err
}

// askToProbe has a departure looked at that could not be proven: a leaving account's
// signature is void once its role is gone, which may be before anybody reads it.
func (e *Engine) askToProbe(ctx context.Context, ev core.Event) error {
	if ev.Action != core.ActionRemove {
		return nil
	}
	return e.Publisher.Publish(ctx, core.RoleTopic, core.Event{
		Action: core.ActionRemove, Account: ev.Account, Reason: core.ReasonProbe, At: e.now(),
	})
}

// prove returns when the account itself signed the event.
func (e *Engine) prove(ctx context.Context, ev core.Event) (time.Time, error) {
	if ev.Action != core.ActionAdd && ev.Action != core.ActionRemove {
		return time.Time{}, core.Errorf(core.CodeDenied, "the registration has no known action: %q", ev.Action)
	}
	if ev.Proof == nil {
		return time.Time{}, core.Errorf(core.CodeDenied, "the registration is not signed")
	}
	account, signed, err := e.Verifier.Verify(ctx, *ev.Proof, ev.Action)
	if err != nil {
		return time.Time{}, err
	}
	if account != ev.Account {
		return time.Time{}, core.Errorf(core.CodeDenied, "account %s signed a registration of account %s", account, ev.Account)
	}
	return signed, nil
}

// refuse records why a registration was not believed. Only known accounts are
// written to: anybody can claim any number.
func (e *Engine) refuse(ctx context.Context, id core.AccountID, reason error) error {
	_, err := e.Accounts.UpdateAccount(ctx, id, func(r *core.AccountRecord) error {
		if r.Version == 0 {
			return core.ErrUnchanged
		}
		attempts := 1
		if r.Refused != nil {
			attempts += r.Refused.Attempts
		}
		r.Refused = e.failure(reason, attempts)
		return nil
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("registration of %s refused: %w", id, reason)
}
