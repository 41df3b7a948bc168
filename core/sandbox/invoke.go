package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
)

// Invoke runs a function of an account now and returns its answer, as the account's
// root user would with Lambda's Invoke. A function that fails is an error.
func (s *Sandbox) Invoke(ctx context.Context, account, function string, event []byte) ([]byte, error) {
	res, err := s.backend.Do(ctx, s.root(account), cloudformation.Request{
		Service: "lambda", Region: s.opts.Region, Method: http.MethodPost,
		Path: "/2015-03-31/functions/" + url.PathEscape(function) + "/invocations", Body: event,
	})
	switch {
	case err != nil:
		return nil, err
	case res.Status != http.StatusOK || res.Header.Get("X-Amz-Function-Error") != "":
		return nil, fmt.Errorf("invoking %s in %s: %s", function, account, res.Body)
	default:
		return res.Body, nil
	}
}
