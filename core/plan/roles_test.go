package plan_test

import (
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	check(t, []scenario{
		{
			name:     "every field that sub-accounts do not see",
			desired:  files(nil, role("R", everyMasterField)),
			recorded: record(accounts{accountRecord(one)}, roles{roleRecord("R")}, assignment("R", one)),
			want: []string{
				"update role R file:role/r.yaml->role/s.yaml groups:dev->dev, prod accounts:->000000000001 exclude_accounts:->000000000002" +
					" require_mfa:false->true trust.directory_service:false->true trust.saml_providers:->saml trust.principals:->user",
				`orphan account 000000000001 of "account/a.yaml"`,
			},
		},
		{
			name:     "every field that sub-accounts have",
			desired:  files(entries{account(one)}, role("R", everySubAccountField)),
			recorded: record(accounts{accountRecord(one)}, roles{roleRecord("R")}, assignment("R", one)),
			want: []string{
				"update role R policy:P.json->Q.json managed_policies:->m, n max_session_duration:->1h30m" +
					" permissions_boundary:->b description:->text tags:->k=v",
				"remove policy P.json of R", "add policy Q.json of R", "update assignment R/000000000001",
			},
		},
		{
			name:     "removal, and removal of what is not there",
			desired:  files(entries{account(one)}, role("R", removedRole), role("S", removedRole), role("T", removedRole)),
			recorded: record(accounts{accountRecord(one)}, roles{roleRecord("R"), roleRecord("S", deletedRole)}, assignment("R", one)),
			want:     []string{"remove role R", "remove policy P.json of R", "remove assignment R/000000000001"},
		},
		{
			name:     "a deleted role comes back",
			desired:  files(entries{account(one)}, role("R")),
			recorded: record(accounts{accountRecord(one)}, roles{roleRecord("R", deletedRole)}, assignment("R", one, func(r *core.AssignmentRecord) { r.Status = core.AssignmentDeleted })),
			want:     []string{"add role R", "add policy P.json of R", "add assignment R/000000000001"},
		},
		{
			name:     "whole hours are written as files write them",
			desired:  files(nil, role("R", func(e *core.RoleEntry) { e.MaxSessionDuration = 4 * time.Hour })),
			recorded: record(nil, roles{roleRecord("R", func(r *core.RoleRecord) { r.MaxSessionDuration = 3610 * time.Second })}),
			want:     []string{"update role R max_session_duration:1h0m10s->4h"},
		},
		{
			name:     "a role that the retired solution recorded is taken over",
			desired:  files(nil, role("R")),
			recorded: record(nil, roles{roleRecord("R", func(r *core.RoleRecord) { r.Source, r.Document = "", "" })}),
			want:     []string{"update role R file:->role/r.yaml", "update policy P.json document:->S3 of R"},
		},
	})
}

func everyMasterField(e *core.RoleEntry) {
	e.Source, e.Groups = "role/s.yaml", []string{"dev", "prod"}
	e.Accounts, e.ExcludeAccounts = []core.AccountID{one}, []core.AccountID{two}
	e.RequireMFA, e.Trust = true, core.Trust{DirectoryService: true, SAMLProviders: []string{"saml"}, Principals: []string{"user"}}
}

func everySubAccountField(e *core.RoleEntry) {
	e.Policy, e.Document, e.ManagedPolicies = "Q.json", readEC2, []string{"m", "n"}
	e.MaxSessionDuration, e.PermissionsBoundary = 90*time.Minute, "b"
	e.Description, e.Tags = "text", map[string]string{"k": "v"}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	withEC2 := func(r *core.RoleRecord) { r.Document = readEC2 }
	atOne := accounts{accountRecord(one)}
	check(t, []scenario{
		{
			name:     "a changed file changes every role that names it",
			desired:  files(entries{account(one)}, role("R", describesEC2), role("S", describesEC2)),
			recorded: record(atOne, roles{roleRecord("R"), roleRecord("S")}, assignment("R", one), assignment("S", one)),
			want: []string{
				"update policy P.json document:S3->EC2 of R,S",
				"update assignment R/000000000001", "update assignment S/000000000001",
			},
		},
		{
			name:     "another way to write the same changes nothing",
			desired:  files(entries{account(one)}, role("R", func(e *core.RoleEntry) { e.Document = readS3Id })),
			recorded: record(atOne, roles{roleRecord("R")}, assignment("R", one)),
		},
		{
			name:     "half of an update is recorded, the first role's",
			desired:  files(nil, role("R", describesEC2), role("S", describesEC2)),
			recorded: record(nil, roles{roleRecord("R", withEC2), roleRecord("S")}),
			want:     []string{"update policy P.json document:S3->EC2 of R,S"},
		},
		{
			name:     "half of an update is recorded, the last role's",
			desired:  files(nil, role("R", describesEC2), role("S", describesEC2)),
			recorded: record(nil, roles{roleRecord("R"), roleRecord("S", withEC2)}),
			want:     []string{"update policy P.json document:S3->EC2 of R,S"},
		},
		{
			name:     "one more role names a file",
			desired:  files(nil, role("R"), role("S")),
			recorded: record(nil, roles{roleRecord("R")}),
			want:     []string{"add role S"},
		},
		{
			name:     "one of two roles names it no more",
			desired:  files(nil, role("R"), role("S", removedRole)),
			recorded: record(nil, roles{roleRecord("R"), roleRecord("S")}),
			want:     []string{"remove role S"},
		},
		{
			name:     "a deleted role's document does not count",
			desired:  files(nil, role("R")),
			recorded: record(nil, roles{roleRecord("R"), roleRecord("S", deletedRole, withEC2)}),
		},
	})
}
