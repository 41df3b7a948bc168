package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
)

func newRetry(a *app) *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use:   "retry",
		Short: "Drive failed and stuck assignments again",
		Long: `Drive failed and stuck assignments again, now instead of on the engine's schedule.
Mend the cause first: cam status --failed says what it is.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.retry(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.role, "role", "", "only this role")
	cmd.Flags().StringVar(&o.account, "account", "", "only the account with this ID or name")
	return cmd
}

func (a *app) retry(ctx context.Context, o statusOptions) error {
	client, err := a.client(ctx)
	if err != nil {
		return err
	}
	who, err := client.STS().Identity(ctx)
	if err != nil {
		return err
	}
	var pairs []core.Pair
	for r, err := range client.Tables().OpenAssignments(ctx, core.AssignmentFailed, core.AssignmentPending, core.AssignmentDeleting) {
		if err != nil {
			return err
		}
		if !r.Waiting && o.selects(&r) {
			pairs = append(pairs, r.Pair)
		}
	}
	if err := engine.Retry(ctx, client.Topics(who.Account, client.Region()), pairs, time.Now()); err != nil {
		return err
	}
	a.notef("Asked for %s to be driven again.", count(len(pairs), "assignment"))
	if a.output == "json" {
		return writeJSON(a.out, map[string]int{"retried": len(pairs)})
	}
	return nil
}
