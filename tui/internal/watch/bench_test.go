package watch

import (
	"testing"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// The screen at its largest: 10,000 accounts with 50 roles each. What is measured is
// the time from a key to the text of the screen.

func big(b *testing.B) *Screen {
	b.Helper()
	s := newScreen(b, filled(12_000, manyRoles(50)...), &world{})
	if n := s.board.Counts().All(); n != 500_000 {
		b.Fatalf("%d assignments", n)
	}
	s.View(120, 34)
	return s
}

func measure(b *testing.B, s *Screen, step func(i int)) {
	b.Helper()
	for i := 0; b.Loop(); i++ {
		step(i)
		s.View(120, 34)
		s.Status()
	}
}

func BenchmarkListDown(b *testing.B) {
	s := big(b)
	measure(b, s, func(int) { s.Do(ui.Down) })
}

func BenchmarkGridRight(b *testing.B) {
	s := big(b)
	s.Do(ui.Grid)
	measure(b, s, func(i int) { s.Do([]ui.Action{ui.Right, ui.Down, ui.PageDown}[i%3]) })
}

func benchmarkTyping(b *testing.B, s *Screen) {
	s.Do(ui.Filter)
	measure(b, s, func(i int) { s.Update(tuitest.Key([]string{"p", "a", "backspace", "backspace"}[i%4])) })
}

func BenchmarkListTyping(b *testing.B) { benchmarkTyping(b, big(b)) }

func BenchmarkGridTyping(b *testing.B) {
	s := big(b)
	s.Do(ui.Grid)
	benchmarkTyping(b, s)
}

func benchmarkRefresh(b *testing.B, s *Screen) {
	version := int64(1)
	measure(b, s, func(i int) {
		version++
		r := assignment(i%1000, manyRoles(1)[0], i)
		r.Version = version
		s.board.Apply(rollout.Batch{Assignments: []core.AssignmentRecord{r}})
	})
}

func BenchmarkListRefresh(b *testing.B) { benchmarkRefresh(b, big(b)) }

func BenchmarkGridRefresh(b *testing.B) {
	s := big(b)
	s.Do(ui.Grid)
	benchmarkRefresh(b, s)
}
