package broker

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.rows = append(w.rows, row("DevOps", "555555555555", "gone", core.AssignmentDeleted),
		row("DevOps", "777777777777", "apple", core.AssignmentFailed), row("DevOps", "666666666666", "Apple", core.AssignmentPending))
	w.rows[0].Of.Groups = []string{"pci"}
	got, err := New(w.options()).List(t.Context(), "", "*")
	if err != nil {
		t.Fatal(err)
	}
	ids := func(entries []Entry) (out []core.AccountID) {
		for _, e := range entries {
			out = append(out, e.AccountID)
		}
		return out
	}
	if diff := cmp.Diff([]core.AccountID{"666666666666", "777777777777", payments, "444444444444"}, ids(got)); diff != "" {
		t.Error(diff)
	}
	got, err = New(w.options()).List(t.Context(), "DevOps", "pci")
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	text, _ := json.Marshal(got)
	const want = `[{"account_id":"444444444444","name":"Zebra","email":"zebra@example.com","groups":["pci"],"role":"DevOps","status":"active"}]`
	if string(text) != want {
		t.Errorf("got %s", text)
	}
	if got, err := New(w.options()).List(t.Context(), "", "none"); err != nil || got == nil || len(got) != 0 {
		t.Error("an empty list must be empty, not nil:", got, err)
	}
}

func TestEachYieldsWhatListReturns(t *testing.T) {
	t.Parallel()
	w := newWorld()
	want, err := New(w.options()).List(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []Entry
	for e, err := range New(w.options()).Each(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	slices.SortFunc(got, func(a, b Entry) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 2 {
		t.Errorf("List and Each (-list +each):\n%s", diff)
	}
	w.listErr = denied()
	for _, err := range New(w.options()).Each(t.Context(), "") {
		if !core.IsCode(err, core.CodeDenied) {
			t.Errorf("a refused list yields %v, want denied", err)
		}
	}
}

func TestListErrors(t *testing.T) {
	t.Parallel()
	for code, words := range map[core.Code]string{
		core.CodeDenied: "may not read", core.CodeNotFound: "no table CrossAccountManager-Account-Roles", core.CodeThrottled: "slow down",
	} {
		w := newWorld()
		w.listErr = core.Errorf(code, "slow down")
		_, err := New(w.options()).List(t.Context(), "", "")
		wantCode(t, err, code, words)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	failure := &core.Failure{Code: "MalformedPolicyDocument", Message: "the policy names an unknown action", Attempts: 3}
	rows := []core.AssignmentRecord{
		row("DevOps", "100000000001", "prod", core.AssignmentActive),
		row("DevOps", "100000000002", "prod-eu", core.AssignmentActive),
		row("DevOps", "100000000003", "twin", core.AssignmentActive), row("DevOps", "100000000004", "Twin", core.AssignmentActive),
		row("DevOps", "100000000005", "young", core.AssignmentPending), row("DevOps", "100000000006", "broken", core.AssignmentFailed),
		row("DevOps", "100000000007", "leaving", core.AssignmentDeleting), row("DevOps", "100000000008", "stuck", core.AssignmentFailed),
		row("DevOps", "100000000009", "old", core.AssignmentDeleted), row("DevOps", "100000000010", "", core.AssignmentActive),
		row("DevOps", "100000000011", "doomed", core.AssignmentActive),
	}
	rows[1].Of.Email = "aws+100000000099@example.com"
	rows[5].Failure = failure
	rows[7].Removing, rows[10].Removing = true, true
	tests := map[string]struct {
		ask   string
		want  core.AccountID
		code  core.Code
		words []string
	}{
		"id":                        {ask: "100000000002", want: "100000000002"},
		"exact name beats part":     {ask: "PROD", want: "100000000001"},
		"part of name":              {ask: "-eu", want: "100000000002"},
		"email":                     {ask: " Prod@Example.com ", want: "100000000001"},
		"part of email":             {ask: "aws+", want: "100000000002"},
		"part of id":                {ask: "0010", want: "100000000010"},
		"part is ambiguous":         {ask: "pro", code: core.CodeAmbiguous, words: []string{"prod (100000000001)", "prod-eu (100000000002)"}},
		"name is ambiguous":         {ask: "twin", code: core.CodeAmbiguous, words: []string{"100000000003", "100000000004"}},
		"an ID is never a part":     {ask: "100000000099", code: core.CodeNotFound},
		"pending":                   {ask: "young", code: core.CodeDenied, words: []string{"pending"}},
		"failed":                    {ask: "broken", code: core.CodeDenied, words: []string{failure.Code, failure.Message, "3 attempts"}},
		"deleting":                  {ask: "leaving", code: core.CodeDenied, words: []string{"deleting", "being removed"}},
		"removal announced":         {ask: "doomed", code: core.CodeDenied, words: []string{"being removed"}},
		"removal failed":            {ask: "stuck", code: core.CodeDenied, words: []string{"being removed"}},
		"assignment deleted":        {ask: "100000000009", code: core.CodeDenied, words: []string{"not approved"}},
		"exists by ID":              {ask: string(billing), code: core.CodeDenied, words: []string{"not approved for DevOps"}},
		"exists by name":            {ask: "ledger", code: core.CodeDenied, words: []string{"not approved for DevOps"}},
		"account has left":          {ask: "888888888888", code: core.CodeNotFound},
		"no such name":              {ask: "nothing", code: core.CodeNotFound, words: []string{`"nothing"`}},
		"nothing asked":             {ask: "  ", code: core.CodeUsage},
		"empty name matches nobody": {ask: "\t", code: core.CodeUsage},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.rows = rows
			w.names["ledger"] = billing
			w.accounts["100000000009"], w.accounts["888888888888"] = core.AccountActive, core.AccountDeleted
			e, err := New(w.options()).Resolve(t.Context(), "", test.ask)
			wantCode(t, err, test.code, test.words...)
			if err == nil && e.AccountID != test.want {
				t.Errorf("got %s", e.AccountID)
			}
			if err != nil && hintOf(err) == "" {
				t.Error("no hint")
			}
		})
	}
}

func TestUnknownWithoutTheRightToLook(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.blind = true
	_, err := New(w.options()).Resolve(t.Context(), "", string(billing))
	wantCode(t, err, core.CodeDenied, "not approved")
	_, err = New(w.options()).Resolve(t.Context(), "", "ledger")
	wantCode(t, err, core.CodeNotFound, "no account approved for DevOps")
}

func TestRoleThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.rows, w.roles["DevOps"] = nil, core.RoleDeleted
	_, err := New(w.options()).Resolve(t.Context(), "", "x")
	wantCode(t, err, core.CodeNotFound, "no role DevOps any more")
}

// Whatever is asked, a match contains what was asked, and no entry that is exactly
// what was asked loses to one that merely contains it.
func TestMatchNeverGuesses(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[a-cA-C1-2@]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
			return Entry{AccountID: core.AccountID(rapid.StringMatching(`[12]{12}`).Draw(t, "id")), Name: text.Draw(t, "name"), Email: text.Draw(t, "email")}
		}), 0, 6).Draw(t, "entries")
		ask := rapid.StringMatching(`[a-c1-2@]{1,3}`).Draw(t, "ask")
		found := match(entries, ask)
		exact := 0
		for _, e := range entries {
			if strings.EqualFold(e.Name, ask) {
				exact++
			}
		}
		if exact > 0 && len(found) != exact {
			t.Fatalf("%d entries have that name, %d found", exact, len(found))
		}
		for _, e := range found {
			if !strings.Contains(strings.ToLower(string(e.AccountID)+" "+e.Name+" "+e.Email), ask) {
				t.Fatalf("%+v does not contain %q", e, ask)
			}
		}
	})
}
