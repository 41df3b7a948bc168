package lambda

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// request is one call with the function it names.
type request struct {
	*api.Call
	w    http.ResponseWriter
	name string   // function name or ARN, or the ARN of a tagging call
	rest string   // what follows in the path: a statement ID
	f    function // a copy of the function, for handlers that need one
}

type handler func(*Service, *request) *api.Error

// routes maps method and path to handlers; {} stands for the function.
var routes = map[string]handler{
	"POST /2015-03-31/functions":                          (*Service).createFunction,
	"GET /2015-03-31/functions":                           (*Service).listFunctions,
	"GET /2015-03-31/functions/{}":                        (*Service).getFunction,
	"DELETE /2015-03-31/functions/{}":                     (*Service).deleteFunction,
	"GET /2015-03-31/functions/{}/configuration":          (*Service).getFunctionConfiguration,
	"PUT /2015-03-31/functions/{}/configuration":          (*Service).updateFunctionConfiguration,
	"PUT /2015-03-31/functions/{}/code":                   (*Service).updateFunctionCode,
	"POST /2015-03-31/functions/{}/invocations":           (*Service).invoke,
	"POST /2015-03-31/functions/{}/policy":                (*Service).addPermission,
	"GET /2015-03-31/functions/{}/policy":                 (*Service).getPolicy,
	"DELETE /2015-03-31/functions/{}/policy/*":            (*Service).removePermission,
	"PUT /2019-09-25/functions/{}/event-invoke-config":    (*Service).putEventInvokeConfig,
	"POST /2019-09-25/functions/{}/event-invoke-config":   (*Service).updateEventInvokeConfig,
	"GET /2019-09-25/functions/{}/event-invoke-config":    (*Service).getEventInvokeConfig,
	"DELETE /2019-09-25/functions/{}/event-invoke-config": (*Service).deleteEventInvokeConfig,
	"PUT /2017-10-31/functions/{}/concurrency":            (*Service).putConcurrency,
	"GET /2019-09-30/functions/{}/concurrency":            (*Service).getConcurrency,
	"DELETE /2017-10-31/functions/{}/concurrency":         (*Service).deleteConcurrency,
	"GET /2020-06-30/functions/{}/code-signing-config":    (*Service).getCodeSigningConfig,
	"GET /2017-03-31/tags/{}":                             (*Service).listTags,
	"POST /2017-03-31/tags/{}":                            (*Service).tagResource,
	"DELETE /2017-03-31/tags/{}":                          (*Service).untagResource,
}

// dispatch finds the handler of a path and runs it.
func (s *Service) dispatch(w http.ResponseWriter, c *api.Call) *api.Error {
	parts := strings.Split(strings.Trim(c.HTTP.URL.EscapedPath(), "/"), "/")
	r := &request{Call: c, w: w}
	if len(parts) >= 3 {
		name, err := url.PathUnescape(parts[2])
		if err != nil {
			return errValidation("functionName", parts[2])
		}
		r.name, parts[2] = name, "{}"
	}
	if len(parts) == 5 {
		rest, err := url.PathUnescape(parts[4])
		if err != nil {
			return errValidation("statementId", parts[4])
		}
		r.rest, parts[4] = rest, "*"
	}
	h, ok := routes[c.HTTP.Method+" /"+strings.Join(parts, "/")]
	if !ok {
		return api.Errorf(404, "UnknownOperationException", "The operation %s %s is not supported", c.HTTP.Method, c.HTTP.URL.Path)
	}
	return h(s, r)
}

// read parses the request's body.
func (r *request) read(v any) *api.Error {
	if len(r.Body) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Body, v); err != nil {
		return api.Errorf(400, "InvalidRequestContentException", "Could not parse request body into json: %v", err)
	}
	return nil
}

// write answers with JSON; nil is an empty body.
func (r *request) write(status int, v any) *api.Error {
	if v == nil {
		r.w.WriteHeader(status)
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return api.Errorf(500, "ServiceException", "encoding the response: %v", err)
	}
	r.w.Header().Set("Content-Type", "application/json")
	r.w.WriteHeader(status)
	_, _ = r.w.Write(b)
	return nil
}

func writeError(w http.ResponseWriter, e *api.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-amzn-ErrorType", e.Code)
	w.WriteHeader(e.Status)
	body := map[string]any{"Message": e.Message, "message": e.Message}
	if e.Status < 500 {
		body["Type"] = "User"
	} else {
		body["Type"] = "Service"
	}
	for k, v := range e.Extra {
		body[k] = v
	}
	b, _ := json.Marshal(body)
	_, _ = w.Write(b)
}

func errNotFound(arn string) *api.Error {
	return api.Errorf(404, "ResourceNotFoundException", "Function not found: %s", arn)
}

func errInvalid(format string, args ...any) *api.Error {
	return api.Errorf(400, "InvalidParameterValueException", format, args...)
}

func errValidation(member, value string) *api.Error {
	return api.Errorf(400, "ValidationException", "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint", value, member)
}
