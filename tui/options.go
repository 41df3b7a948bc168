package tui

import (
	"context"
	"io"
	"io/fs"
	"time"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/tui/internal/changes"
	"github.com/cross-account-manager/cam/tui/internal/enter"
	"github.com/cross-account-manager/cam/tui/internal/files"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/organisation"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch"
)

// Options are what the interface works with. Session, Store and Desk are required.
type Options struct {
	Session  Session   // who cam acts as
	Personas []Persona // whom one may become, in the demo

	Folder Folder // the configuration folder; nil if there is none
	Store  Store
	Desk   Desk
	Tmux   func(ctx context.Context, text core.Secret) error // nil outside tmux

	View   string // to start with; empty: accounts
	Filter string // of the view to start with
	Role   string // to list for; empty: the session's own

	Environ []string // of the terminal: colors, size
	Input   io.Reader
	Output  io.Writer
	Now     func() time.Time // nil: time.Now
}

// The ports, as the screens that use them define them.
type (
	// Folder is the configuration folder on disk.
	Folder = files.Folder
	// Store keeps drafts and preferences.
	Store = memory.Store
	// Desk is what happens outside the terminal.
	Desk = enter.Desk
)

// Users answers what users ask; broker.Broker does.
type Users interface {
	Whoami(ctx context.Context) (broker.Whoami, error)
	enter.Broker
}

// State reads the recorded state.
type State interface {
	rollout.State
	organisation.State
}

// Session is an identity in the master account.
type Session struct {
	Users  Users
	Region string
	// Installation opens the installation for an admin. CodeDenied and CodeNotFound mean
	// that the identity is no admin, or that there is nothing installed.
	Installation func(ctx context.Context) (*Installation, error)
}

// Installation is what an admin works on.
type Installation struct {
	State     State
	Settings  engine.Settings
	Push      func() *engine.Push // a new one for every plan
	Pushed    func(ctx context.Context) (map[string][]byte, error)
	Publisher core.Publisher
	Master    organisation.Roles // roles of the master account as they are in IAM
	Invite    func(core.AccountID) core.Invitation
}

// Persona is somebody one may become.
type Persona struct {
	Name string // "DevOps"
	Text string // what it is, in a few words
	Open func(ctx context.Context) (Session, error)
}

// Views lists the views by name.
func Views() []string {
	var out []string
	for _, v := range ui.Views() {
		out = append(out, string(v))
	}
	return out
}

// admin is an installation with its screens and the watch on its records.
type admin struct {
	installation *Installation
	board        *rollout.Board
	watcher      *rollout.Watcher
	stop         context.CancelFunc // ends the watch
	loaded       bool               // everything has been read once

	plan         *changes.Screen
	watch        *watch.Screen
	organisation *organisation.Screen
}

// rereadBelow is the number of assignments up to which everything is read again when a
// push has ended; larger installations follow what is open, and their lists in turn.
const rereadBelow = 50_000

// pushed has the records looked at while a push is under way and when it ends.
func (a *admin) pushed(p watch.PushProgress) {
	switch {
	case a == nil:
	case p.Finished && a.board.Counts().All() < rereadBelow:
		a.watcher.Refresh()
	default:
		a.watcher.Hurry()
	}
}

// nameOf is the recorded name of an account.
func (a *admin) nameOf(id core.AccountID) string {
	if i, known := a.board.AccountIndex(id); known {
		return a.board.Account(i).Name
	}
	return ""
}

// roleNames are the roles that are recorded.
func (a *admin) roleNames() []core.RoleName {
	var out []core.RoleName
	for _, j := range a.board.RoleOrder() {
		if r := a.board.Role(j); r.Status == core.RoleActive {
			out = append(out, r.Name)
		}
	}
	return out
}

// folderFS is the folder's files, or nothing.
func folderFS(f Folder) fs.FS {
	if f == nil {
		return nil
	}
	return f.FS()
}
