package engine

import (
	"context"

	"github.com/cross-account-manager/cam/core"
)

// Prover makes the proof of who it is: it signs a request to STS, without sending it.
type Prover interface {
	Prove(ctx context.Context, action core.Action) (core.Proof, error)
}

// AccountInit is what runs in a sub-account when its stack is created, updated or
// deleted.
type AccountInit struct {
	Account   core.AccountID
	Prover    Prover
	Publisher core.Publisher
	Roles     core.RoleAdmin // of the sub-account itself
}

// Register tells the master, with proof, that the account is ready. It runs on
// creation and on every update, which is harmless and mends a lost registration.
func (a *AccountInit) Register(ctx context.Context) error {
	return a.announce(ctx, core.ActionAdd)
}

// Leave removes the roles that the engine made in this account, then tells the
// master, with proof, that the account has left.
func (a *AccountInit) Leave(ctx context.Context) error {
	for role, err := range a.Roles.ListRoles(ctx, core.Prefix) {
		if err != nil {
			return err
		}
		if role.Tags[core.ManagedTag] == "" || role.Name == core.AdminRole.IAMName() {
			continue
		}
		if err := a.Roles.DeleteRole(ctx, role.Name); err != nil {
			return err
		}
	}
	// A master that lists this account no longer does not let it publish either:
	// there is then nobody to tell.
	if err := a.announce(ctx, core.ActionRemove); !core.IsCode(err, core.CodeDenied) {
		return err
	}
	return nil
}

func (a *AccountInit) announce(ctx context.Context, action core.Action) error {
	proof, err := a.Prover.Prove(ctx, action)
	if err != nil {
		return err
	}
	return a.Publisher.Publish(ctx, core.AccountTopic, core.Event{
		Action: action, Account: a.Account, Proof: &proof, Reason: core.ReasonRegistration,
	})
}
