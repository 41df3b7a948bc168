package front

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// defaultMaxBody bounds a request's body; it is above DynamoDB's 16 MB and above
// every Lambda package and configuration object of this project.
const defaultMaxBody = 64 << 20

// Options are what a Front is made of. Services, Credentials and Clock are required.
type Options struct {
	// Services by signing name: the service part of the credential scope.
	Services    map[string]api.Service
	Credentials api.Credentials
	Clock       api.Clock
	// Federation answers unsigned requests to /federation; nil leaves the path to S3.
	Federation http.Handler
	// Faults may answer an authenticated call with an error in the service's stead:
	// throttling, 5xx. Nil, or a nil error, lets the call through.
	Faults func(*api.Call) *api.Error
	// Latency is how long an authenticated call waits before it is served.
	Latency func(*api.Call) time.Duration
	// MaxBody bounds the body in bytes; 0 means 64 MiB.
	MaxBody int64
}

// Front verifies requests and routes them. Safe for concurrent use.
type Front struct{ opts Options }

// New returns a Front over the services.
func New(opts Options) *Front {
	if opts.MaxBody == 0 {
		opts.MaxBody = defaultMaxBody
	}
	return &Front{opts: opts}
}

// ServeHTTP answers one request.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &api.Call{RequestID: newRequestID(), Now: f.opts.Clock(), HTTP: r}
	if f.opts.Federation != nil && isFederation(r) {
		f.opts.Federation.ServeHTTP(w, r)
		return
	}
	body, apiErr := f.readBody(r)
	c.Body = body
	route(c)
	if apiErr == nil {
		apiErr = f.authenticate(c)
	}
	if apiErr == nil {
		apiErr = f.prepare(c)
	}
	if apiErr != nil {
		writeError(w, c, apiErr)
		return
	}
	f.serve(w, c)
}

// serve hands an authenticated call to its service, unless a fault is injected.
func (f *Front) serve(w http.ResponseWriter, c *api.Call) {
	service, ok := f.opts.Services[c.Service]
	if !ok {
		writeError(w, c, f.unknownService(c))
		return
	}
	if f.opts.Latency != nil && !wait(c, f.opts.Latency(c)) {
		return // the client has gone
	}
	if f.opts.Faults != nil {
		if err := f.opts.Faults(c); err != nil {
			writeError(w, c, err)
			return
		}
	}
	service.Serve(w, c)
}

// wait sleeps for d; false when the client went away first.
func wait(c *api.Call, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.Context().Done():
		return false
	}
}

// newRequestID is a random UUID (version 4), the form of AWS's request IDs.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
