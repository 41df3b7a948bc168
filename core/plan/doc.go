// Package plan computes what a push would do: the difference between the files and
// the recorded state, as changes to accounts, roles, policies and assignments.
//
// It is pure and deterministic: the same input gives the same plan, in the same
// order, with the same hash. It does not render and does not apply; it does not know
// whether AWS agrees with the records (that is drift).
//
// Start reading at Compute.
package plan
