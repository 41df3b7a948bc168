//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package broker

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock if nobody has it. busy asks to try again; neither means that
// locking does not work here.
func tryLock(path string) (unlock func(), busy bool) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return func() {}, false
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return func() {}, errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR)
	}
	if !isAt(f, path) {
		f.Close() // the holder before removed the file while this one was opening it
		return nil, true
	}
	return func() {
		// Removed while still locked: whoever waits notices with isAt.
		os.Remove(path)
		f.Close()
	}, false
}

func isAt(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(path)
	return err == nil && os.SameFile(mine, now)
}
