package organisation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func TestWhyPending(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(9), &world{})
	for i, test := range []struct {
		says   []string
		invite string // why there is none
	}{
		0: {[]string{"● active"}, "the account has registered"},
		2: {[]string{"it has not registered", "cam deploy sub-account --master 999988887777"}, ""},
		4: {[]string{"it has not registered", "denied: the proof was signed for another topic", "cam deploy sub-account"}, ""},
		6: {[]string{"no file lists it"}, "the account has registered"},
		8: {[]string{"but it left", "cam deploy sub-account"}, ""},
	} {
		if test.says == nil {
			continue
		}
		row, _ := s.accounts.Row(string(idOf(i)))
		shown := ansi.Strip(strings.Join(s.accounts.Preview(row, 90), "\n"))
		for _, part := range test.says {
			if !strings.Contains(shown, part) {
				t.Errorf("account %d: %q is missing in\n%s", i, part, shown)
			}
		}
		if strings.Contains(shown, "Invitation") != (test.invite == "") {
			t.Errorf("account %d is invited, or is not:\n%s", i, shown)
		}
		s.list().Table.Select(string(idOf(i)))
		if why := s.Why(ui.CopyInvite); why != test.invite {
			t.Errorf("account %d: %q, not %q", i, why, test.invite)
		}
	}
}

func TestCopyInvitation(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(9), &world{})
	s.list().Table.Select(string(idOf(2)))
	cmd := s.Do(ui.CopyInvite)
	if cmd == nil {
		t.Fatal("nothing is copied")
	}
	// The runtime runs the parts of a sequence: what the terminal is sent, and a note.
	if got := fmt.Sprintf("%T", cmd()); !strings.Contains(got, "sequence") {
		t.Errorf("%s", got)
	}
}

func TestOnlyPending(t *testing.T) {
	t.Parallel()
	b := filled(40)
	s := newScreen(t, b, &world{})
	s.Do(ui.OnlyWait)
	want := 0
	for i := range 40 {
		if r := account(i); r.Status == core.AccountPending {
			want++
		}
	}
	if st := s.Status(); st.Shown != want || st.Total != 40 || st.State != "only pending" {
		t.Errorf("%+v", st)
	}
	s.Do(ui.OrgPart)
	if s.Why(ui.OnlyWait) == "" || s.Why(ui.CopyInvite) == "" || s.Status().Unit != "role" {
		t.Error("roles are taken for accounts")
	}
	if !s.Back() || s.Status().Unit != "account" || !s.Back() || s.Status().Shown != 40 || s.Back() {
		t.Error("Esc does not leave level by level")
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(40), &world{})
	s.Do(ui.Sort)
	s.Do(ui.First)
	if row, _ := s.list().Table.Selected(); s.board.Account(uint32(row)).Status != core.AccountPending {
		t.Errorf("%v is first by status", s.board.Account(uint32(row)))
	}
	s.Do(ui.Sort)
	s.Do(ui.First)
	if id := s.list().Table.SelectedID(); id != string(idOf(0)) {
		t.Errorf("%s is first by ID", id)
	}
	s.Do(ui.OrgPart)
	s.Do(ui.Sort)
	s.Do(ui.First)
	if id := s.list().Table.SelectedID(); id != "Billing" {
		t.Errorf("%s is the first role with problems", id)
	}
}

func TestRolePage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		w    world
		says []string
	}{
		{"denied", world{iamErr: &core.Error{Code: core.CodeDenied, Message: "not authorized", AWSCode: "AccessDenied", Hint: "ask an administrator"}},
			[]string{"You may not read it", "iam:GetRole", "AccessDenied", "ask an administrator"}},
		{"not there", world{iamErr: core.Errorf(core.CodeNotFound, "no such role")}, []string{"IAM has no such role"}},
		{"offline", world{iamErr: core.Errorf(core.CodeUnavailable, "no network")}, []string{"no network"}},
		{"no record", world{err: core.Errorf(core.CodeUnavailable, "no table today")}, []string{"no table today", "The record could not be read"}},
		{"there", world{iam: core.IAMRole{Trust: `{"Statement":[]}`, ManagedPolicies: []string{"arn:aws:iam::aws:policy/X"}}},
			[]string{`"Statement": []`, "Attached    arn:aws:iam::aws:policy/X", "cannot be read by an administrator"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.w.roles = map[core.RoleName]core.RoleRecord{"Audit": role("Audit")}
			s := newScreen(t, filled(9), &test.w)
			s.Do(ui.OrgPart)
			d, rest := opened(t, s.Do(ui.Inspect))
			for _, part := range []string{"Reading it from IAM.", "Reading the record."} {
				if !strings.Contains(text(d), part) {
					t.Errorf("it does not say %q:\n%s", part, text(d))
				}
			}
			for _, msg := range rest {
				s.Update(msg)
			}
			for _, part := range test.says {
				if !strings.Contains(text(d), part) {
					t.Errorf("%q is missing in\n%s", part, text(d))
				}
			}
			if diff := cmp.Diff([]string{"CrossAccountManager-Audit"}, test.w.askedIAM); diff != "" {
				t.Errorf("asked IAM for (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccountPage(t *testing.T) {
	t.Parallel()
	w := &world{accounts: map[core.AccountID]core.AccountRecord{idOf(3): {
		Account: core.Account{Tags: map[string]string{"owner": "ops"}}, History: []core.StatusChange{{Status: "active", At: start}},
	}}}
	s := newScreen(t, filled(9), w)
	s.list().Table.Select(string(idOf(3)))
	d, rest := opened(t, s.Do(ui.Inspect))
	s.Update(rest[0])
	for _, part := range []string{"owner = ops", "2026-03-04 12:00:00  ● active", "✗ failed    Audit", "AccessDenied: explicit deny", "cam status --account " + string(idOf(3))} {
		if !strings.Contains(text(d), part) {
			t.Errorf("%q is missing in\n%s", part, text(d))
		}
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		board  *rollout.Board
		health rollout.Health
		loaded bool
		state  string
		view   string
	}{
		{"loading", filled(9), rollout.Health{}, false, "loading, 9 accounts so far", "payments-0"},
		{"nothing", &rollout.Board{}, rollout.Health{LastGood: start}, true, "", "Nothing has been pushed yet"},
		{"expired", &rollout.Board{}, rollout.Health{Err: core.Errorf(core.CodeNoCredentials, "the session has expired").WithHint("aws sso login")}, false,
			"session expired: aws sso login", "aws sso login"},
		{"denied", filled(9), rollout.Health{Err: core.Errorf(core.CodeDenied, "no")}, true, "may not read the tables: no", "payments-0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, test.board, &world{})
			s.Refresh(test.health, test.loaded)
			if st := s.Status(); st.State != test.state {
				t.Errorf("%q", st.State)
			}
			if view := ansi.Strip(s.View(100, 24)); !strings.Contains(view, test.view) {
				t.Errorf("%q is missing in\n%s", test.view, view)
			}
		})
	}
}

func TestRandomUse(t *testing.T) {
	t.Parallel()
	actions := []ui.Action{
		ui.Up, ui.Down, ui.PageUp, ui.PageDown, ui.First, ui.Last, ui.Left, ui.Mark, ui.MarkAll, ui.Sort, ui.Preview, ui.ScrollDwn,
		ui.Filter, ui.OrgPart, ui.OnlyWait, ui.Inspect, ui.CopyInvite,
	}
	rapid.Check(t, func(rt *rapid.T) {
		b := filled(rapid.IntRange(0, 12).Draw(rt, "accounts"))
		s, w, h, version := newScreen(t, b, &world{}), 80, 24, int64(1)
		rt.Repeat(map[string]func(*rapid.T){
			"key": func(rt *rapid.T) {
				if s.Captures() {
					s.Update(tuitest.Key(rapid.SampledFrom([]string{"p", "1", "!", " ", "backspace", "enter", "esc"}).Draw(rt, "key")))
					return
				}
				a := rapid.SampledFrom(actions).Draw(rt, "action")
				why := s.Why(a)
				if cmd := s.Do(a); why != "" && cmd != nil {
					rt.Fatalf("%s did something though %q", a, why)
				}
			},
			"paste":  func(*rapid.T) { s.Update(tea.PasteMsg{Content: "pay\x1b[31m"}) },
			"back":   func(*rapid.T) { s.Back() },
			"resize": func(rt *rapid.T) { w, h = rapid.IntRange(1, 130).Draw(rt, "w"), rapid.IntRange(1, 40).Draw(rt, "h") },
			"change": func(rt *rapid.T) {
				before := s.list().Table.SelectedID()
				version++
				r := account(rapid.IntRange(0, 20).Draw(rt, "account"))
				r.Version, r.Name = version, rapid.SampledFrom([]string{"payments", "zoo", ""}).Draw(rt, "name")
				n := role(core.RoleName(fmt.Sprintf("Role%d", rapid.IntRange(0, 9).Draw(rt, "role"))))
				n.Version = version
				b.Apply(rollout.Batch{Accounts: []core.AccountRecord{r}, Roles: []core.RoleRecord{n}})
				list := s.list()
				row, known := s.rowOf(before)
				if known && slices.Contains(s.order(), row) && list.Table.SelectedID() != before {
					rt.Fatalf("the cursor went from %s to %s", before, list.Table.SelectedID())
				}
			},
			"": func(rt *rapid.T) {
				tuitest.WellFormed(rt, s.View(w, h), w, h)
				if st := s.Status(); st.Shown > st.Total {
					rt.Fatalf("status %+v", st)
				}
			},
		})
	})
}

// rowOf and order are what the list that is shown is made of.
func (s *Screen) rowOf(id string) (uint32, bool) {
	if s.at == partAccounts {
		row, ok := s.accounts.Row(id)
		return uint32(row), ok
	}
	row, ok := s.roles.Row(id)
	return uint32(row), ok
}

func (s *Screen) order() []uint32 {
	if s.at == partAccounts {
		return s.accounts.Order(s.list().Query(), 0)
	}
	return s.roles.Order(s.list().Query(), 0)
}

func BenchmarkTyping(b *testing.B) {
	s := newScreen(b, filled(10_000), &world{})
	s.Do(ui.Filter)
	keys := []string{"p", "a", "backspace", "backspace"}
	for i := 0; b.Loop(); i++ {
		s.Update(tuitest.Key(keys[i%4]))
		s.View(120, 34)
		s.Status()
	}
}

func TestTheListsFollowTheBoard(t *testing.T) {
	t.Parallel()
	b := filled(3)
	s := newScreen(t, b, &world{})
	b.Apply(rollout.Batch{Accounts: []core.AccountRecord{account(7)}, Roles: []core.RoleRecord{role("Newest")}})
	if st := s.Status(); st.Shown != 4 {
		t.Errorf("%d accounts are shown", st.Shown)
	}
	s.Do(ui.OrgPart)
	if st := s.Status(); st.Shown != len(roleNames())+1 {
		t.Errorf("%d roles are shown", st.Shown)
	}
}
