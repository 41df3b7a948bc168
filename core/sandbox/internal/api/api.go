// Package api is what the sandbox's services have in common: a decoded call, who
// signed it, the question "is this allowed", AWS-shaped errors and the encoders of
// the wire protocols. It holds no state and knows no service; each service package
// beside it implements Service and is wired together by package sandbox.
//
// Start reading at Call and Service.
package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
)

// Service answers the calls of one AWS service for every account of the sandbox.
// Serve is called concurrently. It authorises, acts, and writes the response or
// the error in the protocol of its service.
type Service interface {
	Serve(w http.ResponseWriter, c *Call)
}

// Caller is the principal that signed a request. The zero value is anonymous.
type Caller struct {
	AccountID    string // 12 digits; empty when anonymous
	ARN          string // as GetCallerIdentity reports: user, assumed-role session, or account root
	PrincipalARN string // aws:PrincipalArn: as ARN, but the role's own ARN for a session
	UserID       string // AIDA..., AROA...:session, or the account ID of a root
	AccessKeyID  string
	Type         string   // aws:PrincipalType: Account, User, AssumedRole, Anonymous
	Session      *Session // non-nil for temporary credentials
}

// Anonymous reports whether nobody signed the request.
func (c Caller) Anonymous() bool { return c.AccountID == "" }

// Session is what temporary credentials carry beside their principal.
type Session struct {
	Name           string
	Issued         time.Time
	Expires        time.Time
	Chained        bool // issued to a principal that was itself a role session
	MFA            bool
	SourceIdentity string
	Policies       []*policy.Document // session policies
	Tags           map[string]string
}

// Call is one authenticated request on its way to a service.
type Call struct {
	Service   string // signing name: sts, iam, s3, sns, dynamodb, kms, lambda, cloudformation
	Operation string // for query and JSON protocols; empty for REST services
	Region    string // from the credential scope
	Caller    Caller
	RequestID string
	Now       time.Time
	HTTP      *http.Request // Body is drained; use Body
	Body      []byte        // payload, aws-chunked encoding already removed
	Form      url.Values    // query protocol: all parameters of URL and body
	Presigned bool          // signed in the query string
}

// Context is the request's context, done when the client has gone.
func (c *Call) Context() context.Context { return c.HTTP.Context() }

// Ask is one authorisation question. A service asks once for each pair of action
// and resource that AWS's Service Authorization Reference names for the operation.
type Ask struct {
	Action          string           // "iam:CreateRole"
	Resource        string           // ARN, or "*"
	ResourceAccount string           // owner of the resource; empty means the caller's account
	ResourcePolicy  *policy.Document // nil where the resource has none
	// ResourcePolicyRequired is for KMS keys: without a grant in (or delegated
	// by) the key policy, identity policies alone allow nothing.
	ResourcePolicyRequired bool
	Context                map[string][]string // the service's own condition keys
}

// Authorizer decides a question with the caller's identity policies, permissions
// boundary and session policies, and the resource's policy.
type Authorizer interface {
	// Authorize returns nil, or the AccessDenied error to send.
	Authorize(c *Call, ask Ask) *Error
}

// Invocation is a call of a Lambda function by another service.
type Invocation struct {
	FunctionARN   string
	SourceService string // the invoking service principal: s3.amazonaws.com, sns.amazonaws.com, cloudformation.amazonaws.com
	SourceARN     string
	SourceAccount string
	Event         []byte // JSON
}

// Invoker queues an asynchronous invocation; the function's resource policy is
// checked first, as AWS does. It never blocks on the function.
type Invoker interface {
	InvokeAsync(Invocation) *Error
}

// Keys resolves and authorises KMS keys for services that encrypt on a caller's behalf.
type Keys interface {
	// Resolve turns a key ID, key ARN, alias name or alias ARN into the key's ARN.
	Resolve(account, region, ref string) (arn string, err *Error)
	// Use asks whether the caller may perform action (kms:GenerateDataKey,
	// kms:Decrypt) on the key, via the named service.
	Use(c *Call, keyARN, action, viaService string, encryptionContext map[string]string) *Error
}

// Clock tells the time; injected so that expiry and events are deterministic.
type Clock func() time.Time
