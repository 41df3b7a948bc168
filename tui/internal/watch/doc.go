// Package watch is the screen of a rollout: every assignment with its status, as a list
// or as a grid of accounts and roles, and the means to find out why one failed and to
// have it driven again.
//
// It reads no tables by itself: it shows a rollout.Board that the root model keeps up
// to date. It changes nothing but by asking for assignments to be driven again, and
// that only after more than one of them have been confirmed.
//
// Start reading at Screen, then actions.go; grid.go is the grid.
package watch
