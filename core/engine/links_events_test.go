package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
)

// TestPagesFollowWhatRoleEventDoesNotSee renames an account, moves it to another group,
// and lets one leave: no role in a sub-account changes, the pages do.
func TestPagesFollowWhatRoleEventDoesNotSee(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	in.Upload("account/a.yaml", `accounts: {"111122223333": {name: cashdesk, groups: [tills]}}`, 0)
	in.Wait()
	for _, key := range []string{core.RolePage("R"), core.LinksPage} {
		if page := in.Page(key); !strings.Contains(page, "cashdesk") || !strings.Contains(page, "tills") || strings.Contains(page, "a111122223333") {
			t.Errorf("%s does not follow a new name and group:\n%s", key, page)
		}
	}
	in.Leave(payments)
	in.Wait()
	for _, key := range []string{core.RolePage("R"), core.LinksPage} {
		if strings.Contains(in.Page(key), payments) {
			t.Errorf("%s still leads to an account that left", key)
		}
	}
	quietly(t, in)
}

// TestReconcileBuildsWhatADeadBuilderLeft has a builder die that others relied on.
func TestReconcileBuildsWhatADeadBuilderLeft(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	for name, left := range map[string]core.FileRecord{
		"asked for":   {Again: true},
		"half built":  {Lease: core.Lease{Owner: "dead", Until: time.Now().Add(-time.Second)}},
		"not claimed": {Again: true, Lease: core.Lease{Owner: "dead", Until: time.Now().Add(-time.Second)}},
	} {
		for _, key := range []string{core.RolePage("R"), core.LinksPage} {
			_, err := in.Admin.Tables().UpdateFile(in.Context(), key, func(r *core.FileRecord) error {
				r.Again, r.Lease, r.Processed = left.Again, left.Lease, ""
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		in.Reconcile()
		for _, key := range []string{core.RolePage("R"), core.LinksPage} {
			if r := in.File(key); r.Again || r.Lease.Owner != "" || r.Processed == "" {
				t.Errorf("%s: %s was not built: %+v", name, key, r)
			}
		}
	}
	quietly(t, in)
}
