package cloud

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// TestNoAnswerIsUnavailable: the client's own time limit means that the network is to be
// tried again; a context that ends means that somebody has enough.
func TestNoAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = w.Write([]byte("a beginning"))
			w.(http.Flusher).Flush()
		}
		<-release
	}))
	defer server.Close()
	defer close(release)
	get := func(ctx context.Context, limit time.Duration, path string) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := (&http.Client{Timeout: limit}).Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = answer.Body.Read(make([]byte, 1024))
		for err == nil {
			_, err = answer.Body.Read(make([]byte, 1024))
		}
		return err
	}
	for _, path := range []string{"/", "/body"} {
		if err := wrap(get(t.Context(), 50*time.Millisecond, path), "asking"); !core.IsCode(err, core.CodeUnavailable) {
			t.Errorf("%s: the time limit gives %v (%s), want unavailable", path, err, core.CodeOf(err))
		}
		short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := wrap(get(short, time.Minute, path), "asking")
		stop()
		if core.IsCode(err, core.CodeUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the end of the context gives %v (%s)", path, err, core.CodeOf(err))
		}
	}
}
