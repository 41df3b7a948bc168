package report

import "github.com/cross-account-manager/cam/core"

// Advice says what to do about the error code of a failed assignment: one of IAM's or
// STS's (IAM API Reference, "Common Errors" and the errors of CreateRole, PutRolePolicy
// and DeleteRole), or core's where AWS gave none.
func Advice(code string) string {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", string(core.CodeDenied):
		return "The engine was refused in the account. Either the account's stack is gone or altered, and its owner runs " +
			"cam deploy sub-account again; or a service control policy of the organisation forbids the change, and has to " +
			"except the role " + core.AdminRole.IAMName() + ". Then press r."
	case "InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch", string(core.CodeNoCredentials):
		return "The engine got no valid session in the account. See whether the account is suspended and whether its stack " +
			"is there; then press r."
	case "MalformedPolicyDocument", "MalformedPolicyDocumentException", "InvalidInput", "ValidationError",
		string(core.CodeMalformed), string(core.CodeInvalid):
		return "IAM does not accept what the role consists of. Mend the role or its policy in the files (2) and push it (3); " +
			"that drives the assignment again."
	case "LimitExceeded", "LimitExceededException", "ServiceQuotaExceededException", string(core.CodeLimit):
		return "A quota of the account is used up, or the policies are larger than IAM takes. Make the policies smaller, or " +
			"have the quota raised (Service Quotas, IAM) in the account; then press r."
	case "NoSuchEntity", "NoSuchEntityException", string(core.CodeNotFound):
		return "Something that the role names does not exist in the account: a managed policy or the permissions boundary. " +
			"Create it there or take it out of the role's file; then press r."
	case "EntityAlreadyExists", "EntityAlreadyExistsException", "ConcurrentModification", "DeleteConflict", "UnmodifiableEntity",
		string(core.CodeConflict):
		return "Something else made, changes or holds the role in the account: look there for a role of this name and for " +
			"what is attached to it. Then press r."
	case "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", string(core.CodeThrottled),
		"ServiceFailure", "ServiceUnavailable", "InternalFailure", string(core.CodeUnavailable):
		return "AWS had too much to do or was not reached. The engine tries again by itself; r asks for it now."
	default:
		return "Mend the cause, then press r. The engine also tries again by itself, each time after twice as long."
	}
}
