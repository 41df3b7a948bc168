package cloudformation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/cloudformation"
	"github.com/cross-account-manager/cam/core/sandbox/internal/dynamodb"
	"github.com/cross-account-manager/cam/core/sandbox/internal/front"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
	"github.com/cross-account-manager/cam/core/sandbox/internal/kms"
	"github.com/cross-account-manager/cam/core/sandbox/internal/lambda"
	"github.com/cross-account-manager/cam/core/sandbox/internal/s3"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sns"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sqs"
	"github.com/cross-account-manager/cam/core/sandbox/internal/sts"
)

const (
	account = "111122223333"
	region  = "eu-west-1"

	// otherAccount has a leading zero, which YAML would read as octal.
	otherAccount = "012345670123"
)

// world is the sandbox's services behind one endpoint, with an account whose root
// user deploys stacks.
type world struct {
	t       *testing.T
	iam     *iam.Service
	cfn     *cloudformation.Service
	backend cloudformation.Backend
	root    api.Caller
	keyID   string
	secret  string
	url     string
	http    *http.Client

	mu       sync.Mutex
	requests []map[string]any                            // what custom resources were asked
	answer   func(request map[string]any) map[string]any // nil fields are filled in
}

// newWorld makes a world; options may change what CloudFormation gets.
func newWorld(t *testing.T, options ...func(*cloudformation.Options)) *world {
	t.Helper()
	w := &world{t: t, http: &http.Client{Transport: &http.Transport{}}}
	clock := api.Clock(time.Now)
	w.iam = iam.New(iam.Options{Clock: clock})
	key, err := w.iam.AddAccount(account, "aws")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.iam.AddAccount(otherAccount, "aws"); err != nil {
		t.Fatal(err)
	}
	w.keyID, w.secret = key.ID, key.Secret
	found, _ := w.iam.AccessKey(key.ID)
	w.root = found.Caller
	sessions := sts.New(sts.Options{IAM: w.iam, Clock: clock})
	keys := kms.New(kms.Options{Identity: w.iam, Clock: clock})
	queues := sqs.New(sqs.Options{Clock: clock, Auth: w.iam})
	functions := lambda.New(lambda.Options{
		Clock: clock, Auth: w.iam, Run: w.run, Queues: queues,
		Callers: sessions,
		Credentials: func(account, role, session string) (string, string, string, *api.Error) {
			name := role[strings.LastIndex(role, "/")+1:]
			c, err := sessions.ServiceSession("lambda.amazonaws.com", account, name, session, time.Hour)
			return c.AccessKeyID, c.SecretAccessKey, c.SessionToken, err
		},
	})
	topics := sns.New(sns.Options{Clock: clock, Auth: w.iam, Keys: keys, Invoker: functions, Queues: queues})
	services := map[string]api.Service{
		"iam": w.iam, "kms": keys, "sqs": queues, "lambda": functions, "sns": topics,
		"s3":       s3.New(s3.Options{Clock: clock, Auth: w.iam, Keys: keys, Invoker: functions, Publisher: topics}),
		"dynamodb": dynamodb.New(dynamodb.Options{Clock: clock, Auth: w.iam, Keys: keys, CreateDelay: 10 * time.Millisecond}),
	}
	w.backend = cloudformation.Dispatch(services, clock)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, cloudformation.ResponsePath) {
			w.cfn.Responses().ServeHTTP(rw, r)
			return
		}
		all := map[string]api.Service{"cloudformation": w.cfn}
		for name, s := range services {
			all[name] = s
		}
		front.New(front.Options{Services: all, Credentials: sessions, Clock: clock}).ServeHTTP(rw, r)
	}))
	w.url = server.URL
	opt := cloudformation.Options{
		Clock: clock, Auth: w.iam, Backend: w.backend, ResponseBase: server.URL,
		CustomResourceTimeout: 5 * time.Second, Patience: time.Millisecond,
	}
	for _, change := range options {
		change(&opt)
	}
	w.cfn = cloudformation.New(opt)
	t.Cleanup(func() {
		w.cfn.Close()
		functions.Close()
		w.http.CloseIdleConnections()
		server.Close()
	})
	return w
}

// run is the code of every function: a custom resource that answers.
func (w *world) run(ctx context.Context, r lambda.Run) ([]byte, error) {
	var request map[string]any
	if err := json.Unmarshal(r.Event, &request); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.requests = append(w.requests, request)
	answer := w.answer
	w.mu.Unlock()
	body := map[string]any{
		"Status": "SUCCESS", "StackId": request["StackId"], "RequestId": request["RequestId"],
		"LogicalResourceId": request["LogicalResourceId"], "PhysicalResourceId": "the-resource",
	}
	if answer != nil {
		for k, v := range answer(request) {
			body[k] = v
		}
	}
	if body["Status"] == "SILENT" {
		return []byte("{}"), nil
	}
	text, _ := json.Marshal(body)
	url, _ := request["ResponseURL"].(string)
	put, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	resp, err := w.http.Do(put)
	if err != nil {
		return nil, err
	}
	return []byte("{}"), resp.Body.Close()
}

// asked are the RequestTypes that custom resources got, with their physical IDs.
func (w *world) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, r := range w.requests {
		text, _ := r["RequestType"].(string)
		if id, ok := r["PhysicalResourceId"].(string); ok {
			text += " " + id
		}
		out = append(out, text)
	}
	return out
}

// client is the SDK as the account's root user.
func (w *world) client() *cfn.Client { return w.clientOf(w.keyID, w.secret) }

func (w *world) clientOf(id, secret string) *cfn.Client {
	// The SDK closes a request's body as the answer arrives, which at this speed may
	// cost the connection; it tries again by itself.
	return cfn.New(cfn.Options{
		Region: region, BaseEndpoint: aws.String(w.url), HTTPClient: w.http,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	})
}

// do calls another service as root and returns status and body.
func (w *world) do(r cloudformation.Request) (int, string) {
	w.t.Helper()
	if r.Region == "" {
		r.Region = region
	}
	resp, err := w.backend.Do(w.t.Context(), w.root, r)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.Status, string(resp.Body)
}

// create deploys a template and waits; params are key, value, key, value.
func (w *world) create(name, template string, params ...string) types.Stack {
	w.t.Helper()
	_, err := w.client().CreateStack(w.t.Context(), &cfn.CreateStackInput{
		StackName: &name, TemplateBody: &template, Parameters: parameters(params),
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	})
	if err != nil {
		w.t.Fatalf("CreateStack: %v", err)
	}
	return w.wait(name)
}

func (w *world) update(name, template string, params ...string) types.Stack {
	w.t.Helper()
	_, err := w.client().UpdateStack(w.t.Context(), &cfn.UpdateStackInput{
		StackName: &name, TemplateBody: &template, Parameters: parameters(params),
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	})
	if err != nil {
		w.t.Fatalf("UpdateStack: %v", err)
	}
	return w.wait(name)
}

// remove deletes a stack and returns it as it is afterwards.
func (w *world) remove(name string) types.Stack {
	w.t.Helper()
	id := *w.stack(name).StackId
	if _, err := w.client().DeleteStack(w.t.Context(), &cfn.DeleteStackInput{StackName: &id}); err != nil {
		w.t.Fatalf("DeleteStack: %v", err)
	}
	return w.wait(id)
}

func (w *world) wait(name string) types.Stack {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if err := w.cfn.Idle(ctx); err != nil {
		w.t.Fatalf("the operation does not end: %v\n%s", err, w.history(name))
	}
	return w.stack(name)
}

func (w *world) stack(name string) types.Stack {
	w.t.Helper()
	out, err := w.client().DescribeStacks(w.t.Context(), &cfn.DescribeStacksInput{StackName: &name})
	if err != nil {
		w.t.Fatalf("DescribeStacks: %v", err)
	}
	return out.Stacks[0]
}

// want fails the test unless the stack has the status.
func (w *world) want(st types.Stack, status types.StackStatus) {
	w.t.Helper()
	if st.StackStatus != status {
		w.t.Fatalf("stack is %s (%s), want %s\n%s", st.StackStatus, aws.ToString(st.StackStatusReason), status, w.history(*st.StackId))
	}
}

// events are the stack's events, oldest first.
func (w *world) events(name string) []types.StackEvent {
	w.t.Helper()
	var out []types.StackEvent
	pages := cfn.NewDescribeStackEventsPaginator(w.client(), &cfn.DescribeStackEventsInput{StackName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatalf("DescribeStackEvents: %v", err)
		}
		out = append(out, page.StackEvents...)
	}
	slices.Reverse(out)
	return out
}

// history is the events as lines "LogicalId STATUS".
func (w *world) history(name string) string {
	w.t.Helper()
	var out strings.Builder
	for _, e := range w.events(name) {
		out.WriteString(*e.LogicalResourceId + " " + string(e.ResourceStatus) + "\n")
		if strings.HasSuffix(string(e.ResourceStatus), "FAILED") {
			out.WriteString("    " + aws.ToString(e.ResourceStatusReason) + "\n")
		}
	}
	return out.String()
}

func output(st types.Stack, key string) string {
	for _, o := range st.Outputs {
		if *o.OutputKey == key {
			return *o.OutputValue
		}
	}
	return ""
}

func parameters(pairs []string) []types.Parameter {
	var out []types.Parameter
	for pair := range slices.Chunk(pairs, 2) {
		out = append(out, types.Parameter{ParameterKey: &pair[0], ParameterValue: &pair[1]})
	}
	return out
}

// wantError fails the test unless err is an AWS error with this code and text.
func wantError(t *testing.T, err error, code, text string) {
	t.Helper()
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		t.Fatalf("got %v, want the error %s", err, code)
	}
	if apiErr.ErrorCode() != code || !strings.Contains(apiErr.ErrorMessage(), text) {
		t.Fatalf("got %s: %s, want %s: %s", apiErr.ErrorCode(), apiErr.ErrorMessage(), code, text)
	}
}
