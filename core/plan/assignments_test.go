package plan_test

import (
	"testing"

	"github.com/cross-account-manager/cam/core"
)

func TestSelections(t *testing.T) {
	t.Parallel()
	prodRole := func(e *core.RoleEntry) { e.Groups = []string{"prod"} }
	both := accounts{accountRecord(one), accountRecord(two)}
	check(t, []scenario{
		{
			name:    "another group of an account moves its assignments both ways",
			desired: files(entries{account(one, inProd), account(two)}, role("Dev"), role("Prod", prodRole)),
			recorded: record(both, roles{roleRecord("Dev"), roleRecord("Prod", func(r *core.RoleRecord) { r.Groups = []string{"prod"} })},
				assignment("Dev", one), assignment("Dev", two)),
			want: []string{
				"update account 000000000001 groups:dev->prod",
				"remove assignment Dev/000000000001", "add assignment Prod/000000000001",
			},
		},
		{
			name:     "another selection of a role moves assignments both ways",
			desired:  files(entries{account(one, inProd), account(two)}, role("R", prodRole)),
			recorded: record(accounts{accountRecord(one, func(r *core.AccountRecord) { r.Groups = []string{"prod"} }), accountRecord(two)}, roles{roleRecord("R")}, assignment("R", two)),
			want:     []string{"update role R groups:dev->prod", "add assignment R/000000000001", "remove assignment R/000000000002"},
		},
		{
			name:     "an exclusion",
			desired:  files(entries{account(one), account(two)}, role("R", func(e *core.RoleEntry) { e.ExcludeAccounts = []core.AccountID{two} })),
			recorded: record(both, roles{roleRecord("R")}, assignment("R", one), assignment("R", two)),
			want:     []string{"update role R exclude_accounts:->000000000002", "remove assignment R/000000000002"},
		},
		{
			name:    "assignments are sorted by role before account",
			desired: files(entries{account(one), account(two)}, role("A-B"), role("A")),
			recorded: record(both, roles{roleRecord("A"), roleRecord("A-B")},
				assignment("A", one, func(r *core.AssignmentRecord) { r.Digest = "old" })),
			want: []string{
				"update assignment A/000000000001", "add assignment A/000000000002",
				"add assignment A-B/000000000001", "add assignment A-B/000000000002",
			},
		},
		{
			name:     "assignments of a role or an account without record go",
			desired:  files(entries{account(one)}, role("R")),
			recorded: record(accounts{accountRecord(one)}, roles{roleRecord("R")}, assignment("R", one), assignment("R", three), assignment("Lost", one)),
			want:     []string{"remove assignment Lost/000000000001", "remove assignment R/000000000003"},
		},
	})
}

// TestStatuses plans for one assignment in every state, once wanted and once not.
func TestStatuses(t *testing.T) {
	t.Parallel()
	current := role("R").Digest
	in := func(s core.AssignmentStatus) func(*core.AssignmentRecord) {
		return func(r *core.AssignmentRecord) { r.Status = s }
	}
	removing := func(r *core.AssignmentRecord) { r.Removing = true }
	for _, test := range []struct {
		name             string
		record           []func(*core.AssignmentRecord)
		wanted, unwanted string // action; empty for none
	}{
		{"active", nil, "", "remove"},
		{"active with another digest", []func(*core.AssignmentRecord){func(r *core.AssignmentRecord) { r.Digest = "old" }}, "update", "remove"},
		{"pending gets what is new anyway", []func(*core.AssignmentRecord){in(core.AssignmentPending), func(r *core.AssignmentRecord) { r.Digest = "old" }}, "", "remove"},
		{"failed with this digest", []func(*core.AssignmentRecord){failedWith(current)}, "", "remove"},
		{"failed with another digest", []func(*core.AssignmentRecord){failedWith("old")}, "update", "remove"},
		{"removal failed", []func(*core.AssignmentRecord){failedWith(""), removing}, "add", ""},
		{"deleting", []func(*core.AssignmentRecord){in(core.AssignmentDeleting), removing}, "add", ""},
		{"deleting, as another writer records it", []func(*core.AssignmentRecord){in(core.AssignmentDeleting)}, "add", ""},
		{"deleted", []func(*core.AssignmentRecord){in(core.AssignmentDeleted)}, "add", ""},
		{"no status yet", []func(*core.AssignmentRecord){in("")}, "add", ""},
	} {
		lines := func(action string) []string {
			if action == "" {
				return nil
			}
			return []string{action + " assignment R/000000000001"}
		}
		row := assignment("R", one, test.record...)
		elsewhere := func(r *core.RoleRecord) { r.Groups = []string{"prod"} }
		check(t, []scenario{
			{
				name:     test.name + "/wanted",
				desired:  files(entries{account(one)}, role("R")),
				recorded: record(accounts{accountRecord(one)}, roles{roleRecord("R")}, row),
				want:     lines(test.wanted),
			},
			{
				name:     test.name + "/unwanted",
				desired:  files(entries{account(one)}, role("R", func(e *core.RoleEntry) { e.Groups = []string{"prod"} })),
				recorded: record(accounts{accountRecord(one)}, roles{roleRecord("R", elsewhere)}, row),
				want:     lines(test.unwanted),
			},
		})
	}
}
