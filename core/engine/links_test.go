package engine_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/coretest"
	"github.com/cross-account-manager/cam/core/engine"
)

// counting counts the builds of a role's page, and interferes with them.
type counting struct {
	core.Assignments
	mu     sync.Mutex
	reads  int
	onRead func(n int) error // called when the nth build has read the assignments
}

func (c *counting) AssignmentsOfRole(ctx context.Context, role core.RoleName) iter.Seq2[core.AssignmentRecord, error] {
	return func(yield func(core.AssignmentRecord, error) bool) {
		c.mu.Lock()
		c.reads++
		n := c.reads
		c.mu.Unlock()
		for r, err := range c.Assignments.AssignmentsOfRole(ctx, role) {
			if !yield(r, err) {
				return
			}
		}
		if c.onRead == nil {
			return
		}
		if err := c.onRead(n); err != nil {
			yield(core.AssignmentRecord{}, err)
		}
	}
}

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads
}

// linksWorld is an empty installation with a role, and an engine on its tables.
func linksWorld(t *testing.T, onRead func(n int) error) (*coretest.Installation, *engine.Engine, *counting) {
	t.Helper()
	in := coretest.Install(t, coretest.Options{})
	c := &counting{Assignments: in.Admin.Tables(), onRead: onRead}
	e := engineAs(in, in.Admin, coretest.QuickPace, func(p *engine.Ports) { p.Assignments = c })
	return in, e, c
}

// assign records an active assignment, as RoleEvent does before it sends its event.
func assign(t testing.TB, in *coretest.Installation, role core.RoleName, account int) core.Event {
	t.Helper()
	id := core.AccountID(fmt.Sprintf("%012d", account))
	_, err := in.Admin.Tables().UpdateAssignment(in.Context(), core.Pair{Role: role, Account: id}, func(r *core.AssignmentRecord) error {
		r.Status, r.Of = core.AssignmentActive, core.Account{ID: id, Name: fmt.Sprint("account-", account)}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return core.Event{Action: core.ActionAdd, Role: role, At: time.Now().UTC()}
}

func wantAccounts(t *testing.T, in *coretest.Installation, key string, n int) {
	t.Helper()
	page := in.Page(key)
	for i := range n {
		if !strings.Contains(page, fmt.Sprintf("%012d", i+1)) {
			t.Errorf("%s lacks account %d of %d", key, i+1, n)
		}
	}
}

// The role has no record, so that only its page reads its assignments.
func TestABurstOfEventsBuildsAPageTwice(t *testing.T) {
	t.Parallel()
	in, e, c := linksWorld(t, nil)
	const n = 60
	events := make([]core.Event, n)
	for i := range events {
		events[i] = assign(t, in, "R", i+1)
		events[i].At = events[i].At.Add(-time.Second) // more than clocks may differ by
	}
	g, ctx := errgroup.WithContext(in.Context())
	for _, ev := range events {
		g.Go(func() error { return e.AccessLinks(ctx, ev) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := c.count(); got > 2 {
		t.Errorf("%d events built the page %d times, want at most twice", n, got)
	}
	wantAccounts(t, in, core.RolePage("R"), n)
	for _, ev := range events {
		if err := e.AccessLinks(in.Context(), ev); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.count(); got > 2 {
		t.Errorf("events that the page has seen built it again, %d times in all", got)
	}
}

// Writers that change and tell at random, while pages are built, lose nothing.
func TestNoChangeIsLostInABurst(t *testing.T) {
	t.Parallel()
	in, e, c := linksWorld(t, nil)
	const n = 80
	var g errgroup.Group
	g.SetLimit(8)
	for i := range n {
		g.Go(func() error { return e.AccessLinks(in.Context(), assign(t, in, "R", i+1)) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	wantAccounts(t, in, core.RolePage("R"), n)
	if got := c.count(); got >= n {
		t.Errorf("%d events built the page %d times", n, got)
	}
	for _, key := range []string{core.RolePage("R"), core.LinksPage} {
		if r := in.File(key); r.Again || r.Lease.Owner != "" {
			t.Errorf("%s is left behind: %+v", key, r)
		}
	}
}

// A change that comes while its page is read, and whose own event is answered at once,
// is in the page when the builder returns.
func TestAChangeDuringABuildIsBuilt(t *testing.T) {
	t.Parallel()
	var e *engine.Engine
	var in *coretest.Installation
	var c *counting
	in, e, c = linksWorld(t, func(n int) error {
		if n > 1 {
			return nil
		}
		return e.AccessLinks(in.Context(), assign(t, in, "R", 2))
	})
	if err := e.AccessLinks(in.Context(), assign(t, in, "R", 1)); err != nil {
		t.Fatal(err)
	}
	if got := c.count(); got != 2 {
		t.Errorf("the page was built %d times, want twice", got)
	}
	wantAccounts(t, in, core.RolePage("R"), 2)
}

// An event that is delivered again after its build failed or died builds the page: only
// a build that ended counts.
func TestAFailedBuildDoesNotCount(t *testing.T) {
	t.Parallel()
	broken := errors.New("the table does not answer")
	in, e, _ := linksWorld(t, func(n int) error {
		if n == 1 {
			return broken
		}
		return nil
	})
	ev := assign(t, in, "R", 1)
	if err := e.AccessLinks(in.Context(), ev); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if r := in.File(core.RolePage("R")); !r.Again || r.Lease.Owner != "" {
		t.Errorf("the page is not marked as old and free: %+v", r)
	}
	if err := e.AccessLinks(in.Context(), ev); err != nil {
		t.Fatal(err)
	}
	wantAccounts(t, in, core.RolePage("R"), 1)
}

func TestADeadBuildersPageIsTakenOver(t *testing.T) {
	t.Parallel()
	in, e, _ := linksWorld(t, nil)
	ev := assign(t, in, "R", 1)
	_, err := in.Admin.Tables().UpdateFile(in.Context(), core.RolePage("R"), func(r *core.FileRecord) error {
		r.Lease = core.Lease{Owner: "dead", Until: time.Now().Add(-time.Millisecond)}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.AccessLinks(in.Context(), ev); err != nil {
		t.Fatal(err)
	}
	wantAccounts(t, in, core.RolePage("R"), 1)
	if r := in.File(core.RolePage("R")); r.Again || r.Lease.Owner != "" {
		t.Errorf("the page is not free: %+v", r)
	}
}

// The write whose answer was lost is the builder's own: it does not wait for itself.
func TestALostAnswerDoesNotBlockTheBuilder(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	files := &forgetful{Files: in.Admin.Tables()}
	e := engineAs(in, in.Admin, coretest.QuickPace, func(p *engine.Ports) { p.Files = files })
	if err := e.AccessLinks(in.Context(), assign(t, in, "R", 1)); err != nil {
		t.Fatal(err)
	}
	wantAccounts(t, in, core.RolePage("R"), 1)
}

// forgetful applies the first change twice, as a store does that lost its answer.
type forgetful struct {
	core.Files
	once sync.Once
}

func (f *forgetful) UpdateFile(ctx context.Context, key string, change core.Change[core.FileRecord]) (core.FileRecord, error) {
	r, err := f.Files.UpdateFile(ctx, key, change)
	f.once.Do(func() { r, err = f.Files.UpdateFile(ctx, key, change) })
	return r, err
}

func TestPagesAreStoredForBrowsers(t *testing.T) {
	t.Parallel()
	in, e, _ := linksWorld(t, nil)
	if err := e.AccessLinks(in.Context(), assign(t, in, "R", 1)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{core.RolePage("R"), core.LinksPage} {
		o, err := in.Links().Object(in.Context(), key)
		if err != nil || o.ContentType != "text/html; charset=utf-8" || o.CacheControl != "no-cache" {
			t.Errorf("%s: %q, %q, %v", key, o.ContentType, o.CacheControl, err)
		}
	}
}

// TestThePageOfAllStaysSmall has more assignments than the page lists: what is read is
// bounded, and the page leads to the roles' pages.
func TestThePageOfAllStaysSmall(t *testing.T) {
	t.Parallel()
	in := coretest.Install(t, coretest.Options{})
	huge := &endless{Assignments: in.Admin.Tables()}
	for _, name := range []core.RoleName{"A", "B", "C"} {
		_, err := in.Admin.Tables().UpdateRole(in.Context(), name, func(r *core.RoleRecord) error {
			r.Status = core.RoleActive
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	e := engineAs(in, in.Admin, coretest.QuickPace, func(p *engine.Ports) { p.Assignments = huge })
	if err := e.AccessLinks(in.Context(), core.Event{}); err != nil {
		t.Fatal(err)
	}
	page := in.Page(core.LinksPage)
	for _, link := range []string{`href="links/A.html"`, `href="links/B.html"`, `href="links/C.html"`} {
		if !strings.Contains(page, link) {
			t.Errorf("the page has no %s:\n%s", link, page)
		}
	}
	if huge.read > 6000 || len(page) > 20_000 {
		t.Errorf("%d assignments were read for a page of %d bytes", huge.read, len(page))
	}
}

// endless has 100,000 accounts in every role.
type endless struct {
	core.Assignments
	read int
}

func (a *endless) AssignmentsOfRole(_ context.Context, role core.RoleName) iter.Seq2[core.AssignmentRecord, error] {
	return func(yield func(core.AssignmentRecord, error) bool) {
		for i := range 100_000 {
			a.read++
			p := core.Pair{Role: role, Account: core.AccountID(fmt.Sprintf("%012d", i))}
			if !yield(core.AssignmentRecord{Pair: p, Status: core.AssignmentActive}, nil) {
				return
			}
		}
	}
}
