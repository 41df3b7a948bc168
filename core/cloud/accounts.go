package cloud

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// accountItem is an account as the table holds it. AccountGroup is the retired
// solution's attribute: its single group, or all of them separated by commas.
type accountItem struct {
	AccountID    string            `dynamodbav:"AccountId"`
	Name         string            `dynamodbav:"Name,omitempty"`
	Email        string            `dynamodbav:"Email,omitempty"`
	AccountGroup string            `dynamodbav:"AccountGroup,omitempty"`
	Tags         map[string]string `dynamodbav:"Tags,omitempty"`
	Status       string            `dynamodbav:"Status,omitempty"`
	Timestamp    string            `dynamodbav:"Timestamp,omitempty"`
	Source       string            `dynamodbav:"Source,omitempty"`
	Removed      bool              `dynamodbav:"Removed,omitempty"`
	Dirty        bool              `dynamodbav:"Dirty,omitempty"`
	Registered   string            `dynamodbav:"RegisteredAt,omitempty"`
	Departed     string            `dynamodbav:"DepartedAt,omitempty"`
	Proven       string            `dynamodbav:"ProvenAt,omitempty"`
	Refused      string            `dynamodbav:"Refused,omitempty"` // JSON
	History      string            `dynamodbav:"History,omitempty"` // JSON
	Version      int64             `dynamodbav:"Version,omitempty"`
}

var accountRow = row[core.AccountRecord, accountItem]{
	table: core.AccountsTable, what: "account", remember: (*core.AccountRecord).Remember,
	toItem: func(r *core.AccountRecord) accountItem {
		return accountItem{
			AccountID: string(r.ID), Name: r.Name, Email: r.Email, AccountGroup: joinGroups(r.Groups), Tags: r.Tags,
			Status: string(r.Status), Timestamp: stamp(r.Updated), Source: r.Source, Removed: r.Removed, Dirty: r.Dirty,
			Registered: stamp(r.Registered), Departed: stamp(r.Departed), Proven: stamp(r.Proven),
			Refused: failureText(r.Refused), History: historyText(r.History), Version: r.Version,
		}
	},
	fromItem: func(i *accountItem) core.AccountRecord {
		return core.AccountRecord{
			Account: core.Account{ID: core.AccountID(i.AccountID), Name: i.Name, Email: i.Email, Groups: splitGroups(i.AccountGroup), Tags: i.Tags},
			Status:  core.AccountStatus(i.Status), Updated: parseStamp(i.Timestamp), Source: i.Source, Removed: i.Removed, Dirty: i.Dirty,
			Registered: parseStamp(i.Registered), Departed: parseStamp(i.Departed), Proven: parseStamp(i.Proven),
			Refused: parseFailure(i.Refused), History: parseHistory(i.History), Version: i.Version,
		}
	},
}

func accountKey(id core.AccountID) key { return key{"AccountId": text(string(id))} }

// Account implements core.Accounts.
func (t *Tables) Account(ctx context.Context, id core.AccountID) (core.AccountRecord, error) {
	return accountRow.mustGet(ctx, t.db, accountKey(id), string(id))
}

// UpdateAccount implements core.Accounts.
func (t *Tables) UpdateAccount(ctx context.Context, id core.AccountID, change core.Change[core.AccountRecord]) (core.AccountRecord, error) {
	fresh := core.AccountRecord{Account: core.Account{ID: id}}
	return accountRow.update(ctx, t.db, accountKey(id), string(id), fresh, func(r *core.AccountRecord) *int64 { return &r.Version }, change)
}

// ListAccounts implements core.Accounts.
func (t *Tables) ListAccounts(ctx context.Context, statuses ...core.AccountStatus) iter.Seq2[core.AccountRecord, error] {
	if len(statuses) == 0 {
		statuses = []core.AccountStatus{core.AccountPending, core.AccountActive, core.AccountDeleted}
	}
	var seqs []iter.Seq2[core.AccountRecord, error]
	for _, s := range statuses {
		seqs = append(seqs, accountRow.query(ctx, t.db, byKey(statusIndex, "Status", string(s))))
	}
	return concat(seqs...)
}

func joinGroups(groups []string) string { return strings.Join(groups, ",") }

func splitGroups(s string) []string {
	var groups []string
	for g := range strings.SplitSeq(s, ",") {
		if g = strings.TrimSpace(g); g != "" {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// stamp is RFC 3339 in UTC with nanoseconds; empty for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// parseStamp reads a stamp; what is none, as the retired solution's times, is zero.
func parseStamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

func failureText(f *core.Failure) string {
	if f == nil {
		return ""
	}
	b, _ := json.Marshal(f) // strings, a number and a time cannot fail
	return string(b)
}

func parseFailure(s string) *core.Failure {
	var f core.Failure
	if s == "" || json.Unmarshal([]byte(s), &f) != nil {
		return nil
	}
	return &f
}
