package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/plan"
)

func newPlan(a *app) *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Show what a push would change",
		Long: `Show what a push would change: accounts, roles, policies and assignments. Entries that
are recorded but that no file lists any more are shown as orphaned; a push removes them
after asking.`,
		Example: `  cam plan org
  cam plan org --check    # exit code 8 if there are changes`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.computePlan(cmd.Context(), folderArg(args))
			if err != nil {
				return err
			}
			if err := a.showPlan(p); err != nil {
				return err
			}
			if check && !(p.Empty() && len(p.Orphans) == 0) {
				return &shownError{code: core.CodeChanges}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "exit with 8 if there are changes")
	return cmd
}

// computePlan is the plan as it stands without removing orphans.
func (a *app) computePlan(ctx context.Context, dir string) (*plan.Plan, error) {
	configuration, findings, err := a.load(ctx, dir)
	if err != nil {
		return nil, err
	}
	a.showFindings(findings)
	if core.HasErrors(findings) {
		return nil, invalid(findings)
	}
	client, err := a.client(ctx)
	if err != nil {
		return nil, err
	}
	recorded, err := engine.Recorded(ctx, client.Tables())
	if err != nil {
		return nil, err
	}
	return plan.Compute(configuration, recorded, plan.Options{}), nil
}

func (a *app) showPlan(p *plan.Plan) error {
	switch a.format() {
	case "json":
		return writeJSON(a.out, p)
	case "csv":
		rows := make([][]string, 0, len(p.Changes))
		for _, c := range p.Changes {
			rows = append(rows, []string{string(c.Action), string(c.Kind), c.ID, c.Source})
		}
		return a.show(nil, []string{"action", "kind", "id", "file"}, rows)
	default:
		return printPlan(a.out, p)
	}
}

// maxAssignmentLines bounds how many assignments a printed plan lists one by one.
const maxAssignmentLines = 200

var signs = map[plan.Action]string{plan.Add: "+", plan.Update: "~", plan.Remove: "-"}

// printPlan writes a plan for a person.
func printPlan(out io.Writer, p *plan.Plan) error {
	w := bufio.NewWriter(out)
	kind, listed, left := plan.Kind(""), 0, 0
	for _, c := range p.Changes {
		if c.Kind != kind {
			kind = c.Kind
			fmt.Fprintf(w, "%s:\n", headings[kind])
		}
		if kind == plan.KindAssignment {
			if listed++; listed > maxAssignmentLines {
				left++
				continue
			}
		}
		printChange(w, &c)
	}
	if left > 0 {
		fmt.Fprintf(w, "  ... and %s more\n", count(left, "assignment"))
	}
	for i, o := range p.Orphans {
		if i == 0 {
			fmt.Fprintln(w, "Orphaned (recorded, but in no file any more):")
		}
		fmt.Fprintf(w, "  ! %s %s, once in %s\n", o.Kind, clean(o.ID), clean(o.Source))
	}
	if p.Empty() && len(p.Orphans) == 0 {
		fmt.Fprintln(w, "No changes: what is recorded is what the files say.")
	} else {
		s := p.Summary
		fmt.Fprintf(w, "Plan: %s; %s; %s; %s.\n", tally(s.Accounts, "account"), tally(s.Roles, "role"), tally(s.Policies, "policy"), tally(s.Assignments, "assignment"))
	}
	return w.Flush()
}

var headings = map[plan.Kind]string{
	plan.KindAccount: "Accounts", plan.KindRole: "Roles", plan.KindPolicy: "Policies", plan.KindAssignment: "Assignments",
}

func printChange(w io.Writer, c *plan.Change) {
	note := ""
	switch {
	case c.Orphan:
		note = "  (in no file any more)"
	case c.Waiting && c.Action != plan.Remove:
		note = "  (when the account registers)"
	case len(c.Roles) > 0:
		note = fmt.Sprintf("  (%s)", count(len(c.Roles), "role"))
	}
	fmt.Fprintf(w, "  %s %s%s\n", signs[c.Action], clean(c.ID), note)
	for _, f := range c.Fields {
		if f.Name == "document" {
			fmt.Fprintf(w, "      document: %d -> %d characters\n", len(f.Old), len(f.New))
			continue
		}
		fmt.Fprintf(w, "      %s: %s -> %s\n", f.Name, quoteEmpty(f.Old), quoteEmpty(f.New))
	}
}

func quoteEmpty(s string) string {
	if s == "" {
		return "(none)"
	}
	return clean(s)
}

func tally(c plan.Counts, noun string) string {
	if c.Total() == 0 {
		return "no " + noun + " changes"
	}
	return fmt.Sprintf("%s (+%d ~%d -%d)", count(c.Total(), noun+" change"), c.Add, c.Update, c.Remove)
}
