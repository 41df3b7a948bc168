package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// TestChangeTable holds how changes are shown, and that what loses sight of data is
// said in words.
func TestChangeTable(t *testing.T) {
	t.Parallel()
	changes := []cloud.StackChange{
		{Action: "Add", Resource: "NewTopic", Type: "AWS::SNS::Topic"},
		{Action: "Modify", Resource: "Function", Type: "AWS::Lambda::Function", PhysicalID: "f", Replacement: "False"},
		{Action: "Modify", Resource: "Role", Type: "AWS::IAM::Role", PhysicalID: "r", Replacement: "True"},
		{Action: "Modify", Resource: "Accounts", Type: "AWS::DynamoDB::Table", PhysicalID: "CAM-Accounts", Replacement: "True"},
		{Action: "Modify", Resource: "Bucket", Type: "AWS::S3::Bucket", PhysicalID: "b", Replacement: "Conditional"},
		{Action: "Modify", Resource: "Links", Type: "AWS::S3::Bucket", PhysicalID: "l", Replacement: "False"},
		{Action: "Remove", Resource: "Key", Type: "AWS::KMS::Key", PhysicalID: "k"},
	}
	columns, rows := changeTable(changes)
	var table bytes.Buffer
	if err := writeTable(&table, columns, rows); err != nil {
		t.Fatal(err)
	}
	want := `ACTION  RESOURCE  TYPE                   REPLACEMENT
add     NewTopic  AWS::SNS::Topic        
modify  Function  AWS::Lambda::Function  in place
modify  Role      AWS::IAM::Role         replaced
modify  Accounts  AWS::DynamoDB::Table   replaced
modify  Bucket    AWS::S3::Bucket        replaced, if a value it needs changes
modify  Links     AWS::S3::Bucket        in place
remove  Key       AWS::KMS::Key          
`
	if diff := cmp.Diff(want, table.String()); diff != "" {
		t.Error(diff)
	}
	warnings := dataWarnings(changes)
	if len(warnings) != 3 {
		t.Fatalf("warnings: %q", warnings)
	}
	for i, words := range []string{"table Accounts (CAM-Accounts) is REPLACED", "bucket Bucket (b) may be REPLACED", "key Key (k) leaves the stack"} {
		if !strings.Contains(warnings[i], words) {
			t.Errorf("warning %q does not say %q", warnings[i], words)
		}
	}
	if got := changeSummary(changes); got != "1 resource to add, 5 resources to modify, 1 resource to remove" {
		t.Error(got)
	}
}

// TestStateError holds which statuses can be deployed to, and what is said of others.
func TestStateError(t *testing.T) {
	t.Parallel()
	for status, hint := range map[string]string{
		"": "", "CREATE_COMPLETE": "", "UPDATE_COMPLETE": "", "UPDATE_ROLLBACK_COMPLETE": "", "IMPORT_COMPLETE": "", "UPDATE_FAILED": "",
		"ROLLBACK_COMPLETE":                   "--delete-failed",
		"ROLLBACK_FAILED":                     "--delete-failed",
		"CREATE_FAILED":                       "--delete-failed",
		"REVIEW_IN_PROGRESS":                  "--delete-failed",
		"DELETE_FAILED":                       "cam deploy master --delete",
		"UPDATE_ROLLBACK_FAILED":              "continue-update-rollback --stack-name S",
		"CREATE_IN_PROGRESS":                  "cam deploy master --watch",
		"UPDATE_ROLLBACK_IN_PROGRESS":         "cam deploy master --watch",
		"DELETE_IN_PROGRESS":                  "cam deploy master --watch",
		"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "cam deploy master --watch",
	} {
		err := stateError("cam deploy master", cloud.Stack{Name: "S", Status: status, Reason: "because."})
		if hint == "" {
			if err != nil {
				t.Errorf("%s: %v", status, err)
			}
			continue
		}
		e, ok := err.(*core.Error)
		if !ok || !strings.Contains(e.Hint, hint) || !strings.Contains(e.Message, status) {
			t.Errorf("%s: %#v", status, err)
		}
		if got := strings.Contains(hint, "--delete-failed"); got && !abandoned(status) {
			t.Errorf("%s: --delete-failed would not delete it", status)
		}
	}
}

// TestEnding holds what is said at the end of an operation.
func TestEnding(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"} {
		if err := ending("cam deploy master", "S", status, ""); err != nil {
			t.Error(err)
		}
	}
	for status, words := range map[string]string{
		"ROLLBACK_COMPLETE":        "everything it had made was removed again",
		"CREATE_FAILED":            "not everything it had made could be removed",
		"UPDATE_ROLLBACK_COMPLETE": "it is as it was before",
		"UPDATE_ROLLBACK_FAILED":   "half changed",
		"DELETE_FAILED":            "deleted only in part",
		"SOMETHING_NEW":            "ended in SOMETHING_NEW",
	} {
		err := ending("cam deploy master", "S", status, "Table failed: quota")
		if !core.IsCode(err, core.CodeRollout) || !strings.HasPrefix(err.Error(), "Table failed: quota\n") || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", status, err)
		}
	}
}

// TestFirstFailure holds that the cause is named, not what was cancelled for it.
func TestFirstFailure(t *testing.T) {
	t.Parallel()
	w := &stackWatch{app: &app{err: io.Discard}, line: &statusLine{w: io.Discard}}
	for _, e := range []cloud.StackEvent{
		{Resource: "A", Type: "T", Status: "CREATE_IN_PROGRESS"},
		{Resource: "B", Type: "T", Status: "CREATE_FAILED", Reason: "Resource creation cancelled"},
		{Resource: "C", Type: "T", Status: "CREATE_FAILED", Reason: "quota"},
		{Resource: "D", Type: "T", Status: "CREATE_FAILED", Reason: "later"},
		{Resource: "E", Type: "AWS::S3::Bucket", Status: "DELETE_SKIPPED"},
		{Resource: "S", Type: "AWS::CloudFormation::Stack", Status: "ROLLBACK_COMPLETE", OfStack: true},
	} {
		w.event(e)
	}
	if got := w.firstFailure(); got != "C (T) failed: quota" {
		t.Error(got)
	}
	if len(w.left) != 1 || w.left[0].Resource != "E" {
		t.Errorf("left: %v", w.left)
	}
}

// TestResolveParameters holds the order: given, as the stack has it, the default.
func TestResolveParameters(t *testing.T) {
	t.Parallel()
	declared := []cloud.TemplateParameter{{Name: "A"}, {Name: "B"}, {Name: "C", HasDefault: true}, {Name: "D", HasDefault: true}}
	set, keep, err := resolveParameters(declared, map[string]string{"A": "new", "D": ""}, map[string]string{"A": "old", "B": "old", "Gone": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"A": "new", "D": ""}, set); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"B"}, keep); diff != "" {
		t.Error(diff)
	}
	for name, given := range map[string]map[string]string{"no value for A, B": nil, "has no parameter E": {"A": "", "B": "", "E": ""}} {
		if _, _, err := resolveParameters(declared, given, nil); !core.IsCode(err, core.CodeUsage) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: got %v, want %s", given, err, name)
		}
	}
}

// TestStopWatching holds that Ctrl-C ends the watching and not the operation, and that
// the operation can be found again.
func TestStopWatching(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	going := make(chan struct{})
	code := functions(slog.New(slog.DiscardHandler))
	box, err := sandbox.Start(sandbox.Options{Run: func(ctx context.Context, f sandbox.Function) ([]byte, error) {
		if f.Handler == "MasterInit" {
			interrupt()
			<-going
		}
		return code(ctx, f)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	zip := filepath.Join(t.TempDir(), "code.zip")
	if err := os.WriteFile(zip, []byte("PK\x03\x04"), 0o600); err != nil {
		t.Fatal(err)
	}
	id, err := box.As("admin")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range box.Environment(id) {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	say := func(ctx context.Context, args ...string) (int, string) {
		var stderr bytes.Buffer
		return run(ctx, &app{out: io.Discard, err: &stderr}, append([]string{"deploy", "master"}, args...)), stderr.String()
	}
	if status, said := say(ctx, "--yes", "--artifact", zip); status != exitFailure || !strings.Contains(said, "goes on in AWS; to look again: cam deploy master --watch") {
		t.Fatalf("exit code %d, said:\n%s", status, said)
	}
	if status, said := say(t.Context(), "--yes", "--artifact", zip); status != exitFailure || !strings.Contains(said, "CREATE_IN_PROGRESS: an operation is under way") {
		t.Fatalf("exit code %d, said:\n%s", status, said)
	}
	close(going)
	if status, said := say(t.Context(), "--watch"); status != exitDone || !strings.Contains(said, "CREATE_COMPLETE") {
		t.Fatalf("exit code %d, said:\n%s", status, said)
	}
}

// TestConfirmed holds what counts as a yes, and that Ctrl-C ends the question.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	ask := func(ctx context.Context, in io.Reader) error {
		d := &deployment{app: &app{in: in, err: io.Discard, inTTY: true, errTTY: true}}
		return d.confirmed(ctx, "Sure? ", "yes", "")
	}
	if err := ask(t.Context(), strings.NewReader("yes\n")); err != nil {
		t.Error(err)
	}
	for _, answer := range []string{"", "y\n", "no\n"} {
		if err := ask(t.Context(), strings.NewReader(answer)); !core.IsCode(err, core.CodeFailure) {
			t.Errorf("%q: %v", answer, err)
		}
	}
	silent, end := io.Pipe()
	t.Cleanup(func() { _ = end.Close() })
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := ask(ctx, silent); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
