package engine_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/cloud"
	"github.com/cross-account-manager/cam/core/coretest"
)

// announcement is a registration of an account with a proof, which may be nil.
func announcement(action core.Action, account core.AccountID, proof *core.Proof) core.Event {
	return core.Event{Action: action, Account: account, Proof: proof, Reason: core.ReasonRegistration}
}

// prove makes an account's proof for a topic.
func prove(t *testing.T, in *coretest.Installation, account string, topic core.Topic, action core.Action) *core.Proof {
	t.Helper()
	arn := cloud.TopicARN(in.Master(), in.Box.Region(), topic)
	proof, err := in.AdminOf(account).Proofs(arn, in.Box.Region()).Prove(in.Context(), action)
	if err != nil {
		t.Fatal(err)
	}
	return &proof
}

// proveAt makes a proof as if the account's clock showed another time.
func proveAt(t *testing.T, in *coretest.Installation, account string, action core.Action, at time.Time) *core.Proof {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, in.Box.Endpoint()+"/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=900", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Cam-Topic", cloud.TopicARN(in.Master(), in.Box.Region(), core.AccountTopic))
	req.Header.Set("X-Cam-Action", string(action))
	req.Header.Set("X-Cam-At", at.UTC().Format(time.RFC3339Nano))
	keys, err := adminKeys(t, in, account).Retrieve(in.Context())
	if err != nil {
		t.Fatal(err)
	}
	empty := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(in.Context(), keys, req, hex.EncodeToString(empty[:]), "sts", in.Box.Region(), at)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	return &core.Proof{Query: u.RawQuery, At: at.UTC()}
}

// tampered replaces a part of a proof.
func tampered(p *core.Proof, old, replacement string) *core.Proof {
	return &core.Proof{Query: strings.Replace(p.Query, old, replacement, 1), At: p.At}
}

// TestRegistrationsThatAreNotProven tries to deregister shop, and to register lab, with
// everything but an own and fresh proof.
func TestRegistrationsThatAreNotProven(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	in.Push(smallOrganisation())
	in.Join(payments, shop)
	in.Wait()
	before := in.State(payments, shop)
	remove := func(account string, topic core.Topic, action core.Action) *core.Proof {
		return prove(t, in, account, topic, action)
	}
	genuine := remove(shop, core.AccountTopic, core.ActionRemove)
	now := time.Now()
	for _, tt := range []struct {
		name string
		ev   core.Event
		says string // part of the reason that is recorded
	}{
		{"unsigned", announcement(core.ActionRemove, shop, nil), "not signed"},
		{"empty", announcement(core.ActionRemove, shop, &core.Proof{}), "proof"},
		{"no query", announcement(core.ActionRemove, shop, &core.Proof{Query: "%zz"}), "not a query string"},
		{"oversized", announcement(core.ActionRemove, shop, &core.Proof{Query: strings.Repeat("a", 9000)}), "too long"},
		{"expired", announcement(core.ActionRemove, shop, proveAt(t, in, shop, core.ActionRemove, now.Add(-16*time.Minute))), "expired"},
		{"from the future", announcement(core.ActionRemove, shop, proveAt(t, in, shop, core.ActionRemove, now.Add(time.Hour))), "future"},
		{"older than the accepted one", announcement(core.ActionRemove, shop, proveAt(t, in, shop, core.ActionRemove, now.Add(-5*time.Minute))), "before one already accepted"},
		{"made for another topic", announcement(core.ActionRemove, shop, remove(shop, core.RoleTopic, core.ActionRemove)), "SignatureDoesNotMatch"},
		{"made for another action", announcement(core.ActionRemove, shop, remove(shop, core.AccountTopic, core.ActionAdd)), "SignatureDoesNotMatch"},
		{"no action", announcement("", shop, genuine), "no known action"},
		{"signed by another account", announcement(core.ActionRemove, shop, remove(payments, core.AccountTopic, core.ActionRemove)), "signed a registration of account " + shop},
		{"for another operation", announcement(core.ActionRemove, shop, tampered(genuine, "GetCallerIdentity", "GetSessionToken")), "something else"},
		{"with another parameter", announcement(core.ActionRemove, shop, &core.Proof{Query: genuine.Query + "&RoleArn=x"}), "unexpected parameter"},
		{"with a parameter twice", announcement(core.ActionRemove, shop, &core.Proof{Query: genuine.Query + "&Action=GetCallerIdentity"}), "unexpected parameter"},
		{"with a longer life", announcement(core.ActionRemove, shop, tampered(genuine, "X-Amz-Expires=900", "X-Amz-Expires=901")), "SignatureDoesNotMatch"},
		{"telling another time", announcement(core.ActionRemove, shop, &core.Proof{Query: genuine.Query, At: genuine.At.Truncate(time.Second).Add(1)}), "SignatureDoesNotMatch"},
		{"signing fewer headers", announcement(core.ActionRemove, shop, tampered(genuine, "%3Bx-cam-action", "")), "not bound"},
		{"for another region", announcement(core.ActionRemove, shop, tampered(genuine, in.Box.Region(), "us-east-1")), "not for STS"},
		{"listed, never joined", announcement(core.ActionAdd, lab, remove(payments, core.AccountTopic, core.ActionAdd)), "signed a registration of account " + lab},
	} {
		attempts := 0
		if last := in.Account(string(tt.ev.Account)).Refused; last != nil {
			attempts = last.Attempts
		}
		if err := publish(t, in, payments, core.AccountTopic, tt.ev); err != nil {
			t.Fatal(err)
		}
		in.Quiet()
		refused := in.Account(string(tt.ev.Account)).Refused
		switch {
		case refused == nil || refused.Attempts != attempts+1:
			t.Errorf("%s: the refusal is not recorded: %+v", tt.name, refused)
		case !strings.Contains(refused.Message, tt.says):
			t.Errorf("%s: recorded as %q, want %q in it", tt.name, refused.Message, tt.says)
		case strings.Contains(refused.Message, "Signature="):
			t.Errorf("%s: the proof itself is recorded: %q", tt.name, refused.Message)
		}
	}
	after := in.State(payments, shop)
	for id, r := range after.Accounts {
		r.Refused = nil
		after.Accounts[id] = r
	}
	wantState(t, before, after)
	if err := publish(t, in, payments, core.AccountTopic, announcement(core.ActionAdd, "999999999999", nil)); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	if r := in.Account("999999999999"); r.Version != 0 {
		t.Errorf("an unproven claim to an unknown number made a record: %+v", r)
	}
	if strings.Contains(in.Log().String(), "X-Amz-Signature") {
		t.Error("a proof stands in the log")
	}
}

func TestTheSameRegistrationTwiceIsANoOp(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	ev := announcement(core.ActionAdd, payments, prove(t, in, payments, core.AccountTopic, core.ActionAdd))
	if err := publish(t, in, payments, core.AccountTopic, ev); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	first := in.Account(payments)
	if err := publish(t, in, payments, core.AccountTopic, ev, ev); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	if again := in.Account(payments); again.Version != first.Version || again.Refused != nil {
		t.Errorf("the record was written again: %+v, then %+v", first, again)
	}
	quietly(t, in)
}

// TestArrivalsAndDeparturesOfOneSecondHaveAnOrder delivers them in other orders than
// they were made in: the last one made counts.
func TestArrivalsAndDeparturesOfOneSecondHaveAnOrder(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	in.Push(map[string]string{"account/a.yaml": accounts(payments, shop)})
	in.Join(payments, shop)
	in.Wait()
	second := time.Now().Add(time.Second).Truncate(time.Second)
	made := map[core.Action]time.Duration{}
	for _, tt := range []struct {
		account     string
		add, remove time.Duration // within the second
		order       []core.Action
		want        core.AccountStatus
	}{
		{payments, 1, 2, []core.Action{core.ActionRemove, core.ActionAdd, core.ActionRemove}, core.AccountDeleted},
		{shop, 2, 1, []core.Action{core.ActionAdd, core.ActionRemove, core.ActionAdd}, core.AccountActive},
	} {
		made[core.ActionAdd], made[core.ActionRemove] = tt.add, tt.remove
		for _, action := range tt.order {
			ev := announcement(action, core.AccountID(tt.account), proveAt(t, in, tt.account, action, second.Add(made[action])))
			if err := publish(t, in, tt.account, core.AccountTopic, ev); err != nil {
				t.Fatal(err)
			}
			in.Quiet()
		}
		if got := in.Account(tt.account).Status; got != tt.want {
			t.Errorf("after %v the account is %s, want %s", tt.order, got, tt.want)
		}
	}
}
