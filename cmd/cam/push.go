package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
)

type pushOptions struct {
	yes     bool
	wait    bool
	timeout time.Duration
}

func newPush(a *app) *cobra.Command {
	var o pushOptions
	cmd := &cobra.Command{
		Use:   "push [DIR]",
		Short: "Show the plan, have it confirmed, and roll it out",
		Long: `Show the plan, have it confirmed, and roll it out: the files go to the configuration
bucket, and the engine brings the accounts to what they say. Entries that are in no file
any more are removed; their number is asked for. Without a terminal, --yes confirms all
of the plan, removals included.`,
		Example: `  cam push org
  cam push org --yes --wait`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.push(cmd.Context(), folderArg(args), o)
		},
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "confirm the plan as it is shown")
	cmd.Flags().BoolVar(&o.wait, "wait", false, "wait until the rollout has ended; exit code 7 if it failed")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 30*time.Minute, "how long --wait waits")
	return cmd
}

func (a *app) push(ctx context.Context, dir string, o pushOptions) error {
	folder, err := openFolder(dir)
	if err != nil {
		return err
	}
	// What is wrong in the files is said before anything is asked of AWS.
	if _, findings, err := a.load(ctx, dir); err != nil {
		return err
	} else if core.HasErrors(findings) {
		a.showFindings(findings)
		return invalid(findings)
	}
	client, err := a.client(ctx)
	if err != nil {
		return err
	}
	p, err := a.newPushTo(ctx, client)
	if err != nil {
		return err
	}
	findings, err := p.Prepare(ctx, folder)
	if err != nil {
		return err
	}
	a.showFindings(findings)
	if core.HasErrors(findings) {
		return invalid(findings)
	}
	return a.rollOut(ctx, p, o)
}

func (a *app) rollOut(ctx context.Context, p *engine.Push, o pushOptions) error {
	if err := printPlan(a.err, p.Plan); err != nil {
		return err
	}
	if p.Pending() > 0 {
		if err := a.confirm(p, o.yes); err != nil {
			return err
		}
		done := 0
		err := p.Upload(ctx, func(key string) {
			done++
			a.notef("Uploaded %s (%d of %d)", key, done, p.Pending())
		})
		if err != nil {
			return err
		}
	}
	if o.wait {
		ctx, cancel := context.WithTimeout(ctx, o.timeout)
		defer cancel()
		if err := a.watch(ctx, p); err != nil {
			return err
		}
	}
	if a.output == "json" {
		return writeJSON(a.out, map[string]any{"pushed": p.Pending(), "waited": o.wait, "summary": p.Plan.Summary})
	}
	return nil
}

// confirm asks for what --yes says beforehand. Removals of entries that vanished are
// confirmed by their number.
func (a *app) confirm(p *engine.Push, yes bool) error {
	switch {
	case yes:
		return nil
	case a.noInput || !a.inTTY || !a.errTTY:
		return core.Errorf(core.CodeUsage, "the plan is not confirmed, and there is no terminal to ask").
			WithHint("look at the plan above, then push with --yes")
	}
	want, question := "yes", "Push this plan? (yes/no) "
	if n := p.Removals(); n > 0 {
		want = strconv.Itoa(n)
		question = fmt.Sprintf("%s that no file lists any more will be removed. Type their number to push: ", count(n, "entry"))
	}
	fmt.Fprint(a.err, question)
	line, _ := bufio.NewReader(a.in).ReadString('\n')
	if strings.TrimSpace(line) != want {
		return core.Errorf(core.CodeFailure, "not confirmed; nothing was pushed")
	}
	return nil
}

// watch follows a rollout on stderr.
func (a *app) watch(ctx context.Context, p *engine.Push) error {
	line := &statusLine{w: a.err, tty: a.errTTY}
	started := time.Now()
	err := p.Wait(ctx, func(g engine.Progress) { line.set(progressText(g)) })
	line.end()
	if err != nil {
		return err
	}
	a.notef("Rolled out in %s.", time.Since(started).Round(100*time.Millisecond))
	return nil
}

func progressText(g engine.Progress) string {
	parts := []string{}
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	if g.Files > 0 {
		parts = append(parts, count(g.Files, "file")+" to be processed")
	}
	add(g.Pending, "pending")
	add(g.Leaving, "deleting")
	add(len(g.Failed), "failed")
	add(g.Waiting, "waiting for their account to register")
	if len(parts) == 0 {
		return "settled"
	}
	return strings.Join(parts, ", ")
}

// statusLine shows what is going on: one line that changes on a terminal, a line for
// each change elsewhere.
type statusLine struct {
	w     io.Writer
	tty   bool
	last  string
	shown bool
}

func (l *statusLine) set(text string) {
	if text == l.last {
		return
	}
	l.last = text
	if l.tty {
		fmt.Fprintf(l.w, "\r\x1b[K%s", clean(text))
		l.shown = true
		return
	}
	fmt.Fprintln(l.w, clean(text))
}

func (l *statusLine) end() {
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[K")
		l.shown = false
	}
}
