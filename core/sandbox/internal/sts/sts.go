package sts

import (
	"net/http"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
)

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// Options are what a Service is made of; both are required.
type Options struct {
	IAM   *iam.Service
	Clock api.Clock
}

// Service is STS. It is safe for concurrent use.
type Service struct {
	iam   *iam.Service
	clock api.Clock

	mu       sync.RWMutex
	sessions map[string]*session // by access key ID
	issued   int                 // sessions since the start, to sweep now and then
}

var (
	_ api.Service     = (*Service)(nil)
	_ api.Credentials = (*Service)(nil)
)

// New returns a Service over the accounts of an iam.Service.
func New(opts Options) *Service {
	return &Service{iam: opts.IAM, clock: opts.Clock, sessions: map[string]*session{}}
}

// Serve answers one call of the STS API.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	result, err := s.do(&params{Call: c})
	if err != nil {
		api.WriteQueryError(w, c, namespace, err)
		return
	}
	api.WriteQuery(w, c, namespace, result)
}

func (s *Service) do(p *params) (any, *api.Error) {
	if p.Caller.Anonymous() {
		return nil, api.Errorf(http.StatusBadRequest, "InvalidAction", "The sandbox does not offer %s: sign in as an IAM principal.", p.Operation)
	}
	switch p.Operation {
	case "GetCallerIdentity":
		return callerIdentity(p)
	case "AssumeRole":
		return s.assumeRole(p)
	case "GetSessionToken":
		return s.getSessionToken(p)
	case "GetAccessKeyInfo":
		return s.accessKeyInfo(p)
	case "DecodeAuthorizationMessage":
		// The sandbox sends no encoded messages, so that none can be a valid one.
		return nil, api.Errorf(http.StatusBadRequest, "InvalidAuthorizationMessageException", "Message is not valid")
	}
	return nil, api.Errorf(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version 2011-06-15", p.Operation)
}

// callerIdentity needs no permission: not even a Deny refuses it.
func callerIdentity(p *params) (any, *api.Error) {
	return struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}{p.Caller.ARN, p.Caller.UserID, p.Caller.AccountID}, nil
}

func (s *Service) accessKeyInfo(p *params) (any, *api.Error) {
	id := p.text("AccessKeyId", 16, 128, wordPattern)
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := s.iam.Authorize(p.Call, api.Ask{Action: "sts:GetAccessKeyInfo", Resource: "*"}); err != nil {
		return nil, err
	}
	account := iam.AccountOfKey(id)
	if account == "" {
		return nil, invalid("Invalid type for parameter: AccessKeyId")
	}
	return struct{ Account string }{account}, nil
}

// getSessionToken gives an IAM user, or a root, temporary credentials of its own.
func (s *Service) getSessionToken(p *params) (any, *api.Error) {
	const root = "Account"
	seconds := p.integer("DurationSeconds", 43200, 900, 129600)
	mfa, err := s.readMFA(p)
	if err != nil {
		return nil, err
	}
	if p.Caller.Session != nil {
		return nil, accessDenied("Cannot call GetSessionToken with session credentials")
	}
	if p.Caller.Type == root {
		seconds = min(seconds, 3600)
	}
	creds := s.issue(p.Caller, api.Session{
		Issued: p.Now, Expires: p.Now.Add(time.Duration(seconds) * time.Second), MFA: mfa,
	}, nil)
	return struct {
		Credentials credentialsXML
		tokenSize
	}{creds.shape(), creds.tokenSize()}, nil
}

func accessDenied(message string) *api.Error {
	return &api.Error{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
}

func invalid(message string) *api.Error {
	return &api.Error{Status: http.StatusBadRequest, Code: "ValidationError", Message: message}
}
