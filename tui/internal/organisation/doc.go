// Package organisation is the screen of what is recorded: all accounts and all roles,
// why an account is pending and how its owner is invited, and a role's documents as
// the master account's IAM has them.
//
// It reads no tables by itself: it shows a rollout.Board that the root model keeps up
// to date, and asks for single records when their page is opened. It changes nothing.
// It never looks into a sub-account's IAM: only the engine may enter a sub-account.
//
// Start reading at Screen, then actions.go.
package organisation
