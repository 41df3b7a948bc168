package front

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// The values of x-amz-content-sha256 that are not a hash (S3 API Reference,
// "Signature Calculations: Transferring a Payload in Multiple Chunks").
const (
	unsignedPayload       = "UNSIGNED-PAYLOAD"
	streamSigned          = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamSignedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	streamUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

func isStream(claimed string) bool {
	return claimed == streamSigned || claimed == streamSignedTrailer || claimed == streamUnsignedTrailer
}

// stream is an aws-chunked body being decoded.
type stream struct {
	s        *signature
	key      []byte
	signed   bool
	previous string // signature of the chunk before; the seed is the request's own
	rest     []byte
	payload  []byte
}

// decodeStream replaces an aws-chunked body with its payload, verifying each chunk.
// Trailing headers (checksums) join the request's headers, where a service expects
// them. Other bodies are left alone.
func decodeStream(c *api.Call, s *signature, key []byte, kind string) *api.Error {
	if !isStream(kind) {
		return nil
	}
	d := &stream{s: s, key: key, signed: kind != streamUnsignedTrailer, previous: s.value, rest: c.Body}
	for {
		last, err := d.chunk(c)
		if err != nil {
			return err
		}
		if last {
			break
		}
	}
	if kind != streamSigned {
		if err := d.trailer(c); err != nil {
			return err
		}
	}
	if want := c.HTTP.Header.Get("X-Amz-Decoded-Content-Length"); want != strconv.Itoa(len(d.payload)) {
		return incompleteBody()
	}
	c.Body = d.payload
	dropChunkedEncoding(c.HTTP.Header)
	return nil
}

func incompleteBody() *api.Error {
	return api.Errorf(http.StatusBadRequest, "IncompleteBody",
		"The request body terminated unexpectedly")
}

// chunk reads "<hex size>[;chunk-signature=<sig>]\r\n<data>\r\n"; the last has size 0
// and, when trailers follow, no line of its own after it.
func (d *stream) chunk(c *api.Call) (last bool, err *api.Error) {
	line, ok := d.line()
	if !ok {
		return false, incompleteBody()
	}
	sizeText, extension, _ := strings.Cut(line, ";")
	size, parseErr := strconv.ParseUint(strings.TrimSpace(sizeText), 16, 31)
	if parseErr != nil || size > uint64(len(d.rest)) {
		return false, incompleteBody()
	}
	data := d.rest[:size]
	d.rest = d.rest[size:]
	if d.signed {
		claimed, _ := strings.CutPrefix(extension, "chunk-signature=")
		if !d.verify(algorithm+"-PAYLOAD", claimed, hash(nil), hash(data)) {
			return false, refuse(c, mismatch, "")
		}
	}
	d.payload = append(d.payload, data...)
	if size == 0 {
		return true, nil
	}
	if !bytes.HasPrefix(d.rest, []byte("\r\n")) {
		return false, incompleteBody()
	}
	d.rest = d.rest[2:]
	return false, nil
}

// trailer reads the header lines after the last chunk.
func (d *stream) trailer(c *api.Call) *api.Error {
	var canonical strings.Builder
	claimed := ""
	for {
		line, ok := d.line()
		if !ok && len(d.rest) > 0 {
			line, d.rest = string(d.rest), nil
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return api.Errorf(http.StatusBadRequest, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.")
		}
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if name == "x-amz-trailer-signature" {
			claimed = value
			continue
		}
		if !announced(c.HTTP.Header, name) {
			return api.Errorf(http.StatusBadRequest, "MalformedTrailerError", "The trailer %q was not announced in x-amz-trailer.", name)
		}
		fmt.Fprintf(&canonical, "%s:%s\n", name, value)
		c.HTTP.Header.Set(name, value)
	}
	if d.signed && !d.verify(algorithm+"-TRAILER", claimed, hash([]byte(canonical.String()))) {
		return refuse(c, mismatch, "")
	}
	return nil
}

// announced reports whether x-amz-trailer, which the signature covers, names the
// trailing header: otherwise a trailer could set any header unsigned.
func announced(h http.Header, name string) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values("X-Amz-Trailer"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(part), name) {
			return true
		}
	}
	return false
}

// verify checks the next signature of the chain over the given hashes.
func (d *stream) verify(kind, claimed string, hashes ...string) bool {
	lines := append([]string{kind, d.s.time.Format(timeFormat), d.s.scope(), d.previous}, hashes...)
	if !equalHex(mac(d.key, strings.Join(lines, "\n")), claimed) {
		return false
	}
	d.previous = claimed
	return true
}

// line takes the text up to the next CRLF.
func (d *stream) line() (string, bool) {
	i := bytes.Index(d.rest, []byte("\r\n"))
	if i < 0 {
		return "", false
	}
	line := string(d.rest[:i])
	d.rest = d.rest[i+2:]
	return line, true
}

// dropChunkedEncoding removes aws-chunked, which is of the transfer, from
// Content-Encoding, which S3 stores.
func dropChunkedEncoding(h http.Header) {
	var kept []string
	for part := range strings.SplitSeq(strings.Join(h.Values("Content-Encoding"), ","), ",") {
		part = strings.TrimSpace(part)
		if part != "" && !strings.EqualFold(part, "aws-chunked") {
			kept = append(kept, part)
		}
	}
	h.Del("Content-Encoding")
	if len(kept) > 0 {
		h.Set("Content-Encoding", strings.Join(slices.Clip(kept), ","))
	}
}
