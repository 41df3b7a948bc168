package organisation

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

var start = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func newKit() *ui.Kit {
	return &ui.Kit{Theme: ui.NewTheme(true), Now: func() time.Time { return start }}
}

// world is the outside of a screen.
type world struct {
	accounts map[core.AccountID]core.AccountRecord
	roles    map[core.RoleName]core.RoleRecord
	err      error
	iam      core.IAMRole
	iamErr   error
	askedIAM []string
}

func (w *world) Account(_ context.Context, id core.AccountID) (core.AccountRecord, error) {
	return w.accounts[id], w.err
}

func (w *world) Role(_ context.Context, name core.RoleName) (core.RoleRecord, error) {
	return w.roles[name], w.err
}

// iam is the world as its IAM.
type iam struct{ *world }

func (w iam) Role(_ context.Context, name string) (core.IAMRole, error) {
	w.askedIAM = append(w.askedIAM, name)
	return w.iam, w.iamErr
}

func idOf(i int) core.AccountID { return core.AccountID(fmt.Sprintf("%012d", 100_000_000_000+i*7)) }

// account makes a record: why one is pending depends on its index only.
func account(i int) core.AccountRecord {
	r := core.AccountRecord{
		Account: core.Account{
			ID: idOf(i), Name: []string{"payments", "search", "billing", "data-lake"}[i%4] + "-" + fmt.Sprint(i),
			Email: fmt.Sprintf("team%d@example.com", i), Groups: []string{"pci", "production"},
		},
		Source: "account/all.yaml", Registered: start.Add(-time.Duration(i+1) * time.Hour), Updated: start.Add(-time.Hour), Version: 1,
	}
	switch i % 9 {
	case 2:
		r.Registered = time.Time{}
	case 4:
		r.Registered = time.Time{}
		r.Refused = &core.Failure{Code: "denied", Message: "the proof was signed for another topic", Attempts: 2, At: start.Add(-time.Minute)}
	case 6:
		r.Source = ""
	case 8:
		r.Registered, r.Departed = time.Time{}, start.Add(-24*time.Hour)
	}
	r.Settle()
	return r
}

func role(name core.RoleName) core.RoleRecord {
	return core.RoleRecord{
		Role: core.Role{
			Name: name, Policy: string(name) + ".json", Groups: []string{"production"}, Description: "for those on call",
			ManagedPolicies: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, Trust: core.Trust{DirectoryService: true},
			Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`,
		},
		Status: core.RoleActive, Source: "role/all.yaml", Updated: start.Add(-time.Hour), Version: 1,
		History: []core.StatusChange{{Status: "active", At: start.Add(-time.Hour)}},
	}
}

func roleNames() []core.RoleName { return []core.RoleName{"Audit", "Billing", "DevOps", "ReadOnly"} }

// filled is a board of so many accounts and all roles.
func filled(accounts int) *rollout.Board {
	b := &rollout.Board{}
	var batch rollout.Batch
	for i := range accounts {
		batch.Accounts = append(batch.Accounts, account(i))
	}
	for n, name := range roleNames() {
		r := role(name)
		if n == 1 {
			r.Failure = &core.Failure{Code: "LimitExceeded", Message: "Cannot exceed quota for RolesPerAccount: 1000", At: start}
		}
		batch.Roles = append(batch.Roles, r)
		for i := range accounts {
			batch.Assignments = append(batch.Assignments, assignment(i, name, (i+n)%7))
		}
	}
	b.Apply(batch)
	return b
}

func assignment(i int, name core.RoleName, n int) core.AssignmentRecord {
	r := core.AssignmentRecord{Pair: core.Pair{Role: name, Account: idOf(i)}, Status: core.AssignmentActive, Updated: start.Add(-time.Hour), Version: 1}
	switch n {
	case 3:
		r.Status, r.Failure = core.AssignmentFailed, &core.Failure{Code: "AccessDenied", Message: "explicit deny", Attempts: 1, At: start}
	case 5:
		r.Status, r.Waiting = core.AssignmentPending, true
	}
	return r
}

func newScreen(t testing.TB, b *rollout.Board, w *world) *Screen {
	t.Helper()
	s := New(t.Context(), Options{
		Kit: newKit(), Board: b, State: w, Roles: iam{w},
		Invites: func(id core.AccountID) (core.Invitation, bool) {
			return core.Invitation{Account: id, Master: "999988887777", Region: "eu-west-1", TemplateURL: "https://bucket.s3.eu-west-1.amazonaws.com/sub-account.yaml"}, true
		},
	})
	s.Refresh(rollout.Health{LastGood: start}, true)
	return s
}

// opened runs a command that opens a dialog. The other messages are given to whoever
// calls later.
func opened(t *testing.T, cmd tea.Cmd) (ui.Dialog, []tea.Msg) {
	t.Helper()
	var d ui.Dialog
	var rest []tea.Msg
	for _, c := range cmd().(tea.BatchMsg) {
		switch msg := c().(type) {
		case ui.Open:
			d = msg.Dialog
		default:
			rest = append(rest, msg)
		}
	}
	if d == nil {
		t.Fatal("no dialog was opened")
	}
	return d, rest
}

func text(d ui.Dialog) string {
	return ansi.Strip(strings.Join(d.Lines(ui.NewTheme(true), 100, 1000), "\n"))
}
