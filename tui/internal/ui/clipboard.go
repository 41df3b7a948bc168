package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
)

// Clipboard copies by asking the terminal to (OSC 52). No terminal answers whether it
// did, so nothing here claims more than that the text was sent.
type Clipboard struct {
	// Tmux gives the text to the tmux server, which drops what the terminal is asked for
	// unless it is set up to let it pass. Nil outside tmux.
	Tmux func(ctx context.Context, text core.Secret) error
}

const tmuxTimeout = 2 * time.Second

// Copy sends text to the clipboard and says so, by what it is and never by its value.
func (c Clipboard) Copy(what string, text core.Secret) tea.Cmd {
	return tea.Sequence(
		tea.SetClipboard(text.Reveal()),
		func() tea.Msg {
			note := "Sent to the terminal's clipboard: " + what + "."
			if c.Tmux == nil {
				return Note{note}
			}
			ctx, cancel := context.WithTimeout(context.Background(), tmuxTimeout)
			defer cancel()
			if err := c.Tmux(ctx, text); err != nil {
				return Failed{What: "copying through tmux", Err: core.Errorf(core.CodeFailure, "tmux did not take the text").
					WithHint("in tmux: set -g set-clipboard on; or write it to a file instead")}
			}
			return Note{note + " And to tmux's."}
		},
	)
}
