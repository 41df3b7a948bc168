//go:build !windows

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// signalStatus is 128 and the number of the signal that ended a child.
func signalStatus(exit *exec.ExitError) int {
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return exitFailure
}

// forwarded are the signals that a running child gets from us.
var forwarded = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}
