package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

// answers receives what is sent to a custom resource's response URL.
type answers struct {
	*httptest.Server
	bodies chan []byte
}

func listen(t *testing.T) *answers {
	a := &answers{bodies: make(chan []byte, 8)}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPut || r.URL.RawQuery != "X-Amz-Signature=abc" || r.Header.Get("Content-Type") != "" {
			http.Error(w, "SignatureDoesNotMatch", http.StatusForbidden)
			return
		}
		a.bodies <- body
	}))
	t.Cleanup(a.Close)
	return a
}

// request is CloudFormation's request for a custom resource.
func (a *answers) request(kind, physical string) []byte {
	return fmt.Appendf(nil, `{"RequestType":%q,"ResponseURL":%q,"StackId":"stack-1","RequestId":"request-1","LogicalResourceId":"Init",
		"PhysicalResourceId":%q,"ResourceType":"Custom::CrossAccountManagerInit","ResourceProperties":{"ServiceToken":"arn"}}`,
		kind, a.URL+"/answer?X-Amz-Signature=abc", physical)
}

// answer is what CloudFormation reads.
type answer struct {
	Status, RequestID, StackID, LogicalResourceID, PhysicalResourceID, Reason string
}

func (a *answers) next(t *testing.T) answer {
	t.Helper()
	select {
	case body := <-a.bodies:
		if len(body) > 4096 {
			t.Errorf("the answer has %d bytes, CloudFormation takes 4096", len(body))
		}
		var got answer
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return got
	default:
		t.Fatal("no answer")
		return answer{}
	}
}

// CloudFormation gets an answer to every request, and always the same physical ID: it
// would delete what had the old one.
func TestCustomResource(t *testing.T) {
	t.Parallel()
	denied := core.Errorf(core.CodeDenied, "writing the topic's policy").WithHint("see %s", "docs")
	for name, test := range map[string]struct {
		request, physical string
		put, remove       error
		status, reason    string
	}{
		"create":            {"Create", "", nil, errors.New("not asked"), "SUCCESS", ""},
		"update":            {"Update", "CrossAccountManager-MasterInit", nil, errors.New("not asked"), "SUCCESS", ""},
		"update of another": {"Update", "as-an-older-version-named-it", nil, errors.New("not asked"), "SUCCESS", ""},
		"delete":            {"Delete", "CrossAccountManager-MasterInit", errors.New("not asked"), nil, "SUCCESS", ""},
		"create fails":      {"Create", "", denied, nil, "FAILED", "writing the topic's policy; see docs"},
		"update fails":      {"Update", "x", fmt.Errorf("starting: %w", denied), nil, "FAILED", "starting: writing the topic's policy; see docs"},
		"delete fails":      {"Delete", "x", nil, core.Errorf(core.CodeThrottled, "slow down"), "FAILED", "slow down"},
		"long reason":       {"Create", "", errors.New(strings.Repeat("x", 10_000)), nil, "FAILED", strings.Repeat("x", 2000)},
		"long in JSON":      {"Create", "", errors.New(strings.Repeat("<é", 5_000)), nil, "FAILED", strings.Repeat("<é", 250)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := listen(t)
			f, _ := logged()
			h := f.customResource(
				func(context.Context) error { return test.put },
				func(context.Context) error { return test.remove })
			if out, err := h(t.Context(), a.request(test.request, test.physical)); err != nil || out != nil {
				t.Errorf("answered Lambda %q, %v", out, err)
			}
			want := answer{
				Status: test.status, Reason: test.reason, RequestID: "request-1", StackID: "stack-1", LogicalResourceID: "Init",
				PhysicalResourceID: "CrossAccountManager-MasterInit",
			}
			if d := cmp.Diff(want, a.next(t)); d != "" {
				t.Errorf("answer, -want +got:\n%s", d)
			}
		})
	}
}

// The work has to leave time to answer: CloudFormation waits an hour for an answer that
// a function which ran out of time did not give.
func TestCustomResourceLeavesTimeToAnswer(t *testing.T) {
	t.Parallel()
	a := listen(t)
	f, _ := logged()
	ctx, cancel := context.WithTimeout(t.Context(), answerTime+20*time.Millisecond)
	defer cancel()
	h := f.customResource(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}, nil)
	if _, err := h(ctx, a.request("Create", "")); err != nil {
		t.Error(err)
	}
	if got := a.next(t); got.Status != "FAILED" || got.Reason == "" {
		t.Errorf("answer %+v", got)
	}
	if ctx.Err() != nil {
		t.Error("all the time was used")
	}
}

// An answer that did not arrive is an error: Lambda then delivers the request again.
func TestCustomResourceAnswerIsLost(t *testing.T) {
	t.Parallel()
	a := listen(t)
	a.Close()
	f, _ := logged()
	h := f.customResource(func(context.Context) error { return nil }, nil)
	_, err := h(t.Context(), a.request("Create", ""))
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), "X-Amz-Signature") {
		t.Errorf("the error has the signed address in it: %v", err)
	}
}

// A panic is answered too, and goes on to end the process.
func TestCustomResourcePanics(t *testing.T) {
	t.Parallel()
	a := listen(t)
	f, _ := logged()
	defer func() {
		if recover() == nil {
			t.Error("the panic is gone")
		}
		if got := a.next(t); got.Status != "FAILED" || !strings.Contains(got.Reason, "MasterInit") {
			t.Errorf("answer %+v", got)
		}
	}()
	_, _ = f.customResource(func(context.Context) error { panic("upside down") }, nil)(t.Context(), a.request("Create", ""))
}

// Nobody can be answered whose request cannot be read.
func TestCustomResourceUndecodable(t *testing.T) {
	t.Parallel()
	f, log := logged()
	work := func(context.Context) error {
		t.Error("something was done")
		return nil
	}
	if out, err := f.customResource(work, work)(t.Context(), []byte(`{"RequestType":1}`)); err != nil || out != nil {
		t.Errorf("answered %q, %v", out, err)
	}
	if got := levels(t, log); len(got) != 1 || got[0] != "ERROR" {
		t.Errorf("log: %s", log)
	}
}
