package broker

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
)

const (
	master   core.AccountID = "111111111111"
	payments core.AccountID = "222222222222"
	billing  core.AccountID = "333333333333"

	fakeSecret = "sEcReTaccessKEY/+very=private"
	fakeToken  = "tOkEn//of+the=session"
)

var (
	now   = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	creds = core.Credentials{
		AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: core.NewSecret(fakeSecret), SessionToken: core.NewSecret(fakeToken),
		Expires: now.Add(time.Hour),
	}
)

// world is a small AWS behind the ports: who may take what, and the recorded state.
type world struct {
	mu       sync.Mutex
	identity core.Identity
	noone    error             // what Identity fails with
	may      map[string]bool   // "holder -> role ARN"
	refuse   *core.Error       // what a refused AssumeRole fails with
	calls    []string          // every AssumeRole: "holder -> role ARN as session for duration"
	holders  map[string]string // access key -> ARN of who holds it
	rows     []core.AssignmentRecord
	listErr  error
	accounts map[core.AccountID]core.AccountStatus
	names    map[string]core.AccountID
	roles    map[core.RoleName]core.RoleStatus
	blind    bool // nobody may look into the directory
	now      func() time.Time
	wait     chan struct{} // AssumeRole waits for it, if set
}

func denied() *core.Error {
	return &core.Error{Code: core.CodeDenied, Message: "not authorized", AWSCode: "AccessDenied"}
}

// newWorld: a session of DevOps, which reaches two accounts.
func newWorld() *world {
	w := &world{
		identity: core.Identity{Account: master, ARN: "arn:aws:sts::111111111111:assumed-role/CrossAccountManager-DevOps/alice", UserID: "AROAX:alice"},
		refuse:   denied(), holders: map[string]string{}, now: func() time.Time { return now },
		accounts: map[core.AccountID]core.AccountStatus{payments: core.AccountActive, billing: core.AccountActive},
		names:    map[string]core.AccountID{}, roles: map[core.RoleName]core.RoleStatus{"DevOps": core.RoleActive, "Billing": core.RoleActive},
	}
	w.rows = []core.AssignmentRecord{
		row("DevOps", "444444444444", "Zebra", core.AssignmentActive), row("DevOps", payments, "payments-prod", core.AssignmentActive),
		row("Billing", billing, "ledger", core.AssignmentActive),
	}
	w.allow(w.identity.ARN, payments, "DevOps")
	return w
}

func row(role core.RoleName, id core.AccountID, name string, status core.AssignmentStatus) core.AssignmentRecord {
	return core.AssignmentRecord{
		Pair: core.Pair{Role: role, Account: id}, Status: status,
		Of: core.Account{ID: id, Name: name, Email: strings.ToLower(name) + "@example.com", Groups: []string{"production"}},
	}
}

func (w *world) allow(holder string, account core.AccountID, role core.RoleName) {
	if w.may == nil {
		w.may = map[string]bool{}
	}
	w.may[holder+" -> "+core.RoleARN("aws", account, role.IAMName())] = true
}

// asUser makes the caller an IAM user who may take Billing.
func (w *world) asUser() {
	w.identity = core.Identity{Account: master, ARN: "arn:aws:iam::111111111111:user/finance/bob", UserID: "AIDAX"}
	w.allow(w.identity.ARN, master, "Billing")
	w.allow(core.RoleARN("aws", master, "CrossAccountManager-Billing"), billing, "Billing")
}

func (w *world) options() Options {
	return Options{
		Caller: w.session(""), Clock: func() time.Time { return w.now() },
		Open: func(c core.Credentials) Session {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.session(w.holders[c.AccessKeyID])
		},
	}
}

func (w *world) session(holder string) Session {
	a := actor{w, holder}
	return Session{STS: a, Assignments: a, Directory: a}
}

func (w *world) taken() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

type actor struct {
	*world
	holder string
}

func (a actor) Identity(context.Context) (core.Identity, error) { return a.identity, a.noone }

func (a actor) AssumeRole(ctx context.Context, arn, session string, d time.Duration) (core.Credentials, error) {
	a.mu.Lock()
	holder := a.holder
	if holder == "" {
		holder = a.identity.ARN
	}
	a.calls = append(a.calls, fmt.Sprintf("%s -> %s as %s for %s", holder, arn, session, d))
	n, ok, wait := len(a.calls), a.may[holder+" -> "+arn], a.wait
	key := fmt.Sprintf("ASIA%d", n)
	a.holders[key] = arn
	a.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return core.Credentials{}, ctx.Err()
		}
	}
	if !ok {
		return core.Credentials{}, a.refuse
	}
	c := creds
	c.AccessKeyID, c.Expires = key, a.now().Add(time.Hour)
	return c, nil
}

func (a actor) AssignmentsOfRole(_ context.Context, role core.RoleName) iter.Seq2[core.AssignmentRecord, error] {
	return func(yield func(core.AssignmentRecord, error) bool) {
		if a.listErr != nil {
			yield(core.AssignmentRecord{}, a.listErr)
			return
		}
		for _, r := range a.rows {
			if r.Role == role && !yield(r, nil) {
				return
			}
		}
	}
}

func (a actor) AccountStatus(_ context.Context, id core.AccountID) (core.AccountStatus, error) {
	s, ok := a.accounts[id]
	return s, a.look(ok)
}

func (a actor) AccountNamed(_ context.Context, name string) (core.AccountID, core.AccountStatus, error) {
	id, ok := a.names[name]
	return id, a.accounts[id], a.look(ok)
}

func (a actor) RoleStatus(_ context.Context, role core.RoleName) (core.RoleStatus, error) {
	s, ok := a.roles[role]
	return s, a.look(ok)
}

func (a actor) look(found bool) error {
	switch {
	case a.blind:
		return denied()
	case !found:
		return core.Errorf(core.CodeNotFound, "nothing there")
	default:
		return nil
	}
}

func wantCode(t *testing.T, err error, code core.Code, words ...string) {
	t.Helper()
	if core.CodeOf(err) != code {
		t.Fatalf("got code %q (%v), want %q", core.CodeOf(err), err, code)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the message %q lacks %q", err, word)
		}
	}
	for _, secret := range []string{fakeSecret, fakeToken} {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
			t.Errorf("the error holds a secret")
		}
	}
}
