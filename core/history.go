package core

import "time"

// StatusChange is one entry of a record's history: what the status became, and when.
type StatusChange struct {
	Status string    `json:"status"`
	At     time.Time `json:"at"`             // UTC, to the millisecond
	Code   string    `json:"code,omitempty"` // of the failure that came with it, see Failure.Code
}

// MaxHistory is how many changes a record remembers.
const MaxHistory = 10

// remember is a history, newest last, after a record went from one state to another. A
// state is new if its status or its failure's code is; a status that is not set is none.
// A record that is older than its history begins it with what it was. The given history
// is not changed.
func remember(history []StatusChange, was, now StatusChange) []StatusChange {
	if len(history) == 0 && was.Status != "" {
		history = []StatusChange{was}
	}
	if now.Status != "" && (len(history) == 0 || !history[len(history)-1].same(now)) {
		history = append(history[:len(history):len(history)], now)
	}
	return history[max(0, len(history)-MaxHistory):]
}

func (c StatusChange) same(other StatusChange) bool {
	return c.Status == other.Status && c.Code == other.Code
}

// change describes a state; a failure may be newer than the record's last change.
func change(status string, at time.Time, f *Failure) StatusChange {
	c := StatusChange{Status: status, At: at}
	if f != nil {
		c.Code = f.Code
		if f.At.After(at) {
			c.At = f.At
		}
	}
	c.At = c.At.UTC().Truncate(time.Millisecond)
	return c
}

// Remember sets the history of a record that is about to be written from what it was
// when it was read. Whoever implements Accounts calls it for every write, so that no
// history depends on who changed the record. A registration that was refused changes
// no status and is not in it.
func (r *AccountRecord) Remember(before *AccountRecord) {
	r.History = remember(before.History, before.change(), r.change())
}

func (r *AccountRecord) change() StatusChange { return change(string(r.Status), r.Updated, nil) }

// Remember is AccountRecord.Remember for roles: the failure is that of the master
// account's role.
func (r *RoleRecord) Remember(before *RoleRecord) {
	r.History = remember(before.History, before.change(), r.change())
}

func (r *RoleRecord) change() StatusChange { return change(string(r.Status), r.Updated, r.Failure) }

// Remember is AccountRecord.Remember for assignments.
func (r *AssignmentRecord) Remember(before *AssignmentRecord) {
	r.History = remember(before.History, before.change(), r.change())
}

func (r *AssignmentRecord) change() StatusChange {
	return change(string(r.Status), r.Updated, r.Failure)
}
