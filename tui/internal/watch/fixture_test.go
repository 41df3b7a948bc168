package watch

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

var start = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func newKit() *ui.Kit {
	return &ui.Kit{Theme: ui.NewTheme(true), Now: func() time.Time { return start }}
}

// world is the outside of a screen: records, and what was asked for.
type world struct {
	mu      sync.Mutex
	records map[core.Pair]core.AssignmentRecord
	asked   [][]core.Pair
	err     error
}

func (w *world) Assignment(_ context.Context, p core.Pair) (core.AssignmentRecord, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, found := w.records[p]
	if !found {
		return r, core.Errorf(core.CodeNotFound, "there is no such record")
	}
	return r, w.err
}

func (w *world) Retry(_ context.Context, pairs []core.Pair) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, pairs)
	return w.err
}

func accountID(i int) core.AccountID {
	return core.AccountID(fmt.Sprintf("%012d", 100_000_000_000+i*7))
}

func accountName(i int) string {
	return []string{"payments", "search", "billing", "data-lake", "identity"}[i%5] + "-" + []string{"prod", "test", "dev"}[i%3] + "-" + fmt.Sprint(i)
}

// assignment makes a record: what fails, waits or is slow depends on the indexes only.
func assignment(i int, role core.RoleName, n int) core.AssignmentRecord {
	r := core.AssignmentRecord{
		Pair:   core.Pair{Role: role, Account: accountID(i)},
		Of:     core.Account{ID: accountID(i), Name: accountName(i)},
		Status: core.AssignmentActive, Updated: start.Add(-time.Duration(i*13+n) * time.Minute), Version: 1,
	}
	switch (i*7 + n*3) % 23 {
	case 5:
		r.Status, r.Attempts = core.AssignmentFailed, 3
		r.Failure = &core.Failure{Code: "AccessDenied", Message: "User is not authorized to perform: iam:CreateRole with an explicit deny in a service control policy", Attempts: 3, At: r.Updated}
	case 9:
		r.Status = core.AssignmentPending
	case 11:
		r.Status, r.Removing = core.AssignmentDeleting, true
	case 13:
		r.Status, r.Waiting = core.AssignmentPending, true
	}
	return r
}

// filled is a board of so many accounts, each with every role but a few.
func filled(accounts int, roles ...core.RoleName) *rollout.Board {
	b := &rollout.Board{}
	var batch rollout.Batch
	for i := range accounts {
		batch.Accounts = append(batch.Accounts, core.AccountRecord{
			Account: core.Account{ID: accountID(i), Name: accountName(i), Groups: []string{"production"}},
			Status:  core.AccountActive, Source: "account/all.yaml", Registered: start, Version: 1,
		})
	}
	for n, role := range roles {
		batch.Roles = append(batch.Roles, core.RoleRecord{Role: core.Role{Name: role}, Status: core.RoleActive, Version: 1})
		for i := range accounts {
			if (i+n)%6 != 4 {
				batch.Assignments = append(batch.Assignments, assignment(i, role, n))
			}
		}
	}
	b.Apply(batch)
	return b
}

func fewRoles() []core.RoleName { return []core.RoleName{"DevOps", "ReadOnly", "Billing", "Audit"} }

func manyRoles(n int) []core.RoleName {
	var out []core.RoleName
	for i := range n {
		out = append(out, core.RoleName(fmt.Sprintf("Team%02d-%s", i, []string{"Admin", "ReadOnly", "Ops"}[i%3])))
	}
	return out
}

func newScreen(t testing.TB, b *rollout.Board, w *world) *Screen {
	t.Helper()
	s := New(t.Context(), Options{
		Kit: newKit(), Board: b, State: w, Driver: w,
		Invites: func(id core.AccountID) (core.Invitation, bool) {
			return core.Invitation{Account: id, Master: "999988887777", Region: "eu-west-1", OrgID: "o-abc"}, true
		},
	})
	s.Refresh(rollout.Health{LastGood: start}, true)
	return s
}

// run gives the messages of a command, without those of the runtime.
func run(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		var out []tea.Msg
		for _, c := range msg {
			out = append(out, run(c)...)
		}
		return out
	case nil:
		return nil
	default:
		return []tea.Msg{msg}
	}
}

// opened runs a command that opens a dialog and gives other messages to the screen.
func opened(t testing.TB, s *Screen, cmd tea.Cmd) ui.Dialog {
	t.Helper()
	var d ui.Dialog
	for _, msg := range run(cmd) {
		if o, ok := msg.(ui.Open); ok {
			d = o.Dialog
		} else {
			s.Update(msg)
		}
	}
	if d == nil {
		t.Fatal("no dialog was opened")
	}
	return d
}

func text(d ui.Dialog) string {
	return ansi.Strip(strings.Join(d.Lines(ui.NewTheme(true), 76, 1000), "\n"))
}

func typeFilter(s *Screen, words string) {
	s.Do(ui.Filter)
	for _, r := range words {
		s.Update(tuitest.Key(string(r)))
	}
	s.Update(tuitest.Key("enter"))
}
