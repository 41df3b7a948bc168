package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"
)

// Locker gives one process at a time the right to refresh what a name stands for.
type Locker interface {
	// Lock waits for the right. It fails only with the context's error; where locking
	// does not work it returns at once, and unlock does nothing.
	Lock(ctx context.Context, name string) (unlock func(), err error)
}

// FileLock is a Locker over files that hold nothing. The operating system owns the
// lock, so a process that dies, however it dies, never leaves it taken, and a file
// that a killed process left behind is reused and removed by the next one.
type FileLock struct {
	Dir  string        // made if missing, for the user only
	Wait time.Duration // longest wait for another process, then do without; zero means 15 s
}

const (
	lockWait = 15 * time.Second
	pollMin  = 5 * time.Millisecond
	pollMax  = 100 * time.Millisecond
)

// Lock implements Locker.
func (l FileLock) Lock(ctx context.Context, name string) (func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	none := func() {}
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return none, nil
	}
	path := filepath.Join(l.Dir, lockName(name))
	wait := l.Wait
	if wait == 0 {
		wait = lockWait
	}
	limit := time.NewTimer(wait)
	defer limit.Stop()
	for pause := pollMin; ; pause = min(2*pause, pollMax) {
		unlock, busy := tryLock(path)
		if !busy {
			return unlock, nil
		}
		poll := time.NewTimer(pause)
		select {
		case <-poll.C:
		case <-limit.C:
			poll.Stop()
			return none, nil
		case <-ctx.Done():
			poll.Stop()
			return nil, ctx.Err()
		}
	}
}

// lockName keeps the names of people and accounts out of the file's name.
func lockName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16]) + ".lock"
}
