package cloud_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// world is a sandbox with the master stack, whose functions answer CloudFormation and
// keep the events that topics deliver.
type world struct {
	*sandbox.Sandbox
	mu        sync.Mutex
	delivered map[string][]core.Event // by the function that got them
}

// install starts a sandbox with the master stack for one test.
func install(t testing.TB, o sandbox.Options) *world {
	t.Helper()
	w := &world{delivered: map[string][]core.Event{}}
	o.Run = w.run
	box, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Sandbox = box
	t.Cleanup(func() { _ = box.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := box.Install(ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

// run is the code of every function.
func (w *world) run(ctx context.Context, f sandbox.Function) ([]byte, error) {
	var event struct {
		RequestType, ResponseURL, StackID, RequestID, LogicalResourceID string
		Records                                                         []struct{ Sns struct{ Message string } }
	}
	if err := json.Unmarshal(f.Event, &event); err != nil {
		return nil, err
	}
	if event.ResponseURL != "" {
		return nil, answer(ctx, event.ResponseURL, map[string]string{
			"Status": "SUCCESS", "PhysicalResourceId": "custom", "StackId": event.StackID,
			"RequestId": event.RequestID, "LogicalResourceId": event.LogicalResourceID,
		})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range event.Records {
		var ev core.Event
		if err := json.Unmarshal([]byte(r.Sns.Message), &ev); err != nil {
			return nil, err
		}
		w.delivered[f.FunctionName] = append(w.delivered[f.FunctionName], ev)
	}
	return nil, nil
}

func answer(ctx context.Context, url string, body map[string]string) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, strings.NewReader(string(b)))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// as is somebody in the master account: see sandbox.As.
func (w *world) as(t testing.TB, who string) *cloud.Client {
	t.Helper()
	id, err := w.As(who)
	return client(t, w.Endpoint(), w.Region(), credentialsOf(t, id, err))
}

func credentialsOf(t testing.TB, id sandbox.Identity, err error) core.Credentials {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return core.Credentials{
		AccessKeyID: id.AccessKeyID, SecretAccessKey: core.NewSecret(id.SecretAccessKey), SessionToken: core.NewSecret(id.SessionToken),
	}
}

func client(t testing.TB, endpoint, region string, creds core.Credentials) *cloud.Client {
	t.Helper()
	c, err := cloud.New(t.Context(), cloud.Options{Credentials: &creds, Region: region, Endpoint: endpoint, Retries: 2})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// in is an administrator of an account that has joined.
func (w *world) in(t testing.TB, account core.AccountID) *cloud.Client {
	t.Helper()
	id, err := w.AdminOf(string(account))
	return client(t, w.Endpoint(), w.Region(), credentialsOf(t, id, err))
}

// join launches the sub-account stack in accounts.
func (w *world) join(t testing.TB, accounts ...core.AccountID) {
	t.Helper()
	for _, a := range accounts {
		if err := w.Join(t.Context(), []string{string(a)}, func(string) {}); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) master() core.AccountID { return core.AccountID(w.Master()) }

// received are the events that a function got so far.
func (w *world) received(function string) []core.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.delivered[function])
}
