package broker

import (
	"context"
	"iter"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Session is what one set of credentials can do in AWS. Its parts are safe for
// concurrent use and fail with core errors: CodeNoCredentials when there are no
// credentials or they have expired, CodeDenied when AWS refuses.
type Session struct {
	STS         STS
	Assignments Assignments
	Directory   Directory
}

// STS is the Security Token Service.
type STS interface {
	// Identity is GetCallerIdentity.
	Identity(ctx context.Context) (core.Identity, error)
	// AssumeRole takes a role. A zero duration leaves DurationSeconds out.
	AssumeRole(ctx context.Context, roleARN, sessionName string, duration time.Duration) (core.Credentials, error)
}

// Assignments lists what is approved for a role. A role may read its own rows only. A
// missing table is CodeNotFound.
type Assignments interface {
	AssignmentsOfRole(ctx context.Context, role core.RoleName) iter.Seq2[core.AssignmentRecord, error]
}

// Directory tells whether an account or role exists at all, so that "not approved"
// and "no such account" can be told apart. It reads no more than IDs, names and
// statuses. Nothing found is CodeNotFound; who may not look gets CodeDenied; a name
// that several accounts share is CodeAmbiguous; a missing table is CodeFailure.
type Directory interface {
	AccountStatus(ctx context.Context, id core.AccountID) (core.AccountStatus, error)
	AccountNamed(ctx context.Context, name string) (core.AccountID, core.AccountStatus, error)
	RoleStatus(ctx context.Context, role core.RoleName) (core.RoleStatus, error)
}
