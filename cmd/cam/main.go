// Command cam enters and governs the sub-accounts of an AWS master account.
//
// main sets signals, runs the command tree and maps errors to exit codes; it decides
// nothing else. Each verb has a file of its own: a constructor that declares flags and
// help, and a run function. This package alone prints, exits and reads the
// environment.
//
// Start reading at newRoot, then at the verb of interest.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, newApp(), os.Args[1:])
	stop()
	os.Exit(code)
}
