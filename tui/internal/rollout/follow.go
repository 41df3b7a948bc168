package rollout

import (
	"context"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cross-account-manager/cam/core"
)

// Bounds of what is read how.
const (
	parallel     = 8   // reads at once
	manyLeft     = 200 // assignments: beyond, their roles are read anew instead
	manyAccounts = 50  // accounts: beyond, all roles are read anew instead
	manyRoles    = 8   // roles: beyond, they are read anew only every Options.Lists
)

// follower reads the tables, look by look.
type follower struct {
	state          State
	options        Options
	parts          chan<- part
	refresh, hurry <-chan struct{}

	ledger   *ledger
	loaded   bool
	listed   time.Time     // when accounts and roles were last read
	reread   time.Time     // when many roles were last read anew
	alert    time.Time     // until when to look often
	took     time.Duration // the last look at what is open
	failures int           // in a row
	health   Health
}

func (f *follower) run(ctx context.Context) {
	f.ledger = newLedger()
	for ctx.Err() == nil {
		err := f.look(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := f.judge(err)
		f.tell()
		f.rest(ctx, wait)
	}
}

// rest waits for the next look, unless somebody asks for one.
func (f *follower) rest(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-f.hurry:
		f.beAlert()
	case <-f.refresh:
		f.ledger, f.loaded, f.listed = newLedger(), false, time.Time{}
		f.send(Batch{Afresh: true})
		f.tell()
	}
}

// beAlert has the follower look often for a while: long enough that accounts and
// roles are read again before it calms down.
func (f *follower) beAlert() { f.alert = time.Now().Add(3 * f.options.Lists) }

func (f *follower) isAlert() bool { return time.Now().Before(f.alert) }

// judge remembers how a look went and decides when the next one begins.
func (f *follower) judge(err error) time.Duration {
	now := time.Now()
	if err == nil {
		f.failures, f.health = 0, Health{LastGood: now}
		pace := f.options.Idle
		if f.isAlert() {
			pace = f.options.Busy
		}
		return max(pace, f.took)
	}
	wait := min(time.Second<<min(f.failures, 5), 30*time.Second)
	if core.IsCode(err, core.CodeNoCredentials, core.CodeDenied, core.CodeNotFound) {
		wait = max(wait, f.options.Idle) // it takes somebody to mend that
	}
	if f.failures == 0 {
		f.health.Since = now
	}
	f.failures++
	f.health.Err, f.health.NextTry = err, now.Add(wait)
	return wait
}

// look reads what is due. What an error leaves undone is due again at the next look.
func (f *follower) look(ctx context.Context) error {
	pace := f.options.ListsIdle
	if f.isAlert() {
		pace = f.options.Lists
	}
	if now := time.Now(); f.listed.IsZero() || now.Sub(f.listed) >= pace {
		if err := f.readLists(ctx); err != nil {
			return err
		}
		f.listed = now
	}
	if err := f.readOpen(ctx); err != nil {
		return err
	}
	return f.readStale(ctx)
}

// readLists reads accounts and roles and sends those that changed. What changed may
// have begun and finished work since the last look, unseen: a role is changed once
// more when all its assignments are marked, and so is an account.
func (f *follower) readLists(ctx context.Context) error {
	lists := []func(context.Context) error{f.readAccounts, f.readRoles}
	err := each(ctx, lists, func(ctx context.Context, read func(context.Context) error) error { return read(ctx) })
	accounts, roles := f.ledger.stale()
	switch {
	case !f.loaded || len(accounts) > manyAccounts:
		f.ledger.widen()
	case len(accounts)+len(roles) == 0:
		return err
	}
	if f.loaded {
		f.beAlert()
	}
	return err
}

func (f *follower) readAccounts(ctx context.Context) error {
	return stream(f, f.state.ListAccounts(ctx), Batch{}, func(b *Batch, r core.AccountRecord) {
		if f.ledger.account(&r) {
			b.Accounts = append(b.Accounts, r)
		}
	})
}

func (f *follower) readRoles(ctx context.Context) error {
	return stream(f, f.state.ListRoles(ctx), Batch{}, func(b *Batch, r core.RoleRecord) {
		if f.ledger.role(&r) {
			b.Roles = append(b.Roles, r)
		}
	})
}

// readOpen reads what is open, and once more what no longer is.
func (f *follower) readOpen(ctx context.Context) error {
	f.ledger.beginLook()
	began := time.Now()
	open := f.state.OpenAssignments(ctx, core.AssignmentPending, core.AssignmentDeleting, core.AssignmentFailed)
	err := stream(f, open, Batch{}, func(b *Batch, r core.AssignmentRecord) {
		if f.ledger.assignment(&r, true) {
			b.Assignments = append(b.Assignments, r)
		}
	})
	if err != nil {
		return err
	}
	f.took = time.Since(began)
	left, underWay := f.ledger.left()
	if underWay {
		f.beAlert()
	}
	if len(left) > manyLeft {
		for _, p := range left {
			f.ledger.doubt(p)
		}
		return nil
	}
	return each(ctx, left, f.readAssignment)
}

func (f *follower) readAssignment(ctx context.Context, p core.Pair) error {
	r, err := f.state.Assignment(ctx, p)
	switch {
	case core.IsCode(err, core.CodeNotFound):
		f.ledger.gone(p)
		f.send(Batch{Gone: []core.Pair{p}})
	case err != nil:
		return err
	case f.ledger.assignment(&r, false):
		f.send(Batch{Assignments: []core.AssignmentRecord{r}})
	}
	return nil
}

// readStale reads the assignments of accounts and roles that changed.
func (f *follower) readStale(ctx context.Context) error {
	accounts, roles := f.ledger.stale()
	if err := each(ctx, accounts, f.readAccount); err != nil {
		return err
	}
	if len(roles) > manyRoles {
		if f.loaded && time.Since(f.reread) < f.options.Lists {
			return nil
		}
		defer func() { f.reread = time.Now() }()
	}
	if err := each(ctx, roles, f.readRole); err != nil {
		return err
	}
	f.loaded = true
	return nil
}

func (f *follower) readAccount(ctx context.Context, id core.AccountID) error {
	err := stream(f, f.state.AssignmentsOfAccount(ctx, id), Batch{}, func(b *Batch, r core.AssignmentRecord) {
		f.ledger.assignment(&r, false)
		b.Assignments = append(b.Assignments, r)
	})
	if err == nil {
		f.ledger.read(id, "")
	}
	return err
}

func (f *follower) readRole(ctx context.Context, name core.RoleName) error {
	list := Batch{List: name, First: true, Last: true}
	err := stream(f, f.state.AssignmentsOfRole(ctx, name), list, func(b *Batch, r core.AssignmentRecord) {
		f.ledger.assignment(&r, false)
		b.Assignments = append(b.Assignments, r)
	})
	if err == nil {
		f.ledger.read("", name)
	}
	return err
}

// send hands a batch in. It listens to no context: what the ledger has noted must
// arrive, also if another reader's error stops this one. When the watch is over, parts
// are still taken, and dropped.
func (f *follower) send(b Batch) { f.parts <- part{batch: b} }

// tell hands in how it stands.
func (f *follower) tell() { f.parts <- part{status: &status{f.loaded, f.health}} }

// stream sends the records of a list in batches: of batchSize, or of what came within
// updatePace. as gives the batches their List; a list that ends in an error has no
// Last.
func stream[R any](f *follower, records iter.Seq2[R, error], as Batch, add func(*Batch, R)) error {
	batch := Batch{List: as.List, First: as.First}
	var began time.Time
	var failed error
	for r, err := range records {
		if failed = err; err != nil {
			break
		}
		if batch.size() == 0 {
			began = time.Now()
		}
		add(&batch, r)
		if batch.size() >= batchSize || batch.size() > 0 && time.Since(began) >= updatePace {
			f.send(batch)
			batch = Batch{List: as.List}
		}
	}
	batch.Last = as.Last && failed == nil
	if batch.size() > 0 || batch.Last {
		f.send(batch)
	}
	return failed
}

// each does the same with every item, some at once, and returns the first error. One
// record that cannot be read keeps nothing else from being read; any other error ends
// what has begun.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var g errgroup.Group
	g.SetLimit(parallel)
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			err := do(ctx, item)
			if err != nil && !core.IsCode(err, core.CodeFailure) {
				cancel(err)
			}
			return err
		})
	}
	err := g.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
