package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// Screen is one view of the interface. It is a plain struct that the root model owns;
// all calls come from the one goroutine of the program. It does no I/O: what takes time
// is a command that it returns.
type Screen interface {
	// Scopes are the parts of the key map that apply now, the nearest first.
	Scopes() []Scope
	// Do performs an action of the scopes.
	Do(Action) tea.Cmd
	// Why says why an action is not available now; empty when it is.
	Why(Action) string
	// Update takes the results of commands, and keys and pastes while Captures.
	Update(tea.Msg) tea.Cmd
	// Captures reports whether a text field has the keyboard.
	Captures() bool
	// Back leaves one level of the screen, such as its filter; false when there is none.
	Back() bool
	// View draws exactly h lines of w cells.
	View(w, h int) string
	// Status is what the line above the footer shows.
	Status() Status
}

// Status says what a screen shows of what there is, and how old it is.
type Status struct {
	Filter       string // as typed; the line shows it also when it is empty but being typed
	Typing       string // the filter's input line while it has the keyboard
	Shown, Total int
	Unit         string // "account"
	Order        string // what it is ordered by, where that can be chosen
	Marked       int
	Hidden       int       // marked, but not shown
	State        string    // what is going on: loading, no match, connection lost
	Bad          bool      // State is trouble
	Busy         bool      // something is under way: the spinner turns
	AsOf         time.Time // when the data was read; zero when there is none
	Stale        bool      // older than it should be
}

// View names a screen.
type View string

// The views, in the order of their keys.
const (
	ViewAccounts     View = "accounts"
	ViewFiles        View = "files"
	ViewPlan         View = "plan"
	ViewRollout      View = "rollout"
	ViewOrganisation View = "organisation"
)

// Views lists all views.
func Views() []View {
	return []View{ViewAccounts, ViewFiles, ViewPlan, ViewRollout, ViewOrganisation}
}

// Kit is what a screen draws with. The root model changes its fields; screens only read
// them.
type Kit struct {
	Theme *Theme
	Now   func() time.Time
}
