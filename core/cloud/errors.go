package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cross-account-manager/cam/core"
)

// codes maps AWS error codes to ours. Codes that are not listed are decided by the
// HTTP status.
var codes = map[string]core.Code{
	"AccessDenied":                           core.CodeDenied,
	"AccessDeniedException":                  core.CodeDenied,
	"AuthorizationError":                     core.CodeDenied,
	"UnauthorizedOperation":                  core.CodeDenied,
	"KMS.AccessDeniedException":              core.CodeDenied,
	"NoSuchEntity":                           core.CodeNotFound,
	"NoSuchKey":                              core.CodeNotFound,
	"NoSuchBucket":                           core.CodeNotFound,
	"NotFound":                               core.CodeNotFound,
	"NotFoundException":                      core.CodeNotFound,
	"ResourceNotFoundException":              core.CodeNotFound,
	"EntityAlreadyExists":                    core.CodeConflict,
	"ConcurrentModification":                 core.CodeConflict,
	"ConcurrentModificationException":        core.CodeConflict,
	"DeleteConflict":                         core.CodeConflict,
	"EntityTemporarilyUnmodifiable":          core.CodeConflict,
	"ConditionalCheckFailedException":        core.CodeConflict,
	"TransactionConflictException":           core.CodeConflict,
	"OperationAborted":                       core.CodeConflict,
	"PreconditionFailed":                     core.CodeConflict,
	"LimitExceeded":                          core.CodeLimit,
	"LimitExceededException":                 core.CodeLimit,
	"PackedPolicyTooLarge":                   core.CodeLimit,
	"MalformedPolicyDocument":                core.CodeMalformed,
	"InvalidInput":                           core.CodeMalformed,
	"ValidationError":                        core.CodeMalformed,
	"ValidationException":                    core.CodeMalformed,
	"InvalidParameter":                       core.CodeMalformed,
	"InvalidParameterValue":                  core.CodeMalformed,
	"UnmodifiableEntity":                     core.CodeMalformed,
	"ExpiredToken":                           core.CodeNoCredentials,
	"ExpiredTokenException":                  core.CodeNoCredentials,
	"RequestExpired":                         core.CodeNoCredentials,
	"InvalidClientTokenId":                   core.CodeNoCredentials,
	"UnrecognizedClientException":            core.CodeNoCredentials,
	"InvalidAccessKeyId":                     core.CodeNoCredentials,
	"SignatureDoesNotMatch":                  core.CodeNoCredentials,
	"InvalidSignatureException":              core.CodeNoCredentials,
	"IncompleteSignature":                    core.CodeNoCredentials,
	"InvalidToken":                           core.CodeNoCredentials,
	"MissingAuthenticationToken":             core.CodeNoCredentials,
	"MissingAuthenticationTokenException":    core.CodeNoCredentials,
	"SlowDown":                               core.CodeThrottled,
	"ProvisionedThroughputExceededException": core.CodeThrottled,
	"ServiceUnavailable":                     core.CodeUnavailable,
	"InternalError":                          core.CodeUnavailable,
	"InternalFailure":                        core.CodeUnavailable,
	"RequestTimeout":                         core.CodeUnavailable,
}

// wrap turns an error of the SDK into a core.Error; doing says what was asked for, as
// "reading role DevOps". Errors that already are core errors, and nil, pass through.
func wrap(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	if ours, ok := errors.AsType[*core.Error](err); ok {
		return ours
	}
	doing = fmt.Sprintf(doing, args...)
	if ended(err) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	out := &core.Error{Code: core.CodeFailure, Err: err}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		out.AWSCode = api.ErrorCode()
		out.Code = codeOf(err, api)
		out.Message = fmt.Sprintf("%s: %s (%s)", doing, api.ErrorMessage(), api.ErrorCode())
		if out.Code == core.CodeNoCredentials {
			out.Hint = signInHint
		}
		return out
	}
	if _, network := errors.AsType[net.Error](err); network || isSend(err) {
		out.Code = core.CodeUnavailable
		out.Hint = "check the network, the region and AWS_ENDPOINT_URL"
	}
	out.Message = doing + ": " + reason(err)
	return out
}

// ended reports whether a call ended with its context. The HTTP client's own time limit
// looks like a deadline too, but says that no answer came.
func ended(err error) bool {
	cause := err
	if send, ok := errors.AsType[*url.Error](err); ok {
		cause = send.Err
	}
	if limit, ok := errors.AsType[net.Error](cause); ok && limit.Timeout() && limit != error(context.DeadlineExceeded) {
		return false
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// reason is an error's text; where no answer came, the network's word alone.
func reason(err error) string {
	if send, ok := errors.AsType[*url.Error](err); ok {
		return send.Err.Error()
	}
	return err.Error()
}

const signInHint = "sign in to the master account again, or choose a profile with --profile"

func codeOf(err error, api smithy.APIError) core.Code {
	if c, known := codes[api.ErrorCode()]; known {
		return c
	}
	if _, throttled := retry.DefaultThrottleErrorCodes[api.ErrorCode()]; throttled {
		return core.CodeThrottled
	}
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok {
		return core.CodeFailure
	}
	switch status := response.HTTPStatusCode(); {
	case status == 403:
		return core.CodeDenied
	case status == 404:
		return core.CodeNotFound
	case status == 409 || status == 412:
		return core.CodeConflict
	case status == 429:
		return core.CodeThrottled
	case status >= 500:
		return core.CodeUnavailable
	default:
		return core.CodeMalformed
	}
}

// isSend reports whether no answer came at all.
func isSend(err error) bool {
	send, ok := errors.AsType[*smithyhttp.RequestSendError](err)
	return ok && send.ConnectionError()
}
