// Command cam-lambda is the code of every Lambda function of Cross-Account Manager: the
// file named bootstrap that the runtime provided.al2023 starts, on arm64 and x86-64. The
// function's Handler property, which Lambda passes as _HANDLER, names what it does.
//
// main reads the environment, makes the handler once and serves events until Lambda ends
// the process; what cannot start tells Lambda why. It holds no rule about events,
// accounts and roles, and never logs an event's content.
//
// Start reading at main, then at lambda.New. The package's own folder internal/pack
// builds what is uploaded to AWS.
package main

import (
	"context"
	"log/slog"
	"os"
	"strings"

	runtime "github.com/aws/aws-lambda-go/lambda"

	"github.com/cross-account-manager/cam/lambda"
)

func main() {
	ctx, env := context.Background(), variables(os.Environ())
	log := startLog(env)

	// The variables hold the credentials of the function's role. Lambda never changes
	// them in a running process, it starts a new one, so that the handler and its
	// client are good for the life of this process.
	handler, err := lambda.New(ctx, lambda.Options{Handler: env["_HANDLER"], Env: env, Log: log})
	if err != nil {
		log.Error("the function cannot start", "error", err.Error())
		if err := reportInitError(ctx, env["AWS_LAMBDA_RUNTIME_API"], err); err != nil {
			log.Error("Lambda was not told so", "error", err.Error())
		}
		os.Exit(1)
	}
	serve(handler)
}

// startLog makes the function's log the process's. The runtime library reports failed and
// panicked invocations through package log, which from here on writes the same JSON.
func startLog(env map[string]string) *slog.Logger {
	log := newLog(os.Stdout, env)
	slog.SetLogLoggerLevel(slog.LevelError)
	slog.SetDefault(log)
	return log
}

// serve answers events for ever. After a panic it tells Lambda and exits with code 1:
// nobody knows what state a panic left behind, and Lambda starts a new process.
func serve(handler lambda.Handler) { runtime.Start(function(handler)) }

// function hands events to a handler as they came, without decoding them.
type function lambda.Handler

// Invoke implements the runtime library's Handler.
func (f function) Invoke(ctx context.Context, event []byte) ([]byte, error) { return f(ctx, event) }

// variables makes a map of NAME=value entries.
func variables(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env
}
