package broker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

func TestWhoami(t *testing.T) {
	t.Parallel()
	tests := []struct {
		arn, session string
		role         core.RoleName
		partition    core.Partition
	}{
		{"arn:aws:sts::111111111111:assumed-role/CrossAccountManager-DevOps/alice", "alice", "DevOps", "aws"},
		{"arn:aws-cn:sts::111111111111:assumed-role/CrossAccountManager-DevOps/alice", "alice", "DevOps", "aws-cn"},
		{"arn:aws:sts::111111111111:assumed-role/CrossAccountManager-Admin-DO-NOT-DELETE/engine", "engine", "", "aws"},
		{"arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_X/al@example.com", "al@example.com", "", "aws"},
		{"arn:aws:iam::111111111111:user/CrossAccountManager-DevOps/bob", "bob", "", "aws"},
		{"arn:aws-us-gov:iam::111111111111:root", "root", "", "aws-us-gov"},
	}
	for _, test := range tests {
		w := newWorld()
		w.identity.ARN = test.arn
		opt := w.options()
		opt.Expires = func(context.Context) (time.Time, error) { return now, nil }
		got, err := New(opt).Whoami(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := Whoami{
			Account: master, ARN: test.arn, UserID: "AROAX:alice", SessionName: test.session,
			CurrentRole: test.role, MasterAccount: master, Partition: test.partition, Expires: now,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAnotherAccountsSessionHasNoCurrentRole(t *testing.T) {
	t.Parallel()
	opt := newWorld().options()
	opt.MasterAccount = "999999999999"
	got, err := New(opt).Whoami(t.Context())
	if err != nil || got.CurrentRole != "" || got.MasterAccount != "999999999999" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Another account's directory knows nothing of the master account's roles.
func TestForeignDirectoryIsNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorld()
	opt := w.options()
	opt.MasterAccount = "999999999999"
	_, err := New(opt).List(t.Context(), "Nobody", "")
	wantCode(t, err, core.CodeDenied, "999999999999")
}

func TestNoCredentials(t *testing.T) {
	t.Parallel()
	for awsCode, words := range map[string]string{"": "no usable credentials", "ExpiredToken": "has expired"} {
		w := newWorld()
		w.noone = &core.Error{Code: core.CodeNoCredentials, Message: "x", AWSCode: awsCode}
		_, _, err := New(w.options()).Credentials(t.Context(), Request{Account: "payments"})
		wantCode(t, err, core.CodeNoCredentials, words)
		if hintOf(err) == "" {
			t.Error("no hint how to sign in")
		}
		if link, ok := errors.AsType[*LinkError](err); !ok || link.Link != LinkCaller {
			t.Errorf("got link %+v", link)
		}
	}
}

func TestSessionName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "cam", "a": "a-", "al@example.com": "al@example.com", "Zoë Ök": "Zo---k", "a/b:c": "a-b-c",
		strings.Repeat("x", 80): strings.Repeat("x", 64),
	} {
		if got := SessionName(in); got != want {
			t.Errorf("SessionName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	one := newWorld()
	_, e, err := New(one.options()).Credentials(t.Context(), Request{Account: "pay", Duration: 30 * time.Minute})
	if err != nil || e.AccountID != payments {
		t.Fatal(e, err)
	}
	want := []string{one.identity.ARN + " -> arn:aws:iam::222222222222:role/CrossAccountManager-DevOps as alice for 30m0s"}
	if diff := cmp.Diff(want, one.taken()); diff != "" {
		t.Error("a session that holds the role:", diff)
	}

	two := newWorld()
	two.asUser()
	if _, _, err := New(two.options()).Credentials(t.Context(), Request{Role: "crossaccountmanager-Billing", Account: string(billing), Duration: time.Hour}); err != nil {
		t.Fatal(err)
	}
	want = []string{
		"arn:aws:iam::111111111111:user/finance/bob -> arn:aws:iam::111111111111:role/CrossAccountManager-Billing as bob for 0s",
		"arn:aws:iam::111111111111:role/CrossAccountManager-Billing -> arn:aws:iam::333333333333:role/CrossAccountManager-Billing as bob for 1h0m0s",
	}
	if diff := cmp.Diff(want, two.taken()); diff != "" {
		t.Error("a user:", diff)
	}
}

func TestWhichLinkRefused(t *testing.T) {
	t.Parallel()
	const devops = "arn:aws:sts::111111111111:assumed-role/CrossAccountManager-DevOps/alice"
	tests := map[string]struct {
		change func(*world)
		ask    Request
		code   core.Code
		link   LinkError
		words  []string
	}{
		"another role in the master account": {
			ask: Request{Role: "Billing", Account: "ledger"}, code: core.CodeDenied,
			link:  LinkError{Link: LinkMaster, Position: 1, Length: 2, From: devops, To: "arn:aws:iam::111111111111:role/CrossAccountManager-Billing"},
			words: []string{"link 1 of 2 refused", devops, "CrossAccountManager-Billing", "master account"},
		},
		"a role that does not exist": {
			ask: Request{Role: "Nobody", Account: "ledger"}, code: core.CodeNotFound,
			link:  LinkError{Link: LinkMaster, Position: 1, Length: 2, From: devops, To: "arn:aws:iam::111111111111:role/CrossAccountManager-Nobody"},
			words: []string{"there is no role Nobody"},
		},
		"a role that may or may not exist": {
			change: func(w *world) { w.blind = true },
			ask:    Request{Role: "Nobody", Account: "ledger"}, code: core.CodeDenied,
			link: LinkError{Link: LinkMaster, Position: 1, Length: 2, From: devops, To: "arn:aws:iam::111111111111:role/CrossAccountManager-Nobody"},
		},
		"the sub-account": {
			ask: Request{Account: "zebra"}, code: core.CodeDenied,
			link:  LinkError{Link: LinkAccount, Position: 1, Length: 1, From: devops, To: "arn:aws:iam::444444444444:role/CrossAccountManager-DevOps"},
			words: []string{"link 1 of 1 refused", "Zebra (444444444444)"},
		},
		"the sub-account, after the master": {
			change: func(w *world) { w.allow(devops, master, "Billing") },
			ask:    Request{Role: "Billing", Account: "ledger"}, code: core.CodeDenied,
			link:  LinkError{Link: LinkAccount, Position: 2, Length: 2, From: "arn:aws:iam::111111111111:role/CrossAccountManager-Billing", To: "arn:aws:iam::333333333333:role/CrossAccountManager-Billing"},
			words: []string{"link 2 of 2 refused"},
		},
		"throttling": {
			change: func(w *world) { w.refuse = &core.Error{Code: core.CodeThrottled, Message: "rate exceeded"} },
			ask:    Request{Account: "zebra"}, code: core.CodeThrottled,
			link:  LinkError{Link: LinkAccount, Position: 1, Length: 1, From: devops, To: "arn:aws:iam::444444444444:role/CrossAccountManager-DevOps"},
			words: []string{"link 1 of 1 failed", "rate exceeded"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			if test.change != nil {
				test.change(w)
			}
			_, _, err := New(w.options()).Credentials(t.Context(), test.ask)
			wantCode(t, err, test.code, test.words...)
			link, ok := errors.AsType[*LinkError](err)
			if !ok {
				t.Fatal("no link in the error")
			}
			got := *link
			got.Err = nil
			if diff := cmp.Diff(test.link, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRoleChoice(t *testing.T) {
	t.Parallel()
	holder, user := Whoami{CurrentRole: "DevOps"}, Whoami{ARN: "arn:aws:iam::111111111111:user/bob"}
	tests := []struct {
		who  Whoami
		ask  string
		want core.RoleName
		code core.Code
	}{
		{holder, "", "DevOps", ""}, {holder, "devops", "DevOps", ""}, {holder, "Billing", "Billing", ""},
		{user, "", "", core.CodeUsage}, {user, "a b", "", core.CodeUsage}, {user, "../x", "", core.CodeUsage},
		{user, strings.Repeat("x", 45), "", core.CodeUsage},
		{user, "CrossAccountManager-admin-do-not-delete", "", core.CodeDenied},
	}
	for _, test := range tests {
		got, err := chooseRole(test.who, test.ask)
		if got != test.want || core.CodeOf(err) != test.code {
			t.Errorf("chooseRole(%q, %q) = %q, %v", test.who.CurrentRole, test.ask, got, err)
		}
	}
}

func TestDurationIsRefusedBeforeAnyCall(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]core.Code{
		time.Minute: core.CodeUsage, -time.Hour: core.CodeUsage, time.Hour + time.Second: core.CodeUsage,
		MinDuration: "", MaxDuration: "", 0: "",
	} {
		w := newWorld()
		_, _, err := New(w.options()).Credentials(t.Context(), Request{Account: "pay", Duration: d})
		if core.CodeOf(err) != want || want != "" && len(w.taken()) != 0 {
			t.Errorf("%s: %v after %d calls", d, err, len(w.taken()))
		}
	}
}
