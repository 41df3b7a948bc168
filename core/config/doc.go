// Package config turns the files of a configuration folder into the desired state:
// account, role and policy files in, core.Configuration and findings out. Every
// finding names file, line and column, says what is wrong and what to do; all
// findings come at once.
//
// It is pure: it reads only the bytes or the fs.FS it is handed, and never writes,
// talks to AWS or looks at the recorded state. It does not decide what a change
// means; that is core/plan's work.
//
// Start reading at Load (a whole folder), then ParseAccounts, ParseRoles and
// ParsePolicy (one file each). Text goes through readable (bytes to text), scan
// (text to tokens) and buildTree (tokens to nodes) before accounts.go and roles.go
// give it a meaning.
package config
