package engine_test

import (
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
)

// TestRemovedMasterRolesAreMadeAgain deletes the installation's roles, as the deletion of
// the master stack does, and lets the next installation take over the tables.
func TestRemovedMasterRolesAreMadeAgain(t *testing.T) {
	t.Parallel()
	in := installed(t, coretest.Options{})
	tables, topics := in.Admin.Tables(), in.Admin.Topics(in.Master(), in.Box.Region())
	e := engine.New(engine.Settings{
		Partition: in.Partition(), Master: in.Master(), Region: in.Box.Region(), OrgID: "o-sandbox00001", LinksBucket: in.Box.LinksBucket(),
	}, engine.Ports{
		Accounts: tables, Roles: tables, Assignments: tables, Files: tables, Config: in.Config(), Pages: in.Links(),
		Publisher: topics, Gate: topics, Master: in.Admin.IAM(), Entrance: in.Admin.Entrance("test"),
	}, nil, coretest.QuickPace)
	roles := []core.RoleName{"DevOps", "Audit"}
	before := map[core.RoleName]core.IAMRole{}
	for _, name := range roles {
		before[name], _ = in.UserRole(string(in.Master()), name)
	}
	if err := e.MasterRemove(in.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range roles {
		if _, found := in.UserRole(string(in.Master()), name); found {
			t.Errorf("%s is still there", name)
		}
	}
	if err := e.MasterInit(in.Context()); err != nil {
		t.Fatal(err)
	}
	in.Wait()
	for _, name := range roles {
		if again, found := in.UserRole(string(in.Master()), name); !found || again.Inline != before[name].Inline {
			t.Errorf("%s was not made again as it was: found %v", name, found)
		}
	}
}
