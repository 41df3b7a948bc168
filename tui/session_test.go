package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
)

// TestExpiryCountsDown to the end of the session, by the second at last.
func TestExpiryCountsDown(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, nil, func(s *stage) {
		s.shows("session 50 min")
		s.pass(45*time.Minute + 31*time.Second)
		s.shows("session ends in 4 min")
		s.pass(4 * time.Minute)
		s.shows("session ends in 2")
		first := s.line(0)
		s.pass(2 * time.Second)
		if s.line(0) == first {
			t.Errorf("the last minute does not count seconds: %s", first)
		}
		s.pass(time.Minute)
		s.shows("session expired")
	})
}

// TestRoleSwitcher lists for another role, and back.
func TestRoleSwitcher(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, func(_ *Options, p *people) { p.who.CurrentRole = "" }, func(s *stage) {
		s.shows("Your session holds no CrossAccountManager role", "role none")
		if len(s.people.lists) > 0 {
			t.Errorf("listed for %q without a role", s.people.lists)
		}
		s.keys("R")
		s.keys(typed("DevOps")...)
		s.keys("enter")
		s.shows("role DevOps", "6 accounts")
		s.keys("end", "enter") // used, so remembered
		s.keys("R")
		s.shows("used 0 s ago")
	})
}

// TestOptionsAreRemembered for each account, also in the next run.
func TestOptionsAreRemembered(t *testing.T) {
	t.Parallel()
	var store *shelf
	play(t, 120, 40, nil, func(s *stage) {
		store = s.store
		s.keys(typed("/payments")...)
		s.keys("enter", "o", "tab", "s", "tab")
		s.keys(typed("x")...)
		s.keys("backspace", "enter")
		s.pass(time.Second)
		r := s.people.consoles[0]
		if r.Service == "" || r.Region != "eu-west-1" || r.SwitchRole {
			t.Errorf("opened %+v", r)
		}
	})
	play(t, 120, 40, func(o *Options, _ *people) { o.Store = store }, func(s *stage) {
		if !strings.Contains(s.cursor(), "payments-production") {
			t.Errorf("the account used last is not the first: %s", s.cursor())
		}
		s.keys("enter")
		if r := s.people.consoles[0]; r.Account != "222233334444" || r.Service == "" {
			t.Errorf("opened %+v", r)
		}
	})
}

// TestPersonas: the demo's people, and back.
func TestPersonas(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, func(o *Options, p *people) {
		admin := o.Session
		other := &people{who: p.who, entries: p.entries[:1]}
		other.who.CurrentRole = "Billing"
		o.Personas = []Persona{
			{Name: "admin", Open: func(context.Context) (Session, error) { return admin, nil }},
			{Name: "Billing", Open: func(context.Context) (Session, error) {
				return Session{Users: other, Installation: admin.Installation}, nil
			}},
		}
	}, func(s *stage) {
		s.keys("B", "down", "enter")
		s.shows("role Billing", "demo as Billing", "1 account ")
		s.keys("B", "up", "enter")
		s.shows("role DevOps", "6 accounts")
	})
}

// TestLateAnswersBelongToTheirSession: what is read for one person never shows up for
// another.
func TestLateAnswersBelongToTheirSession(t *testing.T) {
	t.Parallel()
	slow := make(chan struct{})
	play(t, 120, 40, func(o *Options, p *people) {
		p.hold = make(chan struct{})
		slow = p.hold
		for i := range 200 {
			p.entries = append(p.entries, entry(core.AccountID(fmt.Sprintf("%012d", i)), fmt.Sprintf("hers-%03d", i), core.AssignmentActive))
		}
		other := &people{who: p.who, entries: []broker.Entry{entry("999999999999", "his", core.AssignmentActive)}}
		o.Personas = []Persona{{Name: "him", Open: func(context.Context) (Session, error) {
			return Session{Users: other, Installation: o.Session.Installation}, nil
		}}}
	}, func(s *stage) {
		s.shows("hers-")
		// Her answer is on its way when he comes.
		late := loadedPart(s)
		s.keys("B", "enter")
		s.shows("demo as him", "1 account ")
		close(slow)
		s.send(late)
		s.pass(time.Second)
		s.shows("1 account ", "his")
		s.lacks("hers-")
	})
}

// loadedPart is a message with a part of the list, as the accounts screen got it.
func loadedPart(s *stage) tea.Msg {
	for _, msg := range s.sent {
		if fmt.Sprintf("%T", msg) == "enter.loaded" {
			return msg
		}
	}
	s.t.Fatal("no part of the list came")
	return nil
}

// TestNotSignedIn is not an expired session.
func TestNotSignedIn(t *testing.T) {
	t.Parallel()
	play(t, 120, 40, func(_ *Options, p *people) {
		p.whoErr = core.Errorf(core.CodeNoCredentials, "no usable credentials for the master account").WithHint("aws configure sso")
	}, func(s *stage) {
		s.shows("not signed in", "aws configure sso")
		s.lacks("expired")
	})
}
