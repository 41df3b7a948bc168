package cloudformation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// customType is AWS::CloudFormation::CustomResource and Custom::*: a function or a
// topic is told what to do and answers over HTTP ("Custom resource request objects"
// and "Custom resource response objects" in the CloudFormation user guide).
func customType() *resourceType {
	return &resourceType{
		custom: true,
		create: func(ctx context.Context, w *work) error {
			w.physicalID = physicalName(w.stackName, w.logicalID, 128)
			err := w.tell(ctx, customRequest{RequestType: "Create", ResourceProperties: w.props})
			var sending *unsentError
			if errors.As(err, &sending) {
				w.physicalID = "" // nobody was told, so nothing is to be deleted
			}
			return err
		},
		update: func(ctx context.Context, w *work) error {
			if w.changed("ServiceToken") {
				return reason("Modifying service token is not allowed.")
			}
			return w.tell(ctx, customRequest{
				RequestType: "Update", PhysicalResourceID: w.physicalID, ResourceProperties: w.props, OldResourceProperties: w.old,
			})
		},
		delete: func(ctx context.Context, w *work) error {
			return w.tell(ctx, customRequest{
				RequestType: "Delete", PhysicalResourceID: w.physicalID, ResourceProperties: w.props,
			})
		},
	}
}

// customRequest is what the function or topic gets.
type customRequest struct {
	RequestType           string
	ServiceToken          string
	ResponseURL           string
	StackID               string `json:"StackId"`
	RequestID             string `json:"RequestId"`
	ResourceType          string
	LogicalResourceID     string         `json:"LogicalResourceId"`
	PhysicalResourceID    string         `json:"PhysicalResourceId,omitempty"`
	ResourceProperties    map[string]any `json:",omitempty"`
	OldResourceProperties map[string]any `json:",omitempty"`
}

// customAnswer is what comes back.
type customAnswer struct {
	Status             string
	Reason             string
	PhysicalResourceID string `json:"PhysicalResourceId"`
	StackID            string `json:"StackId"`
	RequestID          string `json:"RequestId"`
	LogicalResourceID  string `json:"LogicalResourceId"`
	Data               map[string]any
	malformed          string // why the answer cannot be used
}

// unsentError says that the request did not reach anybody.
type unsentError struct{ err error }

func (e *unsentError) Error() string {
	var remote *remoteError
	if errors.As(e.err, &remote) {
		return fmt.Sprintf("%s (Service: %s, Status Code: %d, Request ID: %s)", remote.Message, remote.Service, remote.Status, remote.RequestID)
	}
	return e.err.Error()
}

func (e *unsentError) Unwrap() error { return e.err }

// tell sends a request and waits for its answer, which gives the resource its
// physical ID and attributes.
func (w *work) tell(ctx context.Context, r customRequest) error {
	token, answers := w.service.expect()
	defer w.service.forget(token)
	r.ServiceToken = asText(r.ResourceProperties["ServiceToken"])
	r.ResponseURL = strings.TrimSuffix(w.service.opt.ResponseBase, "/") + ResponsePath + token
	r.StackID, r.RequestID, r.ResourceType, r.LogicalResourceID = w.stackID, newUUID(), w.typ, w.logicalID
	if err := w.send(ctx, r); err != nil {
		return &unsentError{err}
	}
	timer := time.NewTimer(w.patienceFor(r.ResourceProperties))
	defer timer.Stop()
	select {
	case a := <-answers:
		return w.accept(r, a)
	case <-timer.C:
		return reasonf("CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [%s]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.", r.RequestID)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// patienceFor is how long the answer may take: ServiceTimeout, in seconds, within
// the sandbox's own bound.
func (w *work) patienceFor(props map[string]any) time.Duration {
	limit := w.service.opt.CustomResourceTimeout
	seconds, err := strconv.Atoi(asText(props["ServiceTimeout"]))
	if err != nil || seconds < 1 || seconds > 3600 {
		return limit
	}
	return min(limit, time.Duration(seconds)*time.Second)
}

// send hands the request to the function or topic, as the caller.
func (w *work) send(ctx context.Context, r customRequest) error {
	parts := strings.SplitN(r.ServiceToken, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return reasonf("Invalid service token.")
	}
	if parts[3] != w.region {
		return reasonf("Service token must be in the same region as the stack: %s", r.ServiceToken)
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	switch parts[2] {
	case "lambda":
		_, err := w.do(ctx, Request{
			Service: "lambda", Method: http.MethodPost, Body: body,
			Path:   functionsPath + "/" + url.PathEscape(r.ServiceToken) + "/invocations",
			Header: http.Header{"X-Amz-Invocation-Type": {"Event"}, "Content-Type": {"application/json"}},
		})
		return err
	case "sns":
		return w.query(ctx, "sns", "Publish", url.Values{
			"TopicArn": {r.ServiceToken}, "Message": {string(body)}, "Subject": {"AWS CloudFormation custom resource request"},
		}, nil)
	}
	return reasonf("Invalid service token.")
}

// accept holds an answer against its request and takes it over.
func (w *work) accept(r customRequest, a customAnswer) error {
	switch {
	case a.malformed != "":
		return reason(a.malformed)
	case a.Status != "SUCCESS" && a.Status != "FAILED":
		return reasonf("Invalid Status in the response of the custom resource: %q must be SUCCESS or FAILED.", a.Status)
	case a.StackID != r.StackID || a.RequestID != r.RequestID || a.LogicalResourceID != r.LogicalResourceID:
		return reason("The response of the custom resource must repeat StackId, RequestId and LogicalResourceId of the request.")
	}
	if id := a.PhysicalResourceID; id != "" && r.RequestType == "Create" {
		w.physicalID = id
	}
	if a.Status == "FAILED" {
		return reasonf("Received response status [FAILED] from custom resource. Message returned: %s (RequestId: %s)", a.Reason, r.RequestID)
	}
	if n := len(a.PhysicalResourceID); n == 0 || n > 1024 {
		return reason("Invalid PhysicalResourceId")
	}
	if r.RequestType != "Delete" {
		w.physicalID, w.attributes = a.PhysicalResourceID, a.Data
	}
	return nil
}
