package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
)

// app is what every command works with: the process's streams and environment, and
// the global flags.
type app struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
	outTTY   bool // stdout is a terminal
	errTTY   bool
	inTTY    bool

	profile string
	region  string
	output  string
	noInput bool
}

func newApp() *app {
	return &app{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(),
		outTTY: term.IsTerminal(int(os.Stdout.Fd())),
		errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		inTTY:  term.IsTerminal(int(os.Stdin.Fd())),
	}
}

// getenv finds a variable; the last of several wins, as for os/exec.
func (a *app) getenv(name string) string {
	value := ""
	for _, entry := range a.environ {
		if k, v, _ := strings.Cut(entry, "="); k == name {
			value = v
		}
	}
	return value
}

// client finds the caller's identity.
func (a *app) client(ctx context.Context) (*cloud.Client, error) {
	return cloud.New(ctx, cloud.Options{Profile: a.profile, Region: a.region, UserAgent: "cam-" + version()})
}

// broker answers as the caller's identity.
func (a *app) broker(ctx context.Context) (*broker.Broker, *cloud.Client, error) {
	client, err := a.client(ctx)
	if err != nil {
		return nil, nil, err
	}
	return a.brokerFor(client, broker.NoCache{}), client, nil
}

// brokerFor answers as an identity. The user's choice of a cache goes before ours.
func (a *app) brokerFor(client *cloud.Client, cache broker.Cache) *broker.Broker {
	opts := broker.Options{
		Caller:         session(client),
		Open:           func(c core.Credentials) broker.Session { return session(client.With(c)) },
		Expires:        client.Expiry,
		Region:         client.Region(),
		SigninEndpoint: a.getenv("CAM_SIGNIN_ENDPOINT"),
		Cache:          cache,
	}
	if a.getenv("CAM_CACHE") == "keychain" {
		opts.Cache = broker.NewKeyring(0, nil)
		if dir := a.runtimeDir(); dir != "" {
			opts.Lock = broker.FileLock{Dir: dir}
		}
	}
	return broker.New(opts)
}

func session(c *cloud.Client) broker.Session {
	return broker.Session{STS: c.STS(), Assignments: c.Tables(), Directory: c.Directory()}
}

// runtimeDir is where lock files may stand; empty where the system has no such place.
func (a *app) runtimeDir() string {
	if dir := a.getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "cam")
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "cam")
	}
	return ""
}
