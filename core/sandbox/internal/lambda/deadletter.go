package lambda

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// record is what a destination gets ("Capturing records of Lambda asynchronous
// invocations", Lambda Developer Guide).
type record struct {
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	RequestContext  recordContext    `json:"requestContext"`
	RequestPayload  json.RawMessage  `json:"requestPayload"`
	ResponseContext *responseContext `json:"responseContext,omitempty"`
	ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"`
}

type recordContext struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Condition   string `json:"condition"`
	Count       int    `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

// report sends the event's record to the destination, and a failed event to the
// dead-letter target.
func (s *Service) report(e *event, f function, condition string, out outcome) {
	target := ""
	if f.async != nil {
		target = f.async.DestinationConfig.OnFailure.Destination
		if !out.failed {
			target = f.async.DestinationConfig.OnSuccess.Destination
		}
	}
	if target != "" {
		s.post(f, target, s.recordOf(e, f, condition, out), nil)
	}
	if letters := f.config.deadLetters(); letters != "" && out.failed {
		var fe functionError
		_ = json.Unmarshal(out.payload, &fe) // a payload that is no error has no message
		if fe.Message == "" {
			fe.Message = condition
		}
		s.post(f, letters, e.payload, map[string]string{
			"RequestID": e.requestID, "ErrorCode": strconv.Itoa(http.StatusOK), "ErrorMessage": fe.Message[:min(len(fe.Message), 1024)],
		})
	}
}

func (s *Service) recordOf(e *event, f function, condition string, out outcome) []byte {
	r := record{
		Version: "1.0", Timestamp: s.opt.Clock().UTC().Format("2006-01-02T15:04:05.000Z"),
		RequestContext: recordContext{e.requestID, f.arn + ":$LATEST", condition, e.attempts},
		RequestPayload: e.payload,
	}
	if out.payload != nil {
		r.ResponseContext = &responseContext{StatusCode: http.StatusOK, ExecutedVersion: "$LATEST"}
		if out.failed {
			r.ResponseContext.FunctionError = "Unhandled"
		}
		if json.Valid(out.payload) {
			r.ResponsePayload = out.payload
		}
	}
	b, _ := json.Marshal(r)
	return b
}

// targetAction is the permission that the execution role needs for a target, and
// the name of the call; empty for targets that are not supported.
func targetAction(arn string) (action, call string) {
	parts := strings.Split(arn, ":")
	if len(parts) < 6 {
		return "", ""
	}
	switch parts[2] {
	case "sqs":
		return "sqs:SendMessage", "SendMessage on SQS"
	case "sns":
		return "sns:Publish", "Publish on SNS"
	case "lambda":
		return "lambda:InvokeFunction", "Invoke on Lambda"
	}
	return "", ""
}

// post sends to a queue, topic or function, if the execution role may. As with
// Lambda itself, what cannot be sent is lost.
func (s *Service) post(f function, target string, body []byte, attributes map[string]string) {
	action, _ := targetAction(target)
	if action == "" || s.roleMay(f, action, target) != nil {
		return
	}
	switch action {
	case "sqs:SendMessage":
		if s.opt.Queues != nil {
			s.opt.Queues.Enqueue(api.Letter{QueueARN: target, Body: string(body), Attributes: attributes})
		}
	case "sns:Publish":
		if s.opt.Publisher != nil {
			s.opt.Publisher.PublishAs(api.Publication{TopicARN: target, Message: string(body), Attributes: attributes})
		}
	case "lambda:InvokeFunction":
		s.InvokeAsync(api.Invocation{FunctionARN: target, Event: body})
	}
}

// checkDeadLetters refuses a dead-letter target that the role may not reach.
func (s *Service) checkDeadLetters(f function) *api.Error {
	target := f.config.deadLetters()
	if strings.Contains(target, ":lambda:") {
		return errInvalid("The provided dead letter config TargetArn is invalid")
	}
	return s.checkTarget(f, target, "The provided dead letter config TargetArn is invalid")
}

func (s *Service) checkTarget(f function, target, wrong string) *api.Error {
	if target == "" {
		return nil
	}
	action, call := targetAction(target)
	if action == "" {
		return errInvalid("%s", wrong)
	}
	if s.roleMay(f, action, target) != nil {
		return errInvalid("The provided execution role does not have permissions to call %s", call)
	}
	return nil
}

// roleMay asks whether the function's execution role may do action.
func (s *Service) roleMay(f function, action, resource string) *api.Error {
	caller, e := s.executionCaller(f)
	if e != nil {
		return e
	}
	return s.ask(f, caller, action, resource)
}

// executionCaller is the function's own session, as the authoriser knows it.
func (s *Service) executionCaller(f function) (api.Caller, *api.Error) {
	key, _, _, err := s.opt.Credentials(f.account, value(f.config.Role, ""), f.name)
	if err != nil {
		return api.Caller{}, err
	}
	found, ok := s.opt.Callers.AccessKey(key)
	if !ok {
		return api.Caller{}, api.Errorf(http.StatusForbidden, "AccessDeniedException", "The session of role %s is not known", value(f.config.Role, ""))
	}
	return found.Caller, nil
}
