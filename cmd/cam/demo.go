package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/templates"
)

func newDemo(a *app) *cobra.Command {
	var o interactive
	var plain bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try everything on a local AWS with a sample organisation",
		Long: `Try everything on a local AWS with a sample organisation: the terminal interface, as its
administrator; B becomes a user, and back. Nothing leaves this machine, and no AWS account
is needed.

With --plain, or without a terminal, the whole path is walked and printed instead: files
are pushed, accounts register, roles roll out, and a DevOps user gets credentials and a
console link.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if plain || !a.terminal() {
				return a.demo(cmd.Context())
			}
			return a.tuiDemo(cmd.Context(), o)
		},
	}
	o.flags(cmd)
	_ = cmd.Flags().MarkHidden("dir")
	cmd.Flags().BoolVar(&plain, "plain", false, "print each step instead of opening the interface")
	return cmd
}

// demo is a walk through the sandbox; each step prints what it does.
type demo struct {
	*app
	box   *sandbox.Sandbox
	push  *engine.Push
	users *broker.Broker
	role  core.RoleName
	step  int
}

func (a *app) demo(ctx context.Context) error {
	d := &demo{app: a, role: "DevOps"}
	started := time.Now()
	for _, step := range []func(context.Context) error{
		d.install, d.pushFiles, d.register, d.rollOut, d.list, d.credentials, d.console, d.refusal,
	} {
		if err := step(ctx); err != nil {
			if d.box != nil {
				_ = d.box.Close()
			}
			return err
		}
	}
	d.say("")
	d.say("All of it in %s. Go on by yourself:", time.Since(started).Round(10*time.Millisecond))
	d.say("  cam sandbox exec -- bash                   # an administrator's shell in such an AWS")
	d.say("  cam sandbox exec --as DevOps -- cam ls     # the same as a user")
	return d.box.Close()
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintln(d.out, clean(fmt.Sprintf(format, args...)))
}

func (d *demo) head(format string, args ...any) {
	d.step++
	d.say("")
	d.say("%d. %s", d.step, fmt.Sprintf(format, args...))
}

func (d *demo) install(ctx context.Context) error {
	d.head("A local AWS starts, and the master stack is deployed")
	box, err := newInstalled(ctx, "", slog.New(slog.DiscardHandler))
	if err != nil {
		return core.Errorf(core.CodeFailure, "starting the sandbox: %w", err)
	}
	d.box = box
	d.say("   endpoint %s, master account %s, region %s", box.Endpoint(), box.Master(), box.Region())
	return nil
}

func (d *demo) pushFiles(ctx context.Context) error {
	d.head("An admin pushes the sample organisation")
	client, err := sandboxClient(ctx, d.box, "admin")
	if err != nil {
		return err
	}
	tables := client.Tables()
	d.push = &engine.Push{Bucket: client.Bucket(d.box.ConfigBucket(), ""), State: tables, Files: tables, Pace: sandboxPace}
	if _, err := d.push.Prepare(ctx, templates.Organisation()); err != nil {
		return err
	}
	s := d.push.Plan.Summary
	d.say("   plan: %s; %s; %s; %s", tally(s.Accounts, "account"), tally(s.Roles, "role"), tally(s.Policies, "policy"), tally(s.Assignments, "assignment"))
	return d.push.Upload(ctx, func(key string) { d.say("   uploaded %s", key) })
}

func (d *demo) register(ctx context.Context) error {
	d.head("Each account launches the sub-account stack, and proves to the master who it is")
	return d.box.Join(ctx, listedAccounts(d.push.Desired), func(id string) { d.say("   %s registered", id) })
}

func (d *demo) rollOut(ctx context.Context) error {
	d.head("The engine makes the roles in the accounts")
	line := &statusLine{w: d.out, tty: d.outTTY}
	defer line.end()
	show := func(g engine.Progress) { line.set("   " + progressText(g)) }
	// The last account's registration may not have been handled yet when all others are done.
	for _, wait := range []func() error{
		func() error { return d.push.Wait(ctx, show) },
		func() error { return d.box.Idle(ctx) },
		func() error { return d.push.Wait(ctx, show) },
	} {
		if err := wait(); err != nil {
			return err
		}
	}
	line.end()
	client, err := sandboxClient(ctx, d.box, "admin")
	if err != nil {
		return err
	}
	recorded, err := engine.Recorded(ctx, client.Tables())
	if err != nil {
		return err
	}
	d.say("   %s", summaryText(viewStatus(recorded, statusOptions{}).Summary))
	return nil
}

func (d *demo) list(ctx context.Context) error {
	d.head("A user who holds %s in the master account sees the accounts approved for it", d.role)
	client, err := sandboxClient(ctx, d.box, string(d.role))
	if err != nil {
		return err
	}
	d.users = broker.New(broker.Options{
		Caller: session(client), Open: func(c core.Credentials) broker.Session { return session(client.With(c)) },
		Region: client.Region(), SigninEndpoint: d.box.Endpoint(),
	})
	entries, err := d.users.List(ctx, "", "")
	if err != nil {
		return err
	}
	for _, e := range entries {
		d.say("   %s  %-22s %-30s %s", e.AccountID, e.Name, strings.Join(e.Groups, ", "), e.Status)
	}
	return nil
}

func (d *demo) credentials(ctx context.Context) error {
	entries, err := d.users.List(ctx, "", "production")
	if err != nil || len(entries) == 0 {
		return err
	}
	name := entries[0].Name
	d.head("Credentials for %s, proved by asking AWS whose they are", name)
	d.say("   $ cam exec %s -- aws sts get-caller-identity", name)
	creds, _, err := d.users.Credentials(ctx, broker.Request{Account: name})
	if err != nil {
		return err
	}
	client, err := cloud.New(ctx, cloud.Options{Credentials: &creds, Region: d.box.Region(), Endpoint: d.box.Endpoint()})
	if err != nil {
		return err
	}
	who, err := client.STS().Identity(ctx)
	if err != nil {
		return err
	}
	d.say("   account %s, %s", who.Account, who.ARN)
	d.say("   valid until %s", creds.Expires.Local().Format(time.DateTime))
	return nil
}

func (d *demo) console(ctx context.Context) error {
	entries, err := d.users.List(ctx, "", "production")
	if err != nil || len(entries) == 0 {
		return err
	}
	d.head("A link that opens the console of %s", entries[0].Name)
	link, err := d.users.Console(ctx, broker.ConsoleRequest{Account: entries[0].Name, Service: "s3"})
	if err != nil {
		return err
	}
	d.say("   $ cam console %s --service s3 --print", entries[0].Name)
	d.say("   %s", link.URL.Reveal())
	return nil
}

// refusal tries an account that the role is not approved for.
func (d *demo) refusal(ctx context.Context) error {
	entries, err := d.users.List(ctx, "", "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(d.push.Desired.Accounts, func(a core.AccountEntry) bool {
		return !slices.ContainsFunc(entries, func(e broker.Entry) bool { return e.AccountID == a.ID })
	})
	if i < 0 {
		return nil
	}
	other := d.push.Desired.Accounts[i]
	d.head("%s is not approved for %s, and is refused", d.role, other.Name)
	d.say("   $ cam creds %s", other.Name)
	_, _, err = d.users.Credentials(ctx, broker.Request{Account: string(other.ID)})
	if !core.IsCode(err, core.CodeDenied) {
		return core.Errorf(core.CodeFailure, "expected a refusal for %s, got: %v", other.ID, err)
	}
	d.say("   %s (exit code %d)", err, exitCode(err))
	return nil
}
