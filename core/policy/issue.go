package policy

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// Kind says where a document is used, which decides the elements it may have.
type Kind int

const (
	// Identity is for policies of users and roles, permissions boundaries and
	// session policies: no principal, always a resource.
	Identity Kind = iota
	// Trust is for role trust policies: a principal, no resource, STS actions only.
	Trust
	// Resource is for policies of buckets, topics, keys, functions and the like:
	// a principal; the resource is optional, as some services imply it.
	Resource
)

// Severity tells an error, with which IAM refuses the document, from a warning,
// with which the document is taken but probably does not do what was meant.
type Severity int

// The severities.
const (
	Error Severity = iota
	Warning
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Issue is one thing that is wrong with a document, and what to do about it.
type Issue struct {
	Offset   int // bytes from the start of the data
	Line     int // from 1
	Column   int // from 1, in characters
	Severity Severity
	Message  string // what is wrong
	Advice   string // what to do; may be empty
}

// String formats the issue as line:column: severity: message (advice).
func (i Issue) String() string {
	s := fmt.Sprintf("%d:%d: %s: %s", i.Line, i.Column, i.Severity, i.Message)
	if i.Advice != "" {
		s += " (" + i.Advice + ")"
	}
	return s
}

// HasErrors reports whether IAM would refuse a document with these issues.
func HasErrors(issues []Issue) bool {
	return slices.ContainsFunc(issues, func(i Issue) bool { return i.Severity == Error })
}

// locate sorts the issues by offset and fills in their lines and columns.
func locate(data []byte, issues []Issue) []Issue {
	slices.SortStableFunc(issues, func(a, b Issue) int { return a.Offset - b.Offset })
	at, line, column := 0, 1, 1
	for i := range issues {
		for at < issues[i].Offset && at < len(data) {
			r, size := utf8.DecodeRune(data[at:])
			at += size
			column++
			if r == '\n' {
				line, column = line+1, 1
			}
		}
		issues[i].Line, issues[i].Column = line, column
	}
	return issues
}
