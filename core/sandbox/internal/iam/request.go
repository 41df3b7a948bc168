package iam

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// request is one call with the caller's account, and collects what is wrong with its
// parameters so that the error names all of it, as IAM's does.
type request struct {
	*api.Call
	s        *Service
	acct     *account
	problems []string // "Value 'x' at 'y' failed to satisfy constraint: ..."
	invalid  string   // the first of IAM's own sentences about a name or path
}

var (
	namePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathPattern = regexp.MustCompile(`^(/|/[\x21-\x7e]+/)$`)
)

// check returns the ValidationError for everything that was found wrong.
func (r *request) check() *api.Error {
	switch n := len(r.problems); {
	case n == 1:
		return invalid("1 validation error detected: " + r.problems[0])
	case n > 1:
		return invalid(fmt.Sprintf("%d validation errors detected: %s", n, strings.Join(r.problems, "; ")))
	case r.invalid != "":
		return invalid(r.invalid)
	}
	return nil
}

func invalid(message string) *api.Error {
	return &api.Error{Status: http.StatusBadRequest, Code: "ValidationError", Message: message}
}

// member is a parameter's name as IAM's messages spell it: in lower camel case.
func member(param string) string { return strings.ToLower(param[:1]) + param[1:] }

func (r *request) problem(param, value, constraint string) {
	if value != "null" {
		value = "'" + value + "'"
	}
	r.problems = append(r.problems, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, member(param), constraint))
}

// text reads a required parameter of at most max characters.
func (r *request) text(param string, max int) string {
	v, ok := r.optional(param, max)
	switch {
	case !ok:
		r.problem(param, "null", "Member must not be null")
	case v == "":
		r.problem(param, "", "Member must have length greater than or equal to 1")
	}
	return v
}

// optional reads a parameter of at most max characters; false when it is absent.
func (r *request) optional(param string, max int) (string, bool) {
	if !r.Form.Has(param) {
		return "", false
	}
	v := r.Form.Get(param)
	if utf8.RuneCountInString(v) > max {
		r.problem(param, v, fmt.Sprintf("Member must have length less than or equal to %d", max))
	}
	return v, true
}

// name reads a required name of at most max characters.
func (r *request) name(param string, max int) string {
	v := r.text(param, max)
	if v != "" && !namePattern.MatchString(v) && r.invalid == "" {
		r.invalid = "The specified value for " + member(param) + " is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
	}
	return v
}

// path reads an optional path; "/" when absent.
func (r *request) path(param string) string {
	v, ok := r.optional(param, 512)
	if !ok {
		return "/"
	}
	if !pathPattern.MatchString(v) && r.invalid == "" {
		r.invalid = "The specified value for " + member(param) + " is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
	}
	return v
}

// arn reads a required ARN of IAM's.
func (r *request) arn(param string) string {
	v := r.text(param, 2048)
	if v != "" && len(v) < 20 {
		r.problem(param, v, "Member must have length greater than or equal to 20")
	}
	return v
}

// integer reads an optional number within bounds; def when absent.
func (r *request) integer(param string, def, min, max int) int {
	v, ok := r.optional(param, 32)
	if !ok {
		return def
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		r.problem(param, v, "Member must be an integer")
	case n < min:
		r.problem(param, v, fmt.Sprintf("Member must have value greater than or equal to %d", min))
	case n > max:
		r.problem(param, v, fmt.Sprintf("Member must have value less than or equal to %d", max))
	}
	return n
}

// list reads "Param.member.1", "Param.member.2", ...
func (r *request) list(param string) []string {
	var out []string
	for i := 1; ; i++ {
		key := param + ".member." + strconv.Itoa(i)
		if !r.Form.Has(key) {
			return out
		}
		out = append(out, r.Form.Get(key))
	}
}

// allow asks whether the caller may perform an action of IAM's.
func (r *request) allow(action, resource string, context map[string][]string) *api.Error {
	return r.s.Authorize(r.Call, api.Ask{
		Action: "iam:" + action, Resource: resource, ResourceAccount: r.acct.id, Context: context,
	})
}

// find returns the newest state of a role or user of the caller's account.
func (r *request) find(k kind, name string) *entity {
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	return r.acct.entity(k, name)
}

// change applies a change to the newest state of an entity, or explains why not.
func (r *request) change(k kind, name string, apply func(*entity) *api.Error) *api.Error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	e := r.acct.entity(k, name)
	if e == nil {
		return notFound(k, name)
	}
	next := e.clone()
	if err := apply(next); err != nil {
		return err
	}
	r.s.storeEntity(r.acct, next, r.Now)
	return nil
}

// resource is the ARN that authorisation sees for a name, and the condition keys
// that describe what already has this name.
func (r *request) resource(k kind, name string) (string, map[string][]string) {
	context := map[string][]string{}
	e := r.find(k, name)
	if e == nil {
		return r.acct.entityARN(k, "/", name), context
	}
	for _, t := range e.tags {
		context["iam:ResourceTag/"+t.Key] = []string{t.Value}
		context["aws:ResourceTag/"+t.Key] = []string{t.Value}
	}
	if e.boundary != "" {
		context["iam:PermissionsBoundary"] = []string{e.boundary}
	}
	return e.arn, context
}

func notFound(k kind, name string) *api.Error {
	return noSuchEntity("The %s with name %s cannot be found.", k.word, name)
}

func noSuchEntity(format string, args ...any) *api.Error {
	return api.Errorf(http.StatusNotFound, "NoSuchEntity", format, args...)
}

func limitExceeded(format string, args ...any) *api.Error {
	return api.Errorf(http.StatusConflict, "LimitExceeded", format, args...)
}

func deleteConflict(message string) *api.Error {
	return api.Errorf(http.StatusConflict, "DeleteConflict", "%s", message)
}

func malformed(message string) *api.Error {
	return api.Errorf(http.StatusBadRequest, "MalformedPolicyDocument", "%s", message)
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
