package files

import (
	"errors"
	"os/exec"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// ownReady is the user's own editor, not started.
type ownReady struct {
	name string
	cmd  *exec.Cmd
	err  error
}

// ownDone is the end of the user's own editor.
type ownDone struct {
	name string
	err  error
}

// own leaves the screen for the user's own editor on a file.
func (s *Screen) own(name string) tea.Cmd {
	folder := s.folder
	return func() tea.Msg {
		cmd, err := folder.Editor(name)
		return ownReady{name, cmd, err}
	}
}

func (s *Screen) startOwn(r ownReady) tea.Cmd {
	if r.err != nil {
		return ui.Fail("starting your editor", ownError(r.err))
	}
	return tea.ExecProcess(r.cmd, func(err error) tea.Msg { return ownDone{r.name, err} })
}

func ownError(err error) error {
	if known, ok := errors.AsType[*core.Error](err); ok && known.Hint != "" {
		return err
	}
	return core.Errorf(core.CodeFailure, "the editor cannot be started: %w", err).WithHint("set VISUAL or EDITOR to a program that exists; Enter edits the file here")
}

// backFromOwn reads and checks what the user's editor left behind.
func (s *Screen) backFromOwn(d ownDone) tea.Cmd {
	var failed tea.Cmd
	if d.err != nil {
		// A shell that cannot start it says so by 126 or 127 (POSIX, "Exit Status for Commands").
		exit, ended := errors.AsType[*exec.ExitError](d.err)
		if !ended || exit.ExitCode() == 126 || exit.ExitCode() == 127 {
			failed = ui.Fail("starting your editor", ownError(d.err))
		} else {
			failed = ui.Say("Your editor ended with an error; the file is as it left it.")
		}
	}
	s.then = func() tea.Cmd { return s.afterOwn(d.name, failed) }
	return s.look(true)
}

// afterOwn opens the editor here at the first error that the file has now.
func (s *Screen) afterOwn(name string, failed tea.Cmd) tea.Cmd {
	f := s.factsOf(name)
	first, wrong := f.firstError()
	if !wrong {
		return failed
	}
	opened := s.open(place{name, first.Line, first.Column})
	if s.opened == nil || s.opened.name != name {
		return tea.Batch(failed, opened) // why it cannot be opened
	}
	return tea.Batch(failed, opened, ui.Say(ui.Clean(name)+" has "+ui.Count(f.errors, "error")+". Its text is as your editor left it; nothing can be pushed until it is repaired."))
}
