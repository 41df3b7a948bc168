package cloud

import (
	"cmp"
	"context"
	"iter"

	"github.com/cross-account-manager/cam/core"
)

// assignmentItem is an assignment as the table holds it.
type assignmentItem struct {
	Role         string `dynamodbav:"Role"`
	AccountID    string `dynamodbav:"AccountId"`
	Name         string `dynamodbav:"Name,omitempty"`
	Email        string `dynamodbav:"Email,omitempty"`
	AccountGroup string `dynamodbav:"AccountGroup,omitempty"`
	Status       string `dynamodbav:"Status,omitempty"`
	// Open repeats the status while there is work left, and is absent otherwise:
	// its index then holds only what somebody has to look at.
	Open       string `dynamodbav:"Open,omitempty"`
	Timestamp  string `dynamodbav:"Timestamp,omitempty"`
	Removing   bool   `dynamodbav:"Removing,omitempty"`
	Waiting    bool   `dynamodbav:"Waiting,omitempty"`
	Digest     string `dynamodbav:"Digest,omitempty"`
	Tried      string `dynamodbav:"Tried,omitempty"`
	Failure    string `dynamodbav:"Error,omitempty"` // JSON
	Attempts   int    `dynamodbav:"Attempts,omitempty"`
	LeaseOwner string `dynamodbav:"LeaseOwner,omitempty"`
	LeaseUntil string `dynamodbav:"LeaseUntil,omitempty"`
	History    string `dynamodbav:"History,omitempty"` // JSON
	Version    int64  `dynamodbav:"Version,omitempty"`
}

var assignmentRow = row[core.AssignmentRecord, assignmentItem]{
	table: core.AssignmentsTable, what: "assignment", remember: (*core.AssignmentRecord).Remember,
	toItem: func(r *core.AssignmentRecord) assignmentItem {
		i := assignmentItem{
			Role: string(r.Role), AccountID: string(r.Account), Name: r.Of.Name, Email: r.Of.Email, AccountGroup: joinGroups(r.Of.Groups),
			Status: string(r.Status), Timestamp: stamp(r.Updated), Removing: r.Removing, Waiting: r.Waiting,
			Digest: r.Digest, Tried: r.Tried, Failure: failureText(r.Failure), Attempts: r.Attempts,
			LeaseOwner: r.Lease.Owner, LeaseUntil: stamp(r.Lease.Until), History: historyText(r.History), Version: r.Version,
		}
		switch r.Status {
		case core.AssignmentPending, core.AssignmentDeleting, core.AssignmentFailed:
			i.Open = i.Status
			i.Timestamp = cmp.Or(i.Timestamp, noStamp)
		}
		return i
	},
	fromItem: func(i *assignmentItem) core.AssignmentRecord {
		id := core.AccountID(i.AccountID)
		return core.AssignmentRecord{
			Pair:   core.Pair{Role: core.RoleName(i.Role), Account: id},
			Of:     core.Account{ID: id, Name: i.Name, Email: i.Email, Groups: splitGroups(i.AccountGroup)},
			Status: core.AssignmentStatus(i.Status), Updated: parseStamp(i.Timestamp), Removing: i.Removing, Waiting: i.Waiting,
			Digest: i.Digest, Tried: i.Tried, Failure: parseFailure(i.Failure), Attempts: i.Attempts,
			Lease: core.Lease{Owner: i.LeaseOwner, Until: parseStamp(i.LeaseUntil)}, History: parseHistory(i.History), Version: i.Version,
		}
	},
}

// noStamp is the zero time for an item that an index sorts by its timestamp: without
// any it would not be in the index.
const noStamp = "0001-01-01T00:00:00Z"

func pairKey(p core.Pair) key {
	return key{"Role": text(string(p.Role)), "AccountId": text(string(p.Account))}
}

func pairID(p core.Pair) string { return string(p.Role) + "/" + string(p.Account) }

// Assignment implements core.Assignments.
func (t *Tables) Assignment(ctx context.Context, p core.Pair) (core.AssignmentRecord, error) {
	return assignmentRow.mustGet(ctx, t.db, pairKey(p), pairID(p))
}

// UpdateAssignment implements core.Assignments.
func (t *Tables) UpdateAssignment(ctx context.Context, p core.Pair, change core.Change[core.AssignmentRecord]) (core.AssignmentRecord, error) {
	fresh := core.AssignmentRecord{Pair: p, Of: core.Account{ID: p.Account}}
	return assignmentRow.update(ctx, t.db, pairKey(p), pairID(p), fresh, func(r *core.AssignmentRecord) *int64 { return &r.Version }, change)
}

// AssignmentsOfRole implements core.AssignmentLists.
func (t *Tables) AssignmentsOfRole(ctx context.Context, role core.RoleName) iter.Seq2[core.AssignmentRecord, error] {
	return assignmentRow.query(ctx, t.db, byKey("", "Role", string(role)))
}

// AssignmentsOfAccount implements core.AssignmentLists.
func (t *Tables) AssignmentsOfAccount(ctx context.Context, id core.AccountID) iter.Seq2[core.AssignmentRecord, error] {
	return assignmentRow.query(ctx, t.db, byKey(accountIndex, "AccountId", string(id)))
}

// OpenAssignments implements core.AssignmentLists.
func (t *Tables) OpenAssignments(ctx context.Context, statuses ...core.AssignmentStatus) iter.Seq2[core.AssignmentRecord, error] {
	var seqs []iter.Seq2[core.AssignmentRecord, error]
	for _, s := range statuses {
		seqs = append(seqs, assignmentRow.query(ctx, t.db, byKey(openIndex, "Open", string(s))))
	}
	return concat(seqs...)
}
