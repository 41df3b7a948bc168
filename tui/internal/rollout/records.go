package rollout

import (
	"math"
	"time"
	"unique"

	"github.com/cross-account-manager/cam/core"
)

// Account is what the board keeps of a core.AccountRecord. Its groups and its failure
// are shared and must not be changed.
type Account struct {
	ID         core.AccountID
	Name       string
	Email      string
	Groups     []string
	Status     core.AccountStatus // empty until the account's own record has been read
	Source     string
	Registered time.Time
	Departed   time.Time
	Refused    *core.Failure
	Updated    time.Time
}

// Role is what the board keeps of a core.RoleRecord. Its policies and its failure are
// shared and must not be changed.
type Role struct {
	Name            core.RoleName
	Status          core.RoleStatus // empty until the role's own record has been read
	Description     string
	Policy          string
	ManagedPolicies []string
	Source          string
	Failure         *core.Failure
	Updated         time.Time
}

// Cell is what the board keeps of a core.AssignmentRecord. Its times, also the
// failure's, are in whole seconds, UTC.
type Cell struct {
	Status   core.AssignmentStatus // empty for one that core does not know
	Exists   bool                  // there is a record, if only of a deleted assignment
	Waiting  bool
	Removing bool
	Attempts int
	Updated  time.Time
	Failure  *core.Failure
}

// cell is a Cell in twelve bytes. The zero value is one without a record.
type cell struct {
	updated  uint32 // Unix seconds
	version  uint32
	attempts uint16
	state    state
	marks    uint8
}

// Marks of a cell.
const (
	markListed uint8 = 1 << iota // named since the list of its role began
	markFailed                   // the board has a failure for it
)

// state is an assignment's status and flags: everything that is counted and filtered.
type state uint8

// The low three bits are an index of statuses; zero is no record.
const (
	statusBits   state = 7
	flagWaiting  state = 8
	flagRemoving state = 16
	states             = 32 // how many there are
)

// The statuses by their index. The last stands for all that core does not know.
const (
	statusNone state = iota
	statusPending
	statusActive
	statusFailed
	statusDeleting
	statusDeleted
	statusOther
)

func statusOf(s core.AssignmentStatus) state {
	switch s {
	case core.AssignmentPending:
		return statusPending
	case core.AssignmentActive:
		return statusActive
	case core.AssignmentFailed:
		return statusFailed
	case core.AssignmentDeleting:
		return statusDeleting
	case core.AssignmentDeleted:
		return statusDeleted
	default:
		return statusOther
	}
}

func stateOf(r *core.AssignmentRecord) state {
	s := statusOf(r.Status)
	if r.Waiting {
		s |= flagWaiting
	}
	if r.Removing {
		s |= flagRemoving
	}
	return s
}

func (s state) exists() bool  { return s&statusBits != statusNone }
func (s state) deleted() bool { return s&statusBits == statusDeleted }

func (s state) status() core.AssignmentStatus {
	switch s & statusBits {
	case statusPending:
		return core.AssignmentPending
	case statusActive:
		return core.AssignmentActive
	case statusFailed:
		return core.AssignmentFailed
	case statusDeleting:
		return core.AssignmentDeleting
	case statusDeleted:
		return core.AssignmentDeleted
	default:
		return ""
	}
}

// words are what a filter finds of a state.
func (s state) words() []string {
	var words []string
	if status := s.status(); status != "" {
		words = append(words, string(status))
	}
	if s&flagWaiting != 0 {
		words = append(words, "waiting")
	}
	if s&flagRemoving != 0 {
		words = append(words, "removing")
	}
	return words
}

// urgency is how much a state asks for attention.
type urgency uint8

// The urgencies, the most urgent first.
const (
	urgentFailed   urgency = iota
	urgentUnderWay         // somebody is at it
	urgentWaiting          // for an account that has not registered
	urgentNot
	urgencies // how many there are
)

func (s state) urgency() urgency {
	switch status := s & statusBits; {
	case status == statusFailed:
		return urgentFailed
	case status != statusPending && status != statusDeleting:
		return urgentNot
	case s&flagWaiting != 0:
		return urgentWaiting
	default:
		return urgentUnderWay
	}
}

// Counts says how many assignments there are. The statuses exclude each other; the
// last three count some of them again.
type Counts struct {
	Pending, Active, Failed, Deleting, Deleted int

	Other    int // in a status that core does not know
	UnderWay int // pending or deleting, and not waiting
	Waiting  int // for their account to register
	Removing int // to be removed, also while failed or when done
}

// All counts the assignments that are not deleted.
func (c Counts) All() int { return c.Pending + c.Active + c.Failed + c.Deleting + c.Other }

// tally counts cells by state.
type tally [states]int32

func (t *tally) counts() Counts {
	var by [statusBits + 1]int
	var c Counts
	for i, n := range t {
		s, n := state(i), int(n)
		by[s&statusBits] += n
		if s.urgency() == urgentUnderWay {
			c.UnderWay += n
		}
		if s&flagWaiting != 0 {
			c.Waiting += n
		}
		if s&flagRemoving != 0 {
			c.Removing += n
		}
	}
	c.Pending, c.Active, c.Failed = by[statusPending], by[statusActive], by[statusFailed]
	c.Deleting, c.Deleted, c.Other = by[statusDeleting], by[statusDeleted], by[statusOther]
	return c
}

// failure is a core.Failure that shares its texts with all others: what goes wrong,
// goes wrong in many accounts.
type failure struct {
	code, message unique.Handle[string]
	attempts      int32
	at            uint32 // Unix seconds
}

func failureOf(f *core.Failure) failure {
	return failure{
		code: unique.Make(f.Code), message: unique.Make(f.Message),
		attempts: int32(min(max(f.Attempts, 0), math.MaxInt32)), at: seconds(f.At),
	}
}

func (f failure) core() *core.Failure {
	return &core.Failure{Code: f.code.Value(), Message: f.message.Value(), Attempts: int(f.attempts), At: moment(f.at)}
}

// seconds is a time in Unix seconds; zero for the zero time and for what is out of
// range, which ends in 2106.
func seconds(t time.Time) uint32 {
	if s := t.Unix(); s > 0 && s <= math.MaxUint32 {
		return uint32(s)
	}
	return 0
}

func moment(seconds uint32) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
