package core

import (
	"fmt"
	"time"
)

// Configuration is the desired state: everything the files of one folder say.
// Accounts and Roles are sorted by ID and name.
type Configuration struct {
	Accounts []AccountEntry
	Roles    []RoleEntry
	Policies []PolicyFile
}

// AccountEntry is one account in a file.
type AccountEntry struct {
	Account
	Remove bool   // action: remove
	Source string // path of the file below the folder, which is also its object key
	Line   int    // 1-based
}

// RoleEntry is one role in a file.
type RoleEntry struct {
	Role
	Digest string // of what every sub-account's role is made of, see RoleRecord.Digest
	Remove bool
	Source string
	Line   int
}

// PolicyFile is one policy document in custom_policy/.
type PolicyFile struct {
	Name     string // file name, as role entries write it
	Source   string // path below the folder
	Document string // compact JSON
	Size     int    // characters as IAM counts them
}

// Recorded is what the tables say: the other side of a plan.
type Recorded struct {
	Accounts    []AccountRecord
	Roles       []RoleRecord
	Assignments []AssignmentRecord
}

// Severity of a finding.
type Severity string

// An error stops a push; a warning does not.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Finding is something wrong in a file, where it is, and what to do about it.
type Finding struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line"`   // 1-based; 0 when the finding is about the whole file
	Column   int      `json:"column"` // 1-based, in characters
	Message  string   `json:"message"`
	Advice   string   `json:"advice,omitempty"`
}

// String is file:line:column: severity: message (advice).
func (f Finding) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Column, f.Severity, f.Message)
	if f.Advice != "" {
		s += " (" + f.Advice + ")"
	}
	return s
}

// FileRecord remembers how far an object was processed: a configuration file that the
// engine reads, or a page that it writes.
type FileRecord struct {
	Key       string    `json:"file"`
	Processed string    `json:"version,omitempty"` // a file's version ID, a page's digest
	Findings  []Finding `json:"findings,omitempty"`
	Failure   *Failure  `json:"error,omitempty"` // why the last processing did not do all it should
	Started   time.Time `json:"-"`               // when the last processing that succeeded began to read
	Again     bool      `json:"-"`               // something changed while a processing was under way
	Updated   time.Time `json:"updated_at,omitzero"`
	Lease     Lease     `json:"-"`
	Version   int64     `json:"-"`
}

// HasErrors reports whether any finding is an error.
func HasErrors(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == SeverityError {
			return true
		}
	}
	return false
}
