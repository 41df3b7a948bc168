package cloud

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

func TestHistoryText(t *testing.T) {
	t.Parallel()
	began := time.Date(2024, 5, 1, 12, 0, 0, 123_000_000, time.UTC)
	var history []core.StatusChange
	for i := range core.MaxHistory {
		history = append(history, core.StatusChange{Status: "deleting", At: began.Add(time.Duration(i) * time.Hour)})
	}
	history[3].Status, history[3].Code = "failed", "MalformedPolicyDocument"
	history[4] = core.StatusChange{Status: "pending"} // the zero time
	written := historyText(history)
	if len(written) > 512 {
		t.Errorf("%d bytes; a write costs by the kilobyte, and there is more in a record", len(written))
	}
	if diff := cmp.Diff(history, parseHistory(written)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, foreign := range []string{"", "yesterday", `{"s":"active"}`, `[1,2]`} {
		if got := parseHistory(foreign); got != nil {
			t.Errorf("%q is read as %v", foreign, got)
		}
	}
	if got := historyText(nil); got != "" {
		t.Errorf("no history is written as %q", got)
	}
}
