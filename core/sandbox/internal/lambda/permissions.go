package lambda

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// statement is one statement of a function's resource policy, in the order in
// which Lambda writes its members.
type statement struct {
	Sid       string                       `json:"Sid"`
	Effect    string                       `json:"Effect"`
	Principal any                          `json:"Principal"`
	Action    string                       `json:"Action"`
	Resource  string                       `json:"Resource"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

type resourcePolicy struct {
	Version   string      `json:"Version"`
	ID        string      `json:"Id"`
	Statement []statement `json:"Statement"`
}

var (
	statementID = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,100}$`)
	accountID   = regexp.MustCompile(`^\d{12}$`)
)

func (s *Service) addPermission(r *request) *api.Error {
	var in struct {
		StatementId, Action, Principal, SourceArn, SourceAccount string
		PrincipalOrgID, EventSourceToken, FunctionUrlAuthType    string
		RevisionId                                               *string
	}
	if err := r.read(&in); err != nil {
		return err
	}
	if err := s.open(r, "lambda:AddPermission"); err != nil {
		return err
	}
	switch {
	case !statementID.MatchString(in.StatementId):
		return errValidation("statementId", in.StatementId)
	case in.Action != "lambda:*" && !strings.HasPrefix(in.Action, "lambda:"):
		return errValidation("action", in.Action)
	case in.Principal == "":
		return errValidation("principal", "")
	case in.FunctionUrlAuthType != "" || in.EventSourceToken != "":
		return errInvalid("Function URLs and event source tokens are not supported")
	case in.SourceAccount != "" && !accountID.MatchString(in.SourceAccount):
		return errValidation("sourceAccount", in.SourceAccount)
	}
	if err := r.f.checkRevision(in.RevisionId); err != nil {
		return err
	}
	st := statement{Sid: in.StatementId, Effect: "Allow", Principal: principalOf(in.Principal, r.f.region), Action: in.Action, Resource: r.f.arn, Condition: map[string]map[string]string{}}
	equals := map[string]string{}
	if in.SourceAccount != "" {
		equals["AWS:SourceAccount"] = in.SourceAccount
	}
	if in.PrincipalOrgID != "" {
		equals["aws:PrincipalOrgID"] = in.PrincipalOrgID
	}
	if len(equals) > 0 {
		st.Condition["StringEquals"] = equals
	}
	if in.SourceArn != "" {
		st.Condition["ArnLike"] = map[string]string{"AWS:SourceArn": in.SourceArn}
	}
	if err := s.addStatement(r, st); err != nil {
		return err
	}
	text, _ := json.Marshal(st)
	return r.write(http.StatusCreated, map[string]string{"Statement": string(text)})
}

// principalOf is the Principal element for a service, an account, an ARN or "*".
func principalOf(text, region string) any {
	switch {
	case text == "*":
		return "*"
	case accountID.MatchString(text):
		return map[string]string{"AWS": "arn:" + api.PartitionOf(region) + ":iam::" + text + ":root"}
	case strings.HasPrefix(text, "arn:"):
		return map[string]string{"AWS": text}
	}
	return map[string]string{"Service": text}
}

func (s *Service) addStatement(r *request, st statement) *api.Error {
	var failure *api.Error
	err := s.change(r, func(f *function) {
		if slices.ContainsFunc(f.statements, func(old statement) bool { return old.Sid == st.Sid }) {
			failure = api.Errorf(409, "ResourceConflictException", "The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", st.Sid)
			return
		}
		failure = f.setPolicy(append(slices.Clone(f.statements), st))
	})
	if err != nil {
		return err
	}
	return failure
}

func (f *function) setPolicy(statements []statement) *api.Error {
	if len(statements) == 0 {
		f.statements, f.policy = nil, nil
		return nil
	}
	text, _ := json.Marshal(resourcePolicy{"2012-10-17", "default", statements})
	if len(text) > 20*1024 {
		return api.Errorf(400, "PolicyLengthExceededException", "The final policy size (%d) is bigger than the limit (20480).", len(text))
	}
	doc, issues := policy.Parse(text, policy.Resource)
	if policy.HasErrors(issues) {
		return errInvalid("The provided principal was invalid. Please check the principal and try again.")
	}
	f.statements, f.policy = statements, doc
	return nil
}

func (s *Service) removePermission(r *request) *api.Error {
	if err := s.open(r, "lambda:RemovePermission"); err != nil {
		return err
	}
	var failure *api.Error
	err := s.change(r, func(f *function) {
		i := slices.IndexFunc(f.statements, func(st statement) bool { return st.Sid == r.rest })
		if i < 0 {
			failure = api.Errorf(404, "ResourceNotFoundException", "Statement %s is not found in resource policy.", r.rest)
			return
		}
		failure = f.setPolicy(slices.Delete(slices.Clone(f.statements), i, i+1))
	})
	if err != nil {
		return err
	}
	if failure != nil {
		return failure
	}
	return r.write(http.StatusNoContent, nil)
}

func (s *Service) getPolicy(r *request) *api.Error {
	if err := s.open(r, "lambda:GetPolicy"); err != nil {
		return err
	}
	if len(r.f.statements) == 0 {
		return api.Errorf(404, "ResourceNotFoundException", "The resource you requested does not exist.")
	}
	text, _ := json.Marshal(resourcePolicy{"2012-10-17", "default", r.f.statements})
	return r.write(http.StatusOK, map[string]string{"Policy": string(text), "RevisionId": r.f.revision})
}

// CheckInvoke implements api.InvocationChecker: the function must exist and its
// resource policy must let the service in. CloudFormation is let in: it invokes
// custom resources with the permissions of who works on the stack, and asks for
// those itself.
func (s *Service) CheckInvoke(in api.Invocation) *api.Error {
	s.mu.Lock()
	f := s.functions[unqualified(in.FunctionARN)]
	var doc *policy.Document
	var account string
	if f != nil {
		doc, account = f.policy, f.account
	}
	s.mu.Unlock()
	if f == nil {
		return errNotFound(in.FunctionARN)
	}
	if in.SourceService == "" || in.SourceService == "cloudformation.amazonaws.com" {
		return nil
	}
	context := map[string][]string{"aws:securetransport": {"true"}, "aws:principalservicename": {in.SourceService}, "aws:principalisawsservice": {"true"}}
	if in.SourceARN != "" {
		context["aws:sourcearn"] = []string{in.SourceARN}
	}
	if in.SourceAccount != "" {
		context["aws:sourceaccount"] = []string{in.SourceAccount}
	}
	d := policy.Evaluate(policy.Request{
		Action: "lambda:InvokeFunction", Resource: f.arn, ResourceAccount: account,
		Principal: policy.Principal{Service: in.SourceService}, Context: context,
	}, policy.Policies{Resource: doc, ResourceRequired: true})
	if !d.Allowed {
		return api.Errorf(403, "AccessDeniedException", "User: %s is not authorized to perform: lambda:InvokeFunction on resource: %s %s", in.SourceService, f.arn, d.Reason)
	}
	return nil
}

// unqualified cuts $LATEST from a function's ARN.
func unqualified(arn string) string { return strings.TrimSuffix(arn, ":$LATEST") }
