package watch

import (
	"context"

	"github.com/cross-account-manager/cam/core"
)

// State reads the whole record of an assignment; CodeNotFound if there is none.
type State interface {
	Assignment(ctx context.Context, p core.Pair) (core.AssignmentRecord, error)
}

// Driver asks for assignments to be driven again, as engine.Retry does.
type Driver interface {
	Retry(ctx context.Context, pairs []core.Pair) error
}
