package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
)

// initErrorType is what Lambda shows as the kind of a failed start.
const initErrorType = "Runtime.ConfigInvalid"

// reportInitError tells Lambda why the function cannot start, so that the reason stands
// in the answer of an invocation and in the function's metrics instead of a mere "exit
// status 1" (AWS, "Using the Lambda runtime API for custom runtimes", Initialization
// error). The runtime library has no call for it. api is host:port of the Runtime API.
func reportInitError(ctx context.Context, api string, cause error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	body, err := json.Marshal(messages.InvokeResponse_Error{
		Message: cause.Error(), Type: initErrorType, StackTrace: []*messages.InvokeResponse_Error_StackFrame{},
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Lambda-Runtime-Function-Error-Type", initErrorType)
	client := http.Client{Transport: &http.Transport{}} // without the proxy of the environment
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the Runtime API answered %s", res.Status)
	}
	return nil
}
