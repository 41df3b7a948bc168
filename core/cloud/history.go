package cloud

import (
	"encoding/json"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// historyEntry is a core.StatusChange with the shortest keys: a write costs by the
// kilobyte, and a history of ten should not make it two.
type historyEntry struct {
	Status string `json:"s"`
	At     int64  `json:"t"` // milliseconds since 1970
	Code   string `json:"c,omitempty"`
}

func historyText(history []core.StatusChange) string {
	if len(history) == 0 {
		return ""
	}
	entries := make([]historyEntry, len(history))
	for i, c := range history {
		entries[i] = historyEntry{c.Status, c.At.UnixMilli(), c.Code}
	}
	b, _ := json.Marshal(entries) // strings and numbers cannot fail
	return string(b)
}

// parseHistory reads what historyText wrote; anything else is no history.
func parseHistory(s string) []core.StatusChange {
	var entries []historyEntry
	if s == "" || json.Unmarshal([]byte(s), &entries) != nil {
		return nil
	}
	history := make([]core.StatusChange, len(entries))
	for i, e := range entries {
		history[i] = core.StatusChange{Status: e.Status, At: time.UnixMilli(e.At).UTC(), Code: e.Code}
	}
	return history
}
