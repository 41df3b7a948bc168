package core

import (
	"slices"
	"time"
)

// Account is a sub-account as a file describes it.
type Account struct {
	ID     AccountID         `json:"account_id"`
	Name   string            `json:"name,omitempty"`
	Email  string            `json:"email,omitempty"`
	Groups []string          `json:"groups,omitempty"` // sorted, without duplicates
	Tags   map[string]string `json:"tags,omitempty"`
}

// InGroup reports whether the account carries the label; every account is in "*".
func (a Account) InGroup(group string) bool {
	return group == AllAccounts || slices.Contains(a.Groups, group)
}

// AllAccounts is the account group that every account belongs to.
const AllAccounts = "*"

// AccountStatus is where an account stands.
type AccountStatus string

// An account is pending until both a file lists it and its registration is proven.
const (
	AccountPending AccountStatus = "pending"
	AccountActive  AccountStatus = "active"
	AccountDeleted AccountStatus = "deleted"
)

// AccountRecord is an account as DynamoDB remembers it.
type AccountRecord struct {
	Account
	Status     AccountStatus  `json:"status"`
	Source     string         `json:"source,omitempty"`    // object key of the file that lists it; empty when none does
	Removed    bool           `json:"-"`                   // a file listed it once and no longer does
	Registered time.Time      `json:"registered,omitzero"` // when the account last proved itself; zero when it has not, or has left
	Departed   time.Time      `json:"departed,omitzero"`   // when the account last proved that it left
	Proven     time.Time      `json:"-"`                   // when the newest accepted proof was signed
	Refused    *Failure       `json:"refused,omitempty"`   // the last registration that was not believed
	Dirty      bool           `json:"-"`                   // changed since its assignments were last looked at
	Updated    time.Time      `json:"updated_at,omitzero"` // last change of the record
	History    []StatusChange `json:"-"`                   // kept by whoever writes the record, see Remember
	Version    int64          `json:"-"`                   // counts writes; the condition of every write
}

// Settle derives the status from what is known: does a file list the account, has it
// registered, has it left. A registered account that no file lists any more is
// deleted; one that no file listed yet waits.
func (r *AccountRecord) Settle() {
	switch {
	case r.Listed() && r.IsRegistered():
		r.Status = AccountActive
	case r.Listed() && r.Departed.IsZero():
		r.Status = AccountPending
	case !r.Listed() && r.IsRegistered() && !r.Removed:
		r.Status = AccountPending
	default:
		r.Status = AccountDeleted
	}
}

// Listed reports whether a file lists the account.
func (r *AccountRecord) Listed() bool { return r.Source != "" }

// IsRegistered reports whether the account has proven itself and not left since.
func (r *AccountRecord) IsRegistered() bool { return !r.Registered.IsZero() }

// Wanted reports whether roles that select the account are to exist in it, once it
// has registered.
func (r *AccountRecord) Wanted() bool { return r.Listed() && r.Status != AccountDeleted }

// Failure says why something was not done.
type Failure struct {
	Code     string    `json:"code"`               // AWS's error code, or one of ours
	Message  string    `json:"message"`            // a sentence for a person
	Attempts int       `json:"attempts,omitempty"` // how often it was tried
	At       time.Time `json:"at"`
}
