package coretest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/lambda"
)

// unhurried runs a handler. A sub-account's departure it lets take as long as on AWS,
// where the account's message has long arrived when CloudFormation goes on to delete the
// role that signed it: a signature is void once its role is gone.
func (in *Installation) unhurried(ctx context.Context, f sandbox.Function, handler lambda.Handler) ([]byte, error) {
	var event map[string]any
	if f.Handler != lambda.AccountInit || json.Unmarshal(f.Event, &event) != nil || event["RequestType"] != "Delete" {
		return handler(ctx, f.Event)
	}
	var answered []byte
	mailbox := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		answered, _ = io.ReadAll(r.Body) // what broke off is no answer to CloudFormation either
	}))
	address, _ := event["ResponseURL"].(string)
	event["ResponseURL"] = mailbox.URL
	changed, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	out, err := handler(ctx, changed)
	mailbox.Close()
	if err != nil {
		return out, err
	}
	in.departed(ctx, core.AccountID(f.AccountID))
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(answered))
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	return out, res.Body.Close()
}

// departed waits, for a few seconds at most, until the master knows that an account left.
func (in *Installation) departed(ctx context.Context, id core.AccountID) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 300 {
		if r, err := in.Admin.Tables().Account(ctx, id); err == nil && !r.IsRegistered() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
