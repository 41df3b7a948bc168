package front

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest builds the text that was signed (IAM User Guide, "Create a signed
// AWS API request", step 1).
func canonicalRequest(r *http.Request, s *signature, payloadHash string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n")
	b.WriteString(canonicalPath(r, s.service) + "\n")
	b.WriteString(canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range s.headers {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + payloadHash)
	return b.String()
}

// canonicalPath encodes the path once for S3 and, for every other service, encodes
// the path as sent a second time.
func canonicalPath(r *http.Request, service string) string {
	path := r.URL.EscapedPath()
	if service == "s3" {
		path = r.URL.Path
	}
	if path == "" {
		return "/"
	}
	return escape(path, "/")
}

// canonicalQuery sorts the parameters by their encoded name, then value, without the
// signature itself.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs []string
	for part := range strings.SplitSeq(raw, "&") {
		k, v, _ := strings.Cut(part, "=")
		if part == "" || k == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, escape(unescape(k), "")+"="+escape(unescape(v), ""))
	}
	slices.SortFunc(pairs, comparePairs)
	return strings.Join(pairs, "&")
}

// comparePairs orders by name before value: "a=1" precedes "a-b=1", which a plain
// comparison of the whole strings would turn around.
func comparePairs(a, b string) int {
	ak, av, _ := strings.Cut(a, "=")
	bk, bv, _ := strings.Cut(b, "=")
	if n := strings.Compare(ak, bk); n != 0 {
		return n
	}
	return strings.Compare(av, bv)
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// escape percent-encodes every byte but RFC 3986's unreserved ones and those in keep.
func escape(s, keep string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		ch := s[i]
		if isUnreserved(ch) || strings.IndexByte(keep, ch) >= 0 {
			b.WriteByte(ch)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[ch>>4])
		b.WriteByte(digits[ch&15])
	}
	return b.String()
}

func isUnreserved(ch byte) bool {
	return 'a' <= ch && ch <= 'z' || 'A' <= ch && ch <= 'Z' || '0' <= ch && ch <= '9' ||
		ch == '-' || ch == '_' || ch == '.' || ch == '~'
}

// headerValue is a header as it is signed: all its values, trimmed, inner runs of
// white space as one space. Go's server moves some headers out of the map.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		if r.Header.Get("Content-Length") == "" {
			return strconv.FormatInt(r.ContentLength, 10)
		}
	}
	values := slices.Clone(r.Header.Values(name))
	for i, v := range values {
		values[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(values, ",")
}
