package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-lambda-go/cfn"

	"github.com/cross-account-manager/cam/core"
)

// customResource handles CloudFormation's requests. It always answers, also when the
// work panics, with the same physical ID for ever: a changed one would make
// CloudFormation delete the old.
func (f *function) customResource(put, remove func(context.Context) error) Handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var ev cfn.Event
		if err := json.Unmarshal(event, &ev); err != nil {
			return nil, f.undecodable(ctx, err)
		}
		work := put
		if ev.RequestType == cfn.RequestDelete {
			work = remove
		}
		defer func() {
			if p := recover(); p != nil {
				_ = f.answer(ctx, &ev, fmt.Errorf("the function %s broke down, its log says where", f.name))
				panic(p)
			}
		}()
		worked, cancel := leaveTime(ctx)
		defer cancel()
		err := work(worked)
		_ = f.done(ctx, err, slog.String("request", string(ev.RequestType)), slog.String("stack", ev.StackID))
		return nil, f.answer(ctx, &ev, err)
	}
}

// answer tells CloudFormation how its request ended.
func (f *function) answer(ctx context.Context, ev *cfn.Event, err error) error {
	answer := cfn.NewResponse(ev)
	answer.PhysicalResourceID = core.Prefix + f.name
	answer.Status = cfn.StatusSuccess
	if err != nil {
		answer.Status, answer.Reason = cfn.StatusFailed, reason(err)
	}
	return send(ctx, ev.ResponseURL, answer)
}

// send puts an answer where CloudFormation waits for it. The address is signed, whoever
// has it can answer: no error repeats it.
func send(ctx context.Context, address string, answer *cfn.Response) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(body))
	if err != nil {
		return core.Errorf(core.CodeInvalid, "CloudFormation gave no address for the answer")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return core.Errorf(core.CodeUnavailable, "CloudFormation did not take the answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return core.Errorf(core.CodeUnavailable, "CloudFormation did not take the answer: %s", res.Status)
	}
	return nil
}

// maxReason leaves room for the rest in the 4,096 bytes that CloudFormation takes as an
// answer.
const maxReason = 2000

// reason is an error's text with its hint, cut to maxReason bytes as JSON has them.
func reason(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*core.Error](err); ok && e.Hint != "" {
		text += "; " + e.Hint
	}
	size := 0
	for i, r := range text {
		encoded, _ := json.Marshal(string(r)) // a string always has an encoding
		if size += len(encoded) - len(`""`); size > maxReason {
			return text[:i]
		}
	}
	return text
}

// answerTime is kept back from a function's time, to tell CloudFormation how it ended.
const answerTime = 5 * time.Second

func leaveTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-answerTime))
}
