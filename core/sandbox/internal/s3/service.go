package s3

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/delivery"
)

// Options are what the service needs from its neighbours. Clock and Auth are
// required.
type Options struct {
	Clock      api.Clock
	Auth       api.Authorizer
	Keys       api.Keys            // nil: requests for SSE-KMS are refused
	Invoker    api.Invoker         // nil: Lambda notifications are refused
	Publisher  api.Publisher       // nil: SNS notifications are refused
	Deliveries delivery.Deliveries // nil: each notification arrives once, at once
	Seed       uint64              // of version IDs, upload IDs and opaque ETags
}

// Service is S3 for all accounts of the sandbox. It implements api.Service.
type Service struct {
	opt    Options
	events *delivery.Dispatcher

	mu       sync.Mutex // guards all below, and everything reachable from buckets
	buckets  map[string]*bucket
	random   *rand.ChaCha8
	sequence int64 // last event sequencer
}

// New makes an empty S3.
func New(opt Options) *Service {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], opt.Seed)
	return &Service{
		opt:     opt,
		events:  delivery.New(opt.Deliveries),
		buckets: map[string]*bucket{},
		random:  rand.NewChaCha8(seed),
	}
}

// Idle waits until no notification is on its way, or until ctx is done.
func (s *Service) Idle(ctx context.Context) error { return s.events.Idle(ctx) }

// Close drops the notifications that have not left yet.
func (s *Service) Close() { s.events.Close() }

// request is one call, with the bucket and key it names.
type request struct {
	*api.Call
	w      http.ResponseWriter
	query  url.Values
	bucket string
	key    string
	hostID string  // x-amz-id-2
	b      *bucket // the named bucket, once found
}

func (r *request) header(name string) string { return r.HTTP.Header.Get(name) }

// Serve implements api.Service.
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	bucketName, key := address(c.HTTP)
	r := &request{
		Call: c, w: w, bucket: bucketName, key: key,
		query:  c.HTTP.URL.Query(),
		hostID: base64.StdEncoding.EncodeToString(s.bytes(56)),
	}
	w.Header().Set("x-amz-request-id", c.RequestID)
	w.Header().Set("x-amz-id-2", r.hostID)
	w.Header().Set("Server", "AmazonS3")
	if err := s.dispatch(r); err != nil {
		writeError(r, err)
	}
}

// bytes draws n random bytes.
func (s *Service) bytes(n int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draw(n)
}

// draw is bytes with s.mu held.
func (s *Service) draw(n int) []byte {
	b := make([]byte, n)
	_, _ = s.random.Read(b) // never fails
	return b
}

// newVersionID makes an ID of 32 characters, as S3's are. s.mu is held.
func (s *Service) newVersionID() string {
	return base64.RawURLEncoding.EncodeToString(s.draw(24))
}

// newETag makes an opaque ETag of 32 hexadecimal digits. s.mu is held.
func (s *Service) newETag() string { return hex.EncodeToString(s.draw(16)) }
