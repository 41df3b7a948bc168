package cloud_test

import (
	"context"
	"encoding/json"
	"net/http"
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
		Records                                                        []struct{ Sns struct{ Message string } }
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
	return client(t, w.Endpoint(), w.Region(), w.credentials(t, who))
}

func (w *world) credentials(t testing.TB, who string) core.Credentials {
	t.Helper()
	id, err := w.As(who)
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

func TestTry(t *testing.T) {
	for range 4 {
		s := time.Now()
		w := install(t, sandbox.Options{})
		t.Log(time.Since(s))
		t.Log(w.Join(t.Context(), []string{"111111111111"}, func(string) {}), time.Since(s))
	}
}
