package s3

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// stored finds the version that a request names and asks whether the caller may
// do action on it. It answers delete markers and missing keys as S3 does.
func (s *Service) stored(r *request, action string) (*version, *api.Error) {
	id := r.query.Get("versionId")
	if r.query.Has("versionId") && id == "" {
		return nil, errInvalidArgument("Version id cannot be the empty string", "versionId", "")
	}
	s.mu.Lock()
	v := r.b.lookup(r.key, id)
	extra := tagConditions(v)
	s.mu.Unlock()
	if id != "" {
		extra = extra.plus("s3:VersionId", id)
	}
	if err := s.allow(r, action, r.key, extra); err != nil {
		return nil, err
	}
	switch {
	case v == nil && id != "":
		if id != "null" && len(id) != 32 {
			return nil, errInvalidArgument("Invalid version id specified", "versionId", id)
		}
		return nil, errNoSuchVersion(r.key, id)
	case v == nil:
		return nil, s.missing(r, errNoSuchKey(r.key))
	case v.deleteMarker:
		return nil, s.marker(r, v, id)
	}
	return v, nil
}

// marker is the answer to a read that meets a delete marker.
func (s *Service) marker(r *request, v *version, id string) *api.Error {
	h := r.w.Header()
	h.Set("x-amz-delete-marker", "true")
	h.Set("x-amz-version-id", v.id)
	if id == "" {
		return s.missing(r, errNoSuchKey(r.key))
	}
	h.Set("Last-Modified", v.modified.UTC().Format(http.TimeFormat))
	h.Set("Allow", "DELETE")
	return errMethodNotAllowed(r.HTTP.Method, "DeleteMarker")
}

// getObject answers GetObject and HeadObject.
func (s *Service) getObject(r *request) *api.Error {
	v, err := s.stored(r, versionAction(r, "Get", ""))
	if err != nil {
		return err
	}
	if err := s.useKey(r, r.b, r.key, v.encryption, "kms:Decrypt"); err != nil {
		return err
	}
	s.objectHeaders(r, v)
	if err := evaluateConditions(v, r.header("If-Match"), r.header("If-None-Match"), r.header("If-Modified-Since"), r.header("If-Unmodified-Since")); err != nil {
		return err
	}
	if err := overrideHeaders(r); err != nil {
		return err
	}
	from, to, status, err := window(r, v)
	if err != nil {
		return err
	}
	h := r.w.Header()
	if status == http.StatusPartialContent {
		h.Set("Content-Range", "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(to-1, 10)+"/"+strconv.FormatInt(v.size(), 10))
	}
	if strings.EqualFold(r.header("x-amz-checksum-mode"), "ENABLED") && to-from == v.size() {
		v.checksum.write(h)
	}
	h.Set("Content-Length", strconv.FormatInt(to-from, 10))
	r.w.WriteHeader(status)
	if r.HTTP.Method == http.MethodGet {
		_, _ = r.w.Write(v.data[from:to])
	}
	return nil
}

// objectHeaders sets what GetObject and HeadObject tell about a version.
func (s *Service) objectHeaders(r *request, v *version) {
	h := r.w.Header()
	for name, value := range v.header {
		h.Set(name, value)
	}
	for name, value := range v.meta {
		h["x-amz-meta-"+name] = []string{value}
	}
	setETag(h, v.etag)
	h.Set("Last-Modified", v.modified.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	v.encryption.write(h)
	s.versionHeader(r, v)
	if v.storageClass != "STANDARD" {
		h.Set("x-amz-storage-class", v.storageClass)
	}
	s.mu.Lock()
	count := len(v.tags)
	s.mu.Unlock()
	if count > 0 {
		h.Set("x-amz-tagging-count", itoa(count))
	}
}

// setETag writes the header's name as S3 does, which is not Go's canonical form.
func setETag(h http.Header, etag string) { h["ETag"] = []string{quote(etag)} }

// overrideHeaders applies response-content-type and its like. They are for signed
// requests only.
func overrideHeaders(r *request) *api.Error {
	for _, name := range []string{"Content-Type", "Content-Language", "Expires", "Cache-Control", "Content-Disposition", "Content-Encoding"} {
		v := r.query.Get("response-" + strings.ToLower(name))
		if v == "" {
			continue
		}
		if r.Caller.Anonymous() {
			return errInvalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
		}
		r.w.Header().Set(name, v)
	}
	return nil
}

// window is the part of the data to send, [from, to), with the status: 206 for a
// Range or a partNumber.
func window(r *request, v *version) (from, to int64, status int, err *api.Error) {
	size := v.size()
	if text := r.query.Get("partNumber"); text != "" {
		if r.header("Range") != "" {
			return 0, 0, 0, errInvalidRequest("Cannot specify both Range header and partNumber query parameter")
		}
		return partWindow(r, v, text)
	}
	spec := r.header("Range")
	if ir := r.header("If-Range"); ir != "" && !etagIn(ir, v.etag) {
		spec = ""
	}
	from, to, partial, ok := parseRange(spec, size)
	switch {
	case !ok:
		e := fail(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
		return 0, 0, 0, with(with(e, "RangeRequested", spec), "ActualObjectSize", strconv.FormatInt(size, 10))
	case partial:
		return from, to, http.StatusPartialContent, nil
	}
	return 0, size, http.StatusOK, nil
}

// parseRange reads a Range header of one range. A header that is not of that form
// is ignored (partial false); ok is false when nothing of the range exists.
func parseRange(spec string, size int64) (from, to int64, partial, ok bool) {
	text, isBytes := strings.CutPrefix(spec, "bytes=")
	first, last, dash := strings.Cut(strings.TrimSpace(text), "-")
	if !isBytes || !dash || strings.Contains(text, ",") {
		return 0, size, false, true
	}
	if first == "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return 0, size, false, true
		}
		if n <= 0 || size == 0 {
			return 0, 0, false, false
		}
		return max(0, size-n), size, true, true
	}
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil || from < 0 {
		return 0, size, false, true
	}
	to = size
	if last != "" {
		end, err := strconv.ParseInt(last, 10, 64)
		if err != nil || end < from {
			return 0, size, false, true
		}
		to = min(size, end+1)
		if end+1 < 0 {
			to = size
		}
	}
	if from >= size {
		return 0, 0, false, false
	}
	return from, to, true, true
}

// partWindow is the window of one part of a multipart object.
func partWindow(r *request, v *version, text string) (from, to int64, status int, err *api.Error) {
	n, e := strconv.Atoi(text)
	if e != nil || n < 1 || n > 10000 {
		return 0, 0, 0, errInvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
	}
	parts := v.parts
	if parts == nil {
		parts = []int64{v.size()}
	} else {
		r.w.Header().Set("x-amz-mp-parts-count", itoa(len(parts)))
	}
	if n > len(parts) {
		return 0, 0, 0, fail(http.StatusRequestedRangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable")
	}
	for _, size := range parts[:n-1] {
		from += size
	}
	to = from + parts[n-1]
	if to == from {
		return from, to, http.StatusOK, nil
	}
	return from, to, http.StatusPartialContent, nil
}

// checksumFields are the members that tell a checksum in XML.
type checksumFields struct {
	ChecksumCRC32     string `xml:",omitempty"`
	ChecksumCRC32C    string `xml:",omitempty"`
	ChecksumCRC64NVME string `xml:",omitempty"`
	ChecksumSHA1      string `xml:",omitempty"`
	ChecksumSHA256    string `xml:",omitempty"`
	ChecksumType      string `xml:",omitempty"`
}

func fieldsOf(c checksum) checksumFields {
	out := checksumFields{ChecksumType: c.Type}
	switch c.Algorithm {
	case "CRC32":
		out.ChecksumCRC32 = c.Value
	case "CRC32C":
		out.ChecksumCRC32C = c.Value
	case "CRC64NVME":
		out.ChecksumCRC64NVME = c.Value
	case "SHA1":
		out.ChecksumSHA1 = c.Value
	case "SHA256":
		out.ChecksumSHA256 = c.Value
	}
	return out
}

type objectParts struct {
	TotalPartsCount int `xml:"PartsCount"`
}

type objectAttributes struct {
	XMLName      xml.Name        `xml:"http://s3.amazonaws.com/doc/2006-03-01/ GetObjectAttributesResponse"`
	ETag         string          `xml:",omitempty"`
	Checksum     *checksumFields `xml:",omitempty"`
	ObjectParts  *objectParts    `xml:",omitempty"`
	StorageClass string          `xml:",omitempty"`
	ObjectSize   *int64          `xml:",omitempty"`
}

func (s *Service) getObjectAttributes(r *request) *api.Error {
	v, err := s.stored(r, versionAction(r, "Get", ""))
	if err != nil {
		return err
	}
	if err := s.allow(r, versionAction(r, "Get", "Attributes"), r.key, nil); err != nil {
		return err
	}
	if err := s.useKey(r, r.b, r.key, v.encryption, "kms:Decrypt"); err != nil {
		return err
	}
	wanted := strings.Join(r.HTTP.Header.Values("x-amz-object-attributes"), ",")
	if wanted == "" {
		return errInvalidRequest("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	var out objectAttributes
	for _, name := range strings.Split(wanted, ",") {
		switch strings.TrimSpace(name) {
		case "ETag":
			out.ETag = v.etag
		case "Checksum":
			fields := fieldsOf(v.checksum)
			out.Checksum = &fields
		case "ObjectParts":
			if v.parts != nil {
				out.ObjectParts = &objectParts{len(v.parts)}
			}
		case "StorageClass":
			out.StorageClass = v.storageClass
		case "ObjectSize":
			size := v.size()
			out.ObjectSize = &size
		default:
			return errInvalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", name)
		}
	}
	r.w.Header().Set("Last-Modified", v.modified.UTC().Format(http.TimeFormat))
	s.versionHeader(r, v)
	return writeXML(r, out)
}
