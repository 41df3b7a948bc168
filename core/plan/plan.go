package plan

import (
	"github.com/cross-account-manager/cam/core"
)

// Action is what happens to a thing.
type Action string

// The actions of a change.
const (
	Add    Action = "add"
	Update Action = "update"
	Remove Action = "remove"
)

// Kind is what a change is about.
type Kind string

// The kinds, in the order a plan lists them.
const (
	KindAccount    Kind = "account"
	KindRole       Kind = "role"
	KindPolicy     Kind = "policy"
	KindAssignment Kind = "assignment"
)

// Plan is everything a push would do. Changes are sorted by kind, then ID; assignments
// come last, by role, then account. Orphans are entries that are recorded but that no
// file lists any more, and that stay; RemoveOrphans turns them into removals.
type Plan struct {
	Changes []Change `json:"changes"`
	Orphans []Orphan `json:"orphans"`
	Summary Summary  `json:"summary"`
	Hash    string   `json:"hash"` // hex SHA-256 over changes and orphans: equal for equal plans only
}

// Empty reports whether a push would change nothing.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// Change is one change. ID is an account's ID, a role's name, a policy's file name, or
// for an assignment "Role/AccountID".
type Change struct {
	Action  Action         `json:"action"`
	Kind    Kind           `json:"kind"`
	ID      string         `json:"id"`
	Role    core.RoleName  `json:"role,omitempty"`
	Account core.AccountID `json:"account_id,omitempty"`
	Source  string         `json:"file,omitempty"`    // file that says so
	Fields  []Field        `json:"fields,omitempty"`  // what differs, for updates
	Roles   []string       `json:"roles,omitempty"`   // for a policy: the roles that name it, in files, or before its removal; sorted
	Waiting bool           `json:"waiting,omitempty"` // takes effect when the account registers
	Orphan  bool           `json:"orphan,omitempty"`  // removed because no file lists it any more
}

// Field is one difference. Values are as files write them.
type Field struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Orphan is a recorded account or role that no file lists, and that stays.
type Orphan struct {
	Kind   Kind   `json:"kind"`
	ID     string `json:"id"`
	Source string `json:"file"` // file that listed it; empty when none of this configuration did
}

// Summary counts changes.
type Summary struct {
	Accounts    Counts `json:"accounts"`
	Roles       Counts `json:"roles"`
	Policies    Counts `json:"policies"`
	Assignments Counts `json:"assignments"`
	Orphans     int    `json:"orphans"`
}

// Counts counts the changes of one kind.
type Counts struct {
	Add    int `json:"add"`
	Update int `json:"update"`
	Remove int `json:"remove"`
}

func (c *Counts) count(a Action) {
	switch a {
	case Add:
		c.Add++
	case Update:
		c.Update++
	case Remove:
		c.Remove++
	}
}

// Total is the number of changes.
func (c Counts) Total() int { return c.Add + c.Update + c.Remove }

func (s *Summary) of(k Kind) *Counts {
	switch k {
	case KindAccount:
		return &s.Accounts
	case KindRole:
		return &s.Roles
	case KindPolicy:
		return &s.Policies
	default:
		return &s.Assignments
	}
}
