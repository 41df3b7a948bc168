package main

import (
	"archive/zip"
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/cross-account-manager/cam/core/sandbox"
	"github.com/cross-account-manager/cam/lambda"
)

// actAs is the variable that makes this test binary a bootstrap.
const actAs = "CAM_LAMBDA_TEST"

// TestMain lets the tests start this binary as "bootstrap", which is the program itself,
// or as "panic", which is the program with a handler that panics.
func TestMain(m *testing.M) {
	switch os.Getenv(actAs) {
	case "bootstrap":
		main()
	case "panic":
		startLog(variables(os.Environ()))
		serve(func(context.Context, []byte) ([]byte, error) { panic("the records are upside down") })
	}
	os.Exit(m.Run())
}

var zipFile = flag.String("zip", "", "test the bootstrap in this zip file, one that runs on this machine, instead of the test's own")

// bootstrap is the path of what the tests start.
func bootstrap(tb testing.TB) string {
	tb.Helper()
	if *zipFile == "" {
		self, err := os.Executable()
		if err != nil {
			tb.Fatal(err)
		}
		return self
	}
	z, err := zip.OpenReader(*zipFile)
	if err != nil {
		tb.Fatal(err)
	}
	defer z.Close()
	packed, err := z.Open("bootstrap")
	if err != nil {
		tb.Fatal(err)
	}
	code, err := io.ReadAll(packed)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "bootstrap")
	if err := os.WriteFile(path, code, 0o755); err != nil {
		tb.Fatal(err)
	}
	return path
}

// environ returns the variables of a function; changes are NAME=value, or NAME to unset.
func environ(handler string, changes ...string) map[string]string {
	env := map[string]string{
		actAs: "bootstrap", "_HANDLER": handler, "AWS_REGION": "eu-west-1",
		"AWS_ENDPOINT_URL":  "http://127.0.0.1:9", // nobody listens there
		"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example-secret", "AWS_SESSION_TOKEN": "example-token",
		lambda.VarMaster: "100000000001", lambda.VarRegion: "eu-west-1",
		lambda.VarConfigBucket: "cam-config", lambda.VarLinksBucket: "cam-links",
	}
	for _, change := range changes {
		name, value, set := strings.Cut(change, "=")
		if env[name] = value; !set {
			delete(env, name)
		}
	}
	return env
}

func start(t *testing.T, env map[string]string) *process {
	t.Helper()
	p := startProcess(t, bootstrap(t), env)
	t.Cleanup(p.stop)
	return p
}

func event(id, body string) sandbox.Function {
	return sandbox.Function{
		RequestID: id, Event: []byte(body), Deadline: time.Now().Add(time.Minute),
		FunctionARN: "arn:aws:lambda:eu-west-1:100000000001:function:CrossAccountManager-Test",
	}
}

// A function that cannot start says why, to Lambda and in its log, and ends.
func TestCannotStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"unknown handler": {environ("Nobody"), `no handler named "Nobody"`},
		"no handler":      {environ("AccountFile", "_HANDLER"), `no handler named ""`},
		"no master":       {environ("AccountFile", lambda.VarMaster), lambda.VarMaster},
		"no region":       {environ("RoleEvent", lambda.VarRegion+"="), lambda.VarRegion},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, test.env)
			select {
			case <-p.exited:
			case <-t.Context().Done():
				t.Fatal("it runs")
			}
			if code := p.cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			select {
			case e := <-p.initError:
				if e.Type != initErrorType || !strings.Contains(e.Message, test.want) {
					t.Errorf("Lambda was told %q, %q; want %q", e.Type, e.Message, test.want)
				}
			default:
				t.Error("Lambda was not told")
			}
			select {
			case <-p.asked:
				t.Error("it asked for events")
			default:
			}
			records := p.logs.records(t)
			if len(records) != 1 || records[0]["level"] != "ERROR" || !strings.Contains(records[0]["error"].(string), test.want) {
				t.Errorf("log: %v", records)
			}
		})
	}
}

// Without a Runtime API there is nobody to tell; the log still says what is wrong.
func TestCannotStartWithoutRuntimeAPI(t *testing.T) {
	t.Parallel()
	err := reportInitError(t.Context(), "127.0.0.1:1", io.ErrUnexpectedEOF)
	if err == nil {
		t.Error("no error")
	}
}

// No delivery makes an event better that cannot be decoded: it is logged, without its
// content, and answered, so that Lambda does not deliver it again.
func TestUndecodableEvent(t *testing.T) {
	t.Parallel()
	for _, handler := range []string{lambda.AccountFile, lambda.RoleFile, lambda.AccountEvent, lambda.RoleEvent, lambda.AccessLinks, lambda.MasterInit} {
		t.Run(handler, func(t *testing.T) {
			t.Parallel()
			p := start(t, environ(handler))
			for _, body := range []string{`"not-for-the-log"`, `{"Records": "not-for-the-log", "RequestType": 7}`} {
				if _, err := p.invoke(t.Context(), event("request-"+body[:1], body)); err != nil {
					t.Errorf("event %s: %v", body, err)
				}
			}
			p.stop()
			records := p.logs.records(t)
			for _, r := range records {
				id, _ := r["requestId"].(string)
				if r["level"] != "ERROR" || r["handler"] != handler || !strings.HasPrefix(id, "request-") || r["timestamp"] == nil {
					t.Errorf("log record: %v", r)
				}
			}
			if len(records) != 2 {
				t.Errorf("%d log records, want 2", len(records))
			}
			if strings.Contains(p.logs.String(), "not-for-the-log") {
				t.Error("the log has the event's content")
			}
		})
	}
}

// What may succeed later is answered with an error, so that Lambda delivers again; the
// process stays and takes the next event.
func TestFailureIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	p := start(t, environ(lambda.AccountFile))
	for range 2 {
		f := event("request-1", `{"Records":[{"s3":{"object":{"key":"account/a.yaml"}}}]}`)
		f.Deadline = time.Now().Add(500 * time.Millisecond)
		if _, err := p.invoke(t.Context(), f); err == nil {
			t.Error("AWS is out of reach, and the event was answered")
		}
	}
	p.stop()
	for _, r := range p.logs.records(t) {
		if r["level"] == "WARN" && r["key"] == "account/a.yaml" && r["requestId"] == "request-1" {
			return
		}
	}
	t.Errorf("no word in the log: %s", p.logs)
}

// A panic is answered as an error with the place it happened, stands in the log, and
// ends the process, because nobody knows what state it left behind.
func TestPanic(t *testing.T) {
	t.Parallel()
	if *zipFile != "" {
		t.Skip("the bootstrap in the zip file has no handler that panics")
	}
	p := start(t, environ(lambda.AccountFile, actAs+"=panic"))
	_, err := p.invoke(t.Context(), event("request-1", `{}`))
	e, ok := err.(messages.InvokeResponse_Error)
	if !ok || e.Message != "the records are upside down" || len(e.StackTrace) == 0 {
		t.Errorf("Lambda was told %#v", err)
	}
	<-p.exited
	if code := p.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	said := slices.ContainsFunc(p.logs.records(t), func(r map[string]any) bool {
		return r["level"] == "ERROR" && r["handler"] == lambda.AccountFile && strings.Contains(r["message"].(string), "upside down")
	})
	if !said {
		t.Errorf("no word in the log: %s", p.logs)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	request := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	for level, want := range map[string]string{
		"":      "INFO WARN ERROR",
		"TRACE": "DEBUG INFO WARN ERROR",
		"DEBUG": "DEBUG INFO WARN ERROR",
		"INFO":  "INFO WARN ERROR",
		"WARN":  "WARN ERROR",
		"ERROR": "ERROR",
		"FATAL": "ERROR",
	} {
		var out logs
		log := newLog(&out, map[string]string{"_HANDLER": "AccountInit", "CAM_ACCOUNT": "111122223333", "AWS_LAMBDA_LOG_LEVEL": level})
		for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			log.With("role", "DevOps").Log(request, l, "done")
		}
		var got []string
		for _, r := range out.records(t) {
			got = append(got, r["level"].(string))
			for key, value := range map[string]string{
				"requestId": "request-1", "handler": "AccountInit", "account": "111122223333", "role": "DevOps", "message": "done",
			} {
				if r[key] != value {
					t.Errorf("%s is %v, want %s", key, r[key], value)
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("level %q shows %s, want %s", level, got, want)
		}
	}
	var out bytes.Buffer
	newLog(&out, nil).Info("outside of a request")
	if strings.Contains(out.String(), "requestId") || strings.Contains(out.String(), "account") {
		t.Errorf("log record: %s", &out)
	}
}
