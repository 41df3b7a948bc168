package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/pkg/browser"
	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
)

func newConsole(a *app) *cobra.Command {
	var r broker.ConsoleRequest
	var print bool
	cmd := &cobra.Command{
		Use:   "console ACCOUNT",
		Short: "Open the AWS console of an account",
		Long: `Open the AWS console of an account in the browser, or print the link.

A federated link (the default) signs in whoever opens it within 15 minutes: treat it
as a password. Its session ends after an hour at the latest. A switch-role link holds
no secret, uses the browser's own session in the master account, and can be renewed
there.

Services: ` + strings.Join(broker.Services(), ", "),
		Example: `  cam console payments-prod --service s3
  cam console payments-prod --print
  cam console payments-prod --switch-role --print`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Account, r.Region = args[0], a.region
			b, _, err := a.broker(cmd.Context())
			if err != nil {
				return err
			}
			link, err := b.Console(cmd.Context(), r)
			if err != nil {
				return err
			}
			if print {
				_, err := fmt.Fprintln(a.out, link.URL.Reveal())
				return err
			}
			return a.openConsole(link)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.Role, "role", "", "role to enter with, if you may take several")
	flags.StringVar(&r.Service, "service", "", "open this service")
	flags.StringVar(&r.Destination, "destination", "", "open this console URL")
	flags.BoolVar(&r.SwitchRole, "switch-role", false, "a renewable switch-role link instead of a federated one")
	flags.BoolVar(&print, "print", false, "print the link instead of opening it")
	return cmd
}

func (a *app) openConsole(link broker.Console) error {
	browser.Stdout, browser.Stderr = a.err, a.err
	if err := browser.OpenURL(link.URL.Reveal()); err != nil {
		return core.Errorf(core.CodeFailure, "no browser could be opened").WithHint("print the link with --print")
	}
	if link.Renewable {
		a.notef("Opened %s as %s; renew it in the browser by switching roles again.", link.Entry.Label(), link.Entry.Role)
		return nil
	}
	a.notef("Opened %s as %s until %s.", link.Entry.Label(), link.Entry.Role, link.Expires.Local().Format(time.TimeOnly))
	return nil
}
