package api

import (
	"fmt"
	"net/http"
)

// Error is an error as AWS sends it. Services create it; encoders write it.
type Error struct {
	Status  int    // HTTP status
	Code    string // "AccessDenied", "ResourceNotFoundException"
	Message string
	// Extra are further members of the error body (CancellationReasons,
	// BucketName), in the order the protocol's encoder writes them.
	Extra map[string]any
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an Error with a formatted message.
func Errorf(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Fault is the sender's or the receiver's, as the query protocol reports it.
func (e *Error) Fault() string {
	if e.Status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}
