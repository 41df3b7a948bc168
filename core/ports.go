package core

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Change edits a record that was just read. It gets a record with only its key set
// where there is none yet, may be called again after a lost race, and therefore
// changes nothing but the record. ErrUnchanged skips the write.
type Change[T any] func(*T) error

// ErrUnchanged is returned by a Change that has nothing to write.
var ErrUnchanged = errors.New("unchanged")

// Accounts, Roles, Assignments and Files are the recorded state. Reads by key are
// strongly consistent; lists may lag a little. An Update writes only if the record is
// still what the Change was given, reads again and repeats otherwise, and returns the
// record as it then is. What a Change does to a record's History is void: an Update keeps
// it by the record's Remember. All methods are safe for concurrent use; a missing record
// is CodeNotFound.
type Accounts interface {
	Account(ctx context.Context, id AccountID) (AccountRecord, error)
	UpdateAccount(ctx context.Context, id AccountID, change Change[AccountRecord]) (AccountRecord, error)
	ListAccounts(ctx context.Context, statuses ...AccountStatus) iter.Seq2[AccountRecord, error]
}

// Roles is the recorded state of roles; see Accounts.
type Roles interface {
	Role(ctx context.Context, name RoleName) (RoleRecord, error)
	UpdateRole(ctx context.Context, name RoleName, change Change[RoleRecord]) (RoleRecord, error)
	ListRoles(ctx context.Context, statuses ...RoleStatus) iter.Seq2[RoleRecord, error]
}

// Assignments is the recorded state of assignments; see Accounts.
type Assignments interface {
	Assignment(ctx context.Context, p Pair) (AssignmentRecord, error)
	UpdateAssignment(ctx context.Context, p Pair, change Change[AssignmentRecord]) (AssignmentRecord, error)
	AssignmentLists
}

// AssignmentLists finds assignments. OfRole is strongly consistent.
type AssignmentLists interface {
	AssignmentsOfRole(ctx context.Context, role RoleName) iter.Seq2[AssignmentRecord, error]
	AssignmentsOfAccount(ctx context.Context, id AccountID) iter.Seq2[AssignmentRecord, error]
	// OpenAssignments are those with work left: pending, deleting, failed.
	OpenAssignments(ctx context.Context, statuses ...AssignmentStatus) iter.Seq2[AssignmentRecord, error]
}

// Files remembers how far configuration objects were processed; see Accounts.
type Files interface {
	File(ctx context.Context, key string) (FileRecord, error)
	UpdateFile(ctx context.Context, key string, change Change[FileRecord]) (FileRecord, error)
}

// Objects is a bucket. Writes to the configuration bucket are encrypted with its key.
type Objects interface {
	Object(ctx context.Context, key string) (Object, error) // CodeNotFound where there is none
	ListObjects(ctx context.Context, prefix string) iter.Seq2[Object, error]
	PutObject(ctx context.Context, o Object) (version string, err error)
}

// Object is an object with its content; lists leave Body and Metadata out.
type Object struct {
	Key          string
	Body         []byte
	ContentType  string
	CacheControl string            // header of the same name, for who reads the object in a browser
	Metadata     map[string]string // user metadata, keys in lower case without x-amz-meta-
	ETag         string
	Version      string
	Modified     time.Time
}

// Topic names one of the installation's topics.
type Topic string

// Publisher sends events to a topic, in batches, all or an error.
type Publisher interface {
	Publish(ctx context.Context, topic Topic, events ...Event) error
}

// Event is the body of an SNS message. It is a hint: who gets it reads the state
// again. Only a Proof is believed.
type Event struct {
	Action  Action    `json:"Action"`
	Account AccountID `json:"SubAccountId,omitempty"`
	Role    RoleName  `json:"Role,omitempty"`
	Proof   *Proof    `json:"Proof,omitempty"`
	Reason  string    `json:"Reason,omitempty"` // why it was sent; ReasonRegistration needs a proof
	At      time.Time `json:"At,omitzero"`      // when what it tells of happened
}

// Action is what an event is about.
type Action string

// The actions of an event.
const (
	ActionAdd    Action = "ADD"
	ActionRemove Action = "REMOVE"
)

// ReasonRegistration marks an account's own announcement; it counts only with a proof.
// ReasonProbe asks whether an account can still be entered.
const (
	ReasonRegistration = "registration"
	ReasonProbe        = "probe"
)

// Proof is a presigned sts:GetCallerIdentity request that only principals of the
// claimed account can have made: the query string of the request, signed together
// with headers that name the topic, the action and the exact time. Host, topic and
// action are not part of it; whoever verifies sends it to its own STS endpoint with its
// own values, so a proof for another topic or action does not verify.
type Proof struct {
	Query string    `json:"Query"`
	At    time.Time `json:"At"` // when it was made; the query's own date tells seconds only
}

// Identity is what STS says of a principal.
type Identity struct {
	Account AccountID
	ARN     string
	UserID  string
}

// Verifier asks STS who made a proof, and when. A proof that does not hold is
// CodeDenied with a sentence that says why.
type Verifier interface {
	Verify(ctx context.Context, p Proof, action Action) (AccountID, time.Time, error)
}

// RoleAdmin changes the IAM roles of one account. PutRole creates the role or
// changes it in place, with no more writes than the difference needs.
type RoleAdmin interface {
	Role(ctx context.Context, iamName string) (IAMRole, error)
	PutRole(ctx context.Context, want IAMRole) error
	DeleteRole(ctx context.Context, iamName string) error // nil where there is none
	ListRoles(ctx context.Context, prefix string) iter.Seq2[IAMRole, error]
}

// Entrance opens a sub-account: it takes the account's admin role, and may keep the
// session for the next time. Forget drops it: a role that was made anew voids it.
type Entrance interface {
	Enter(ctx context.Context, id AccountID) (RoleAdmin, error)
	Forget(id AccountID)
}

// TopicGate says which accounts may publish registrations.
type TopicGate interface {
	Permit(ctx context.Context, accounts []AccountID) error
}

// IAMRole is a role as IAM has it, or should.
type IAMRole struct {
	Name                string            `json:"name"`
	Description         string            `json:"description,omitempty"`
	Trust               string            `json:"trust"` // JSON document
	MaxSessionDuration  time.Duration     `json:"max_session_duration,omitempty"`
	PermissionsBoundary string            `json:"permissions_boundary,omitempty"`
	Tags                map[string]string `json:"tags,omitempty"`
	InlineName          string            `json:"inline_name,omitempty"`
	Inline              string            `json:"inline,omitempty"` // JSON document; empty for none
	ManagedPolicies     []string          `json:"managed_policies,omitempty"`
	Strays              []string          `json:"strays,omitempty"` // other inline policies, which nobody asked for
}

// ManagedTag marks the roles that the engine made, so that cleaning up touches no other.
const ManagedTag = "CrossAccountManager"
