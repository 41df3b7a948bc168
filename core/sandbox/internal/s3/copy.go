package s3

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// source is where a copy comes from.
type source struct {
	b       *bucket
	key     string
	named   bool // a version was named
	version *version
	tags    []tag // as of the lookup
}

// copySource reads x-amz-copy-source, finds the version and asks for the
// permissions of reading it.
func (s *Service) copySource(r *request) (source, *api.Error) {
	text := r.header("x-amz-copy-source")
	path, query, _ := strings.Cut(text, "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return source{}, errInvalidArgument("Invalid copy source encoding.", "x-amz-copy-source", text)
	}
	name, key, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok || key == "" || name == "" {
		return source{}, errInvalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", text)
	}
	id := ""
	if values, err := url.ParseQuery(query); err == nil {
		id = values.Get("versionId")
	}
	s.mu.Lock()
	b := s.buckets[name]
	var v *version
	src := source{b: b, key: key, named: id != ""}
	if b != nil {
		if v = b.lookup(key, id); v != nil {
			src.version, src.tags = v, v.tags
		}
	}
	s.mu.Unlock()
	if b == nil {
		return source{}, errNoSuchBucket(name)
	}
	return src, s.allowSource(r, src, id)
}

func (s *Service) allowSource(r *request, src source, id string) *api.Error {
	action, extra := "s3:GetObject", tagConditions(src.version)
	if id != "" {
		action, extra = "s3:GetObjectVersion", extra.plus("s3:VersionId", id)
	}
	if err := s.allowIn(r, src.b, action, src.key, extra); err != nil {
		return err
	}
	switch v := src.version; {
	case v == nil && id != "":
		return errNoSuchVersion(src.key, id)
	case v == nil || v.deleteMarker && id == "":
		if s.allowIn(r, src.b, "s3:ListBucket", "", nil) != nil {
			return fail(403, "AccessDenied", "Access Denied")
		}
		return errNoSuchKey(src.key)
	case v.deleteMarker:
		return errInvalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
	}
	if err := copyPrecondition(r, src.version); err != nil {
		return err
	}
	return s.useKey(r, src.b, src.key, src.version.encryption, "kms:Decrypt")
}

// copyPrecondition checks x-amz-copy-source-if-*.
func copyPrecondition(r *request, v *version) *api.Error {
	const prefix = "x-amz-copy-source-"
	e := evaluateConditions(v,
		r.header(prefix+"if-match"), r.header(prefix+"if-none-match"),
		r.header(prefix+"if-modified-since"), r.header(prefix+"if-unmodified-since"))
	if e != nil {
		return errPrecondition(prefix + "If-Match")
	}
	return nil
}

type copyResult struct {
	XMLName      xml.Name
	ETag         string
	LastModified string
	checksumFields
}

func (s *Service) copyObject(r *request) *api.Error {
	src, err := s.copySource(r)
	if err != nil {
		return err
	}
	v, err := s.draft(r)
	if err != nil {
		return err
	}
	if err := s.inherit(r, src, v); err != nil {
		return err
	}
	v.data = src.version.data
	algorithm := src.version.checksum.Algorithm
	if named := strings.ToUpper(r.header("x-amz-checksum-algorithm")); named != "" && digest(named, nil) != nil {
		algorithm = named
	}
	v.checksum = checksum{algorithm, sumOf(algorithm, v.data), "FULL_OBJECT"}
	sum := md5.Sum(v.data)
	v.etag = hex.EncodeToString(sum[:])
	if err := s.commit(r, v, ""); err != nil {
		return err
	}
	s.notify(r, r.b, "ObjectCreated:Copy", r.key, v)
	h := r.w.Header()
	if src.version.id != "null" {
		h.Set("x-amz-copy-source-version-id", src.version.id)
	}
	v.encryption.write(h)
	s.versionHeader(r, v)
	return writeXML(r, copyResult{
		XMLName: xml.Name{Space: xmlns, Local: "CopyObjectResult"},
		ETag:    quote(v.etag), LastModified: isoTime(v.modified), checksumFields: fieldsOf(v.checksum),
	})
}

// inherit applies the metadata and tagging directives: COPY takes the source's,
// REPLACE the request's.
func (s *Service) inherit(r *request, src source, v *version) *api.Error {
	replace := r.header("x-amz-metadata-directive") == "REPLACE"
	if src.b == r.b && src.key == r.key && !src.named && !replace && sameObject(r) {
		return errInvalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if !replace {
		v.header, v.meta = copyOf(src.version)
	}
	if r.header("x-amz-tagging-directive") == "REPLACE" || len(src.tags) == 0 {
		return nil
	}
	if err := s.allowIn(r, src.b, "s3:GetObjectTagging", src.key, nil); err != nil {
		return err
	}
	if err := s.allow(r, "s3:PutObjectTagging", r.key, nil); err != nil {
		return err
	}
	v.tags = src.tags
	return nil
}

// sameObject reports whether a copy onto itself would change nothing.
func sameObject(r *request) bool {
	return r.header("x-amz-storage-class") == "" && r.header(headerSSE) == "" && r.header("x-amz-website-redirect-location") == ""
}

// evaluateConditions decides conditional headers (RFC 9110, section 13.2.2): nil,
// 304 or 412.
func evaluateConditions(v *version, ifMatch, ifNoneMatch, modifiedSince, unmodifiedSince string) *api.Error {
	modified := v.modified.Truncate(time.Second)
	switch {
	case ifMatch != "":
		if !etagIn(ifMatch, v.etag) {
			return errPrecondition("If-Match")
		}
	case unmodifiedSince != "":
		if t, err := http.ParseTime(unmodifiedSince); err == nil && modified.After(t) {
			return errPrecondition("If-Unmodified-Since")
		}
	}
	notModified := fail(http.StatusNotModified, "NotModified", "Not Modified")
	switch {
	case ifNoneMatch != "":
		if etagIn(ifNoneMatch, v.etag) {
			return notModified
		}
	case modifiedSince != "":
		if t, err := http.ParseTime(modifiedSince); err == nil && !modified.After(t) {
			return notModified
		}
	}
	return nil
}
