// Package tui is the terminal interface: users open the accounts approved for their
// role, admins edit, plan, push and watch.
//
// One root model owns everything: it routes keys through the one key map to the screen
// that is shown, holds dialogs, errors and the session, and draws the frame around the
// screen. Screens stand below internal/, one package each; what they share is in
// internal/ui. All I/O happens in commands and behind ports that cmd fills; this package
// knows no AWS and has no rule of its own: what is valid, what a push does and who may
// enter what is said by the packages below core and by broker.
//
// It never prints outside the program that Run starts, and never reads the environment.
//
// Start reading at Options and Run, then model.go.
package tui
