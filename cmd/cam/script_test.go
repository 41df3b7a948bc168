package main

import (
	"context"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/templates"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestScript runs testdata/script: the command line as users see it. A script starts
// a local AWS with the command sandbox.
func TestScript(t *testing.T) {
	t.Parallel()
	bin := binary(t)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": scriptSandbox,
			"as":      scriptAs,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("AWS_CONFIG_FILE", filepath.Join(env.WorkDir, "aws-config"))
			env.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(env.WorkDir, "aws-credentials"))
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// boxes are the scripts' sandboxes by their working directories.
var boxes shelf

type shelf struct {
	mu sync.Mutex
	by map[string]*sandbox.Sandbox
}

func (s *shelf) put(dir string, box *sandbox.Sandbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[string]*sandbox.Sandbox{}
	}
	s.by[dir] = box
}

func (s *shelf) get(dir string) *sandbox.Sandbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[dir]
}

// scriptSandbox: sandbox sample|empty|bare|DIR starts a sandbox, filled accordingly,
// and makes the script its administrator. The sample is one for all scripts, which
// only read it.
func scriptSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sandbox sample|empty|bare|DIR")
	}
	var box *sandbox.Sandbox
	var err error
	switch args[0] {
	case "sample":
		box, err = sample()
	case "bare":
		box, err = newBare(context.Background(), "", slog.New(slog.DiscardHandler))
	case "empty":
		box, err = filled(nil)
	default:
		box, err = filled(os.DirFS(ts.MkAbs(args[0])))
	}
	ts.Check(err)
	if args[0] != "sample" {
		ts.Defer(func() { _ = box.Close() })
	}
	boxes.put(ts.Getenv("WORK"), box)
	become(ts, box, "admin")
}

// sample is a sandbox with the sample organisation. It lives as long as the process.
var sample = sync.OnceValues(func() (*sandbox.Sandbox, error) { return filled(templates.Organisation()) })

// filled is a sandbox with the master stack, and a configuration if there is one.
func filled(folder fs.FS) (*sandbox.Sandbox, error) {
	box, err := newInstalled(context.Background(), "", slog.New(slog.DiscardHandler))
	if err != nil || folder == nil {
		return box, err
	}
	a := &app{err: io.Discard, out: io.Discard}
	return box, a.populate(context.Background(), box, folder)
}

// scriptAs: as WHO changes who the script is in its sandbox.
func scriptAs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: as admin|ROLE|user:NAME|account:ID")
	}
	become(ts, boxes.get(ts.Getenv("WORK")), args[0])
}

func become(ts *testscript.TestScript, box *sandbox.Sandbox, who string) {
	id, err := box.As(who)
	ts.Check(err)
	ts.Setenv("AWS_SESSION_TOKEN", "")
	for _, entry := range box.Environment(id) {
		name, value, _ := strings.Cut(entry, "=")
		ts.Setenv(name, value)
	}
}
