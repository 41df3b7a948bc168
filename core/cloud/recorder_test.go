package cloud_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recorder stands in front of a sandbox and notes which operations are called. Signed
// host names pass through, so the sandbox verifies what it would without it.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	calls []string
}

func record(t testing.TB, endpoint string) *recorder {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		r.note(req, body)
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) note(req *http.Request, body []byte) {
	name := req.Method
	if target := req.Header.Get("X-Amz-Target"); target != "" {
		_, name, _ = strings.Cut(target, ".")
	} else if form, err := url.ParseQuery(string(body)); err == nil && form.Has("Action") {
		name = form.Get("Action")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, name)
}

// take returns the calls since the last take that change something.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := slices.DeleteFunc(r.calls, func(name string) bool { return strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") })
	r.calls = nil
	return calls
}
