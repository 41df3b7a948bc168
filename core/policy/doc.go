// Package policy understands IAM policy documents: it parses and validates them
// against IAM's grammar, counts their size as IAM counts it, compares them by
// meaning, decides whether a set of them allows a request, and writes the
// documents that Cross-Account Manager puts into accounts.
//
// It is pure: no network, no files, no clock, no AWS SDK. It never decides which
// account or role gets a policy; that is the engine's work. It leaves out what cam
// has no use for: organisation-wide policies (SCPs and RCPs), VPC endpoint policies
// and ACLs.
//
// Start reading at Document and Parse, then Evaluate. Equivalent and Canonical
// compare; Size and the Quota constants measure; SubAccountTrust, MasterTrust and
// Access write.
package policy
