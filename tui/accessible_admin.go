package tui

import (
	"context"
	"strconv"
	"time"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/plan"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// matching are the entries that a filter's words find.
func matching(all []broker.Entry, words string) []broker.Entry {
	q := query.Parse(words)
	var out []broker.Entry
	for _, e := range all {
		fields := append([]string{e.Name, string(e.AccountID), e.Email, string(e.Role), string(e.Status)}, e.Groups...)
		for i := range fields {
			fields[i] = query.Fold(fields[i])
		}
		if q.Match(fields...) {
			out = append(out, e)
		}
	}
	return out
}

// shell names the command that does it: questions and a shell cannot share one input.
func (p *plain) shell(_ context.Context, e broker.Entry) error {
	role := ""
	if p.role != "" {
		role = " --role " + p.role
	}
	p.asker.Say("Leave, and run: cam exec %s%s -- %s", e.AccountID, role, "$SHELL")
	return nil
}

func (p *plain) validate(ctx context.Context) error {
	desired, findings, err := config.Load(ctx, p.opt.Folder.FS())
	if err != nil {
		return err
	}
	for _, f := range findings {
		p.asker.Say("%s", f)
	}
	p.asker.Say("%s, %s, %s, %s.", ui.Count(len(desired.Accounts), "account"), ui.Count(len(desired.Roles), "role"),
		ui.Count(len(desired.Policies), "policy"), ui.Count(len(findings), "finding"))
	return nil
}

// status reads out what is not settled, the failed first.
func (p *plain) status(ctx context.Context) error {
	recorded, err := engine.Recorded(ctx, p.admin.State)
	if err != nil {
		return err
	}
	counts := map[core.AssignmentStatus]int{}
	for i := range recorded.Assignments {
		counts[recorded.Assignments[i].Status]++
	}
	for _, status := range []core.AssignmentStatus{core.AssignmentFailed, core.AssignmentPending, core.AssignmentDeleting, core.AssignmentActive} {
		p.asker.Say("%s: %s.", status, ui.Count(counts[status], "assignment"))
	}
	said := 0
	for i := range recorded.Assignments {
		r := &recorded.Assignments[i]
		if r.Status != core.AssignmentFailed || said == maxOffered {
			continue
		}
		said++
		why := "the reason is not recorded"
		if r.Failure != nil {
			why = r.Failure.Code + ": " + r.Failure.Message
		}
		p.asker.Say("Failed: %s in %s, attempt %d. %s", r.Role, r.Account, r.Attempts, why)
	}
	return nil
}

// open lists assignments that are failed or stuck.
func (p *plain) open(ctx context.Context) ([]core.Pair, error) {
	var out []core.Pair
	for r, err := range p.admin.State.OpenAssignments(ctx, core.AssignmentFailed, core.AssignmentPending, core.AssignmentDeleting) {
		if err != nil {
			return nil, err
		}
		if !r.Waiting {
			out = append(out, r.Pair)
		}
	}
	return out, nil
}

func (p *plain) retry(ctx context.Context) error {
	pairs, err := p.open(ctx)
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		p.asker.Say("Nothing failed, and nothing is stuck.")
		return nil
	}
	sure, err := p.asker.Confirm(ctx, "Drive "+ui.Count(len(pairs), "assignment")+" again?", "yes")
	if err != nil || !sure {
		return err
	}
	if err := engine.Retry(ctx, p.admin.Publisher, pairs, time.Now()); err != nil {
		return err
	}
	p.asker.Say("Asked for %s to be driven again.", ui.Count(len(pairs), "assignment"))
	return nil
}

func (p *plain) pending(ctx context.Context) error {
	found := 0
	for a, err := range p.admin.State.ListAccounts(ctx, core.AccountPending) {
		if err != nil {
			return err
		}
		found++
		p.asker.Say("%s %s has not registered. Its owner runs: %s", a.ID, a.Name, p.admin.Invite(a.ID).Command())
	}
	if found == 0 {
		p.asker.Say("All accounts have registered.")
	}
	return nil
}

// push reads the plan out, has it confirmed, and follows the rollout.
func (p *plain) push(ctx context.Context) error {
	push := p.admin.Push()
	p.asker.Say("Computing the plan.")
	findings, err := push.Prepare(ctx, p.opt.Folder.FS())
	if err != nil {
		return err
	}
	for _, f := range findings {
		p.asker.Say("%s", f)
	}
	if core.HasErrors(findings) {
		return core.Errorf(core.CodeInvalid, "the configuration has errors; nothing can be pushed")
	}
	p.readPlan(push.Plan)
	if push.Pending() == 0 {
		p.asker.Say("There is nothing to push.")
		return nil
	}
	word := "push"
	if n := push.Removals(); n > 0 {
		p.asker.Say("%s that no file lists any more will be removed.", ui.Count(n, "entry"))
		word = strconv.Itoa(n)
	}
	sure, err := p.asker.Confirm(ctx, "Push this plan?", word)
	if err != nil || !sure {
		return err
	}
	if err := push.Current(ctx, p.opt.Folder.FS()); err != nil {
		return err
	}
	if err := push.Upload(ctx, func(key string) { p.asker.Say("Uploaded %s.", key) }); err != nil {
		return err
	}
	last := engine.Progress{}
	err = push.Wait(ctx, func(g engine.Progress) {
		if g.Files != last.Files || g.Pending != last.Pending || g.Leaving != last.Leaving {
			p.asker.Say("%d files to be processed, %d pending, %d deleting, %d failed.", g.Files, g.Pending, g.Leaving, len(g.Failed))
		}
		last = g
	})
	if err == nil {
		p.asker.Say("Rolled out.")
	}
	return err
}

func (p *plain) readPlan(computed *plan.Plan) {
	s := computed.Summary
	for _, line := range []struct {
		noun string
		plan.Counts
	}{{"account", s.Accounts}, {"role", s.Roles}, {"policy", s.Policies}, {"assignment", s.Assignments}} {
		p.asker.Say("%s: %d added, %d changed, %d removed.", ui.Count(line.Total(), line.noun), line.Add, line.Update, line.Remove)
	}
	said := 0
	for i := range computed.Changes {
		if c := &computed.Changes[i]; c.Action == plan.Remove && said < maxOffered {
			said++
			p.asker.Say("Removed: %s %s.", c.Kind, c.ID)
		}
	}
}
