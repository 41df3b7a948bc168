package enter

import (
	"context"
	"iter"
	"os/exec"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
)

// Broker is what the screen asks of package broker.
type Broker interface {
	Each(ctx context.Context, role string) iter.Seq2[broker.Entry, error]
	Credentials(ctx context.Context, r broker.Request) (core.Credentials, broker.Entry, error)
	Console(ctx context.Context, r broker.ConsoleRequest) (broker.Console, error)
}

// Desk is what the screen does outside the terminal.
type Desk interface {
	// OpenURL opens a link in the browser. The link may hold a secret: errors do not.
	OpenURL(url core.Secret) error
	// Shell is a shell that acts in an account, not started. Its environment holds secrets.
	Shell(c core.Credentials, account broker.Entry, region string) *exec.Cmd
	// WriteSecret makes a new file that only the user can read. One that is there already
	// is CodeConflict and stays as it is.
	WriteSecret(path string, data []byte) error
}
