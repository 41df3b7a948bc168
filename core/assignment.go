package core

import "time"

// Pair names an assignment: one role in one account.
type Pair struct {
	Role    RoleName  `json:"role"`
	Account AccountID `json:"account_id"`
}

// AssignmentStatus is where an assignment stands.
type AssignmentStatus string

// pending -> active | failed; deleting -> deleted | failed.
const (
	AssignmentPending  AssignmentStatus = "pending"
	AssignmentActive   AssignmentStatus = "active"
	AssignmentFailed   AssignmentStatus = "failed"
	AssignmentDeleting AssignmentStatus = "deleting"
	AssignmentDeleted  AssignmentStatus = "deleted"
)

// Settled reports whether nothing is under way.
func (s AssignmentStatus) Settled() bool {
	return s == AssignmentActive || s == AssignmentFailed || s == AssignmentDeleted
}

// AssignmentRecord is an assignment as DynamoDB remembers it. It repeats what a
// user's list shows of the account, so that a role's holder needs to read no other row.
type AssignmentRecord struct {
	Pair
	Of       Account          `json:"-"` // ID, name, email and groups of the account at the last change
	Status   AssignmentStatus `json:"status"`
	Removing bool             `json:"-"` // the desired state is absence, also while failed
	Digest   string           `json:"-"` // the role's digest that IAM last got; empty when IAM has none
	Tried    string           `json:"-"` // the role's digest of the last attempt; empty for a removal
	Waiting  bool             `json:"-"` // nothing can be done before the account registers
	Failure  *Failure         `json:"error,omitempty"`
	Attempts int              `json:"-"`
	Updated  time.Time        `json:"updated_at,omitzero"`
	Lease    Lease            `json:"-"`
	History  []StatusChange   `json:"-"` // kept by whoever writes the record, see Remember
	Version  int64            `json:"-"`
}

// Lease gives one writer at a time the right to change what a record describes.
type Lease struct {
	Owner string
	Until time.Time
}

// HeldAt reports whether somebody holds the lease.
func (l Lease) HeldAt(now time.Time) bool { return l.Owner != "" && now.Before(l.Until) }
