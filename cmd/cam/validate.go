package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
)

func newValidate(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "validate [DIR]",
		Short: "Check a configuration without sending anything",
		Long: `Check a configuration without sending anything: every finding at once, with file, line,
column and what to do. Needs no AWS account.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			configuration, findings, err := a.load(cmd.Context(), folderArg(args))
			if err != nil {
				return err
			}
			if err := a.reportValidation(configuration, findings); err != nil {
				return err
			}
			if core.HasErrors(findings) {
				return invalid(findings)
			}
			return nil
		},
	}
}

func (a *app) reportValidation(c *core.Configuration, findings []core.Finding) error {
	if findings == nil {
		findings = []core.Finding{}
	}
	switch a.format() {
	case "json":
		return writeJSON(a.out, map[string]any{
			"valid": !core.HasErrors(findings), "findings": findings,
			"summary": map[string]int{"accounts": len(c.Accounts), "roles": len(c.Roles), "policies": len(c.Policies)},
		})
	case "csv":
		rows := make([][]string, 0, len(findings))
		for _, f := range findings {
			rows = append(rows, []string{f.File, strconv.Itoa(f.Line), strconv.Itoa(f.Column), string(f.Severity), f.Message, f.Advice})
		}
		return a.show(nil, []string{"file", "line", "column", "severity", "message", "advice"}, rows)
	}
	a.showFindings(findings)
	if !core.HasErrors(findings) {
		a.notef("Valid: %s, %s, %s.", count(len(c.Accounts), "account"), count(len(c.Roles), "role"), count(len(c.Policies), "policy"))
	}
	return nil
}
