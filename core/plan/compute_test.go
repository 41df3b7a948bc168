package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/core/plan"
)

const (
	one   core.AccountID = "000000000001"
	two   core.AccountID = "000000000002"
	three core.AccountID = "000000000003"

	readS3   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`
	readS3Id = `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["S3:Get*"],"Resource":["*"]}]}`
	readEC2  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}`
)

var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

// account is an entry of account/a.yaml, changed by edits.
func account(id core.AccountID, edits ...func(*core.AccountEntry)) core.AccountEntry {
	e := core.AccountEntry{Account: core.Account{ID: id, Groups: []string{"dev"}}, Source: "account/a.yaml"}
	for _, edit := range edits {
		edit(&e)
	}
	return e
}

// accountRecord is what account(id) leaves behind in a registered account.
func accountRecord(id core.AccountID, edits ...func(*core.AccountRecord)) core.AccountRecord {
	r := core.AccountRecord{Account: core.Account{ID: id, Groups: []string{"dev"}}, Source: "account/a.yaml", Registered: noon}
	for _, edit := range edits {
		edit(&r)
	}
	r.Settle()
	return r
}

// role is an entry of role/r.yaml that reaches the group dev.
func role(name core.RoleName, edits ...func(*core.RoleEntry)) core.RoleEntry {
	e := core.RoleEntry{
		Role:   core.Role{Name: name, Policy: "P.json", Document: readS3, Groups: []string{"dev"}},
		Source: "role/r.yaml",
	}
	for _, edit := range edits {
		edit(&e)
	}
	e.Digest = config.Digest(e.Role)
	return e
}

// roleRecord is what role(name) leaves behind.
func roleRecord(name core.RoleName, edits ...func(*core.RoleRecord)) core.RoleRecord {
	r := core.RoleRecord{Role: role(name).Role, Source: "role/r.yaml", Status: core.RoleActive}
	for _, edit := range edits {
		edit(&r)
	}
	r.Digest = config.Digest(r.Role)
	return r
}

// assignment is an active one, made of role(name).
func assignment(name core.RoleName, id core.AccountID, edits ...func(*core.AssignmentRecord)) core.AssignmentRecord {
	r := core.AssignmentRecord{Pair: core.Pair{Role: name, Account: id}, Status: core.AssignmentActive, Digest: role(name).Digest}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func removedAccount(e *core.AccountEntry) { e.Remove = true }
func removedRole(e *core.RoleEntry)       { e.Remove = true }
func inProd(e *core.AccountEntry)         { e.Groups = []string{"prod"} }
func unregistered(r *core.AccountRecord)  { r.Registered = time.Time{} }
func departed(r *core.AccountRecord)      { r.Registered, r.Departed = time.Time{}, noon }
func unlisted(r *core.AccountRecord)      { r.Source, r.Removed = "", true }
func deletedRole(r *core.RoleRecord)      { r.Status, r.Source = core.RoleDeleted, "" }
func describesEC2(e *core.RoleEntry)      { e.Document = readEC2 }

func failedWith(tried string) func(*core.AssignmentRecord) {
	return func(r *core.AssignmentRecord) { r.Status, r.Digest, r.Tried = core.AssignmentFailed, "", tried }
}

// describe writes a plan as lines: changes, then orphans.
func describe(p *plan.Plan) []string {
	var lines []string
	for _, c := range p.Changes {
		line := fmt.Sprintf("%s %s %s", c.Action, c.Kind, c.ID)
		for _, f := range c.Fields {
			line += fmt.Sprintf(" %s:%s->%s", f.Name, short(f.Old), short(f.New))
		}
		if len(c.Roles) > 0 {
			line += " of " + strings.Join(c.Roles, ",")
		}
		if c.Waiting {
			line += " (waiting)"
		}
		if c.Orphan {
			line += " (orphan)"
		}
		lines = append(lines, line)
	}
	for _, o := range p.Orphans {
		lines = append(lines, fmt.Sprintf("orphan %s %s of %q", o.Kind, o.ID, o.Source))
	}
	return lines
}

func short(document string) string {
	return strings.NewReplacer(readS3, "S3", readS3Id, "S3", readEC2, "EC2").Replace(document)
}

// scenario is files, a record, and the plan they give.
type scenario struct {
	name     string
	desired  core.Configuration
	recorded core.Recorded
	opts     plan.Options
	want     []string
}

func check(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.desired.Policies = []core.PolicyFile{{Name: "P.json", Source: "custom_policy/P.json"}}
			p := plan.Compute(&s.desired, &s.recorded, s.opts)
			if diff := cmp.Diff(s.want, describe(p)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if got := p.Summary.Accounts.Total() + p.Summary.Roles.Total() + p.Summary.Policies.Total() + p.Summary.Assignments.Total(); got != len(p.Changes) {
				t.Errorf("the summary counts %d changes of %d", got, len(p.Changes))
			}
			if p.Summary.Orphans != len(p.Orphans) || p.Empty() != (len(p.Changes) == 0) {
				t.Errorf("summary %+v, empty %v for %d changes, %d orphans", p.Summary, p.Empty(), len(p.Changes), len(p.Orphans))
			}
		})
	}
}

// files and record are short forms of the two sides.
func files(accounts []core.AccountEntry, roles ...core.RoleEntry) core.Configuration {
	return core.Configuration{Accounts: accounts, Roles: roles}
}

func record(accounts []core.AccountRecord, roles []core.RoleRecord, assignments ...core.AssignmentRecord) core.Recorded {
	return core.Recorded{Accounts: accounts, Roles: roles, Assignments: assignments}
}

type (
	entries  = []core.AccountEntry
	accounts = []core.AccountRecord
	roles    = []core.RoleRecord
)
