package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
)

// objects handles S3 notifications: every record, keys decoded.
func (f *function) objects(do func(ctx context.Context, key string) error) Handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var notification events.S3Event
		if err := json.Unmarshal(event, &notification); err != nil {
			return nil, f.undecodable(ctx, err)
		}
		var failed []error
		for _, r := range notification.Records {
			key := r.S3.Object.URLDecodedKey
			failed = append(failed, f.done(ctx, do(ctx, key), slog.String("key", key), slog.String("event", r.EventName)))
		}
		return nil, errors.Join(failed...)
	}
}

// messages handles SNS messages: every record.
func (f *function) messages(do func(context.Context, core.Event) error) Handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var notification events.SNSEvent
		if err := json.Unmarshal(event, &notification); err != nil {
			return nil, f.undecodable(ctx, err)
		}
		var failed []error
		for _, r := range notification.Records {
			var ev core.Event
			if err := json.Unmarshal([]byte(r.SNS.Message), &ev); err != nil {
				f.log.WarnContext(ctx, "message is not an event", "message_id", r.SNS.MessageID)
				continue
			}
			failed = append(failed, f.done(ctx, do(ctx, ev),
				slog.String("message_id", r.SNS.MessageID), slog.String("action", string(ev.Action)),
				slog.String("account", string(ev.Account)), slog.String("role", string(ev.Role))))
		}
		return nil, errors.Join(failed...)
	}
}

func (f *function) do(ctx context.Context, work func(context.Context) error) error {
	return f.done(ctx, work(ctx))
}

// undecodable logs an event that no delivery will make better.
func (f *function) undecodable(ctx context.Context, err error) error {
	f.log.ErrorContext(ctx, "event cannot be decoded", "error", err.Error())
	return nil
}

// done logs how a piece of work ended. It returns the error only if delivering the
// event again may help; what will fail again is logged as an error and recorded.
func (f *function) done(ctx context.Context, err error, attrs ...slog.Attr) error {
	switch {
	case err == nil:
		f.log.LogAttrs(ctx, slog.LevelInfo, "done", attrs...)
		return nil
	case engine.Permanent(err):
		f.log.LogAttrs(ctx, slog.LevelError, "refused", append(attrs, errorAttrs(err)...)...)
		return nil
	default:
		f.log.LogAttrs(ctx, slog.LevelWarn, "failed, to be delivered again", append(attrs, errorAttrs(err)...)...)
		return err
	}
}

func errorAttrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("error", err.Error()), slog.String("code", string(core.CodeOf(err)))}
	if e, ok := errors.AsType[*core.Error](err); ok && e.AWSCode != "" {
		attrs = append(attrs, slog.String("aws_code", e.AWSCode))
	}
	return attrs
}
