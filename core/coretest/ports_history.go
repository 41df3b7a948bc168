package coretest

import (
	"fmt"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// memory is what a kind of record remembers of its past.
type memory[T any] struct {
	remember func(r, before *T) // the record's method of that name
	history  func(*T) *[]core.StatusChange
	set      func(r *T, status string, at time.Time)
	fail     func(*T, *core.Failure) // nil where a status has no failure
}

// remembers takes a record through more statuses than a history holds. What there is to
// remember is core's rule and tested there; here, that every Update follows it, that the
// history is stored, and that no Change writes it.
func (s store[T, K]) remembers(t *testing.T) {
	t.Parallel()
	key, began := s.newKey(), time.Date(2024, 5, 1, 12, 0, 0, 123_456_789, time.UTC)
	var want []core.StatusChange
	expect := func(status string, at time.Time, code string) {
		want = append(want, core.StatusChange{Status: status, At: at.Truncate(time.Millisecond), Code: code})
		want = want[max(0, len(want)-core.MaxHistory):]
	}
	write := func(what string, change func(*T)) {
		t.Helper()
		got, err := s.update(t.Context(), key, func(r *T) error {
			change(r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := difference(want, *s.history(&got)); diff != "" {
			t.Fatalf("%s: the history that Update returns (-want +got):\n%s", what, diff)
		}
		s.mustBe(t, key, got)
	}
	for i := range core.MaxHistory + 2 {
		status, at := fmt.Sprint("status-", i), began.Add(time.Duration(i)*time.Hour)
		expect(status, at, "")
		write("another status", func(r *T) { s.set(r, status, at) })
		write("no other status", func(r *T) { s.set(r, status, at.Add(time.Minute)) })
		write("a change that forgets", func(r *T) { *s.history(r) = nil })
	}
	write("a change that invents", func(r *T) { *s.history(r) = []core.StatusChange{{Status: "invented", At: began}} })
	if s.fail == nil {
		return
	}
	failed := began.Add(100 * time.Hour)
	for _, code := range []string{"AccessDenied", "Throttling"} {
		expect("failed", failed, code)
		for range 2 { // the second time it is no news
			write(code, func(r *T) {
				s.set(r, "failed", began)
				s.fail(r, &core.Failure{Code: code, At: failed})
			})
			failed = failed.Add(time.Hour)
		}
	}
}
