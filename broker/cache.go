package broker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Key names credentials in a cache. It holds nothing secret.
type Key struct {
	UserID   string // of the caller in the master account
	Master   core.AccountID
	Role     core.RoleName
	Account  core.AccountID // where the role was taken; the master account for the first link
	Duration time.Duration  // as asked for; zero when it was left out
}

// String is unique for a key: no part of it can hold a slash.
func (k Key) String() string {
	return fmt.Sprintf("%s/%s/%s/%s/%d", k.UserID, k.Master, k.Role, k.Account, k.Duration/time.Second)
}

// Cache keeps credentials between requests. It is a convenience: what it cannot keep
// or find it does without, silently. Safe for concurrent use.
type Cache interface {
	Get(ctx context.Context, k Key) (core.Credentials, bool)
	Put(ctx context.Context, k Key, c core.Credentials)
}

// NoCache keeps nothing.
type NoCache struct{}

// Get finds nothing.
func (NoCache) Get(context.Context, Key) (core.Credentials, bool) { return core.Credentials{}, false }

// Put does nothing.
func (NoCache) Put(context.Context, Key, core.Credentials) {}

// Memory keeps credentials as long as the process lives. The zero value is ready.
type Memory struct {
	mu    sync.Mutex
	creds map[Key]core.Credentials
}

// Get implements Cache.
func (m *Memory) Get(_ context.Context, k Key) (core.Credentials, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.creds[k]
	return c, ok
}

// Put implements Cache.
func (m *Memory) Put(_ context.Context, k Key, c core.Credentials) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.creds == nil {
		m.creds = map[Key]core.Credentials{}
	}
	m.creds[k] = c
}
