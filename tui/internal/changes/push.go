package changes

import (
	"context"
	"fmt"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/plan"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch"
)

// countFrom is the number of changed assignments from which a push is confirmed by
// typing a number, also if nothing is removed.
const countFrom = 50

// confirm shows what the push would do, and asks. The answer counts for this plan only.
func (s *Screen) confirm() tea.Cmd {
	p, o := s.push, s.outline
	return ui.Ask(&ui.Confirm{
		Heading: "Push plan " + o.plan.Hash[:12] + "?", Verb: "Push", Type: toType(p),
		Render: func(t *ui.Theme, w int) []string { return s.blast(t, p, o, w) },
		Yes: func() tea.Cmd {
			if s.push != p || s.outdated != "" {
				return ui.Fail("pushing", core.Errorf(core.CodeConflict, "the plan that was confirmed is not the one that is shown now").
					WithHint("look at the plan and push again"))
			}
			return s.start(p)
		},
	})
}

// toType is the number that has to be typed: of entries that vanished, of what is
// removed, or, for large pushes, of changed assignments. Small additions need none.
func toType(p *engine.Push) string {
	sum := p.Plan.Summary
	removed := sum.Accounts.Remove + sum.Roles.Remove + sum.Assignments.Remove
	switch {
	case p.Removals() > 0:
		return strconv.Itoa(p.Removals())
	case removed > 0:
		return strconv.Itoa(removed)
	case sum.Assignments.Total() >= countFrom:
		return strconv.Itoa(sum.Assignments.Total())
	default:
		return ""
	}
}

// blast lists what the push does, the removals first.
func (s *Screen) blast(t *ui.Theme, p *engine.Push, o *outline, w int) []string {
	var out []string
	if n := p.Removals(); n > 0 {
		out = append(out, t.Bad.Render(ui.Count(n, "entry")+" that no file lists any more will be removed."), "")
	}
	for _, a := range []plan.Action{plan.Remove, plan.Add, plan.Update} {
		var lines []string
		for i := range o.plan.Changes {
			c := &o.plan.Changes[i]
			if c.Action != a {
				continue
			}
			label := string(c.Kind) + " " + c.ID
			if c.Kind == plan.KindAssignment {
				label = string(c.Role) + " in " + o.label(c.Account)
			} else if c.Kind == plan.KindAccount {
				label = "account " + o.label(core.AccountID(c.ID))
			}
			lines = append(lines, label)
		}
		out = append(out, list(t, a, map[plan.Action]string{plan.Remove: "Removed", plan.Add: "Added", plan.Update: "Changed"}[a], lines)...)
	}
	out = append(out, t.Bold.Render("Files written ("+ui.Number(len(o.files))+")"))
	for i := range o.files {
		out = append(out, "  "+ui.Clean(o.files[i].Key))
	}
	return out
}

// step is something that happened in a push.
type step struct {
	screen   *Screen
	progress watch.PushProgress
	next     <-chan step
}

// start pushes in a command, and goes to the rollout.
func (s *Screen) start(p *engine.Push) tea.Cmd {
	s.pushing, s.uploading = true, true
	steps := make(chan step, 16)
	ctx, folder, now := s.ctx, s.folder, s.kit.Now
	return tea.Batch(
		func() tea.Msg { return ui.Show{View: ui.ViewRollout} },
		func() tea.Msg {
			run := &run{screen: s, push: p, steps: steps, next: steps, now: now, started: now()}
			go run.all(ctx, func(ctx context.Context) error { return p.Current(ctx, folder) })
			return <-steps
		},
	)
}

// run is a push under way. It reports to steps, which it closes at the end.
type run struct {
	screen  *Screen
	push    *engine.Push
	steps   chan<- step
	next    <-chan step
	now     func() time.Time
	started time.Time
	state   watch.PushProgress
}

func (r *run) report(change func(*watch.PushProgress)) {
	change(&r.state)
	r.state.Started, r.state.Now = r.started, r.now()
	r.steps <- step{screen: r.screen, progress: r.state, next: r.next}
}

func (r *run) all(ctx context.Context, check func(context.Context) error) {
	defer close(r.steps)
	r.state.Total = r.push.Pending()
	r.report(func(p *watch.PushProgress) { p.Uploading = "checking that the plan still holds" })
	err := check(ctx)
	if err == nil {
		err = r.push.Upload(ctx, func(key string) {
			r.report(func(p *watch.PushProgress) { p.Done++; p.Uploading = key })
		})
	}
	if err == nil {
		r.report(func(p *watch.PushProgress) { p.Uploading = "" })
		err = r.wait(ctx)
	}
	r.report(func(p *watch.PushProgress) { p.Finished, p.Err = true, err })
}

// wait follows the rollout; a lost network or a throttled table only delays it. The
// rollout screen's own watch says what is wrong meanwhile.
func (r *run) wait(ctx context.Context) error {
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := r.push.Wait(ctx, func(g engine.Progress) {
			pause = time.Second
			r.report(func(p *watch.PushProgress) {
				p.Files, p.Pending, p.Leaving, p.Failed, p.Waiting = g.Files, g.Pending, g.Leaving, len(g.Failed), g.Waiting
			})
		})
		if !core.IsCode(err, core.CodeUnavailable, core.CodeThrottled) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}

// stepped shows a step and waits for the next.
func (s *Screen) stepped(msg step) tea.Cmd {
	p := msg.progress
	if msg.screen != s {
		if p.Finished {
			return nil
		}
		return func() tea.Msg { return <-msg.next } // it is told to nobody, but goes on
	}
	s.uploading = p.Uploading != "" && !p.Finished
	tell := func() tea.Msg { return p }
	if !p.Finished {
		return tea.Batch(tell, func() tea.Msg { return <-msg.next })
	}
	s.pushing, s.outdated = false, "this plan was pushed"
	if p.Err != nil {
		return tea.Batch(tell, ui.Fail("pushing", p.Err))
	}
	return tea.Batch(tell, ui.Say(fmt.Sprintf("Pushed %s; rolled out in %s.", ui.Count(p.Total, "file"), p.Now.Sub(p.Started).Round(100*time.Millisecond))))
}
