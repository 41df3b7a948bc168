package main

import (
	"time"

	"github.com/spf13/cobra"
)

func newWhoami(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Show your identity, current role and when the session ends",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, _, err := a.broker(cmd.Context())
			if err != nil {
				return err
			}
			who, err := b.Whoami(cmd.Context())
			if err != nil {
				return err
			}
			expires := "does not expire, or is not known"
			if !who.Expires.IsZero() {
				expires = who.Expires.Format(time.RFC3339)
			}
			role := string(who.CurrentRole)
			if role == "" {
				role = "none"
			}
			return a.show(who, []string{"identity", "current role", "master account", "expires"},
				[][]string{{who.ARN, role, string(who.MasterAccount), expires}})
		},
	}
}
