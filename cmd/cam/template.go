package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/templates"
)

func newTemplate(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "template master|sub-account",
		Short: "Print the CloudFormation template of the master account or of sub-accounts",
		Example: `  cam template master > master.yaml
  cam template sub-account > sub-account.yaml`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"master", "sub-account"},
		RunE: func(_ *cobra.Command, args []string) error {
			body, known := map[string]string{"master": templates.Master(), "sub-account": templates.SubAccount()}[args[0]]
			if !known {
				return core.Errorf(core.CodeUsage, "there is no template %q", args[0]).WithHint("one of master, sub-account")
			}
			_, err := io.WriteString(a.out, body)
			return err
		},
	}
}
