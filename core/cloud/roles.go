package cloud

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/cross-account-manager/cam/core"
)

// roleItem is a role as the table holds it. Policy and AccountGroup are the retired
// solution's attributes; Definition is the whole role, as JSON.
type roleItem struct {
	Role         string `dynamodbav:"Role"`
	Policy       string `dynamodbav:"Policy,omitempty"`
	AccountGroup string `dynamodbav:"AccountGroup,omitempty"`
	Definition   string `dynamodbav:"Definition,omitempty"`
	Status       string `dynamodbav:"Status,omitempty"`
	Timestamp    string `dynamodbav:"Timestamp,omitempty"`
	Digest       string `dynamodbav:"Digest,omitempty"`
	Source       string `dynamodbav:"Source,omitempty"`
	AccessDigest string `dynamodbav:"AccessDigest,omitempty"`
	Wildcard     bool   `dynamodbav:"AccessWildcard,omitempty"`
	Failure      string `dynamodbav:"Error,omitempty"` // JSON
	Dirty        bool   `dynamodbav:"Dirty,omitempty"`
	LeaseOwner   string `dynamodbav:"LeaseOwner,omitempty"`
	LeaseUntil   string `dynamodbav:"LeaseUntil,omitempty"`
	Version      int64  `dynamodbav:"Version,omitempty"`
}

var roleRow = row[core.RoleRecord, roleItem]{
	table: core.RolesTable, what: "role",
	toItem: func(r *core.RoleRecord) roleItem {
		definition, _ := json.Marshal(r.Role) // plain data cannot fail
		return roleItem{
			Role: string(r.Name), Policy: r.Policy, AccountGroup: joinGroups(r.Groups), Definition: string(definition),
			Status: string(r.Status), Timestamp: stamp(r.Updated), Digest: r.Digest, Source: r.Source,
			AccessDigest: r.Access.Digest, Wildcard: r.Access.Wildcard, Failure: failureText(r.Failure), Dirty: r.Dirty,
			LeaseOwner: r.Lease.Owner, LeaseUntil: stamp(r.Lease.Until), Version: r.Version,
		}
	},
	fromItem: func(i *roleItem) core.RoleRecord {
		r := core.RoleRecord{
			Status: core.RoleStatus(i.Status), Updated: parseStamp(i.Timestamp), Digest: i.Digest, Source: i.Source,
			Access: core.Access{Digest: i.AccessDigest, Wildcard: i.Wildcard}, Failure: parseFailure(i.Failure), Dirty: i.Dirty,
			Lease: core.Lease{Owner: i.LeaseOwner, Until: parseStamp(i.LeaseUntil)}, Version: i.Version,
		}
		if json.Unmarshal([]byte(i.Definition), &r.Role) != nil { // written by the retired solution
			r.Role = core.Role{Policy: i.Policy, Groups: splitGroups(i.AccountGroup)}
		}
		r.Name = core.RoleName(i.Role)
		return r
	},
}

func roleKey(name core.RoleName) key { return key{"Role": text(string(name))} }

// Role implements core.Roles.
func (t *Tables) Role(ctx context.Context, name core.RoleName) (core.RoleRecord, error) {
	return roleRow.mustGet(ctx, t.db, roleKey(name), string(name))
}

// UpdateRole implements core.Roles.
func (t *Tables) UpdateRole(ctx context.Context, name core.RoleName, change core.Change[core.RoleRecord]) (core.RoleRecord, error) {
	fresh := core.RoleRecord{Role: core.Role{Name: name}}
	return roleRow.update(ctx, t.db, roleKey(name), string(name), fresh, func(r *core.RoleRecord) *int64 { return &r.Version }, change)
}

// ListRoles implements core.Roles.
func (t *Tables) ListRoles(ctx context.Context, statuses ...core.RoleStatus) iter.Seq2[core.RoleRecord, error] {
	if len(statuses) == 0 {
		statuses = []core.RoleStatus{core.RoleActive, core.RoleDeleted}
	}
	var seqs []iter.Seq2[core.RoleRecord, error]
	for _, s := range statuses {
		seqs = append(seqs, roleRow.query(ctx, t.db, byKey(statusIndex, "Status", string(s))))
	}
	return concat(seqs...)
}

// fileItem is the record of an object: a configuration file or a links page. It
// stands in the table of what the file describes, under the object's key, which is
// neither an account ID nor a role's name.
type fileItem struct {
	AccountID  string `dynamodbav:"AccountId,omitempty"`
	Role       string `dynamodbav:"Role,omitempty"`
	Processed  string `dynamodbav:"Processed,omitempty"`
	Findings   string `dynamodbav:"Findings,omitempty"` // JSON
	Started    string `dynamodbav:"StartedAt,omitempty"`
	Again      bool   `dynamodbav:"Again,omitempty"`
	Timestamp  string `dynamodbav:"Timestamp,omitempty"`
	LeaseOwner string `dynamodbav:"LeaseOwner,omitempty"`
	LeaseUntil string `dynamodbav:"LeaseUntil,omitempty"`
	Version    int64  `dynamodbav:"Version,omitempty"`
}

// maxFindings bounds what a file's record repeats of its findings: an item holds 400 KB.
const maxFindings = 100

func fileRow(name string) (row[core.FileRecord, fileItem], key) {
	r := row[core.FileRecord, fileItem]{
		table: core.RolesTable, what: "file",
		toItem: func(r *core.FileRecord) fileItem {
			i := fileItem{
				Role: r.Key, Processed: r.Processed, Started: stamp(r.Started), Again: r.Again,
				Timestamp: stamp(r.Updated), LeaseOwner: r.Lease.Owner, LeaseUntil: stamp(r.Lease.Until), Version: r.Version,
			}
			if n := min(len(r.Findings), maxFindings); n > 0 {
				b, _ := json.Marshal(r.Findings[:n])
				i.Findings = string(b)
			}
			return i
		},
		fromItem: func(i *fileItem) core.FileRecord {
			r := core.FileRecord{
				Key: i.Role, Processed: i.Processed, Started: parseStamp(i.Started), Again: i.Again,
				Updated: parseStamp(i.Timestamp), Lease: core.Lease{Owner: i.LeaseOwner, Until: parseStamp(i.LeaseUntil)}, Version: i.Version,
			}
			_ = json.Unmarshal([]byte(i.Findings), &r.Findings)
			return r
		},
	}
	if !isAccountFile(name) {
		return r, key{"Role": text(name)}
	}
	toItem, fromItem := r.toItem, r.fromItem
	r.table = core.AccountsTable
	r.toItem = func(r *core.FileRecord) fileItem {
		i := toItem(r)
		i.AccountID, i.Role = i.Role, ""
		return i
	}
	r.fromItem = func(i *fileItem) core.FileRecord {
		i.Role = i.AccountID
		return fromItem(i)
	}
	return r, key{"AccountId": text(name)}
}

// isAccountFile reports whether a file's record stands in the accounts' table.
func isAccountFile(name string) bool { return len(name) > 7 && name[:7] == "account" }

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
