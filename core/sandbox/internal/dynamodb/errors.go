package dynamodb

import (
	"net/http"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Error codes of the service that more than one file needs.
const (
	codeValidation    = "ValidationException"
	codeConditional   = "ConditionalCheckFailedException"
	codeSerialization = "SerializationException"
	codeAccessDenied  = "AccessDeniedException"
	codeUnknownOp     = "UnknownOperationException"
)

// invalidParameters opens many of DynamoDB's validation messages.
const invalidParameters = "One or more parameter values were invalid: "

func fault(code, format string, args ...any) *api.Error {
	return api.Errorf(http.StatusBadRequest, code, format, args...)
}

func invalid(format string, args ...any) *api.Error {
	return fault(codeValidation, format, args...)
}

func invalidParameter(format string, args ...any) *api.Error {
	return invalid(invalidParameters+format, args...)
}

func resourceNotFound() *api.Error {
	return fault("ResourceNotFoundException", "Requested resource not found")
}

func tableNotFound(name string) *api.Error {
	return fault("ResourceNotFoundException", "Requested resource not found: Table: %s not found", name)
}

func conditionFailed() *api.Error {
	return fault(codeConditional, "The conditional request failed")
}

// errorType is the __type of an error code. Errors that AWS's service framework
// raises before DynamoDB itself looks at the request have another namespace.
func errorType(code string) string {
	switch code {
	case codeValidation:
		return "com.amazon.coral.validate#" + code
	case codeSerialization, codeAccessDenied, codeUnknownOp:
		return "com.amazon.coral.service#" + code
	}
	return "com.amazonaws.dynamodb.v20120810#" + code
}
