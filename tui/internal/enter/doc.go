// Package enter is the screen of those who use accounts: what is approved for their
// role, and the ways in: a console, credentials, a shell.
//
// It decides nothing about access: the broker does, and its sentences are shown as they
// are. No secret is ever drawn or kept here.
//
// Start reading at Screen, then actions.go.
package enter
