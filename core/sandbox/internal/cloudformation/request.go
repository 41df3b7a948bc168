package cloudformation

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	maxTemplateBody = 51200
	maxTemplateURL  = 1 << 20
)

var stackNamePattern = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// refusedParameters are parameters of the API that the sandbox does not act on; it
// is better to say so than to ignore them.
var refusedParameters = []string{
	"RoleARN", "NotificationARNs.member.1", "StackPolicyBody", "StackPolicyURL", "StackPolicyDuringUpdateBody",
	"StackPolicyDuringUpdateURL", "ResourceTypes.member.1", "RollbackConfiguration.RollbackTriggers.member.1.Arn",
	"ResourcesToImport.member.1.ResourceType",
}

func checkRefused(form url.Values) *api.Error {
	for _, name := range refusedParameters {
		if form.Get(name) != "" {
			name, _, _ = strings.Cut(name, ".")
			return invalid("The sandbox does not offer the parameter %s.", name)
		}
	}
	return nil
}

// formMembers reads a list of strings.
func formMembers(form url.Values, name string) []string {
	var out []string
	for i := 0; form.Has(member(name, i, "")); i++ {
		out = append(out, form.Get(member(name, i, "")))
	}
	return out
}

// formTags reads Tags; given is false when the call has none.
func formTags(form url.Values) (tags []tag, given bool, err *api.Error) {
	seen := map[string]bool{}
	for i := 0; form.Has(member("Tags", i, "Key")); i++ {
		t := tag{form.Get(member("Tags", i, "Key")), form.Get(member("Tags", i, "Value"))}
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, true, invalid("aws: prefixed tag key names are not allowed for external use.")
		}
		if seen[t.Key] {
			return nil, true, invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[t.Key] = true
		tags = append(tags, t)
	}
	if len(tags) > 50 {
		return nil, true, invalid("Too many tags: at most 50 are allowed.")
	}
	return tags, len(tags) > 0 || form.Has("Tags"), nil
}

// requestTags are the condition keys of a call's tags.
func requestTags(tags []tag) map[string][]string {
	if len(tags) == 0 {
		return nil
	}
	out := map[string][]string{}
	for _, t := range tags {
		out["aws:requesttag/"+strings.ToLower(t.Key)] = []string{t.Value}
		out["aws:tagkeys"] = append(out["aws:tagkeys"], t.Key)
	}
	return out
}

// readTemplateSource returns the text of TemplateBody or TemplateURL; empty when the
// call has neither.
func (s *Service) readTemplateSource(c *api.Call) (string, *api.Error) {
	body, location := c.Form.Get("TemplateBody"), c.Form.Get("TemplateURL")
	switch {
	case body != "" && location != "":
		return "", invalid("Specify exactly one of 'TemplateBody', 'TemplateUrl'.")
	case len(body) > maxTemplateBody:
		return "", invalid("1 validation error detected: Value '%s' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", body, maxTemplateBody)
	case location != "":
		return s.fetchTemplate(c, location)
	}
	return body, nil
}

// callTemplate parses the template that the call must have.
func (s *Service) callTemplate(c *api.Call) (*template, *api.Error) {
	body, err := s.readTemplateSource(c)
	if err != nil {
		return nil, err
	}
	if body == "" {
		return nil, invalid("Either Template URL or Template Body must be specified.")
	}
	return parseTemplate(body)
}

var s3Host = regexp.MustCompile(`^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?([a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?$`)

// fetchTemplate reads a template from S3, as the caller.
func (s *Service) fetchTemplate(c *api.Call, location string) (string, *api.Error) {
	bad := invalid("TemplateURL must be a supported URL.")
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", bad
	}
	bucket, key, region := "", strings.TrimPrefix(u.Path, "/"), c.Region
	if m := s3Host.FindStringSubmatch(u.Hostname()); m != nil {
		bucket = m[1]
		if m[2] != "" {
			region = m[2]
		}
	}
	if bucket == "" { // path style: on AWS, and below the sandbox's own endpoint
		bucket, key, _ = strings.Cut(key, "/")
	}
	if bucket == "" || key == "" {
		return "", bad
	}
	path := (&url.URL{Path: "/" + bucket + "/" + key}).EscapedPath()
	if id := u.Query().Get("versionId"); id != "" {
		path += "?" + url.Values{"versionId": {id}}.Encode()
	}
	return s.getObject(c.Context(), c.Caller, region, path)
}

func (s *Service) getObject(ctx context.Context, caller api.Caller, region, path string) (string, *api.Error) {
	resp, err := s.opt.Backend.Do(ctx, caller, Request{Service: "s3", Region: region, Method: http.MethodGet, Path: path})
	if err != nil {
		return "", api.Errorf(500, "InternalFailure", "reading the template: %v", err)
	}
	if resp.Status >= 300 {
		var e struct{ Message string }
		_ = xml.Unmarshal(resp.Body, &e)
		return "", invalid("S3 error: %s\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", e.Message)
	}
	if len(resp.Body) > maxTemplateURL {
		return "", invalid("Template may not exceed %d bytes in size.", maxTemplateURL)
	}
	return string(resp.Body), nil
}

// page cuts a list to a page by the call's NextToken.
func page[T any](c *api.Call, all []T, size int) ([]T, *string, *api.Error) {
	start := 0
	if token := c.Form.Get("NextToken"); token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		n, convErr := strconv.Atoi(string(text))
		if err != nil || convErr != nil || n < 0 {
			return nil, nil, invalid("Invalid NextToken")
		}
		start = min(n, len(all))
	}
	end := min(start+size, len(all))
	if end == len(all) {
		return all[start:end], nil, nil
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	return all[start:end], &next, nil
}
