package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/cross-account-manager/cam/core/sandbox"
)

// process is one execution environment of a function, as Lambda has them: the Runtime
// API (AWS, "Using the Lambda runtime API for custom runtimes") and a process that runs
// the bootstrap and asks it for events, one at a time.
type process struct {
	cmd       *exec.Cmd
	api       *httptest.Server
	asked     chan struct{} // closed when the process first asks for an event
	exited    chan struct{} // closed when it has ended
	initError chan messages.InvokeResponse_Error
	queue     chan *invocation
	logs      *logs // what it prints

	mu   sync.Mutex
	open map[string]*invocation // handed out, by request ID
}

// invocation is one event on its way through a process.
type invocation struct {
	sandbox.Function
	done chan outcome
}

type outcome struct {
	response []byte
	err      error
}

// startProcess starts binary with nothing but a function's variables.
func startProcess(tb testing.TB, binary string, env map[string]string) *process {
	tb.Helper()
	p := &process{
		cmd: exec.Command(binary), asked: make(chan struct{}), exited: make(chan struct{}),
		initError: make(chan messages.InvokeResponse_Error, 1), queue: make(chan *invocation), logs: &logs{}, open: map[string]*invocation{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", p.next(sync.OnceFunc(func() { close(p.asked) })))
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", p.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", p.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", p.initFailure)
	p.api = httptest.NewServer(mux)
	p.cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(p.api.URL, "http://")}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.logs, p.logs
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	return p
}

// stop ends the process. Its log is complete then.
func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	<-p.exited
	p.api.Close()
}

// next hands out the next event, when there is one.
func (p *process) next(asked func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked()
		select {
		case <-r.Context().Done():
		case in := <-p.queue:
			p.mu.Lock()
			p.open[in.RequestID] = in
			p.mu.Unlock()
			h := w.Header()
			h.Set("Content-Type", "application/json")
			h.Set("Lambda-Runtime-Aws-Request-Id", in.RequestID)
			h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.Deadline.UnixMilli(), 10))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", in.FunctionARN)
			h.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
			_, _ = w.Write(in.Event)
		}
	}
}

func (p *process) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	p.settle(w, r, outcome{body, err})
}

func (p *process) failure(w http.ResponseWriter, r *http.Request) {
	var e messages.InvokeResponse_Error
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		http.Error(w, "not an error", http.StatusBadRequest)
		return
	}
	p.settle(w, r, outcome{err: e})
}

// settle ends the invocation that the path names.
func (p *process) settle(w http.ResponseWriter, r *http.Request, o outcome) {
	p.mu.Lock()
	in := p.open[r.PathValue("id")]
	delete(p.open, r.PathValue("id"))
	p.mu.Unlock()
	if in == nil {
		http.Error(w, "InvalidRequestID", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	in.done <- o
}

func (p *process) initFailure(w http.ResponseWriter, r *http.Request) {
	var e messages.InvokeResponse_Error
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil || r.Header.Get("Lambda-Runtime-Function-Error-Type") != e.Type {
		http.Error(w, "not an error", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	p.initError <- e
}

// errGone says that a process ended before it took the event.
var errGone = errors.New("the process has ended")

// invoke has the process handle one event, and kills it when ctx ends first, as Lambda
// does at a function's timeout.
func (p *process) invoke(ctx context.Context, f sandbox.Function) ([]byte, error) {
	in := &invocation{f, make(chan outcome, 1)}
	select {
	case p.queue <- in:
	case <-p.exited:
		return nil, errGone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case o := <-in.done:
		return o.response, o.err
	case <-ctx.Done():
		p.stop()
		return nil, ctx.Err()
	case <-p.exited:
		select {
		case o := <-in.done:
			return o.response, o.err
		default:
			return nil, fmt.Errorf("Runtime.ExitError: %s", p.cmd.ProcessState)
		}
	}
}

// logs collects what processes print. It is safe for concurrent use.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// records decodes the log: every line has to be JSON.
func (l *logs) records(tb testing.TB) []map[string]any {
	tb.Helper()
	var records []map[string]any
	for line := range strings.Lines(l.String()) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			tb.Errorf("a log line is not JSON: %s", line)
			continue
		}
		records = append(records, r)
	}
	return records
}
