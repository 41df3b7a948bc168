package front

import (
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// isFederation reports whether an unsigned request is for the sign-in endpoint. A
// signed one is S3's: a bucket may be called "federation".
func isFederation(r *http.Request) bool {
	return r.URL.Path == "/federation" && r.Header.Get("Authorization") == "" &&
		!r.URL.Query().Has("X-Amz-Signature")
}

// targets are the X-Amz-Target prefixes of the JSON services.
var targets = map[string]string{"DynamoDB_20120810": "dynamodb", "DynamoDBStreams_20120810": "dynamodb", "TrentService": "kms"}

// actions are unsigned operations of the query protocol by their service, for the
// protocol of an error and for the operations that need no signature.
var actions = map[string]string{
	"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts", "AssumeRole": "sts",
	"GetCallerIdentity": "sts", "GetSessionToken": "sts",
}

// route makes a first guess at the service, operation and form from what is not
// signed: it decides the protocol of an error sent before the credential scope is
// known. authenticate then sets the service from the scope.
func route(c *api.Call) {
	r := c.HTTP
	target := r.Header.Get("X-Amz-Target")
	prefix, op, _ := strings.Cut(target, ".")
	c.Form = form(r, c.Body)
	switch {
	case target != "":
		c.Service, c.Operation = targets[prefix], op
		if c.Service == "" {
			c.Service = strings.ToLower(prefix)
		}
	case c.Form.Get("Action") != "":
		c.Operation = c.Form.Get("Action")
		c.Service = queryService(r, c.Form)
	case strings.HasPrefix(r.URL.Path, "/2015-03-31/"):
		c.Service = "lambda"
	default:
		c.Service = "s3"
	}
}

// queryService names the service of a query-protocol request by the API version it
// speaks, its host or its action.
func queryService(r *http.Request, form url.Values) string {
	switch form.Get("Version") {
	case "2011-06-15":
		return "sts"
	case "2010-05-08":
		return "iam"
	case "2010-03-31":
		return "sns"
	case "2010-05-15":
		return "cloudformation"
	}
	if s, ok := actions[form.Get("Action")]; ok {
		return s
	}
	host, _, _ := strings.Cut(hostOnly(r.Host), ".")
	return host
}

func hostOnly(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}

// form returns the parameters of the query protocol: those of the URL and, for a
// form, those of the body.
func form(r *http.Request, body []byte) url.Values {
	out := r.URL.Query()
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "application/x-www-form-urlencoded" {
		return out
	}
	fromBody, err := url.ParseQuery(string(body))
	if err != nil {
		return out
	}
	for k, v := range fromBody {
		out[k] = append(out[k], v...)
	}
	return out
}

// prepare finishes an authenticated call: what the signature covered is decoded.
func (f *Front) prepare(c *api.Call) *api.Error {
	if c.Service == "s3" {
		return nil
	}
	body, err := gunzip(c.HTTP, c.Body, f.opts.MaxBody)
	if err != nil {
		return err
	}
	c.Body = body
	switch protocolOf(c) {
	case queryProtocol:
		c.Form = form(c.HTTP, body)
		c.Operation = c.Form.Get("Action")
		if c.Operation == "" {
			return api.Errorf(http.StatusBadRequest, "MissingAction", "The request is missing an action or a required parameter.")
		}
	case jsonProtocol:
		_, c.Operation, _ = strings.Cut(c.HTTP.Header.Get("X-Amz-Target"), ".")
		if c.Operation == "" {
			return api.Errorf(http.StatusBadRequest, "UnknownOperationException", "")
		}
	default:
		c.Operation = ""
	}
	return nil
}

func (f *Front) unknownService(c *api.Call) *api.Error {
	names := make([]string, 0, len(f.opts.Services))
	for name := range f.opts.Services {
		names = append(names, name)
	}
	slices.Sort(names)
	return api.Errorf(http.StatusNotImplemented, "NotImplemented",
		"The sandbox has no service %q. It has: %s.", c.Service, strings.Join(names, ", "))
}
