package front

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// readBody reads the whole body, up to the limit.
func (f *Front) readBody(r *http.Request) ([]byte, *api.Error) {
	if r.Body == nil {
		return nil, nil
	}
	return readAll(r.Body, f.opts.MaxBody)
}

// readAll reads at most limit bytes; more is an error.
func readAll(r io.Reader, limit int64) ([]byte, *api.Error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, api.Errorf(http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly")
	case int64(len(b)) > limit:
		return nil, api.Errorf(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			"The request body is over the sandbox's limit of %d bytes", limit)
	}
	return b, nil
}

// gunzip undoes the SDKs' request compression, which the signature covers.
func gunzip(r *http.Request, body []byte, limit int64) ([]byte, *api.Error) {
	if !strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		plain, apiErr := readAll(z, limit)
		if apiErr == nil {
			return plain, nil
		}
		if apiErr.Status == http.StatusRequestEntityTooLarge {
			return nil, apiErr
		}
		err = errors.New("corrupt")
	}
	return nil, api.Errorf(http.StatusBadRequest, "SerializationException", "The gzip-encoded body cannot be decoded: %v", err)
}
