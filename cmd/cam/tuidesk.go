package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/pkg/browser"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
)

// desk is what the terminal interface does outside the terminal.
type desk struct {
	environ []string // of shells
	shell   string
}

func (a *app) newDesk(environ []string) desk {
	// What a browser's launcher prints would end up in the middle of the screen.
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	shell := a.getenv("SHELL")
	if runtime.GOOS == "windows" {
		shell = a.getenv("COMSPEC")
	}
	return desk{environ: environ, shell: cmp.Or(shell, "sh")}
}

// OpenURL implements tui.Desk.
func (d desk) OpenURL(url core.Secret) error {
	if err := browser.OpenURL(url.Reveal()); err != nil {
		return core.Errorf(core.CodeFailure, "no browser could be opened").WithHint("u copies the link instead")
	}
	return nil
}

// Shell implements tui.Desk.
func (d desk) Shell(c core.Credentials, account broker.Entry, region string) *exec.Cmd {
	cmd := exec.Command(d.shell)
	cmd.Env = broker.Environment(d.environ, c, region, account.AccountID, account.Role)
	return cmd
}

// WriteSecret implements tui.Desk.
func (d desk) WriteSecret(path string, data []byte) error {
	if rest, home := strings.CutPrefix(path, "~/"); home {
		if dir, err := os.UserHomeDir(); err == nil {
			path = dir + "/" + rest
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return core.Errorf(core.CodeConflict, "%s is there already, and stays as it is", path).WithHint("choose another name, or delete it")
	case err != nil:
		return core.Errorf(core.CodeFailure, "%w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path)
		return core.Errorf(core.CodeFailure, "writing %s: %w", path, err)
	}
	return nil
}

// tmux gives text to the tmux server around us; nil if there is none.
func (a *app) tmux() func(context.Context, core.Secret) error {
	if a.getenv("TMUX") == "" {
		return nil
	}
	return func(ctx context.Context, text core.Secret) error {
		// On stdin, because arguments can be seen by others.
		cmd := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
		cmd.Stdin = strings.NewReader(text.Reveal())
		return cmd.Run()
	}
}
