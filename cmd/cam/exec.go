package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
)

// Exit codes of exec for a command that could not be run, as in POSIX shells.
const (
	exitNotExecutable = 126
	exitNoCommand     = 127
)

func newExec(a *app) *cobra.Command {
	var x access
	cmd := &cobra.Command{
		Use:   "exec ACCOUNT -- CMD [ARG...]",
		Short: "Run a command with the credentials of an account",
		Long: `Run a command with the credentials of an account in its environment. The exit code is
the command's own: 126 if it cannot be executed, 127 if it is not found.`,
		Example: `  cam exec payments-prod -- aws s3 ls
  cam exec payments-prod --role Read-Only -- bash`,
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			b, client, err := a.broker(cmd.Context())
			if err != nil {
				return err
			}
			creds, entry, err := b.Credentials(cmd.Context(), x.request(args[0]))
			if err != nil {
				return err
			}
			env := broker.Environment(a.environ, creds, client.Region(), entry.AccountID, entry.Role)
			return a.runChild(cmd.Context(), args[1:], env)
		},
	}
	cmd.Flags().SetInterspersed(true)
	x.flags(cmd)
	return cmd
}

// runChild runs a command on our own streams. Signals that end us go to the child,
// which decides; a terminal sends Ctrl-C to both, and ours is then ignored.
func (a *app) runChild(ctx context.Context, args, env []string) error {
	child := exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...)
	child.Env = env
	child.Stdin, child.Stdout, child.Stderr = a.in, a.out, a.err
	if err := child.Start(); err != nil {
		return cannotRun(args[0], err, a)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded...)
	defer signal.Stop(signals)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case s := <-signals:
				if s != os.Interrupt || !a.inTTY {
					_ = child.Process.Signal(s)
				}
			case <-ended:
				return
			}
		}
	}()
	return childStatus(child.Wait())
}

func cannotRun(name string, err error, a *app) error {
	status := exitNotExecutable
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		status = exitNoCommand
	}
	a.printError(core.Errorf(core.CodeFailure, "cannot run %s: %w", name, err))
	return &shownError{status: status}
}
