package main

import (
	"os"
	"os/exec"
)

// signalStatus: Windows has no signals that end a child.
func signalStatus(*exec.ExitError) int { return exitFailure }

var forwarded = []os.Signal{os.Interrupt}
