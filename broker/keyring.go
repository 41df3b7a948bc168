package broker

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/cross-account-manager/cam/core"
)

// KeyringService is the name under which the keychain shows the entries.
const KeyringService = "cross-account-manager"

// KeyringTimeout bounds one access to the keychain by default.
const KeyringTimeout = 2 * time.Second

// Keyring keeps credentials in the operating system's keychain, the only place on a
// disk where secrets may be. Once the keychain is missing, slow or refuses, it keeps
// nothing for the rest of its life. Use NewKeyring.
type Keyring struct {
	timeout time.Duration
	clock   func() time.Time
	store   secretStore
	broken  atomic.Bool
}

// secretStore is the part of go-keyring that is used.
type secretStore interface {
	Get(service, user string) (string, error)
	Set(service, user, password string) error
	Delete(service, user string) error
}

// NewKeyring makes a keychain cache. A zero timeout means KeyringTimeout, a nil clock
// time.Now.
func NewKeyring(timeout time.Duration, clock func() time.Time) *Keyring {
	if timeout == 0 {
		timeout = KeyringTimeout
	}
	if clock == nil {
		clock = time.Now
	}
	return &Keyring{timeout: timeout, clock: clock, store: systemKeychain{}}
}

// keyringItem is the content of an entry. core.Credentials cannot serve: it redacts
// itself.
type keyringItem struct {
	AccessKeyID     string    `json:"id"`
	SecretAccessKey string    `json:"secret"`
	SessionToken    string    `json:"token"`
	Expires         time.Time `json:"expires"`
}

// Get implements Cache. It removes an entry that has expired.
func (k *Keyring) Get(ctx context.Context, key Key) (core.Credentials, bool) {
	var text string
	found := k.try(ctx, func() (err error) {
		text, err = k.store.Get(KeyringService, key.String())
		return err
	})
	var item keyringItem
	if !found || json.Unmarshal([]byte(text), &item) != nil {
		return core.Credentials{}, false
	}
	if !item.Expires.After(k.clock()) {
		k.try(ctx, func() error { return k.store.Delete(KeyringService, key.String()) })
		return core.Credentials{}, false
	}
	return core.Credentials{
		AccessKeyID: item.AccessKeyID, Expires: item.Expires,
		SecretAccessKey: core.NewSecret(item.SecretAccessKey), SessionToken: core.NewSecret(item.SessionToken),
	}, true
}

// Put implements Cache.
func (k *Keyring) Put(ctx context.Context, key Key, c core.Credentials) {
	text, err := json.Marshal(keyringItem{
		AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey.Reveal(),
		SessionToken: c.SessionToken.Reveal(), Expires: c.Expires.UTC(),
	})
	if err != nil {
		return
	}
	k.try(ctx, func() error { return k.store.Set(KeyringService, key.String(), string(text)) })
}

// try runs one access and reports success. go-keyring knows no context, so a hanging
// access is left behind; as it breaks the cache there is never more than one per
// caller.
func (k *Keyring) try(ctx context.Context, access func() error) bool {
	if k.broken.Load() || ctx.Err() != nil {
		return false
	}
	done := make(chan error, 1)
	go func() { done <- access() }()
	limit := time.NewTimer(k.timeout)
	defer limit.Stop()
	select {
	case err := <-done:
		if err != nil && !errors.Is(err, keyring.ErrNotFound) && !errors.Is(err, keyring.ErrSetDataTooBig) {
			k.broken.Store(true)
		}
		return err == nil
	case <-limit.C:
		k.broken.Store(true)
		return false
	case <-ctx.Done():
		return false
	}
}

// systemKeychain calls go-keyring's package functions.
type systemKeychain struct{}

func (systemKeychain) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (systemKeychain) Set(service, user, text string) error     { return keyring.Set(service, user, text) }
func (systemKeychain) Delete(service, user string) error        { return keyring.Delete(service, user) }
