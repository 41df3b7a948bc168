package sts

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
)

const chainedLimit = 3600 // seconds

var roleARNPattern = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/.+$`)

// assumption is one AssumeRole request.
type assumption struct {
	p              *params
	roleARN, name  string
	seconds        int
	mfa            bool
	externalID     string
	hasExternalID  bool
	sourceIdentity string
	tags           map[string]string
	transitiveKeys []string
	policyText     string
	policyARNs     []string
}

// assumeRole issues credentials of a role to a caller whom the role trusts and whose
// own policies allow it.
func (s *Service) assumeRole(p *params) (any, *api.Error) {
	a, err := s.readAssumption(p)
	if err != nil {
		return nil, err
	}
	if p.Caller.Type == "Account" {
		return nil, accessDenied("Roles may not be assumed by root accounts.")
	}
	role, ok := s.iam.Role(a.roleARN)
	if !ok {
		return nil, a.refused("sts:AssumeRole") // as for a role that does not trust the caller
	}
	if err := s.authorize(a, role); err != nil {
		return nil, err
	}
	if err := a.checkDuration(role); err != nil {
		return nil, err
	}
	policies, err := s.sessionPolicies(a, role)
	if err != nil {
		return nil, err
	}
	tags, transitive, err := s.sessionTags(a)
	if err != nil {
		return nil, err
	}
	caller := roleCaller(role, a.name)
	creds := s.issue(caller, api.Session{
		Name: a.name, Issued: p.Now, Expires: p.Now.Add(time.Duration(a.seconds) * time.Second), Chained: a.chained(),
		SourceIdentity: a.sourceIdentity, Policies: policies, Tags: tags,
	}, transitive)
	return a.result(creds, caller)
}

func (s *Service) readAssumption(p *params) (*assumption, *api.Error) {
	a := &assumption{p: p}
	a.roleARN = p.text("RoleArn", 20, 2048, anyPattern)
	a.name = p.text("RoleSessionName", 2, 64, namePattern)
	a.seconds = p.integer("DurationSeconds", 3600, 900, 43200)
	a.externalID, a.hasExternalID = p.optional("ExternalId", 2, 1224, externalPattern)
	a.sourceIdentity, _ = p.optional("SourceIdentity", 2, 64, namePattern)
	a.policyText, _ = p.optional("Policy", 1, 2048, anyPattern)
	a.policyARNs = p.list("PolicyArns", ".arn")
	a.transitiveKeys = p.list("TransitiveTagKeys", "")
	keys, values := p.list("Tags", ".Key"), p.list("Tags", ".Value")
	if len(keys) > 50 {
		p.problem("Tags", "[...]", "Member must have length less than or equal to 50")
	}
	mfa, err := s.readMFA(p)
	if err != nil {
		return nil, err
	}
	a.mfa = mfa
	if !roleARNPattern.MatchString(a.roleARN) {
		return nil, invalid(a.roleARN + " is invalid")
	}
	if err := a.setTags(keys, values); err != nil {
		return nil, err
	}
	return a, a.inheritIdentity()
}

// setTags pairs the request's session tags; keys are unique without regard to case.
func (a *assumption) setTags(keys, values []string) *api.Error {
	a.tags = map[string]string{}
	seen := map[string]bool{}
	for i, key := range keys {
		if i >= len(values) || key == "" || len(key) > 128 || len(values[i]) > 256 {
			return invalid("1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have a key of 1 to 128 and a value of 0 to 256 characters")
		}
		if seen[strings.ToLower(key)] {
			return api.Errorf(http.StatusBadRequest, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[strings.ToLower(key)], a.tags[key] = true, values[i]
	}
	return nil
}

// inheritIdentity carries the calling session's source identity on: it stays through
// role chaining and cannot be changed.
func (a *assumption) inheritIdentity() *api.Error {
	session := a.p.Caller.Session
	if session == nil || session.SourceIdentity == "" {
		return nil
	}
	if a.sourceIdentity != "" && a.sourceIdentity != session.SourceIdentity {
		return invalid("The source identity of the calling session cannot be changed.")
	}
	a.sourceIdentity = session.SourceIdentity
	return nil
}

// chained reports whether a role session assumes the role.
func (a *assumption) chained() bool { return a.p.Caller.Type == "AssumedRole" }

// refused is STS's answer both to a missing role and to a refusal, so that nobody can
// find out which roles exist.
func (a *assumption) refused(action string) *api.Error {
	return accessDenied("User: " + a.p.Caller.ARN + " is not authorized to perform: " + action + " on resource: " + a.roleARN)
}

// authorize asks the trust policy and the caller's policies for every action that the
// request amounts to.
func (s *Service) authorize(a *assumption, role iam.Role) *api.Error {
	actions := []string{"sts:AssumeRole"}
	if len(a.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if a.sourceIdentity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	context := a.conditionKeys(role)
	for _, action := range actions {
		err := s.iam.Authorize(a.p.Call, api.Ask{
			Action: action, Resource: role.ARN, ResourceAccount: role.AccountID,
			ResourcePolicy: role.Trust, ResourcePolicyRequired: true, Context: context,
		})
		if err != nil {
			return a.refused(action)
		}
	}
	return nil
}

// conditionKeys are STS's own (Service Authorization Reference, "AWS Security Token
// Service"), and those of multi-factor authentication, which describe this request.
func (a *assumption) conditionKeys(role iam.Role) map[string][]string {
	keys := map[string][]string{"sts:RoleSessionName": {a.name}}
	if a.hasExternalID {
		keys["sts:ExternalId"] = []string{a.externalID}
	}
	if a.sourceIdentity != "" {
		keys["sts:SourceIdentity"] = []string{a.sourceIdentity}
	}
	if len(a.transitiveKeys) > 0 {
		keys["sts:TransitiveTagKeys"] = a.transitiveKeys
	}
	for key, value := range a.tags {
		keys["aws:RequestTag/"+key] = []string{value}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], key)
	}
	for key, value := range role.Tags {
		keys["iam:ResourceTag/"+key] = []string{value}
		keys["aws:ResourceTag/"+key] = []string{value}
	}
	if a.mfa {
		keys["aws:MultiFactorAuthPresent"] = []string{"true"}
		keys["aws:MultiFactorAuthAge"] = []string{"0"}
	}
	return keys
}

func (a *assumption) checkDuration(role iam.Role) *api.Error {
	switch {
	case a.chained() && a.seconds > chainedLimit:
		return invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case time.Duration(a.seconds)*time.Second > role.MaxSession:
		return invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return nil
}

// sessionPolicies reads the policies that limit this session further.
func (s *Service) sessionPolicies(a *assumption, role iam.Role) ([]*policy.Document, *api.Error) {
	var out []*policy.Document
	if a.policyText != "" {
		doc, issues := policy.Parse([]byte(a.policyText), policy.Identity)
		if policy.HasErrors(issues) {
			return nil, malformed("Syntax errors in policy.")
		}
		out = append(out, doc)
	}
	if len(a.policyARNs) > 10 {
		return nil, limitExceeded()
	}
	for _, arn := range a.policyARNs {
		doc, ok := s.iam.ManagedPolicy(role.AccountID, arn)
		if !ok {
			return nil, malformed("Policy " + arn + " does not exist or is not attachable.")
		}
		out = append(out, doc)
	}
	if a.packedSize() > 100 {
		return nil, api.Errorf(http.StatusBadRequest, "PackedPolicyTooLarge",
			"Packed size of session tags and policies consumes %d%% of allotted space.", a.packedSize())
	}
	return out, nil
}

func malformed(message string) *api.Error {
	return &api.Error{Status: http.StatusBadRequest, Code: "MalformedPolicyDocument", Message: message}
}

func limitExceeded() *api.Error {
	return invalid("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10")
}

// packedSize is the share in per cent of STS's space for policies and tags. AWS packs
// in a format it does not publish; this takes the plain text against 4,096 bytes.
func (a *assumption) packedSize() int {
	size := len(a.policyText)
	for _, arn := range a.policyARNs {
		size += len(arn)
	}
	for key, value := range a.tags {
		size += len(key) + len(value)
	}
	return (size*100 + 4095) / 4096
}

// sessionTags are the request's tags and those that the calling session passes on.
func (s *Service) sessionTags(a *assumption) (tags, transitive map[string]string, err *api.Error) {
	tags, transitive = maps.Clone(a.tags), map[string]string{}
	for _, key := range a.transitiveKeys {
		if value, ok := a.tags[key]; ok {
			transitive[key] = value
		}
	}
	calling := s.session(a.p.Caller.AccessKeyID)
	if calling == nil {
		return tags, transitive, nil
	}
	for key, value := range calling.transitive {
		if _, ok := a.tags[key]; ok {
			return nil, nil, api.Errorf(http.StatusBadRequest, "InvalidParameterValue",
				"One of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		tags[key], transitive[key] = value, value
	}
	return tags, transitive, nil
}

type assumedRoleUser struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	Arn           string
}

func (a *assumption) result(creds Credentials, caller api.Caller) (any, *api.Error) {
	return struct {
		Credentials      credentialsXML
		AssumedRoleUser  assumedRoleUser
		PackedPolicySize int    `xml:",omitempty"`
		SourceIdentity   string `xml:",omitempty"`
		tokenSize
	}{creds.shape(), assumedRoleUser{caller.UserID, caller.ARN}, a.packedSize(), a.sourceIdentity, creds.tokenSize()}, nil
}
