package ui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
)

// Messages that screens and dialogs send to the root model.
type (
	// Failed reports what did not work. It stays on the screen until it is dismissed, and
	// in the log after that.
	Failed struct {
		What  string // "opening the console of payments-prod"
		Err   error
		Shown bool // the screen itself explains it: the log is enough
	}
	// Note tells of something that worked. The next key takes it away.
	Note struct{ Text string }
	// Open shows a dialog above everything else.
	Open struct{ Dialog Dialog }
	// Show goes to another view.
	Show struct{ View View }
	// Perform does an action as if its key had been pressed.
	Perform struct{ Action Action }
	// FilesChanged tells that the configuration folder or a draft is not what it was.
	FilesChanged struct{}
	// Tick is the clock: ages and countdowns are drawn again.
	Tick struct{}
)

// Fail is a command that reports a failure.
func Fail(what string, err error) tea.Cmd {
	return func() tea.Msg { return Failed{What: what, Err: err} }
}

// Say is a command that tells of something that worked.
func Say(text string) tea.Cmd {
	return func() tea.Msg { return Note{text} }
}

// Ask is a command that opens a dialog.
func Ask(d Dialog) tea.Cmd {
	return func() tea.Msg { return Open{d} }
}

// NoSession says in two words why there are no usable credentials.
func NoSession(err error) string {
	if _, code, _ := Explain(err); strings.Contains(code, "Expired") || strings.Contains(err.Error(), "expired") {
		return "session expired"
	}
	return "not signed in"
}

// Explain takes an error apart for a person: what happened, AWS's code for it and the
// next step, the latter two empty if there is none.
func Explain(err error) (message, awsCode, hint string) {
	message = err.Error()
	if e, ok := errors.AsType[*core.Error](err); ok {
		return message, e.AWSCode, e.Hint
	}
	return message, "", ""
}
