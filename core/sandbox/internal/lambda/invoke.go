package lambda

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Payload limits in bytes.
const (
	maxSync  = 6 << 20
	maxAsync = 256 << 10
)

// outcome is what one run of a function gave.
type outcome struct {
	payload []byte
	failed  bool // a function error; payload tells which
}

// functionError is the payload of a function error.
type functionError struct {
	Message string `json:"errorMessage"`
	Type    string `json:"errorType"`
}

func failure(kind, format string, args ...any) outcome {
	b, _ := json.Marshal(functionError{fmt.Sprintf(format, args...), kind})
	return outcome{b, true}
}

// invoke answers Invoke: RequestResponse, Event and DryRun.
func (s *Service) invoke(r *request) *api.Error {
	if err := s.open(r, "lambda:InvokeFunction"); err != nil {
		return err
	}
	kind, limit := r.HTTP.Header.Get("X-Amz-Invocation-Type"), maxSync
	if kind == "Event" {
		limit = maxAsync
	}
	if err := checkPayload(r.Body, limit); err != nil {
		return err
	}
	switch kind {
	case "", "RequestResponse":
		return s.invokeSync(r)
	case "Event":
		s.enqueue(&event{arn: r.f.arn, requestID: r.RequestID, payload: orEmpty(r.Body), queued: s.opt.Clock()})
		return r.write(http.StatusAccepted, nil)
	case "DryRun":
		return r.write(http.StatusNoContent, nil)
	}
	return errValidation("invocationType", kind)
}

func checkPayload(payload []byte, limit int) *api.Error {
	if len(payload) > limit {
		return api.Errorf(413, "RequestTooLargeException", "Request must be smaller than %d bytes for the InvokeFunction operation", limit)
	}
	if len(payload) > 0 && !json.Valid(payload) {
		return api.Errorf(400, "InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json")
	}
	return nil
}

// orEmpty is the event of an invocation without payload.
func orEmpty(payload []byte) []byte {
	if len(payload) == 0 {
		return []byte("{}")
	}
	return payload
}

func (s *Service) invokeSync(r *request) *api.Error {
	f, ok := s.acquire(r.f.arn)
	if !ok {
		e := api.Errorf(429, "TooManyRequestsException", "Rate Exceeded.")
		e.Extra = map[string]any{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}
		return e
	}
	defer s.release(r.f.arn)
	out, err := s.execute(r.Context(), f, r.RequestID, orEmpty(r.Body))
	if err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("X-Amz-Executed-Version", "$LATEST")
	h.Set("Content-Type", "application/json")
	if out.failed {
		h.Set("X-Amz-Function-Error", "Unhandled")
	}
	if r.HTTP.Header.Get("X-Amz-Log-Type") == "Tail" {
		log := "START RequestId: " + r.RequestID + " Version: $LATEST\nEND RequestId: " + r.RequestID + "\n"
		h.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(log)))
	}
	r.w.WriteHeader(http.StatusOK)
	_, _ = r.w.Write(out.payload)
	return nil
}

// acquire takes a place of the function's concurrency; false when there is none.
func (s *Service) acquire(arn string) (function, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.functions[arn]
	if f == nil || f.full() {
		return function{}, false
	}
	f.running++
	return *f, true
}

func (f *function) full() bool { return f.reserved != nil && f.running >= *f.reserved }

// release gives the place back, which may let a queued event run.
func (s *Service) release(arn string) {
	s.mu.Lock()
	if f := s.functions[arn]; f != nil && f.running > 0 {
		f.running--
	}
	s.mu.Unlock()
	s.start()
}

// execute runs the function once. An error is Lambda's own, not the function's.
func (s *Service) execute(ctx context.Context, f function, requestID string, payload []byte) (outcome, *api.Error) {
	key, secret, token, err := s.opt.Credentials(f.account, value(f.config.Role, ""), f.name)
	if err != nil {
		return outcome{}, api.Errorf(403, "AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.")
	}
	ctx, cancel := context.WithTimeout(ctx, f.config.timeout())
	defer cancel()
	unhook := context.AfterFunc(s.ctx, cancel) // Close ends running functions
	defer unhook()
	deadline, _ := ctx.Deadline()
	run := Run{
		FunctionName: f.name, FunctionARN: f.arn, Handler: value(f.config.Handler, ""), AccountID: f.account, Region: f.region,
		RequestID: requestID, Environment: s.environment(f, key, secret, token), Event: payload, Deadline: deadline,
	}
	s.log(f, key, run.Environment["AWS_LAMBDA_LOG_STREAM_NAME"])
	if s.opt.BeforeInvoke != nil {
		if err := s.opt.BeforeInvoke(run); err != nil {
			return failure("Runtime.ExitError", "RequestId: %s Error: Runtime exited with error: %v", requestID, err), nil
		}
	}
	done := make(chan outcome, 1)
	go func() { done <- s.call(ctx, run) }()
	select {
	case out := <-done:
		if ctx.Err() == nil {
			return out, nil
		} // too late: Lambda has stopped listening
	case <-ctx.Done():
	}
	if ctx.Err() == context.DeadlineExceeded {
		return failure("Sandbox.Timedout", "RequestId: %s Error: Task timed out after %.2f seconds", requestID, f.config.timeout().Seconds()), nil
	}
	return failure("Runtime.ExitError", "RequestId: %s Error: Runtime exited with error: signal: killed", requestID), nil
}

// call runs the code; an error or a panic becomes a function error, with the type
// names that aws-lambda-go reports.
func (s *Service) call(ctx context.Context, run Run) (out outcome) {
	defer func() {
		if p := recover(); p != nil {
			out = failure(typeName(p), "%v", p)
		}
	}()
	response, err := s.opt.Run(ctx, run)
	switch {
	case err != nil:
		return failure(typeName(err), "%s", err.Error())
	case len(response) == 0:
		response = []byte("null")
	case len(response) > maxSync:
		return failure("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (%d bytes).", maxSync)
	}
	return outcome{payload: response}
}

func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// environment is the function's variables and those that Lambda reserves.
func (s *Service) environment(f function, key, secret, token string) map[string]string {
	out := maps.Clone(f.config.variables())
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, map[string]string{
		"AWS_REGION": f.region, "AWS_DEFAULT_REGION": f.region,
		"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token,
		"AWS_LAMBDA_FUNCTION_NAME": f.name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(value(f.config.MemorySize, 128)),
		"AWS_LAMBDA_LOG_GROUP_NAME":       cmp.Or(f.logGroup(), "/aws/lambda/"+f.name),
		"AWS_LAMBDA_LOG_STREAM_NAME":      s.opt.Clock().UTC().Format(time.DateOnly) + "/[$LATEST]" + f.revision,
		"_HANDLER":                        value(f.config.Handler, ""), "LAMBDA_TASK_ROOT": "/var/task", "TZ": ":UTC",
	})
	if s.opt.Endpoint != nil {
		out["AWS_ENDPOINT_URL"] = s.opt.Endpoint()
	}
	return out
}
