package broker

import (
	"errors"
	"syscall"
)

const (
	accessDelete       = 0x00010000
	flagDeleteOnClose  = 0x04000000
	errSharing         = syscall.Errno(32)
	noSharing          = 0
	attributeTemporary = 0x00000100
)

// tryLock takes the lock if nobody has it. busy asks to try again; neither means that
// locking does not work here. Windows closes the handle, and with it removes the
// file, when the process ends.
func tryLock(path string) (unlock func(), busy bool) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return func() {}, false
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|accessDelete, noSharing, nil,
		syscall.OPEN_ALWAYS, attributeTemporary|flagDeleteOnClose, 0)
	if err != nil {
		return func() {}, errors.Is(err, errSharing) || errors.Is(err, syscall.ERROR_ACCESS_DENIED)
	}
	return func() { syscall.CloseHandle(h) }, false
}
