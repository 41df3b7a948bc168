package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newLs(a *app) *cobra.Command {
	var role, group string
	cmd := &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "List the accounts approved for your role",
		Example: `  cam ls
  cam ls --group production -o csv
  cam ls --role Read-Only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, _, err := a.broker(cmd.Context())
			if err != nil {
				return err
			}
			entries, err := b.List(cmd.Context(), role, group)
			if err != nil {
				return err
			}
			rows := make([][]string, 0, len(entries))
			for _, e := range entries {
				rows = append(rows, []string{string(e.AccountID), e.Name, e.Email, strings.Join(e.Groups, ","), string(e.Role), string(e.Status)})
			}
			return a.show(entries, []string{"account_id", "name", "email", "groups", "role", "status"}, rows)
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "role to list for, if you may take several")
	cmd.Flags().StringVar(&group, "group", "", "only accounts of this group")
	return cmd
}
