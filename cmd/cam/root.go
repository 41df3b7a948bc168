package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
)

// Exit codes of the program; docs/reference.md lists them.
const (
	exitDone = iota
	exitFailure
	exitUsage
	exitInvalid
	exitDenied
	exitNotFound
	exitNoCredentials
	exitRollout
	exitChanges
)

var exitCodes = map[core.Code]int{
	core.CodeUsage:         exitUsage,
	core.CodeInvalid:       exitInvalid,
	core.CodeDenied:        exitDenied,
	core.CodeNotFound:      exitNotFound,
	core.CodeAmbiguous:     exitNotFound,
	core.CodeNoCredentials: exitNoCredentials,
	core.CodeRollout:       exitRollout,
	core.CodeChanges:       exitChanges,
}

// run executes one command line and returns the process's exit code.
func run(ctx context.Context, a *app, args []string) int {
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	started := false
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		started = true
		return a.checkOutput()
	}
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errShown):
		return exitCode(err)
	case !started: // cobra's own: unknown command or flag, wrong arguments
		err = core.Errorf(core.CodeUsage, "%w", err).WithHint("see %s --help", root.CommandPath())
	case ctx.Err() != nil:
		fmt.Fprintln(a.err, "cam: stopped")
		return exitFailure
	}
	a.printError(err)
	return exitCode(err)
}

// errShown marks an error that has been printed already, or needs no words.
var errShown = errors.New("")

type shownError struct {
	code   core.Code
	status int // exit status of a child; 0: as code says
}

func (e *shownError) Error() string        { return string(e.code) }
func (e *shownError) Is(target error) bool { return target == errShown }

func exitCode(err error) int {
	if e, ok := errors.AsType[*shownError](err); ok {
		if e.status != 0 {
			return e.status
		}
		return exitCodes[e.code]
	}
	if code, known := exitCodes[core.CodeOf(err)]; known {
		return code
	}
	return exitFailure
}

// childStatus turns a child's end into our own exit status, as shells do.
func childStatus(err error) error {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return err
	}
	if status := exit.ExitCode(); status > 0 {
		return &shownError{status: status}
	}
	return &shownError{status: signalStatus(exit)}
}

func newRoot(a *app) *cobra.Command {
	var o interactive
	cmd := &cobra.Command{
		Use:   "cam",
		Short: "Enter and govern many AWS accounts from a terminal",
		Long: `cam enters and governs the sub-accounts of an AWS master account.

Users see the accounts approved for the role they hold in the master account, open
their consoles and get credentials for them. Admins keep accounts, roles and policies
in files, see what a push would change, push, and follow the rollout.

Without a command it opens the terminal interface, where all of that is at hand; ? lists
its keys. ACCESSIBLE=1 asks numbered questions instead.

Try it without an AWS account:

  cam demo`,
		Example: `  cam                                   # the terminal interface
  cam --view rollout --filter failed    # what failed, live
  cam ls                                # accounts approved for your role
  cam console payments-prod             # open its console
  cam exec payments-prod -- aws s3 ls   # run a command with its credentials
  eval "$(cam creds payments-prod --format env)"

  cam init org && cam validate org      # a configuration to start from
  cam plan org && cam push org --wait   # roll it out`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if a.terminal() {
				return a.tui(cmd.Context(), o)
			}
			cmd.SetOut(a.err)
			_ = cmd.Help()
			return &shownError{code: core.CodeUsage}
		},
	}
	o.flags(cmd)
	flags := cmd.PersistentFlags()
	flags.StringVarP(&a.profile, "profile", "p", "", "profile of ~/.aws/config to sign in with")
	flags.StringVar(&a.region, "region", "", "AWS region of the installation")
	flags.StringVarP(&a.output, "output", "o", "", "table, json or csv (default: table on a terminal, else json)")
	flags.BoolVar(&a.noInput, "no-input", false, "never prompt")
	cmd.CompletionOptions.HiddenDefaultCmd = false
	cmd.AddGroup(
		&cobra.Group{ID: "use", Title: "For users and scripts:"},
		&cobra.Group{ID: "admin", Title: "For admins:"},
		&cobra.Group{ID: "try", Title: "Without an AWS account:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			cmd.AddCommand(c)
		}
	}
	add("use", newWhoami(a), newLs(a), newCreds(a), newExec(a), newConsole(a))
	add("admin", newInit(a), newValidate(a), newPlan(a), newPush(a), newStatus(a), newRetry(a), newTemplate(a), newDeploy(a))
	add("try", newDemo(a), newSandbox(a))
	cmd.AddCommand(newVersion(a))
	return cmd
}
