package tui

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // what is drawn is the same everywhere
	os.Exit(m.Run())
}

// TestTypingNeverWaits: while the list is still being read, what is there is filtered
// and opened.
func TestTypingNeverWaits(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	play(t, 120, 40, func(_ *Options, p *people) {
		p.hold = make(chan struct{})
		hold = p.hold
		p.entries = nil
		for i := range 300 {
			p.entries = append(p.entries, entry(core.AccountID(fmt.Sprintf("%012d", i)), fmt.Sprintf("account-%03d", i), core.AssignmentActive))
		}
	}, func(s *stage) {
		s.shows("loading, 64 so far")
		s.keys(typed("/account-042")...)
		s.shows("1 of 64 accounts", "000000000042")
		s.keys("enter", "enter")
		if len(s.people.consoles) != 1 || s.people.consoles[0].Account != "000000000042" {
			t.Errorf("opened %+v", s.people.consoles)
		}
		close(hold)
		s.pass(time.Second)
		s.shows("1 of 300 accounts")
		s.lacks("loading")
	})
}

// TestCursorFollowsTheAccount through opening, which sorts it first, refreshing,
// sorting and filtering.
func TestCursorFollowsTheAccount(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.keys("down", "down", "down", "down")
		name := strings.Fields(s.cursor())[1]
		check := func(what string) {
			t.Helper()
			if got := strings.Fields(s.cursor())[1]; got != name {
				t.Errorf("after %s the cursor is on %s, was on %s", what, got, name)
			}
		}
		s.keys("s")
		check("sorting")
		s.people.mu.Lock()
		slices.Reverse(s.people.entries)
		s.people.entries = append(s.people.entries, entry("666677778888", "aaa", core.AssignmentActive))
		s.people.mu.Unlock()
		s.keys("ctrl+r")
		s.shows("7 accounts")
		check("refreshing")
		s.keys(typed("/pro")...)
		check("filtering")
		s.keys("enter", "esc")
		check("leaving the filter")
		s.send(tea.WindowSizeMsg{Width: 60, Height: 15})
		check("resizing")
		s.keys("enter")
		check("opening")
	})
}

// TestABurstActsOnWhatIsVisible: /shop-st Enter Enter, all at once.
func TestABurstActsOnWhatIsVisible(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.burst(append(typed("/shop-st"), "enter", "enter")...)
		if len(s.people.consoles) != 1 || s.people.consoles[0].Account != "333344445555" {
			t.Errorf("opened %+v, want shop-staging only", s.people.consoles)
		}
		if !strings.Contains(s.cursor(), "shop-staging") {
			t.Errorf("the visible row is %q", s.cursor())
		}
	})
}

// TestEscapeUnwindsOneLevel at a time; filter and counts are always in the status line.
func TestEscapeUnwindsOneLevel(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.keys("2", "1")
		s.keys(typed("/prod !pay")...)
		s.shows("/prod !pay", "2 of 6 accounts") // shop-production, and legacy by its group
		s.keys("esc")
		s.shows("/prod !pay", "2 of 6 accounts")
		if s.m.captures() {
			t.Error("after one escape the filter is still being typed")
		}
		s.keys("esc")
		s.lacks("prod !pay")
		s.shows("6 accounts")
		s.keys("esc")
		if s.m.view != ui.ViewFiles {
			t.Errorf("the third escape goes back to the view before: %s", s.m.view)
		}
	})
}

// TestListSurvives details, other views, the filter's return, resizing and refreshing:
// filter, order, cursor and scroll position.
func TestListSurvives(t *testing.T) {
	t.Parallel()
	play(t, 100, 16, func(_ *Options, p *people) {
		p.entries = nil
		for i := range 200 {
			p.entries = append(p.entries, entry(core.AccountID(fmt.Sprintf("%012d", i)), fmt.Sprintf("account-%03d", i), core.AssignmentActive))
		}
	}, func(s *stage) {
		s.keys("s")
		s.keys(typed("/account-1")...)
		s.keys("enter", "end", "up", "up", "up")
		body := func() string { _, rest, _ := strings.Cut(s.screen(), "\n"); return rest }
		before := body()
		same := func(what string) {
			t.Helper()
			if got := body(); got != before {
				t.Errorf("after %s the screen differs:\n%s\nbefore:\n%s", what, got, before)
			}
		}
		s.keys("?", "esc")
		same("the help")
		s.keys("3", "5", "1")
		s.m.visited = nil
		same("other views")
		s.keys("o", "esc")
		same("a form")
		s.send(tea.WindowSizeMsg{Width: 60, Height: 30}, tea.WindowSizeMsg{Width: 20, Height: 5}, tea.WindowSizeMsg{Width: 100, Height: 16})
		if !strings.Contains(s.cursor(), "account-196") {
			t.Errorf("after resizing the cursor is on %s", s.cursor())
		}
		s.shows("/account-1  100 of 200 accounts")
		before = body()
		s.keys("ctrl+r")
		same("refreshing")
	})
}

func TestStartsFiltered(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, func(o *Options, _ *people) { o.Filter, o.Role = "shop", "Read-Only" }, func(s *stage) {
		s.shows("/shop", "2 of 6 accounts", "role Read-Only")
		if !slices.Equal(s.people.lists, []string{"Read-Only"}) {
			t.Errorf("listed for %q", s.people.lists)
		}
	})
	play(t, 120, 40, func(o *Options, _ *people) { o.View, o.Filter = "rollout", "failed" }, func(s *stage) {
		s.shows("[4 Rollout]", "This view is for admins")
		s.keys("1")
		s.lacks("/failed")
	})
}

// TestHiddenMarksAreNamed before anything is done to them.
func TestHiddenMarksAreNamed(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.keys(typed("/production")...)
		s.keys("enter", "ctrl+a", "esc")
		s.keys(typed("/shop")...)
		s.keys("enter")
		s.shows("3 marked (2 not shown)")
		s.keys("enter")
		s.shows("Open 2 accounts?", "2 marked accounts not shown by the filter", "payments-production (222233334444)  (hidden by the filter)", "left out, failed: legacy (555566667777)")
		s.keys("esc")
		if len(s.people.consoles) > 0 {
			t.Errorf("opened %+v without being asked to", s.people.consoles)
		}
		s.keys("enter", "y")
		s.pass(time.Second)
		if len(s.people.consoles) != 2 {
			t.Errorf("opened %+v, want both that are ready", s.people.consoles)
		}
	})
}

// TestDialogsSwallowKeysInFlight: what was pressed before a dialog could be seen was
// not meant for it.
func TestDialogsSwallowKeysInFlight(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.keys("ctrl+a")
		s.burst("enter", "y", "y", "tab", "enter")
		s.shows("Open 4 accounts?")
		if len(s.people.consoles) > 0 {
			t.Errorf("keys in flight opened %+v", s.people.consoles)
		}
		s.pass(armAfter)
		s.keys("y")
		s.pass(time.Second)
		if len(s.people.consoles) != 4 {
			t.Errorf("after the dialog was seen, y opened %d", len(s.people.consoles))
		}
	})
}

// TestUnavailableKeysSayWhy, and stay visible in brackets.
func TestUnavailableKeysSayWhy(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.keys(typed("/analytics")...)
		s.keys("enter")
		s.shows("(Enter console)", "(x shell)")
		s.keys("enter")
		s.shows("open console: analytics-sandbox (444455556666) is approved for DevOps but not ready")
		s.keys("?")
		s.shows("not now: analytics-sandbox")
		s.keys("esc", "B")
		s.shows("become: only the demo has other people to be")
		if len(s.people.consoles) > 0 {
			t.Error("an action that is not available was done")
		}
	})
}

// TestErrorsStay until dismissed, with AWS's code and the next step, and in the log.
func TestErrorsStay(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, func(_ *Options, p *people) {
		e := core.Errorf(core.CodeDenied, "taking the role in the sub-account was refused").WithHint("ask an administrator to look at the account")
		e.AWSCode = "AccessDenied"
		p.err = e
	}, func(s *stage) {
		s.keys("end", "enter")
		want := func() []string {
			return []string{"✗ opening the console of", "refused [AccessDenied]", "ask an administrator", "Ctrl+X dismisses"}
		}
		s.shows(want()...)
		s.keys("up", "down")
		s.pass(5 * time.Minute)
		s.shows(want()...)
		s.keys("up", "enter")
		s.shows("2 errors")
		s.keys("ctrl+x", "ctrl+x")
		s.lacks("✗ opening", "Ctrl+X")
		s.keys("!")
		s.shows("AWS says: AccessDenied", "ask an administrator")
	})
}

// TestSecretsAreNeverDrawn: copying says where the text went, and offers a file.
func TestSecretsAreNeverDrawn(t *testing.T) {
	t.Parallel()
	var tmux []string
	play(t, 120, 40, func(o *Options, _ *people) {
		o.Tmux = func(_ context.Context, text core.Secret) error { tmux = append(tmux, text.Reveal()); return nil }
	}, func(s *stage) {
		secrets := func(what string) {
			t.Helper()
			for _, secret := range []string{secretKey, secretToken, "SigninToken"} {
				if strings.Contains(s.m.View().Content, secret) {
					t.Errorf("%s drew a secret:\n%s", what, s.screen())
				}
			}
		}
		s.keys("end", "c")
		secrets("copying credentials")
		s.shows("Sent to the terminal's clipboard: credentials of", "as env, valid until", "And to tmux's.")
		if len(tmux) != 1 || !strings.Contains(tmux[0], secretKey) {
			t.Errorf("tmux got %d texts", len(tmux))
		}
		if !slices.ContainsFunc(s.sent, func(m tea.Msg) bool { return strings.Contains(fmt.Sprint(m), secretKey) }) {
			t.Error("the terminal's clipboard got nothing")
		}
		s.keys("u")
		secrets("copying a link")
		if len(tmux) != 2 || tmux[1] != secretLink {
			t.Errorf("tmux got %q", tmux[1:])
		}
		s.keys("e", "right", "tab", "f", "tab")
		s.shows("‹ file ›", "-DevOps.env")
		s.keys("enter")
		s.pass(time.Second)
		secrets("exporting")
		s.shows("readable by you only")
		if len(s.desk.files) != 1 {
			t.Fatalf("wrote %d files", len(s.desk.files))
		}
		for name, text := range s.desk.files {
			if !strings.Contains(text, secretKey) || !strings.HasSuffix(name, "-DevOps.env") {
				t.Errorf("%s holds no credentials", name)
			}
		}
		s.keys("x")
		secrets("a shell")
	})
}

func TestTmuxThatRefusesIsSaid(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, func(o *Options, _ *people) {
		o.Tmux = func(context.Context, core.Secret) error { return errLost }
	}, func(s *stage) {
		s.keys("i")
		s.shows("copying through tmux", "write it to a file instead")
	})
}

// TestStatesDiffer: loading, empty, no match, stale, failed and expired look different,
// and Ctrl+R reads again.
func TestStatesDiffer(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	play(t, 120, 40, func(_ *Options, p *people) { p.hold = hold; p.entries = nil }, func(s *stage) {
		s.shows("No account is approved for this role", "0 accounts")
	})
	play(t, 120, 40, nil, func(s *stage) {
		s.keys(typed("/nothing-like-it")...)
		s.shows("no match", "0 of 6 accounts")
		s.keys("esc", "esc")
		s.pass(6 * time.Minute)
		s.shows("(6 min ago), stale")
		s.keys("ctrl+r")
		s.lacks("stale", "min ago)")
	})
	expired := core.Errorf(core.CodeNoCredentials, "the session has expired").WithHint("aws sso login")
	play(t, 120, 40, func(_ *Options, p *people) { p.whoErr = expired }, func(s *stage) {
		s.shows("session expired", "aws sso login", "no session")
		s.people.mu.Lock()
		s.people.whoErr = nil
		s.people.mu.Unlock()
		s.keys("ctrl+r")
		s.shows("6 accounts", "alice in 100000000001")
		s.people.mu.Lock()
		s.people.listErr, s.people.entries = expired, nil
		s.people.mu.Unlock()
		s.keys("ctrl+r")
		s.shows("! session expired", "6 accounts", "aws sso login")
	})
}

// TestFaultsEndInOrder: no stack on the screen, the program ends, drafts are saved.
func TestFaultsEndInOrder(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.run(safe(func() tea.Msg { panic("in a command") }))
		s.send()
		s.shows("an internal error: in a command")
		s.m.accounts = nil
		s.m.dialogs = []*dialog{{Dialog: broken{}, armed: true}}
		s.m.dirty = true
		v := s.m.View()
		if strings.Contains(v.Content, "goroutine") || !strings.Contains(v.Content, "internal error") {
			t.Errorf("drawn: %s", v.Content)
		}
		_, cmd := s.m.Update(tuitest.Key("x"))
		if cmd == nil || s.m.crash == nil || len(s.m.crash.Stack) == 0 {
			t.Error("a fault while drawing does not end the program")
		}
	})
}

// broken is a dialog that cannot be drawn.
type broken struct{ ui.Dialog }

// TestUnseenKeysDoNothing: on a screen that is too small only leaving works.
func TestUnseenKeysDoNothing(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.keys("end")
		s.send(tea.WindowSizeMsg{Width: 20, Height: 5})
		s.shows("cam needs 40 x 10")
		s.keys("enter", "c", "/", "x")
		s.send(tea.PasteMsg{Content: "x"})
		if len(s.people.consoles) > 0 || s.m.captures() {
			t.Error("a key did something that nobody could see")
		}
		s.keys("q")
		if !s.m.quit {
			t.Error("q does not quit")
		}
	})
}

// TestIdleCostsNothing: without a change nothing is drawn again, and the clock ticks
// seldom.
func TestIdleCostsNothing(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.pass(time.Minute)
		before := len(s.sent)
		s.pass(10 * time.Minute)
		if n := len(s.sent) - before; n > 65 {
			t.Errorf("%d messages in ten idle minutes", n)
		}
		s.m.dirty = false
		if v := s.m.View(); v.MouseMode != tea.MouseModeNone || !v.AltScreen {
			t.Errorf("mouse %v, alternate screen %v", v.MouseMode, v.AltScreen)
		}
	})
}
