package tuitest_test

import (
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
)

// TestTheSampleIsSettled: pushed and rolled out, it leaves nothing to push, so that a
// test's plan shows the test's own changes.
func TestTheSampleIsSettled(t *testing.T) {
	t.Parallel()
	bucket := tuitest.NewBucket(tuitest.Sample())
	push := &engine.Push{Bucket: bucket, Files: bucket, State: tuitest.Installed(tuitest.Sample(), time.Unix(0, 0))}
	findings, err := push.Prepare(t.Context(), tuitest.NewFolder(tuitest.Sample()).FS())
	if err != nil || len(findings) > 0 {
		t.Fatal(findings, err)
	}
	if !push.Plan.Empty() || push.Pending() > 0 {
		t.Errorf("the plan has %d changes, %d files to write", len(push.Plan.Changes), push.Pending())
	}
}
