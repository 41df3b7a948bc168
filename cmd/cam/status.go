package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
)

// statusView is what cam status -o json shows.
type statusView struct {
	Accounts    []accountView    `json:"accounts"`
	Roles       []roleView       `json:"roles"`
	Assignments []assignmentView `json:"assignments"`
	Summary     map[string]int   `json:"summary"` // assignments by status
}

type accountView struct {
	core.Account
	Status  core.AccountStatus `json:"status"`
	File    string             `json:"file,omitempty"`
	Refused *core.Failure      `json:"refused,omitempty"` // the last registration that was not believed
	Updated time.Time          `json:"updated_at,omitzero"`
}

type roleView struct {
	Role    core.RoleName   `json:"role"`
	Status  core.RoleStatus `json:"status"`
	File    string          `json:"file,omitempty"`
	Error   *core.Failure   `json:"error,omitempty"`
	Updated time.Time       `json:"updated_at,omitzero"`
}

type assignmentView struct {
	Role    core.RoleName         `json:"role"`
	Account core.AccountID        `json:"account_id"`
	Name    string                `json:"name,omitempty"`
	Status  core.AssignmentStatus `json:"status"`
	Waiting bool                  `json:"waiting,omitempty"` // until the account registers
	Error   *core.Failure         `json:"error"`
	Updated time.Time             `json:"updated_at"`
}

type statusOptions struct {
	role, account string
	failed, watch bool
}

func newStatus(a *app) *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the rollout: accounts, roles and assignments as recorded",
		Example: `  cam status --failed
  cam status --role DevOps --watch`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client(cmd.Context())
			if err != nil {
				return err
			}
			tables := client.Tables()
			if o.watch {
				return a.watchStatus(cmd.Context(), tables, o)
			}
			recorded, err := engine.Recorded(cmd.Context(), tables)
			if err != nil {
				return err
			}
			return a.showStatus(viewStatus(recorded, o))
		},
	}
	cmd.Flags().StringVar(&o.role, "role", "", "only this role")
	cmd.Flags().StringVar(&o.account, "account", "", "only the account with this ID or name")
	cmd.Flags().BoolVar(&o.failed, "failed", false, "only failed assignments")
	cmd.Flags().BoolVar(&o.watch, "watch", false, "show changes until nothing is under way")
	return cmd
}

func viewStatus(r *core.Recorded, o statusOptions) *statusView {
	v := &statusView{Accounts: []accountView{}, Roles: []roleView{}, Assignments: []assignmentView{}, Summary: map[string]int{}}
	for i := range r.Accounts {
		rec := &r.Accounts[i]
		if o.account == "" || string(rec.ID) == o.account || rec.Name == o.account {
			v.Accounts = append(v.Accounts, accountView{rec.Account, rec.Status, rec.Source, rec.Refused, rec.Updated})
		}
	}
	for i := range r.Roles {
		rec := &r.Roles[i]
		if o.role == "" || rec.Name == core.ParseRoleName(o.role) {
			v.Roles = append(v.Roles, roleView{rec.Name, rec.Status, rec.Source, rec.Failure, rec.Updated})
		}
	}
	for i := range r.Assignments {
		if rec := &r.Assignments[i]; o.selects(rec) {
			v.Assignments = append(v.Assignments, assignmentView{rec.Role, rec.Account, rec.Of.Name, rec.Status, rec.Waiting, rec.Failure, rec.Updated})
			v.Summary[string(rec.Status)]++
		}
	}
	return v
}

func (o statusOptions) selects(r *core.AssignmentRecord) bool {
	return (o.role == "" || r.Role == core.ParseRoleName(o.role)) &&
		(o.account == "" || string(r.Account) == o.account || r.Of.Name == o.account) &&
		(!o.failed || r.Status == core.AssignmentFailed)
}

func (a *app) showStatus(v *statusView) error {
	rows := make([][]string, 0, len(v.Assignments))
	for _, s := range v.Assignments {
		rows = append(rows, []string{string(s.Role), string(s.Account), s.Name, string(s.Status), why(&s), age(s.Updated)})
	}
	if err := a.show(v, []string{"role", "account_id", "name", "status", "why", "updated_at"}, rows); err != nil {
		return err
	}
	if a.format() == "table" {
		a.notef("%s", summaryText(v.Summary))
	}
	return nil
}

// why explains a status that is not active.
func why(s *assignmentView) string {
	switch {
	case s.Error != nil:
		return fmt.Sprintf("%s (attempt %d): %s", s.Error.Code, s.Error.Attempts, s.Error.Message)
	case s.Waiting:
		return "the account has not registered"
	default:
		return ""
	}
}

func age(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

func summaryText(byStatus map[string]int) string {
	text := ""
	for _, s := range []core.AssignmentStatus{core.AssignmentActive, core.AssignmentPending, core.AssignmentDeleting, core.AssignmentFailed, core.AssignmentDeleted} {
		if n := byStatus[string(s)]; n > 0 {
			text += fmt.Sprintf("%d %s, ", n, s)
		}
	}
	if text == "" {
		return "No assignments."
	}
	return "Assignments: " + text[:len(text)-2] + "."
}

// watchStatus prints each change of an assignment until nothing is under way.
func (a *app) watchStatus(ctx context.Context, state engine.State, o statusOptions) error {
	seen := map[core.Pair]core.AssignmentStatus{}
	line := &statusLine{w: a.err, tty: a.errTTY}
	defer line.end()
	for {
		recorded, err := engine.Recorded(ctx, state)
		if err != nil {
			return err
		}
		v := viewStatus(recorded, o)
		busy := false
		for _, s := range v.Assignments {
			pair := core.Pair{Role: s.Role, Account: s.Account}
			if last, known := seen[pair]; !known || last != s.Status {
				seen[pair] = s.Status
				if _, err := fmt.Fprintf(a.out, "%s  %s  %s  %s\n", s.Role, s.Account, s.Status, clean(why(&s))); err != nil {
					return err
				}
			}
			busy = busy || !s.Status.Settled() && !s.Waiting
		}
		line.set(summaryText(v.Summary))
		if !busy {
			return nil
		}
		if err := sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
