package s3

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxMetadata is the limit of user metadata: names and values together, in bytes.
const maxMetadata = 2048

// systemHeaders are stored with an object and sent back with it.
var systemHeaders = []string{
	"Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires",
	"x-amz-website-redirect-location",
}

// readHeaders collects the system headers and user metadata of a write.
func readHeaders(r *request) (header, meta map[string]string, err *api.Error) {
	header, meta = map[string]string{}, map[string]string{}
	for _, name := range systemHeaders {
		v := r.header(name)
		if name == "Content-Encoding" {
			v = withoutChunked(v)
		}
		if v != "" {
			header[name] = v
		}
	}
	if header["Content-Type"] == "" {
		header["Content-Type"] = "binary/octet-stream"
	}
	size := 0
	for name, values := range r.HTTP.Header {
		if key, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-meta-"); ok {
			meta[key] = strings.Join(values, ",")
			size += len(key) + len(meta[key])
		}
	}
	if size > maxMetadata {
		e := fail(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
		return nil, nil, with(with(e, "Size", itoa(size)), "MaxSizeAllowed", itoa(maxMetadata))
	}
	return header, meta, nil
}

// withoutChunked removes aws-chunked, which is of the transport.
func withoutChunked(encoding string) string {
	var kept []string
	for _, part := range strings.Split(encoding, ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ",")
}

// draft reads everything a write says about the new object except its data. It
// checks the headers and asks for the permissions of a write.
func (s *Service) draft(r *request) (*version, *api.Error) {
	if err := checkACLHeaders(r); err != nil {
		return nil, err
	}
	if err := checkWriteHeaders(r); err != nil {
		return nil, err
	}
	header, meta, err := readHeaders(r)
	if err != nil {
		return nil, err
	}
	tags, err := parseTagHeader(r.header("x-amz-tagging"))
	if err != nil {
		return nil, err
	}
	enc, err := s.chooseEncryption(r)
	if err != nil {
		return nil, err
	}
	extra := writeConditions(r, enc)
	if err := s.allow(r, "s3:PutObject", r.key, extra); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		if err := s.allow(r, "s3:PutObjectTagging", r.key, extra); err != nil {
			return nil, err
		}
	}
	if r.header("x-amz-acl") != "" {
		if err := s.allow(r, "s3:PutObjectAcl", r.key, extra); err != nil {
			return nil, err
		}
	}
	if err := s.useKey(r, r.b, r.key, enc, "kms:GenerateDataKey"); err != nil {
		return nil, err
	}
	return &version{header: header, meta: meta, tags: tags, encryption: enc, storageClass: storageClass(r)}, nil
}

func storageClass(r *request) string {
	if c := r.header("x-amz-storage-class"); c != "" {
		return c
	}
	return "STANDARD"
}

// checkWriteHeaders refuses headers of features that the bucket does not have.
func checkWriteHeaders(r *request) *api.Error {
	for _, name := range []string{"mode", "retain-until-date", "legal-hold"} {
		if r.header("x-amz-object-lock-"+name) != "" {
			return errInvalidRequest("Bucket is missing Object Lock Configuration")
		}
	}
	switch c := r.header("x-amz-storage-class"); c {
	case "", "STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "REDUCED_REDUNDANCY":
	default:
		return fail(400, "InvalidStorageClass", "The storage class you specified is not valid")
	}
	if v := r.header("If-None-Match"); v != "" && v != "*" {
		return errNotImplemented("If-None-Match")
	}
	if r.header("If-Match") != "" && r.header("If-None-Match") != "" {
		return errNotImplemented("If-Match,If-None-Match")
	}
	if r.header("x-amz-write-offset-bytes") != "" {
		return errNotImplemented("x-amz-write-offset-bytes")
	}
	return nil
}

func (s *Service) putObject(r *request) *api.Error {
	if r.header("x-amz-copy-source") != "" {
		return s.copyObject(r)
	}
	v, err := s.draft(r)
	if err != nil {
		return err
	}
	if v.checksum, err = verifyBody(r); err != nil {
		return err
	}
	v.data = r.Body
	sum := md5.Sum(v.data)
	v.etag = hex.EncodeToString(sum[:])
	if err := s.commit(r, v, ""); err != nil {
		return err
	}
	s.notify(r, r.b, "ObjectCreated:Put", r.key, v)
	h := r.w.Header()
	setETag(h, v.etag)
	v.checksum.write(h)
	v.encryption.write(h)
	s.versionHeader(r, v)
	return writeStatus(r, http.StatusOK)
}

// commit stores v on top of the request's key, if the request's If-Match and
// If-None-Match hold at that moment. With SSE-KMS the ETag is not an MD5 of the
// data; etagSuffix ("-3") is kept behind it.
func (s *Service) commit(r *request, v *version, etagSuffix string) *api.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := writePrecondition(r, r.b.latest(r.key)); err != nil {
		return err
	}
	if v.encryption.kms() {
		v.etag = s.newETag() + etagSuffix
	}
	v.id = s.nextVersionID(r.b)
	v.modified = s.opt.Clock()
	r.b.add(r.key, v)
	return nil
}

// writePrecondition checks a conditional write against the current version.
func writePrecondition(r *request, current *version) *api.Error {
	exists := current != nil && !current.deleteMarker
	if r.header("If-None-Match") == "*" && exists {
		return errPrecondition("If-None-Match")
	}
	if want := r.header("If-Match"); want != "" {
		switch {
		case !exists:
			return errNoSuchKey(r.key)
		case !etagIn(want, current.etag):
			return errPrecondition("If-Match")
		}
	}
	return nil
}

// etagIn reports whether a list of ETags, quoted or not, has etag or is "*".
func etagIn(list, etag string) bool {
	for _, candidate := range strings.Split(list, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || strings.Trim(candidate, `"`) == etag {
			return true
		}
	}
	return false
}

func quote(etag string) string { return `"` + etag + `"` }

// versionHeader tells the version's ID in a bucket that has, or had, versioning.
func (s *Service) versionHeader(r *request, v *version) {
	s.mu.Lock()
	versioned := r.b.versioning != ""
	s.mu.Unlock()
	if versioned {
		r.w.Header().Set("x-amz-version-id", v.id)
	}
}

// copyOf duplicates what a copied object takes from its source.
func copyOf(src *version) (header, meta map[string]string) {
	return maps.Clone(src.header), maps.Clone(src.meta)
}
