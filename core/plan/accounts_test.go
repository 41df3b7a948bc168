package plan_test

import (
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/plan"
)

func TestAccounts(t *testing.T) {
	t.Parallel()
	devRole := roles{roleRecord("R")}
	everything := record(accounts{accountRecord(one)}, devRole, assignment("R", one))
	check(t, []scenario{
		{
			name: "nothing at all",
		},
		{
			name:     "no change",
			desired:  files(entries{account(one)}, role("R")),
			recorded: everything,
		},
		{
			name:    "an unknown account waits",
			desired: files(entries{account(one)}, role("R")),
			want: []string{
				"add account 000000000001 (waiting)", "add role R", "add policy P.json of R",
				"add assignment R/000000000001 (waiting)",
			},
		},
		{
			name:     "an account that registered before any file listed it",
			desired:  files(entries{account(one)}, role("R")),
			recorded: record(accounts{accountRecord(one, func(r *core.AccountRecord) { r.Source = "" })}, devRole),
			want:     []string{"add account 000000000001", "add assignment R/000000000001"},
		},
		{
			name: "a registered account that no file lists is nothing to a plan",
			recorded: record(accounts{accountRecord(one, func(r *core.AccountRecord) { r.Source = "" })}, nil,
				assignment("gone", one, func(r *core.AssignmentRecord) { r.Status = core.AssignmentDeleted })),
		},
		{
			name: "every field",
			desired: files(entries{account(one, inProd, func(e *core.AccountEntry) {
				e.Name, e.Email, e.Tags, e.Source = "new", "new@example.com", map[string]string{"b": "2", "a": "1"}, "account/b.yaml"
			})}),
			recorded: record(accounts{accountRecord(one, func(r *core.AccountRecord) { r.Name, r.Email = "old", "old@example.com" })}, nil),
			want: []string{"update account 000000000001 file:account/a.yaml->account/b.yaml name:old->new " +
				"email:old@example.com->new@example.com groups:dev->prod tags:->a=1, b=2"},
		},
		{
			name:     "a move between files is no orphan",
			desired:  files(entries{account(one, func(e *core.AccountEntry) { e.Source = "account/b.yaml" })}, role("R")),
			recorded: everything,
			opts:     plan.Options{RemoveOrphans: true},
			want:     []string{"update account 000000000001 file:account/a.yaml->account/b.yaml"},
		},
		{
			name:     "removal takes the assignments along",
			desired:  files(entries{account(one, removedAccount)}, role("R")),
			recorded: everything,
			want:     []string{"remove account 000000000001", "remove assignment R/000000000001"},
		},
		{
			name:     "removal of what is not listed",
			desired:  files(entries{account(one, removedAccount), account(two, removedAccount)}, role("R")),
			recorded: record(accounts{accountRecord(one, unlisted)}, devRole),
		},
		{
			name:     "listed again after removal",
			desired:  files(entries{account(one)}, role("R")),
			recorded: record(accounts{accountRecord(one, unlisted)}, devRole),
			want:     []string{"add account 000000000001", "add assignment R/000000000001"},
		},
		{
			name:     "a departed account gets nothing, and loses what it had",
			desired:  files(entries{account(one), account(two)}, role("R")),
			recorded: record(accounts{accountRecord(one, departed), accountRecord(two, departed)}, devRole, assignment("R", two)),
			want:     []string{"remove assignment R/000000000002"},
		},
		{
			name:     "a listed account that has not registered waits",
			desired:  files(entries{account(one)}, role("R"), role("S")),
			recorded: record(accounts{accountRecord(one, unregistered)}, devRole, assignment("R", one, func(r *core.AssignmentRecord) { r.Status, r.Waiting = core.AssignmentPending, true })),
			want:     []string{"add role S", "add assignment S/000000000001 (waiting)"},
		},
	})
}

func TestOrphans(t *testing.T) {
	t.Parallel()
	everything := record(accounts{accountRecord(one), accountRecord(two)}, roles{roleRecord("R"), roleRecord("S")},
		assignment("R", one), assignment("R", two), assignment("S", one), assignment("S", two))
	confirmed := plan.Options{RemoveOrphans: true}
	check(t, []scenario{
		{
			name:     "an empty folder removes nothing",
			recorded: everything,
			want: []string{
				`orphan account 000000000001 of "account/a.yaml"`, `orphan account 000000000002 of "account/a.yaml"`,
				`orphan role R of "role/r.yaml"`, `orphan role S of "role/r.yaml"`,
			},
		},
		{
			name:     "confirmed, it removes everything",
			recorded: everything,
			opts:     confirmed,
			want: []string{
				"remove account 000000000001 (orphan)", "remove account 000000000002 (orphan)",
				"remove role R (orphan)", "remove role S (orphan)", "remove policy P.json of R,S",
				"remove assignment R/000000000001", "remove assignment R/000000000002",
				"remove assignment S/000000000001", "remove assignment S/000000000002",
			},
		},
		{
			name:     "an orphaned account gets new roles",
			desired:  files(entries{account(one)}, role("R"), role("S"), role("T")),
			recorded: everything,
			want: []string{
				"add role T", "add assignment T/000000000001", "add assignment T/000000000002",
				`orphan account 000000000002 of "account/a.yaml"`,
			},
		},
		{
			name:     "an orphaned role reaches new accounts",
			desired:  files(entries{account(one), account(two), account(three)}, role("R")),
			recorded: everything,
			want: []string{
				"add account 000000000003 (waiting)",
				"add assignment R/000000000003 (waiting)", "add assignment S/000000000003 (waiting)",
				`orphan role S of "role/r.yaml"`,
			},
		},
		{
			name:     "a changed policy file does not change an orphaned role",
			desired:  files(entries{account(one), account(two)}, role("R", describesEC2)),
			recorded: everything,
			want: []string{
				"update policy P.json document:S3->EC2 of R",
				"update assignment R/000000000001", "update assignment R/000000000002",
				`orphan role S of "role/r.yaml"`,
			},
		},
		{
			name:     "an orphaned role keeps its policy file in use",
			desired:  files(entries{account(one), account(two)}, role("R", removedRole)),
			recorded: everything,
			want: []string{
				"remove role R", "remove assignment R/000000000001", "remove assignment R/000000000002",
				`orphan role S of "role/r.yaml"`,
			},
		},
		{
			name:     "a new role names the policy file of an orphaned one",
			desired:  files(nil, role("T")),
			recorded: record(nil, roles{roleRecord("S")}),
			want:     []string{"add role T", `orphan role S of "role/r.yaml"`},
		},
		{
			name:     "an orphaned account that departed gets nothing, one that has not registered waits",
			desired:  files(nil, role("R")),
			recorded: record(accounts{accountRecord(one, departed), accountRecord(two, unregistered)}, roles{roleRecord("R")}),
			want: []string{
				"add assignment R/000000000002 (waiting)",
				`orphan account 000000000001 of "account/a.yaml"`, `orphan account 000000000002 of "account/a.yaml"`,
			},
		},
		{
			name:     "what no file ever listed stays even when orphans are removed",
			recorded: record(nil, roles{roleRecord("R", func(r *core.RoleRecord) { r.Source = "" })}),
			opts:     confirmed,
			want:     []string{`orphan role R of ""`},
		},
	})
}
