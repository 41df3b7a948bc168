package cloudformation

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// client calls other services for one stack operation.
type client struct {
	backend  Backend
	caller   api.Caller
	region   string
	patience time.Duration // how long a call is retried on what passes by itself
}

// remoteError is an error another service answered.
type remoteError struct {
	Service   string
	Status    int
	Code      string
	Message   string
	RequestID string
}

func (e *remoteError) Error() string {
	name := map[string]string{"dynamodb": "DynamoDb"}[e.Service]
	if name == "" {
		name = strings.ToUpper(e.Service[:1]) + e.Service[1:]
	}
	return fmt.Sprintf("Resource handler returned message: \"%s (Service: %s, Status Code: %d, Request ID: %s)\" (RequestToken: %s, HandlerErrorCode: %s)",
		e.Message, name, e.Status, e.RequestID, newUUID(), e.handlerCode())
}

// handlerCode is the error code of a resource handler, as listed in "Handler error
// codes" of the CloudFormation CLI user guide.
func (e *remoteError) handlerCode() string {
	code := e.Code
	switch {
	case e.Status == http.StatusForbidden || strings.HasPrefix(code, "AccessDenied") || code == "AuthorizationError":
		return "AccessDenied"
	case slices.Contains(busyCodes, code):
		return "Throttling"
	case isGone(e):
		return "NotFound"
	case strings.Contains(code, "AlreadyExists") || strings.Contains(code, "AlreadyOwned") || code == "ResourceInUseException":
		return "AlreadyExists"
	case strings.Contains(code, "Limit"):
		return "ServiceLimitExceeded"
	case e.Status == http.StatusConflict:
		return "ResourceConflict"
	case e.Status >= http.StatusInternalServerError:
		return "ServiceInternalError"
	}
	return "InvalidRequest"
}

var busyCodes = []string{
	"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown", "ServiceUnavailable",
	"ConcurrentModificationException", "ConcurrentModification", "OperationAborted",
}

// passing reports whether the same call may succeed a little later: throttling and
// IAM's eventual consistency.
func (e *remoteError) passing() bool {
	return slices.Contains(busyCodes, e.Code) ||
		strings.Contains(e.Message, "cannot be assumed by Lambda") ||
		strings.Contains(e.Message, "Invalid principal in policy") ||
		strings.Contains(e.Message, "invalid principals")
}

var goneCodes = []string{
	"NoSuchEntity", "NoSuchBucket", "NotFound", "NotFoundException", "ResourceNotFoundException", "NoSuchBucketPolicy",
	"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NoSuchKey",
}

// isGone reports whether err says that the resource does not exist.
func isGone(err error) bool {
	var e *remoteError
	return errors.As(err, &e) && slices.Contains(goneCodes, e.Code)
}

// ignoreGone is for deletions: what is gone already is deleted.
func ignoreGone(err error) error {
	if isGone(err) {
		return nil
	}
	return err
}

// query calls a query-protocol operation; out, unless nil, takes its Result element.
func (c *client) query(ctx context.Context, service, operation string, form url.Values, out any) error {
	f := url.Values{"Action": {operation}}
	for k, v := range form {
		f[k] = v
	}
	resp, err := c.do(ctx, Request{Service: service, Operation: operation, Form: f})
	if err != nil || out == nil {
		return err
	}
	dec := xml.NewDecoder(bytes.NewReader(resp.Body))
	for {
		tok, err := dec.Token()
		if err != nil {
			return fmt.Errorf("reading the answer of %s:%s: %w", service, operation, err)
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == operation+"Result" {
			return dec.DecodeElement(out, &start)
		}
	}
}

// json calls a JSON-protocol operation.
func (c *client) json(ctx context.Context, service, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	resp, err := c.do(ctx, Request{Service: service, Operation: operation, Body: body})
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(resp.Body, out)
}

// restJSON calls a REST operation with JSON bodies; in and out may be nil.
func (c *client) restJSON(ctx context.Context, service, method, path string, in, out any) error {
	r := Request{Service: service, Method: method, Path: path}
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		r.Body, r.Header = body, http.Header{"Content-Type": {"application/json"}}
	}
	resp, err := c.do(ctx, r)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(resp.Body, out)
}

// do calls, and calls again while the answer is one that passes by itself.
func (c *client) do(ctx context.Context, r Request) (*Response, error) {
	if r.Region == "" {
		r.Region = c.region
	}
	if r.Service == "iam" {
		r.Region = globalRegion(c.region)
	}
	delay, spent := 20*time.Millisecond, time.Duration(0)
	for {
		resp, err := c.backend.Do(ctx, c.caller, r)
		if err != nil {
			return nil, err
		}
		if resp.Status < 300 {
			return resp, nil
		}
		failure := decodeError(r.Service, resp)
		if !failure.passing() || spent >= c.patience {
			return nil, failure
		}
		if err := pause(ctx, delay); err != nil {
			return nil, err
		}
		spent += delay
		delay = min(2*delay, time.Second)
	}
}

// globalRegion is where the partition's IAM is.
func globalRegion(region string) string {
	return map[string]string{"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws": "us-east-1"}[api.PartitionOf(region)]
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decodeError reads the error of any of the wire protocols.
func decodeError(service string, r *Response) *remoteError {
	e := &remoteError{Service: service, Status: r.Status, RequestID: r.Header.Get("x-amzn-RequestId")}
	if e.RequestID == "" {
		e.RequestID = r.Header.Get("x-amz-request-id")
	}
	if bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<")) {
		var body struct {
			Code    string `xml:"Code"`
			Message string `xml:"Message"`
			Inner   struct {
				Code    string `xml:"Code"`
				Message string `xml:"Message"`
			} `xml:"Error"`
		}
		_ = xml.Unmarshal(r.Body, &body)
		e.Code, e.Message = body.Inner.Code+body.Code, body.Inner.Message+body.Message
		return e
	}
	var body struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // any case
	}
	_ = json.Unmarshal(r.Body, &body)
	if body.Type == "" {
		body.Type, _, _ = strings.Cut(r.Header.Get("x-amzn-ErrorType"), ":")
	}
	e.Code, e.Message = body.Type[strings.LastIndex(body.Type, "#")+1:], body.Message
	return e
}
