package engine_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// reopen makes an assignment's work undone: IAM has no role, and the record says so.
func reopen(t *testing.T, in *coretest.Installation, p core.Pair, lease core.Lease) {
	t.Helper()
	if err := in.AdminOf(string(p.Account)).IAM().DeleteRole(in.Context(), p.Role.IAMName()); err != nil {
		t.Fatal(err)
	}
	_, err := in.Admin.Tables().UpdateAssignment(in.Context(), p, func(r *core.AssignmentRecord) error {
		r.Status, r.Digest, r.Lease = core.AssignmentPending, "", lease
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneOfManyEventsDoesTheWork(t *testing.T) {
	t.Parallel()
	var c calls
	in := one(t, coretest.Options{Sandbox: sandbox.Options{Trace: c.trace}})
	p := core.Pair{Role: "R", Account: payments}
	reopen(t, in, p, core.Lease{})
	c.reset()
	handler := in.As(string(core.AdminRole))
	var g errgroup.Group
	for range 6 {
		g.Go(func() error { return engineAs(in, handler, coretest.QuickPace, nil).RoleEvent(in.Context(), p) })
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	in.Wait()
	wantStatus(t, in, "R", payments, core.AssignmentActive)
	if r := in.Assignment("R", payments); r.Lease != (core.Lease{}) {
		t.Errorf("the lease was not given back: %+v", r.Lease)
	}
	if n := c.iamWrites(); n != 2 {
		t.Errorf("%d IAM writes, want one CreateRole and one PutRolePolicy: %v", n, c.n)
	}
}

func TestTheLeaseOfADeadHolderEnds(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	p := core.Pair{Role: "R", Account: payments}
	until := time.Now().Add(600 * time.Millisecond)
	reopen(t, in, p, core.Lease{Owner: "dead", Until: until})
	e := engineAs(in, in.As(string(core.AdminRole)), coretest.QuickPace, nil)
	if err := e.RoleEvent(in.Context(), p); err != nil {
		t.Error(err)
	}
	if now := time.Now(); now.Before(until) {
		t.Errorf("the work was done %s before the lease ended", until.Sub(now))
	}
	in.Wait()
	wantStatus(t, in, "R", payments, core.AssignmentActive)
}

// TestALostLeaseWritesNothing: whoever has lost the lease leaves the
// record to its new holder.
func TestALostLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	in := one(t, coretest.Options{})
	p := core.Pair{Role: "R", Account: payments}
	reopen(t, in, p, core.Lease{})
	other := core.Lease{Owner: "other", Until: time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)}
	handler := in.As(string(core.AdminRole))
	e := engineAs(in, handler, coretest.QuickPace, stealing(in, p, other))
	if err := e.RoleEvent(in.Context(), p); !core.IsCode(err, core.CodeConflict) {
		t.Errorf("the event ends with %v, want a conflict, to be delivered again", err)
	}
	if r := in.Assignment("R", payments); r.Lease != other || r.Status != core.AssignmentPending {
		t.Errorf("the record was written: %s, %+v", r.Status, r.Lease)
	}
}

// stealing gives the lease to somebody else as soon as the account is entered.
func stealing(in *coretest.Installation, p core.Pair, lease core.Lease) func(*engine.Ports) {
	return func(ports *engine.Ports) { ports.Entrance = thief{ports.Entrance, in, p, lease} }
}

type thief struct {
	core.Entrance
	in    *coretest.Installation
	pair  core.Pair
	lease core.Lease
}

// Enter implements core.Entrance.
func (s thief) Enter(ctx context.Context, id core.AccountID) (core.RoleAdmin, error) {
	_, err := s.in.Admin.Tables().UpdateAssignment(ctx, s.pair, func(r *core.AssignmentRecord) error {
		r.Lease = s.lease
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Entrance.Enter(ctx, id)
}
