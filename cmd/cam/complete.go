package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// completionTime bounds how long a shell waits for account names.
const completionTime = 3 * time.Second

// completeAccounts offers the accounts approved for the current role, or for the one
// that --role names, as the first argument of a command. Without credentials it offers
// nothing.
func (a *app) completeAccounts(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	b, _, err := a.broker(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	role, _ := cmd.Flags().GetString("role")
	entries, err := b.List(ctx, role, "")
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range entries {
		if e.Name != "" {
			names = append(names, cobra.CompletionWithDesc(clean(e.Name), string(e.AccountID)))
		}
		names = append(names, cobra.CompletionWithDesc(string(e.AccountID), clean(e.Name)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
