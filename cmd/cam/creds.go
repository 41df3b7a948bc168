package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
)

// access are the flags of commands that enter an account.
type access struct {
	role     string
	duration time.Duration
	noCache  bool
}

func (x *access) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&x.role, "role", "", "role to enter with, if you may take several")
	cmd.Flags().DurationVar(&x.duration, "duration", 0, "how long the credentials last, 15m to 1h (default: the role's)")
	cmd.Flags().BoolVar(&x.noCache, "no-cache", false, "take new credentials even if cached ones are still good")
}

func (x *access) request(account string) broker.Request {
	return broker.Request{Role: x.role, Account: account, Duration: x.duration, NoCache: x.noCache}
}

func newCreds(a *app) *cobra.Command {
	var x access
	var format string
	cmd := &cobra.Command{
		Use:   "creds ACCOUNT",
		Short: "Print credentials for an account",
		Long: `Print credentials for an account. ACCOUNT is an ID, a name, an email address or a part
of one that only one account has.

The default format is what the AWS CLI and SDKs expect of a credential_process:

  [profile payments]
  credential_process = cam creds payments-prod`,
		Example: `  eval "$(cam creds payments-prod --format env)"
  cam creds payments-prod --format fish | source
  cam creds 111122223333 --role Read-Only --duration 30m`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := broker.ParseFormat(format)
			if err != nil {
				return err
			}
			b, client, err := a.broker(cmd.Context())
			if err != nil {
				return err
			}
			creds, entry, err := b.Credentials(cmd.Context(), x.request(args[0]))
			if err != nil {
				return err
			}
			return broker.WriteCredentials(a.out, f, creds, broker.Meta{
				Region: client.Region(), Profile: sectionName(entry), Account: entry.AccountID, Role: entry.Role,
			})
		},
	}
	x.flags(cmd)
	cmd.Flags().StringVar(&format, "format", string(broker.FormatProcess), formatNames())
	return cmd
}

func formatNames() string {
	var names []string
	for _, f := range broker.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// sectionName is the profile that the ini format writes.
func sectionName(e broker.Entry) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, e.Name)
	if name == "" {
		name = string(e.AccountID)
	}
	return name + "-" + string(core.RoleName(e.Role))
}
