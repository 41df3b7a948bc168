package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/cross-account-manager/cam/lambda"
)

// newLog makes the function's log: a line of JSON for each record, with the keys that
// Lambda filters by (level and timestamp), the handler's name and, while an event is
// handled, its request ID. The level is the function's own setting in Lambda.
func newLog(w io.Writer, env map[string]string) *slog.Logger {
	lines := slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: logLevel(env["AWS_LAMBDA_LOG_LEVEL"]), ReplaceAttr: lambdacontext.ReplaceAttr,
	})
	log := slog.New(requests{lines}).With("handler", env["_HANDLER"])
	if account := env[lambda.VarAccount]; account != "" {
		log = log.With("account", account)
	}
	return log
}

// logLevel reads Lambda's names of levels, of which slog does not have the outer two.
func logLevel(name string) slog.Level {
	switch name {
	case "TRACE", "DEBUG":
		return slog.LevelDebug
	case "WARN":
		return slog.LevelWarn
	case "ERROR", "FATAL":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// requests adds the ID of the request that is being handled.
type requests struct{ slog.Handler }

func (h requests) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("requestId", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h requests) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requests{h.Handler.WithAttrs(attrs)}
}

func (h requests) WithGroup(name string) slog.Handler { return requests{h.Handler.WithGroup(name)} }
