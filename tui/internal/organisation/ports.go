package organisation

import (
	"context"

	"github.com/cross-account-manager/cam/core"
)

// State reads whole records; CodeNotFound if there is none.
type State interface {
	Account(ctx context.Context, id core.AccountID) (core.AccountRecord, error)
	Role(ctx context.Context, name core.RoleName) (core.RoleRecord, error)
}

// Roles reads roles of the master account as IAM has them; CodeNotFound if there is
// none, CodeDenied if the caller may not.
type Roles interface {
	Role(ctx context.Context, iamName string) (core.IAMRole, error)
}
