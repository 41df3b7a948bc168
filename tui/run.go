package tui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
)

// Run shows the interface until the user leaves or ctx ends. Drafts are kept however it
// ends.
//
// Errors: CodeFailure if leaving stopped a push; *Crash after a fault of the program, whose stack belongs into a file and not
// on a screen; CodeUsage for a view that does not exist; the context's own.
func Run(ctx context.Context, o Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m := newModel(ctx, o)
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithoutSignalHandler()}
	if o.Environ != nil {
		options = append(options, tea.WithEnvironment(o.Environ))
	}
	if o.Input != nil {
		options = append(options, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		options = append(options, tea.WithOutput(o.Output))
	}
	_, err := tea.NewProgram(m, options...).Run()
	saved := m.saveDrafts()
	switch {
	case m.cutShort:
		return errors.Join(core.Errorf(core.CodeFailure, "the push was stopped before all files were uploaded").
			WithHint("cam plan shows what is left; cam status follows what is under way"), saved)
	case m.crash != nil:
		return errors.Join(m.crash, saved)
	case errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return errors.Join(ctx.Err(), saved)
	case err != nil:
		return errors.Join(core.Errorf(core.CodeFailure, "the terminal cannot be used: %w", err), saved)
	default:
		return saved
	}
}

// saveDrafts keeps what is not saved.
func (m *model) saveDrafts() error {
	if m.files == nil {
		return nil
	}
	return m.files.SaveDrafts()
}
