package cloudformation

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Request is a call of another service. A query-protocol call has a Form, a
// JSON-protocol call a Body and an Operation, a REST call a Method and a Path.
type Request struct {
	Service   string // signing name
	Region    string
	Operation string // query and JSON protocols
	Form      url.Values
	Method    string // REST; empty means POST
	Path      string // REST; with the query
	Header    http.Header
	Body      []byte
}

// Response is what the service answered, errors included.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Backend calls other services of the sandbox as the given caller. It is called
// concurrently. The error is only for calls that got no answer.
type Backend interface {
	Do(ctx context.Context, caller api.Caller, r Request) (*Response, error)
}

// Dispatch is a Backend that calls services in process. The map, by signing name,
// must not change once the first stack exists.
func Dispatch(services map[string]api.Service, clock api.Clock) Backend {
	return &dispatcher{services: services, clock: clock}
}

type dispatcher struct {
	services map[string]api.Service
	clock    api.Clock
}

// jsonTargets are the X-Amz-Target prefixes of JSON services.
var jsonTargets = map[string]string{"dynamodb": "DynamoDB_20120810", "kms": "TrentService", "sqs": "AmazonSQS"}

func (d *dispatcher) Do(ctx context.Context, caller api.Caller, r Request) (*Response, error) {
	service, ok := d.services[r.Service]
	if !ok {
		return nil, fmt.Errorf("the sandbox has no service %q", r.Service)
	}
	call, err := newCall(ctx, caller, r, d.clock)
	if err != nil {
		return nil, err
	}
	rec := &recorder{header: http.Header{}}
	service.Serve(rec, call)
	return &Response{Status: max(rec.status, http.StatusOK), Header: rec.header, Body: rec.body.Bytes()}, nil
}

// newCall makes the call that a service gets.
func newCall(ctx context.Context, caller api.Caller, r Request, clock api.Clock) (*api.Call, error) {
	method, path := r.Method, r.Path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/"
	}
	body := r.Body
	if r.Form != nil {
		body = []byte(r.Form.Encode())
	}
	host := r.Service + "." + r.Region + ".amazonaws.com"
	req, err := http.NewRequestWithContext(ctx, method, "https://"+host+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", r.Service, err)
	}
	// AWS reports calls on a user's behalf as coming from the service itself.
	req.RemoteAddr = "cloudformation.amazonaws.com"
	req.Header.Set("User-Agent", "cloudformation.amazonaws.com")
	setProtocol(req, r, body)
	for k, v := range r.Header {
		req.Header[k] = v
	}
	return &api.Call{
		Service: r.Service, Operation: r.Operation, Region: r.Region, Caller: caller, RequestID: newUUID(),
		Now: clock(), HTTP: req, Body: body, Form: r.Form,
	}, nil
}

// setProtocol sets the headers the service's protocol has.
func setProtocol(req *http.Request, r Request, body []byte) {
	switch {
	case r.Form != nil:
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	case r.Operation != "":
		req.Header.Set("Content-Type", "application/x-amz-json-1.0")
		req.Header.Set("X-Amz-Target", jsonTargets[r.Service]+"."+r.Operation)
	case len(body) > 0:
		sum := md5.Sum(body)
		req.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	}
}

// recorder keeps a response in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}
