package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/lambda"
	"github.com/cross-account-manager/cam/templates"
)

func newSandbox(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "A local AWS with Cross-Account Manager installed",
		Long: `A local AWS with Cross-Account Manager installed, in one process: many accounts, real
policies, nothing outside this machine. The aws command and every AWS SDK work against
it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSandboxServe(a), newSandboxExec(a), newSandboxOrder(a, "join"), newSandboxOrder(a, "leave"), newSandboxAs(a))
	return cmd
}

// stage says what a sandbox is to be filled with.
type stage struct {
	addr   string
	config string // folder; empty: the sample organisation
	empty  bool
	bare   bool
	as     string
	log    bool
}

func (s *stage) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.config, "config", "", "push this configuration folder instead of the sample organisation, and join its accounts")
	cmd.Flags().BoolVar(&s.empty, "empty", false, "install the master stack only")
	cmd.Flags().BoolVar(&s.bare, "bare", false, "install nothing: an empty AWS to try cam deploy in")
	cmd.Flags().StringVar(&s.as, "as", "admin", "who to be: admin, a role, user:NAME, or account:ID")
	cmd.Flags().BoolVar(&s.log, "log", false, "show the functions' logs on stderr")
	cmd.MarkFlagsMutuallyExclusive("config", "empty", "bare")
}

func newSandboxServe(a *app) *cobra.Command {
	var s stage
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start a sandbox, print its environment, and stay",
		Example: `  cam sandbox serve > sandbox.env &
  . ./sandbox.env && aws sts get-caller-identity`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			box, env, err := a.startSandbox(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer box.Close()
			for _, entry := range env {
				name, value, _ := strings.Cut(entry, "=")
				if _, err := fmt.Fprintf(a.out, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`)); err != nil {
					return err
				}
			}
			a.notef("The sandbox is at %s; Ctrl-C ends it.", box.Endpoint())
			<-cmd.Context().Done()
			return nil
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&s.addr, "addr", "127.0.0.1:0", "address to listen on")
	return cmd
}

func newSandboxExec(a *app) *cobra.Command {
	var s stage
	cmd := &cobra.Command{
		Use:   "exec [flags] -- CMD [ARG...]",
		Short: "Run a command in a fresh sandbox; its exit code",
		Example: `  cam sandbox exec -- cam status
  cam sandbox exec --as DevOps -- cam ls
  cam sandbox exec --empty -- sh -c 'cam push org --yes && cam sandbox join 111122223333'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			box, env, err := a.startSandbox(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer box.Close()
			return a.runChild(cmd.Context(), args, withOwnPath(append(withoutAWS(a.environ), env...)))
		},
	}
	s.flags(cmd)
	return cmd
}

func newSandboxOrder(a *app, verb string) *cobra.Command {
	short := map[string]string{
		"join":  "Inside a sandbox: launch the sub-account stack in accounts",
		"leave": "Inside a sandbox: delete the sub-account stack in accounts",
	}[verb]
	return &cobra.Command{
		Use:   verb + " ACCOUNT...",
		Short: short,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			control, err := a.insideSandbox()
			if err != nil {
				return err
			}
			for _, id := range args {
				if !core.AccountID(id).Valid() {
					return core.Errorf(core.CodeUsage, "%q is not an account ID: it has 12 digits", id)
				}
			}
			past := map[string]string{"join": "joined", "leave": "left"}[verb]
			err = sandbox.Order(cmd.Context(), control, verb, args, func(id string) { a.notef("%s %s", id, past) })
			if err != nil {
				return core.Errorf(core.CodeFailure, "%w", err)
			}
			return nil
		},
	}
}

func newSandboxAs(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "as WHO -- CMD [ARG...]",
		Short: "Inside a sandbox: run a command as somebody else",
		Example: `  cam sandbox as DevOps -- cam ls
  cam sandbox as user:alice -- cam ls --role Read-Only
  cam sandbox as account:111122223333 -- aws sts get-caller-identity`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			control, err := a.insideSandbox()
			if err != nil {
				return err
			}
			env, err := sandbox.Become(cmd.Context(), control, args[0])
			if err != nil {
				return core.Errorf(core.CodeNotFound, "%w", err).WithHint(whoHint)
			}
			return a.runChild(cmd.Context(), args[1:], append(withoutAWS(a.environ), env...))
		},
	}
}

const whoHint = "one of admin, a role of the configuration, user:NAME, or account:ID"

// insideSandbox is the control address of the sandbox that this process runs in.
func (a *app) insideSandbox() (string, error) {
	if control := a.getenv("CAM_SANDBOX"); control != "" {
		return control, nil
	}
	return "", core.Errorf(core.CodeUsage, "this is not inside a sandbox").
		WithHint("start a shell in one: cam sandbox exec -- sh")
}

// startSandbox starts and fills a sandbox, and returns the environment of who it is for.
func (a *app) startSandbox(ctx context.Context, s stage) (*sandbox.Sandbox, []string, error) {
	var folder fs.FS
	switch {
	case s.config != "":
		var err error
		if folder, err = openFolder(s.config); err != nil {
			return nil, nil, err
		}
	case !s.empty && !s.bare:
		folder = templates.Organisation()
	}
	log := slog.New(slog.DiscardHandler)
	if s.log {
		log = slog.New(slog.NewTextHandler(a.err, nil))
	}
	start := newInstalled
	if s.bare {
		start = newBare
	}
	box, err := start(ctx, s.addr, log)
	if err != nil {
		return nil, nil, core.Errorf(core.CodeFailure, "starting the sandbox: %w", err)
	}
	env, err := a.fill(ctx, box, folder, s.as)
	if err != nil {
		return nil, nil, errors.Join(err, box.Close())
	}
	return box, env, nil
}

func (a *app) fill(ctx context.Context, box *sandbox.Sandbox, folder fs.FS, as string) ([]string, error) {
	if folder != nil {
		if err := a.populate(ctx, box, folder); err != nil {
			return nil, err
		}
	}
	id, err := box.As(as)
	if err != nil {
		return nil, core.Errorf(core.CodeNotFound, "%w", err).WithHint(whoHint)
	}
	return box.Environment(id), nil
}

// newBare starts a sandbox with nothing installed. Functions that come to be in it are
// the ones that run in Lambda, in this process.
func newBare(_ context.Context, addr string, log *slog.Logger) (*sandbox.Sandbox, error) {
	return sandbox.Start(sandbox.Options{Addr: addr, Run: functions(log)})
}

// newInstalled starts a sandbox with the master stack.
func newInstalled(ctx context.Context, addr string, log *slog.Logger) (*sandbox.Sandbox, error) {
	box, err := newBare(ctx, addr, log)
	if err != nil {
		return nil, err
	}
	if err := box.Install(ctx); err != nil {
		return nil, errors.Join(err, box.Close())
	}
	return box, nil
}

// sandboxPace is the engine's pace where nothing is far away.
var sandboxPace = engine.Pace{
	Lease: 20 * time.Second, Base: 5 * time.Millisecond, Max: 500 * time.Millisecond,
	Attempts: 6, Parallel: 8, Stuck: 30 * time.Second,
}

func functions(log *slog.Logger) func(context.Context, sandbox.Function) ([]byte, error) {
	return func(ctx context.Context, f sandbox.Function) ([]byte, error) {
		handler, err := lambda.New(ctx, lambda.Options{
			Handler: f.Handler, Env: f.Environment, Pace: sandboxPace,
			Log: log.With("function", f.FunctionName, "account", f.AccountID, "request", f.RequestID),
		})
		if err != nil {
			return nil, err
		}
		return handler(ctx, f.Event)
	}
}

// populate pushes a configuration and joins its accounts, but for those that are to
// stay away.
func (a *app) populate(ctx context.Context, box *sandbox.Sandbox, folder fs.FS, absent ...string) error {
	client, err := sandboxClient(ctx, box, "admin")
	if err != nil {
		return err
	}
	tables := client.Tables()
	push := &engine.Push{Bucket: client.Bucket(box.ConfigBucket(), ""), State: tables, Files: tables, Pace: sandboxPace}
	findings, err := push.Prepare(ctx, folder)
	if err != nil {
		return err
	}
	if core.HasErrors(findings) {
		a.showFindings(findings)
		return invalid(findings)
	}
	if err := push.Upload(ctx, func(string) {}); err != nil {
		return err
	}
	if err := push.Wait(ctx, func(engine.Progress) {}); err != nil {
		return err
	}
	joining := slices.DeleteFunc(listedAccounts(push.Desired), func(id string) bool { return slices.Contains(absent, id) })
	if err := box.Join(ctx, joining, func(string) {}); err != nil {
		return err
	}
	if err := box.Idle(ctx); err != nil {
		return err
	}
	return push.Wait(ctx, func(engine.Progress) {})
}

func listedAccounts(c *core.Configuration) []string {
	var ids []string
	for i := range c.Accounts {
		if !c.Accounts[i].Remove {
			ids = append(ids, string(c.Accounts[i].ID))
		}
	}
	return ids
}

// sandboxClient is somebody in the sandbox.
func sandboxClient(ctx context.Context, box *sandbox.Sandbox, who string) (*cloud.Client, error) {
	id, err := box.As(who)
	if err != nil {
		return nil, core.Errorf(core.CodeNotFound, "%w", err)
	}
	return clientOf(ctx, box, id)
}

func clientOf(ctx context.Context, box *sandbox.Sandbox, id sandbox.Identity) (*cloud.Client, error) {
	return cloud.New(ctx, cloud.Options{
		Credentials: &core.Credentials{
			AccessKeyID: id.AccessKeyID, SecretAccessKey: core.NewSecret(id.SecretAccessKey), SessionToken: core.NewSecret(id.SessionToken),
			Expires: id.Expires,
		},
		Region: box.Region(), Endpoint: box.Endpoint(),
	})
}

// withoutAWS drops what would lead a command in the sandbox to a real AWS.
func withoutAWS(environ []string) []string {
	var out []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "AWS_") && !strings.HasPrefix(entry, "CAM_") {
			out = append(out, entry)
		}
	}
	return append(out, "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
}

// withOwnPath puts the running cam itself on PATH.
func withOwnPath(environ []string) []string {
	self, err := os.Executable()
	if err != nil {
		return environ
	}
	for i, entry := range environ {
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			environ[i] = "PATH=" + filepath.Dir(self) + string(os.PathListSeparator) + path
		}
	}
	return environ
}
