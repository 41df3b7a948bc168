package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/tui"
)

// interactive are the flags of the terminal interface.
type interactive struct {
	dir    string
	view   string
	filter string
	role   string
}

func (o *interactive) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "dir", "", "configuration folder to work on (default: this one, if it is one)")
	flags.StringVar(&o.view, "view", "", "view to start with: "+strings.Join(tui.Views(), ", "))
	flags.StringVar(&o.filter, "filter", "", "filter of that view")
	flags.StringVar(&o.role, "role", "", "role to enter accounts with, if you may take several")
}

// check refuses what the interface cannot start with.
func (o *interactive) check() error {
	if o.view != "" && !slices.Contains(tui.Views(), o.view) {
		return core.Errorf(core.CodeUsage, "no view is called %q", o.view).WithHint("one of %s", strings.Join(tui.Views(), ", "))
	}
	return nil
}

// terminal reports whether somebody sits in front of the interface.
func (a *app) terminal() bool { return a.inTTY && a.outTTY && a.output == "" && !a.noInput }

// tui shows the interface for the caller's identity.
func (a *app) tui(ctx context.Context, o interactive) error {
	options, err := a.tuiOptions(o)
	if err != nil {
		return err
	}
	client, err := a.client(ctx)
	if err != nil {
		return err
	}
	options.Session = a.tuiSession(client, engine.DefaultPace)
	return a.runTUI(ctx, options)
}

// tuiOptions are what the interface needs of this machine.
func (a *app) tuiOptions(o interactive) (tui.Options, error) {
	store, err := a.newStateStore()
	if err != nil {
		return tui.Options{}, err
	}
	options := tui.Options{
		Store: store, Desk: a.newDesk(a.environ), View: o.view, Filter: o.filter, Role: o.role,
		Environ: a.environ, Input: a.in, Output: a.out, Tmux: a.tmux(),
	}
	if dir, found := configurationFolder(o.dir); found {
		if options.Folder, err = a.newWorkFolder(dir); err != nil {
			return tui.Options{}, err
		}
	}
	return options, nil
}

// configurationFolder is the folder that was named, or this one if it looks like one.
func configurationFolder(dir string) (string, bool) {
	if dir != "" {
		return dir, true
	}
	for _, sub := range []string{core.AccountFolder, core.RoleFolder} {
		if info, err := os.Stat(filepath.FromSlash(sub)); err == nil && info.IsDir() {
			return ".", true
		}
	}
	return "", false
}

// tuiSession is an identity as the interface uses it.
func (a *app) tuiSession(client *cloud.Client, pace engine.Pace) tui.Session {
	return tui.Session{
		Users: a.brokerFor(client, &broker.Memory{}), Region: client.Region(),
		Installation: func(ctx context.Context) (*tui.Installation, error) { return a.installation(ctx, client, pace) },
	}
}

// installation opens what an admin works on. Whoever may not read its records is none.
func (a *app) installation(ctx context.Context, client *cloud.Client, pace engine.Pace) (*tui.Installation, error) {
	tables := client.Tables()
	for _, err := range tables.ListRoles(ctx) {
		if err != nil {
			return nil, err
		}
		break
	}
	who, err := client.STS().Identity(ctx)
	if err != nil {
		return nil, err
	}
	stack, bucketName, err := a.findStack(ctx, client)
	if err != nil {
		return nil, err
	}
	bucket := client.Bucket(bucketName, "")
	invite := invitation(who.Account, client.Region(), stack)
	return &tui.Installation{
		State:     tables,
		Push:      func() *engine.Push { return &engine.Push{Bucket: bucket, State: tables, Files: tables, Pace: pace} },
		Pushed:    func(ctx context.Context) (map[string][]byte, error) { return engine.ConfigurationFiles(ctx, bucket) },
		Publisher: client.Topics(who.Account, client.Region()),
		Master:    client.IAM(),
		Settings: engine.Settings{
			Partition: core.PartitionOf(client.Region()), Master: who.Account, Region: client.Region(), OrgID: invite.OrgID,
			LinksBucket: stack.Outputs["LinksBucket"],
		},
		Invite: func(id core.AccountID) core.Invitation {
			i := invite
			i.Account = id
			return i
		},
	}, nil
}

// runTUI shows the interface. What a fault of the program leaves behind goes to a file.
func (a *app) runTUI(ctx context.Context, o tui.Options) error {
	// In raw mode Ctrl+C is a key. An interrupt is for a program that runs in front of the
	// interface: an editor, a shell.
	run := tui.Run
	if accessible(a.getenv("ACCESSIBLE")) {
		run = tui.RunAccessible
	} else {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM, syscall.SIGHUP)
		defer stop()
	}
	// It would log everything that is drawn, also what is meant for the clipboard.
	_ = os.Unsetenv("TEA_TRACE")
	err := run(ctx, o)
	crash, crashed := errors.AsType[*tui.Crash](err)
	if !crashed {
		return err
	}
	where := "could not be written down"
	if name, writeErr := a.writeCrash(crash); writeErr == nil {
		where = "are in " + name
	}
	return core.Errorf(core.CodeFailure, "cam stopped because of %s", clean(crash.Error())).
		WithHint("drafts are kept; the details %s: please report them", where)
}

func accessible(value string) bool {
	return value != "" && value != "0" && !strings.EqualFold(value, "false")
}

// writeCrash keeps what is known of a fault of the program, readable by the user only.
func (a *app) writeCrash(c *tui.Crash) (string, error) {
	dir, err := a.stateDir()
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "crash-"+time.Now().UTC().Format("20060102T150405")+".txt")
	text := fmt.Sprintf("cam %s\n%v\n\n%s", version(), c.Value, c.Stack)
	return name, writeFile(name, []byte(text), 0o600)
}
