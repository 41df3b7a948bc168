package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/templates"
	"github.com/cross-account-manager/cam/tui"
)

// demoAbsent are accounts of the sample organisation that have not joined, so that there
// is something to wait for.
var demoAbsent = []string{"999900001111"}

// demoPeople are those whom one may become in the demo.
var demoPeople = []struct{ who, text string }{
	{"admin", "the administrator of the organisation"},
	{"DevOps", "deploys and operates workloads"},
	{"Read-Only", "looks, and changes nothing"},
	{"Billing", "reads costs and invoices"},
	{"DNS", "manages names in the network account"},
	{"user:alice", "an IAM user who may take several roles"},
}

// tuiDemo shows the interface on a fresh sandbox with the sample organisation, in a copy
// of its folder that may be edited.
func (a *app) tuiDemo(ctx context.Context, o interactive) error {
	a.notef("Preparing a local AWS with the sample organisation ...")
	box, err := newInstalled(ctx, "", slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer box.Close()
	if err := a.populate(ctx, box, templates.Organisation(), demoAbsent...); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "cam-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o.dir = filepath.Join(dir, "organisation")
	if err := os.CopyFS(o.dir, templates.Organisation()); err != nil {
		return err
	}
	return a.showDemo(ctx, box, dir, o)
}

func (a *app) showDemo(ctx context.Context, box *sandbox.Sandbox, dir string, o interactive) error {
	admin, err := box.As("admin")
	if err != nil {
		return err
	}
	// Shells and the browser's sign-in stay in the demo's AWS.
	in := *a
	in.environ = append(withOwnPath(append(withoutAWS(a.environ), box.Environment(admin)...)), "XDG_STATE_HOME="+dir)
	options, err := in.tuiOptions(o)
	if err != nil {
		return err
	}
	for _, p := range demoPeople {
		options.Personas = append(options.Personas, tui.Persona{Name: p.who, Text: p.text, Open: func(ctx context.Context) (tui.Session, error) {
			client, err := sandboxClient(ctx, box, p.who)
			if err != nil {
				return tui.Session{}, err
			}
			return in.demoSession(client), nil
		}})
	}
	client, err := sandboxClient(ctx, box, "admin")
	if err != nil {
		return err
	}
	options.Session = in.demoSession(client)
	return in.runTUI(ctx, options)
}

func (a *app) demoSession(client *cloud.Client) tui.Session { return a.tuiSession(client, sandboxPace) }
