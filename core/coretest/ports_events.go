package coretest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

// TestPublisher tests an implementation of core.Publisher. open is called once; it
// also returns a topic and what its subscriber has got so far, in any order.
func TestPublisher(t *testing.T, open func(testing.TB) (p core.Publisher, topic core.Topic, received func() []core.Event)) {
	p, topic, received := open(t)
	t.Run("nothing to send", func(t *testing.T) {
		if err := p.Publish(t.Context(), topic); err != nil {
			t.Error(err)
		}
	})
	t.Run("a missing topic", func(t *testing.T) {
		wantCode(t, p.Publish(t.Context(), topic+"-Missing", core.Event{Action: core.ActionAdd}), core.CodeNotFound)
	})
	t.Run("no field is lost", func(t *testing.T) {
		events := record[core.Event]()
		for seed := range 12 {
			testDelivery(t, p, topic, received, []core.Event{events.Example(seed)})
		}
	})
	t.Run("more than a batch", func(t *testing.T) {
		testDelivery(t, p, topic, received, numbered(25, 0))
	})
	t.Run("more than a batch may weigh", func(t *testing.T) {
		testDelivery(t, p, topic, received, numbered(12, 60<<10))
	})
	t.Run("more than a message may weigh", func(t *testing.T) {
		wantCode(t, p.Publish(t.Context(), topic, numbered(1, 300<<10)...), core.CodeMalformed)
	})
}

// numbered are distinct events of some weight.
func numbered(n, weight int) []core.Event {
	events := make([]core.Event, n)
	for i := range events {
		events[i] = core.Event{Action: core.ActionAdd, Role: core.RoleName(fmt.Sprintf("%d of %d", i, n)), Reason: strings.Repeat("x", weight)}
	}
	return events
}

// testDelivery publishes events and waits until each arrived, once.
func testDelivery(t *testing.T, p core.Publisher, topic core.Topic, received func() []core.Event, events []core.Event) {
	t.Helper()
	before := len(received())
	if err := p.Publish(t.Context(), topic, events...); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(received())-before < len(events) && time.Now().Before(deadline) {
		waitABit(t.Context())
	}
	got := received()[before:]
	if len(got) != len(events) {
		t.Fatalf("%d events arrived, want %d", len(got), len(events))
	}
	for _, want := range events {
		found := false
		for _, g := range got {
			found = found || difference(want, g) == ""
		}
		if !found {
			t.Errorf("an event did not arrive as it was sent; the first (-want +got):\n%s", difference(events[0], got[0]))
			return
		}
	}
}

// TestTopicGate tests an implementation of core.TopicGate. open is called once; it
// also returns whether one of two accounts may publish registrations now.
func TestTopicGate(t *testing.T, open func(testing.TB) (gate core.TopicGate, accounts [2]core.AccountID, may func(core.AccountID) bool)) {
	gate, accounts, may := open(t)
	one, two := accounts[0], accounts[1]
	for _, permitted := range [][]core.AccountID{nil, {one}, {one}, {one, two}, {two}, {}, {two, "999999999999"}} {
		if err := gate.Permit(t.Context(), permitted); err != nil {
			t.Fatal(err)
		}
		for _, account := range accounts {
			want := strings.Contains(fmt.Sprint(permitted), string(account))
			if got := may(account); got != want {
				t.Errorf("with %v permitted, %s may register: %v", permitted, account, got)
			}
		}
	}
}

// Prove makes a proof for an action in the name of the account under test.
type Prove func(core.Action) core.Proof

// TestVerifier tests an implementation of core.Verifier. open is called once; it also
// returns proofs for the verifier's topic, and others that it must not accept.
func TestVerifier(t *testing.T, open func(testing.TB) (v core.Verifier, account core.AccountID, good Prove, strange map[string]Prove)) {
	v, account, good, strange := open(t)
	for _, action := range []core.Action{core.ActionAdd, core.ActionRemove} {
		start, p := time.Now(), good(action)
		got, signed, err := v.Verify(t.Context(), p, action)
		if err != nil || got != account || !signed.Equal(p.At) || signed.Before(start) || signed.After(time.Now()) {
			t.Errorf("%s: proven is %s, signed at %s, %v; want %s", action, got, signed, err, account)
		}
	}
	refused := func(name string, p core.Proof, action core.Action) {
		t.Helper()
		got, _, err := v.Verify(t.Context(), p, action)
		if got != "" || !core.IsCode(err, core.CodeDenied) {
			t.Errorf("%s: believed %q, %v; want %s", name, got, err, core.CodeDenied)
		}
		mustHide(t, err, p)
	}
	refused("none", core.Proof{}, core.ActionAdd)
	refused("for removal", good(core.ActionRemove), core.ActionAdd)
	refused("for addition", good(core.ActionAdd), core.ActionRemove)
	for _, shift := range []time.Duration{time.Nanosecond, -time.Nanosecond, time.Hour} {
		p := good(core.ActionAdd)
		p.At = p.At.Add(shift)
		refused("moved by "+shift.String(), p, core.ActionAdd)
	}
	for name, prove := range strange {
		refused(name, prove(core.ActionAdd), core.ActionAdd)
	}
	rapid.Check(t, func(r *rapid.T) {
		p := good(core.ActionAdd)
		p.Query = damage(r, p.Query)
		if got, _, err := v.Verify(t.Context(), p, core.ActionAdd); err == nil {
			r.Errorf("a damaged proof is believed: %q", got)
		} else {
			mustHide(r, err, p)
		}
	})
}

// damage changes one letter or digit of a parameter that is signed, or the signature.
func damage(t *rapid.T, query string) string {
	var places []int
	for i, c := range query {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'f' {
			places = append(places, i)
		}
	}
	at := rapid.SampledFrom(places).Draw(t, "place")
	other := map[bool]byte{true: '1', false: '0'}[query[at] == '0']
	return query[:at] + string(other) + query[at+1:]
}

// mustHide checks that an error does not repeat what a proof holds.
func mustHide(t interface{ Errorf(string, ...any) }, err error, p core.Proof) {
	values, _ := url.ParseQuery(p.Query) // what can be read of it
	for _, name := range []string{"X-Amz-Signature", "X-Amz-Security-Token"} {
		for _, secret := range values[name] {
			for _, text := range []string{fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
				if len(secret) > 8 && (strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret))) {
					t.Errorf("the error repeats %s: %s", name, text)
				}
			}
		}
	}
}
