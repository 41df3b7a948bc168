package s3

import (
	"maps"
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// conditions are S3's own condition keys of a request, lower-cased.
type conditions map[string][]string

// plus returns a copy with one more key.
func (c conditions) plus(key, value string) conditions {
	out := maps.Clone(c)
	if out == nil {
		out = conditions{}
	}
	out[strings.ToLower(key)] = []string{value}
	return out
}

// allow asks whether the caller may do action on the bucket (key "") or object.
func (s *Service) allow(r *request, action, key string, extra conditions) *api.Error {
	return s.allowIn(r, r.b, action, key, extra)
}

func (s *Service) allowIn(r *request, b *bucket, action, key string, extra conditions) *api.Error {
	resource := b.arn()
	if key != "" {
		resource = b.objectARN(key)
	}
	s.mu.Lock()
	doc, public, pab := b.policyDoc, b.policyPublic, b.publicAccess
	s.mu.Unlock()
	if public && pab != nil && pab.RestrictPublicBuckets && r.Caller.AccountID != b.owner {
		return fail(403, "AccessDenied", "Access Denied")
	}
	context := conditions{"s3:resourceaccount": {b.owner}}
	maps.Copy(context, extra)
	return denied(s.opt.Auth.Authorize(r.Call, api.Ask{
		Action: action, Resource: resource, ResourceAccount: b.owner,
		ResourcePolicy: doc, Context: context,
	}), resource)
}

// denied gives an authoriser's refusal the form S3 sends: the code AccessDenied
// and the resource in quotation marks.
func denied(e *api.Error, resource string) *api.Error {
	if e == nil {
		return nil
	}
	out := *e
	if e.Status == http.StatusForbidden {
		out.Code = "AccessDenied"
		out.Message = strings.Replace(e.Message, "on resource: "+resource+" ", `on resource: "`+resource+`" `, 1)
	}
	return &out
}

// writeConditions are the condition keys of requests that create an object, as
// named in "Actions, resources, and condition keys for Amazon S3". A key is
// present only if its header is.
func writeConditions(r *request, enc encryption) conditions {
	out := conditions{}
	for _, name := range []string{
		"x-amz-server-side-encryption", "x-amz-acl", "x-amz-copy-source", "x-amz-metadata-directive",
		"x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-content-sha256", "if-none-match", "if-match",
	} {
		if v := r.header(name); v != "" {
			out["s3:"+name] = []string{v}
		}
	}
	if r.header(headerKMSKey) != "" {
		out["s3:x-amz-server-side-encryption-aws-kms-key-id"] = []string{enc.KeyARN}
	}
	if set, err := parseTagHeader(r.header("x-amz-tagging")); err == nil {
		for _, t := range set {
			out[strings.ToLower("s3:RequestObjectTag/"+t.Key)] = []string{t.Value}
			out["s3:requestobjecttagkeys"] = append(out["s3:requestobjecttagkeys"], t.Key)
		}
	}
	return out
}

// tagConditions are s3:ExistingObjectTag/<key> of a stored version.
func tagConditions(v *version) conditions {
	out := conditions{}
	if v != nil {
		for _, t := range v.tags {
			out[strings.ToLower("s3:ExistingObjectTag/"+t.Key)] = []string{t.Value}
		}
	}
	return out
}

// missing is the error for an object that is not there: a caller without
// s3:ListBucket is not told whether it exists.
func (s *Service) missing(r *request, notFound *api.Error) *api.Error {
	if s.allow(r, "s3:ListBucket", "", nil) != nil {
		return fail(403, "AccessDenied", "Access Denied")
	}
	return notFound
}
