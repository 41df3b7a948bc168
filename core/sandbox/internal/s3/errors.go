package s3

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// xmlns is the namespace of every S3 document.
const xmlns = "http://s3.amazonaws.com/doc/2006-03-01/"

func fail(status int, code, message string) *api.Error {
	return &api.Error{Status: status, Code: code, Message: message}
}

// with adds a member to the error's body.
func with(e *api.Error, name, value string) *api.Error {
	if e.Extra == nil {
		e.Extra = map[string]any{}
	}
	e.Extra[name] = value
	return e
}

func errNoSuchBucket(name string) *api.Error {
	return with(fail(404, "NoSuchBucket", "The specified bucket does not exist"), "BucketName", name)
}

func errNoSuchKey(key string) *api.Error {
	return with(fail(404, "NoSuchKey", "The specified key does not exist."), "Key", key)
}

func errNoSuchVersion(key, id string) *api.Error {
	e := fail(404, "NoSuchVersion", "The specified version does not exist.")
	return with(with(e, "Key", key), "VersionId", id)
}

func errNoSuchUpload(id string) *api.Error {
	return with(fail(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."), "UploadId", id)
}

func errMalformedXML() *api.Error {
	return fail(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

func errInvalidArgument(message, name, value string) *api.Error {
	e := fail(400, "InvalidArgument", message)
	if name != "" {
		e = with(with(e, "ArgumentName", name), "ArgumentValue", value)
	}
	return e
}

func errInvalidRequest(message string) *api.Error {
	return fail(400, "InvalidRequest", message)
}

func errPrecondition(condition string) *api.Error {
	return with(fail(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"), "Condition", condition)
}

func errNotImplemented(what string) *api.Error {
	return with(fail(501, "NotImplemented", "A header you provided implies functionality that is not implemented"), "Header", what)
}

func errMethodNotAllowed(method, resource string) *api.Error {
	e := fail(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	return with(with(e, "Method", method), "ResourceType", resource)
}

// extraOrder is the order in which members follow Code and Message.
var extraOrder = []string{
	"BucketName", "Key", "VersionId", "UploadId", "Condition", "Region", "Method", "ResourceType",
	"ArgumentName", "ArgumentValue", "ArgumentName1", "ArgumentValue1", "Header",
	"ActualObjectSize", "RangeRequested", "ExpectedDigest", "CalculatedDigest",
	"PartNumber", "ProposedSize", "MinSizeAllowed", "MaxSizeAllowed", "Size", "ETag",
}

// errorBody is the <Error> document.
type errorBody struct {
	*api.Error
	r *request
}

// MarshalXML writes Code, Message, the extras, RequestId and HostId.
func (b errorBody) MarshalXML(enc *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: xml.Name{Local: "Error"}}
	put := func(name, value string) error {
		return enc.EncodeElement(value, xml.StartElement{Name: xml.Name{Local: name}})
	}
	if err := enc.EncodeToken(start); err != nil {
		return err
	}
	members := [][2]string{{"Code", b.Code}, {"Message", b.Message}}
	for _, name := range extraOrder {
		if v, ok := b.Extra[name]; ok {
			members = append(members, [2]string{name, fmt.Sprint(v)})
		}
	}
	members = append(members, [2]string{"RequestId", b.r.RequestID}, [2]string{"HostId", b.r.hostID})
	for _, m := range members {
		if err := put(m[0], m[1]); err != nil {
			return err
		}
	}
	return enc.EncodeToken(start.End())
}

// writeError sends e; a HEAD request and 304 have no body, as in HTTP.
func writeError(r *request, e *api.Error) {
	h := r.w.Header()
	if e.Status == http.StatusNotModified {
		r.w.WriteHeader(e.Status)
		return
	}
	delete(h, "ETag")
	for _, name := range []string{"Content-Length", "Accept-Ranges", "Content-Encoding", "Content-Disposition", "Cache-Control"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/xml")
	r.w.WriteHeader(e.Status)
	if r.HTTP.Method == http.MethodHead {
		return
	}
	b, err := xml.Marshal(errorBody{e, r})
	if err == nil {
		_, _ = r.w.Write(slices.Concat([]byte(xml.Header), b))
	}
}

// writeXML sends a document with status 200.
func writeXML(r *request, document any) *api.Error {
	b, err := xml.Marshal(document)
	if err != nil {
		return fail(500, "InternalError", "We encountered an internal error. Please try again.")
	}
	r.w.Header().Set("Content-Type", "application/xml")
	r.w.WriteHeader(http.StatusOK)
	_, _ = r.w.Write(slices.Concat([]byte(xml.Header), b))
	return nil
}

// readXML parses the request's body into v.
func readXML(r *request, v any) *api.Error {
	if len(r.Body) == 0 {
		return fail(400, "MissingRequestBodyError", "Request Body is empty")
	}
	if xml.Unmarshal(r.Body, v) != nil {
		return errMalformedXML()
	}
	return nil
}

func writeStatus(r *request, status int) *api.Error {
	r.w.WriteHeader(status)
	return nil
}
