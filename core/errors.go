package core

import (
	"errors"
	"fmt"
)

// Code is what a program needs to know of an error. Command-line exit codes derive
// from it.
type Code string

// The codes. Those after the blank line tell what AWS answered; nothing above
// core/cloud looks at AWS's own error strings.
const (
	CodeFailure       Code = "failure"
	CodeUsage         Code = "usage"
	CodeInvalid       Code = "invalid_configuration"
	CodeDenied        Code = "denied"
	CodeNotFound      Code = "not_found"
	CodeAmbiguous     Code = "ambiguous"
	CodeNoCredentials Code = "no_credentials"
	CodeRollout       Code = "rollout_failed"
	CodeChanges       Code = "changes_found"

	CodeConflict    Code = "conflict"    // something else was there first; read again
	CodeThrottled   Code = "throttled"   // too many requests; try again later
	CodeUnavailable Code = "unavailable" // network or server trouble; try again later
	CodeMalformed   Code = "malformed"   // AWS does not accept the request's content
	CodeLimit       Code = "limit"       // a quota is used up
)

// Error is the one error type: a code for programs, a message and a hint for people.
type Error struct {
	Code    Code
	Message string // what happened, without trailing period
	Hint    string // what to do next; may be empty
	AWSCode string // AWS's error code, if AWS answered
	Err     error  // the cause, for errors.Is and errors.As
}

func (e *Error) Error() string {
	if e.Message == "" && e.Err != nil {
		return e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error with a code. %w verbs wrap as fmt.Errorf does.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Code: code, Message: err.Error()}
	switch err.(type) {
	case interface{ Unwrap() error }, interface{ Unwrap() []error }:
		e.Err = err
	}
	return e
}

// WithHint adds what to do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// CodeOf finds the code of the outermost Error in err's chain; CodeFailure for any
// other error, empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeFailure
}

// IsCode reports whether the outermost Error of err has one of the codes.
func IsCode(err error, codes ...Code) bool {
	got := CodeOf(err)
	for _, c := range codes {
		if got == c && got != "" {
			return true
		}
	}
	return false
}
