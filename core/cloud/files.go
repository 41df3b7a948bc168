package cloud

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// fileItem is the record of an object: a configuration file or a links page. It
// stands in the table of what the file describes, under the object's key, which is
// neither an account ID nor a role's name. Without a Status it is in no list.
type fileItem struct {
	Processed  string `dynamodbav:"Processed,omitempty"`
	Findings   string `dynamodbav:"Findings,omitempty"` // JSON
	Failure    string `dynamodbav:"Error,omitempty"`    // JSON
	Started    string `dynamodbav:"StartedAt,omitempty"`
	Again      bool   `dynamodbav:"Again,omitempty"`
	Timestamp  string `dynamodbav:"Timestamp,omitempty"`
	LeaseOwner string `dynamodbav:"LeaseOwner,omitempty"`
	LeaseUntil string `dynamodbav:"LeaseUntil,omitempty"`
	Version    int64  `dynamodbav:"Version,omitempty"`
}

// maxFindings bounds, in bytes of JSON, what a file's record repeats of its findings:
// an item holds 400 KB.
const maxFindings = 100 << 10

func toFileItem(r *core.FileRecord) fileItem {
	i := fileItem{
		Processed: r.Processed, Failure: failureText(r.Failure), Started: stamp(r.Started), Again: r.Again,
		Timestamp: stamp(r.Updated), LeaseOwner: r.Lease.Owner, LeaseUntil: stamp(r.Lease.Until), Version: r.Version,
	}
	i.Findings = findingsText(r.Findings)
	return i
}

// findingsText is as many of the findings as fit.
func findingsText(findings []core.Finding) string {
	for n := len(findings); n > 0; n /= 2 {
		b, _ := json.Marshal(findings[:n]) // strings and numbers cannot fail
		if len(b) <= maxFindings {
			return string(b)
		}
	}
	return ""
}

func fromFileItem(i *fileItem) core.FileRecord {
	r := core.FileRecord{
		Processed: i.Processed, Failure: parseFailure(i.Failure), Started: parseStamp(i.Started), Again: i.Again,
		Updated: parseStamp(i.Timestamp), Lease: core.Lease{Owner: i.LeaseOwner, Until: parseStamp(i.LeaseUntil)}, Version: i.Version,
	}
	_ = json.Unmarshal([]byte(i.Findings), &r.Findings) // none if it is not ours
	return r
}

// fileRow is where and how the record of an object stands. The handler of account
// files may write only to the accounts' table, so what is theirs stands there.
func fileRow(name string) (row[core.FileRecord, fileItem], key) {
	table, attribute := core.RolesTable, "Role"
	if strings.HasPrefix(name, "account") {
		table, attribute = core.AccountsTable, "AccountId"
	}
	fromItem := func(i *fileItem) core.FileRecord {
		r := fromFileItem(i)
		r.Key = name
		return r
	}
	return row[core.FileRecord, fileItem]{table: table, what: "file", toItem: toFileItem, fromItem: fromItem}, key{attribute: text(name)}
}

// File implements core.Files.
func (t *Tables) File(ctx context.Context, name string) (core.FileRecord, error) {
	r, k := fileRow(name)
	return r.mustGet(ctx, t.db, k, name)
}

// UpdateFile implements core.Files.
func (t *Tables) UpdateFile(ctx context.Context, name string, change core.Change[core.FileRecord]) (core.FileRecord, error) {
	r, k := fileRow(name)
	return r.update(ctx, t.db, k, name, core.FileRecord{Key: name}, func(r *core.FileRecord) *int64 { return &r.Version }, change)
}
