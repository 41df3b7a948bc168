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
	History      string `dynamodbav:"History,omitempty"` // JSON
	Version      int64  `dynamodbav:"Version,omitempty"`
}

var roleRow = row[core.RoleRecord, roleItem]{
	table: core.RolesTable, what: "role", remember: (*core.RoleRecord).Remember,
	toItem: func(r *core.RoleRecord) roleItem {
		definition, _ := json.Marshal(r.Role) // plain data cannot fail
		return roleItem{
			Role: string(r.Name), Policy: r.Policy, AccountGroup: joinGroups(r.Groups), Definition: string(definition),
			Status: string(r.Status), Timestamp: stamp(r.Updated), Digest: r.Digest, Source: r.Source,
			AccessDigest: r.Access.Digest, Wildcard: r.Access.Wildcard, Failure: failureText(r.Failure), Dirty: r.Dirty,
			LeaseOwner: r.Lease.Owner, LeaseUntil: stamp(r.Lease.Until), History: historyText(r.History), Version: r.Version,
		}
	},
	fromItem: func(i *roleItem) core.RoleRecord {
		r := core.RoleRecord{
			Status: core.RoleStatus(i.Status), Updated: parseStamp(i.Timestamp), Digest: i.Digest, Source: i.Source,
			Access: core.Access{Digest: i.AccessDigest, Wildcard: i.Wildcard}, Failure: parseFailure(i.Failure), Dirty: i.Dirty,
			Lease: core.Lease{Owner: i.LeaseOwner, Until: parseStamp(i.LeaseUntil)}, History: parseHistory(i.History), Version: i.Version,
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
