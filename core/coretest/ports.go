package coretest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

// store is one kind of record behind its port, so that one suite serves all kinds.
// The implementation may hold other records; the suite looks at its own keys only.
type store[T any, K comparable] struct {
	get    func(context.Context, K) (T, error)
	update func(context.Context, K, core.Change[T]) (T, error)

	newKey     func() K            // never the same twice
	keyOf      func(*T) K          // the key of a record
	fill       *rapid.Generator[T] // a record with anything in it
	pin        func(*T, K)         // sets the parts that follow from the key
	version    func(*T) *int64     // counts the writes
	tally      func(*T) *string    // some string of the record, for the suite's own counting
	pad        func(*T, string)    // makes the record large
	*memory[T]                     // nil for a record without one
}

// test runs what every kind of record has to hold.
func (s store[T, K]) test(t *testing.T) {
	t.Run("a missing record is not found", s.missing)
	t.Run("no field is lost", s.roundTrip)
	t.Run("a new record has only its key", s.fresh)
	t.Run("unchanged writes nothing", s.unchanged)
	t.Run("an error writes nothing", s.aborted)
	t.Run("a canceled update writes nothing", s.canceled)
	t.Run("concurrent updates lose none", s.concurrent)
	if s.memory != nil {
		t.Run("the history of the status is kept", s.remembers)
	}
}

func (s store[T, K]) missing(t *testing.T) {
	t.Parallel()
	_, err := s.get(t.Context(), s.newKey())
	wantCode(t, err, core.CodeNotFound)
}

// examples is how many arbitrary values are tried where each costs some calls.
const examples = 20

// roundTrip writes two arbitrary records over each other, so that what the second one
// leaves empty does not survive from the first.
func (s store[T, K]) roundTrip(t *testing.T) {
	t.Parallel()
	for seed := range examples {
		key := s.newKey()
		var last T
		s.pin(&last, key)
		for n := int64(1); n <= 2; n++ {
			want := s.fill.Example(2*seed + int(n))
			s.pin(&want, key)
			got, err := s.update(t.Context(), key, func(r *T) error {
				before := *s.version(r)
				*r = want
				*s.version(r) = before
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if *s.version(&want) = n; s.memory != nil {
				s.remember(&want, &last) // whatever history the change wrote
			}
			last = want
			if diff := difference(want, got); diff != "" {
				t.Fatalf("Update returns another record than it was given (-want +got):\n%s", diff)
			}
			s.mustBe(t, key, want)
		}
	}
}

func (s store[T, K]) fresh(t *testing.T) {
	t.Parallel()
	key := s.newKey()
	var want T
	s.pin(&want, key)
	calls := 0
	_, err := s.update(t.Context(), key, func(r *T) error {
		calls++
		if diff := difference(want, *r); diff != "" {
			t.Errorf("a record that is not there yet (-want +got):\n%s", diff)
		}
		return nil
	})
	if err != nil || calls != 1 {
		t.Fatalf("%d calls of the change, %v", calls, err)
	}
	got, err := s.get(t.Context(), key)
	if err != nil || *s.version(&got) != 1 {
		t.Errorf("after one write: version %d, %v", *s.version(&got), err)
	}
}

// put writes the tally of a record, which may be new.
func (s store[T, K]) put(t *testing.T, key K, tally string) T {
	t.Helper()
	r, err := s.update(t.Context(), key, func(r *T) error {
		*s.tally(r) = tally
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mustBe checks that a record is stored as it is.
func (s store[T, K]) mustBe(t *testing.T, key K, want T) {
	t.Helper()
	got, err := s.get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("the stored record (-want +got):\n%s", diff)
	}
}

func (s store[T, K]) unchanged(t *testing.T) {
	t.Parallel()
	key := s.newKey()
	skip := func(r *T) error {
		*s.tally(r) = "not to be seen"
		return fmt.Errorf("nothing to do: %w", core.ErrUnchanged)
	}
	if _, err := s.update(t.Context(), key, skip); err != nil {
		t.Fatal(err)
	}
	_, err := s.get(t.Context(), key)
	wantCode(t, err, core.CodeNotFound)

	want := s.put(t, key, "first")
	got, err := s.update(t.Context(), key, skip)
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("Update returns a record that is not stored (-stored +returned):\n%s", diff)
	}
	s.mustBe(t, key, want)
}

// aborted asks for the very error of the change: callers compare it.
func (s store[T, K]) aborted(t *testing.T) {
	t.Parallel()
	key := s.newKey()
	for _, boom := range []error{errors.New("boom"), core.Errorf(core.CodeConflict, "somebody else is at it")} {
		calls := 0
		fail := func(r *T) error {
			calls++
			*s.tally(r) = "not to be seen"
			return boom
		}
		if _, err := s.update(t.Context(), key, fail); err != boom || calls != 1 {
			t.Errorf("%d calls of the change, error %v, want one and %v", calls, err, boom)
		}
	}
	_, err := s.get(t.Context(), key)
	wantCode(t, err, core.CodeNotFound)
}

func (s store[T, K]) canceled(t *testing.T) {
	t.Parallel()
	key := s.newKey()
	want := s.put(t, key, "first")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.update(ctx, key, func(r *T) error {
		cancel()
		*s.tally(r) = "not to be seen"
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	s.mustBe(t, key, want)
}

func (s store[T, K]) concurrent(t *testing.T) {
	t.Parallel()
	const writers = 16
	key := s.newKey()
	increment := func(r *T) error {
		n, _ := strconv.Atoi(*s.tally(r)) // empty is zero
		*s.tally(r) = strconv.Itoa(n + 1)
		return nil
	}
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			if _, err := s.update(t.Context(), key, increment); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	got, err := s.get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if *s.tally(&got) != strconv.Itoa(writers) || *s.version(&got) != writers {
		t.Errorf("%s increments and %d writes of %d are left", *s.tally(&got), *s.version(&got), writers)
	}
}

// list is one way to list records.
type list[T any] func(context.Context) iter.Seq2[T, error]

// lists waits until a list has exactly these of the suite's records, whole and each
// once, and none of the absent. Lists may lag; strict ones do not.
func (s store[T, K]) lists(t *testing.T, strict bool, list list[T], want []T, absent ...K) {
	t.Helper()
	wanted := map[K]T{}
	for _, r := range want {
		wanted[s.keyOf(&r)] = r
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		diff := s.listed(t, list, wanted, absent)
		if diff == "" {
			return
		}
		if strict || time.Now().After(deadline) {
			t.Errorf("the list is wrong:\n%s", diff)
			return
		}
		waitABit(t.Context())
	}
}

// listed says how a list differs from what is wanted.
func (s store[T, K]) listed(t *testing.T, list list[T], wanted map[K]T, absent []K) string {
	t.Helper()
	var problems []string
	seen := map[K]bool{}
	for r, err := range list(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		key := s.keyOf(&r)
		want, known := wanted[key]
		switch {
		case slices.Contains(absent, key):
			problems = append(problems, fmt.Sprintf("%v should not be listed", key))
		case known && seen[key]:
			problems = append(problems, fmt.Sprintf("%v is listed twice", key))
		case known:
			problems = append(problems, difference(want, r))
		}
		seen[key] = true
	}
	for key := range wanted {
		if !seen[key] {
			problems = append(problems, fmt.Sprintf("%v is missing", key))
		}
	}
	return strings.Join(slices.DeleteFunc(problems, func(p string) bool { return p == "" }), "\n")
}

// large are records that together are larger than a page of DynamoDB (1 MB).
func (s store[T, K]) large(t *testing.T, newKey func() K, change func(*T)) []T {
	t.Helper()
	const records, size = 30, 40 << 10
	out := make([]T, records)
	var group sync.WaitGroup
	for i := range out {
		group.Go(func() {
			var err error
			out[i], err = s.update(t.Context(), newKey(), func(r *T) error {
				s.pad(r, strings.Repeat("x", size))
				change(r)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	return out
}

// stops checks that a list ends where its reader stops, and with a canceled context.
func stops[T any](t *testing.T, list list[T]) {
	t.Helper()
	n := 0
	for deadline := time.Now().Add(5 * time.Second); n == 0 && time.Now().Before(deadline); waitABit(t.Context()) {
		for _, err := range list(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			break
		}
	}
	if n != 1 {
		t.Errorf("%d records before the break", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs []error
	for _, err := range list(ctx) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
		t.Errorf("a canceled list ends with %v", errs)
	}
}

// difference compares records; nil and empty collections mean the same.
func difference(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }

func wantCode(t *testing.T, err error, code core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != code {
		t.Errorf("code %q of %v, want %q", got, err, code)
	}
}

// waitABit spreads the questions of a test that waits.
func waitABit(ctx context.Context) {
	timer := time.NewTimer(30 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
