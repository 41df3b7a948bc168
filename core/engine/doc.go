// Package engine does what each event asks for: it brings the recorded state to what
// the files say, and IAM to what the records say. The same code runs in Lambda and in
// the terminal.
//
// It is level-based: an event is a hint, a handler reads the state again and
// converges on it. So a duplicate, late, reordered or lost event ends in the same
// tables, roles and policies; running a handler again is always safe. Records are
// written conditionally; what cannot be written conditionally (IAM roles, pages) is
// written by whoever holds the lease of its record.
//
// It never talks to AWS itself (see the ports in package core), prints, or logs: what
// went wrong with an assignment is recorded in it, everything else is returned.
//
// Start reading at Engine, then the handlers: AccountFile, RoleFile, AccountEvent,
// RoleEvent, AccessLinks, Reconcile, MasterInit, and AccountInit for sub-accounts.
package engine
