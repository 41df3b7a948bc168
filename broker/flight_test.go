package broker

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/cross-account-manager/cam/core"
)

func TestCacheIsReusedUntilTheMargin(t *testing.T) {
	t.Parallel()
	w := newWorld()
	opt := w.options()
	opt.Cache = &Memory{}
	b := New(opt)
	get := func(r Request) int {
		t.Helper()
		if _, _, err := b.Credentials(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		return len(w.taken())
	}
	ask := Request{Account: "pay"}
	for range 2 {
		if get(ask) != 1 {
			t.Fatal("cached credentials were not reused")
		}
	}
	if get(Request{Account: "pay", Duration: MinDuration}) != 2 {
		t.Fatal("another duration must not share an entry")
	}
	if get(Request{Account: "pay", NoCache: true}) != 3 || get(ask) != 3 {
		t.Fatal("NoCache must neither read nor fill the cache")
	}
	w.now = func() time.Time { return now.Add(55*time.Minute - time.Second) }
	if get(ask) != 3 {
		t.Fatal("more than five minutes are left")
	}
	w.now = func() time.Time { return now.Add(55 * time.Minute) }
	if get(ask) != 4 {
		t.Fatal("five minutes are not enough")
	}
	w.rows = nil
	if _, _, err := b.Credentials(t.Context(), ask); err == nil {
		t.Fatal("the cache outlived the approval")
	}
}

func TestSingleFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.wait = make(chan struct{})
		opt := w.options()
		opt.Cache = &Memory{}
		b := New(opt)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, _, err := b.Credentials(t.Context(), Request{Account: "pay"}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(w.wait)
		all.Wait()
		if n := len(w.taken()); n != 1 {
			t.Errorf("%d refreshes instead of one", n)
		}
	})
}

func TestFollowersSurviveTheLeadersCancellation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.wait = make(chan struct{})
		b := New(w.options())
		leader, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, _, err := b.Credentials(leader, Request{Account: "pay"}); !errors.Is(err, context.Canceled) {
				t.Errorf("the leader got %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if _, _, err := b.Credentials(t.Context(), Request{Account: "pay"}); err != nil {
				t.Errorf("the follower got %v", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(w.wait)
		all.Wait()
	})
}

func TestCancelledRefreshLeavesNoLockFile(t *testing.T) {
	t.Parallel()
	opt, dir := newWorld().options(), t.TempDir()
	opt.Lock = FileLock{Dir: dir}
	ctx, cancel := context.WithCancel(t.Context())
	locked := 0
	_, err := New(opt).cached(ctx, Key{}, false, func(ctx context.Context) (core.Credentials, error) {
		files, _ := os.ReadDir(dir)
		locked = len(files)
		cancel()
		return core.Credentials{}, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || locked != 1 {
		t.Errorf("got %v with %d lock files", err, locked)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestCancelledLeaderWaitsForItsCleanup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var clean atomic.Bool
		_, err := New(newWorld().options()).cached(ctx, Key{}, false, func(ctx context.Context) (core.Credentials, error) {
			cancel()
			time.Sleep(time.Second)
			clean.Store(true)
			return core.Credentials{}, ctx.Err()
		})
		if !errors.Is(err, context.Canceled) || !clean.Load() {
			t.Errorf("got %v before the refresh had ended", err)
		}
	})
}

// Each broker stands for a process: they share the store and the lock files only.
func TestProcessesShareOneRefresh(t *testing.T) {
	t.Parallel()
	w, store, dir := newWorld(), &mapStore{items: map[string]string{}}, t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		opt := w.options()
		opt.Cache = &Keyring{timeout: time.Minute, clock: opt.Clock, store: store}
		opt.Lock = FileLock{Dir: dir, Wait: time.Minute}
		b := New(opt)
		all.Go(func() {
			if _, _, err := b.Credentials(t.Context(), Request{Account: "pay"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(w.taken()); n != 1 {
		t.Errorf("%d refreshes instead of one", n)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d lock files are left", len(left))
	}
}

func TestFileLock(t *testing.T) {
	t.Parallel()
	l := FileLock{Dir: t.TempDir(), Wait: 20 * time.Millisecond}
	unlock, err := l.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := l.Lock(t.Context(), "b"); err != nil {
		t.Error(err)
	} else {
		other()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (FileLock{Dir: l.Dir, Wait: time.Hour}).Lock(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: %v", err)
	}
	if without, err := l.Lock(t.Context(), "a"); err != nil {
		t.Errorf("waiting ends without an error: %v", err)
	} else {
		without()
	}
	if _, busy := tryLock(l.Dir + "/" + lockName("a")); !busy {
		t.Error("who gave up waiting broke the lock")
	}
	unlock()
	if left, _ := os.ReadDir(l.Dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestFileLeftByADeadProcessIsNoLock(t *testing.T) {
	t.Parallel()
	l := FileLock{Dir: t.TempDir(), Wait: time.Hour}
	if err := os.WriteFile(l.Dir+"/"+lockName("a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := l.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if left, _ := os.ReadDir(l.Dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestFileLockExcludes(t *testing.T) {
	t.Parallel()
	l := FileLock{Dir: t.TempDir()}
	var all sync.WaitGroup
	inside := make(chan struct{}, 1)
	for range 8 {
		all.Go(func() {
			for got := 0; got < 40; {
				unlock, busy := tryLock(l.Dir + "/a")
				if busy {
					continue
				}
				got++
				select {
				case inside <- struct{}{}:
					runtime.Gosched()
					<-inside
				default:
					t.Error("two hold the lock")
				}
				unlock()
			}
		})
	}
	all.Wait()
}

func TestUnusableLockFolderIsDoneWithout(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := FileLock{Dir: file}.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

type mapStore struct {
	mu    sync.Mutex
	items map[string]string
	hang  chan struct{}
	fail  error
	calls int
}

func (m *mapStore) do(f func() error) error {
	if m.hang != nil {
		<-m.hang
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.fail != nil {
		return m.fail
	}
	return f()
}

func (m *mapStore) Get(_, user string) (text string, err error) {
	err = m.do(func() error {
		var ok bool
		if text, ok = m.items[user]; !ok {
			return keyring.ErrNotFound
		}
		return nil
	})
	return text, err
}

func (m *mapStore) Set(_, user, text string) error {
	return m.do(func() error { m.items[user] = text; return nil })
}

func (m *mapStore) Delete(_, user string) error {
	return m.do(func() error { delete(m.items, user); return nil })
}

// Not parallel: go-keyring's mock is one for the whole process.
func TestSystemKeychain(t *testing.T) {
	keyring.MockInit()
	k := NewKeyring(0, func() time.Time { return now })
	key := Key{UserID: "AROAX:alice", Master: master, Role: "DevOps", Account: payments, Duration: time.Hour}
	if _, ok := k.Get(t.Context(), key); ok {
		t.Fatal("found something in an empty keychain")
	}
	k.Put(t.Context(), key, creds)
	got, ok := NewKeyring(0, func() time.Time { return now }).Get(t.Context(), key)
	if !ok || got.AccessKeyID != creds.AccessKeyID || got.SecretAccessKey.Reveal() != fakeSecret ||
		got.SessionToken.Reveal() != fakeToken || !got.Expires.Equal(creds.Expires) {
		t.Errorf("got %v, %v", got, ok)
	}
	late := NewKeyring(0, func() time.Time { return creds.Expires })
	if _, ok := late.Get(t.Context(), key); ok {
		t.Error("found expired credentials")
	}
	if _, err := keyring.Get(KeyringService, key.String()); !errors.Is(err, keyring.ErrNotFound) {
		t.Error("expired credentials stay in the keychain")
	}
}

func TestBrokenKeychainIsLeftAlone(t *testing.T) {
	t.Parallel()
	store := &mapStore{fail: errors.New("no keychain")}
	k := &Keyring{timeout: time.Minute, clock: time.Now, store: store}
	for range 3 {
		if _, ok := k.Get(t.Context(), Key{}); ok {
			t.Fatal("found something")
		}
		k.Put(t.Context(), Key{}, core.Credentials{})
	}
	if store.calls != 1 {
		t.Errorf("asked %d times", store.calls)
	}
}

func TestSlowKeychainIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &mapStore{hang: make(chan struct{})}
		k := &Keyring{timeout: KeyringTimeout, clock: time.Now, store: store}
		start := time.Now()
		k.Get(t.Context(), Key{})
		k.Put(t.Context(), Key{}, creds)
		if waited := time.Since(start); waited != KeyringTimeout {
			t.Errorf("waited %s", waited)
		}
		close(store.hang)
	})
}

func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]Key{}
	for _, k := range []Key{
		{}, {UserID: "a"}, {Master: master}, {Account: master}, {Role: "a"}, {Duration: time.Hour}, {Duration: MinDuration},
	} {
		if other, ok := seen[k.String()]; ok {
			t.Errorf("%#v and %#v share an entry", k, other)
		}
		seen[k.String()] = k
	}
}
