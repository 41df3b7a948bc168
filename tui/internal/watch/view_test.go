package watch

import (
	"fmt"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func sizes() [][2]int { return [][2]int{{120, 34}, {80, 20}, {60, 11}} }

func TestGoldenList(t *testing.T) {
	t.Parallel()
	for _, size := range sizes() {
		s := newScreen(t, filled(30, fewRoles()...), &world{})
		s.Update(PushProgress{Done: 7, Total: 7, Files: 4, Pending: 12, Started: start.Add(-12 * time.Second), Now: start})
		s.Do(ui.Mark)
		view := s.View(size[0], size[1])
		tuitest.WellFormed(t, view, size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("list-%dx%d", size[0], size[1]), tuitest.Framed(view))
	}
}

func TestGoldenGrid(t *testing.T) {
	t.Parallel()
	for name, roles := range map[string][]core.RoleName{"few": fewRoles(), "many": manyRoles(50)} {
		for _, size := range sizes() {
			s := newScreen(t, filled(60, roles...), &world{})
			s.Do(ui.Grid)
			s.Do(ui.Down)
			s.Do(ui.Right)
			s.Do(ui.Mark)
			s.Do(ui.Right)
			view := s.View(size[0], size[1])
			tuitest.WellFormed(t, view, size[0], size[1])
			tuitest.Golden(t, fmt.Sprintf("grid-%s-%dx%d", name, size[0], size[1]), tuitest.Framed(view))
		}
	}
}

func TestGoldenScrolledGrid(t *testing.T) {
	t.Parallel()
	s := newScreen(t, filled(60, manyRoles(50)...), &world{})
	s.Do(ui.Grid)
	s.View(80, 20)
	s.Do(ui.Last)
	for range 45 {
		s.Do(ui.Right)
	}
	s.Do(ui.Left)
	tuitest.Golden(t, "grid-scrolled-80x20", tuitest.Framed(s.View(80, 20)))
}

func TestGoldenEmpty(t *testing.T) {
	t.Parallel()
	s := newScreen(t, &rollout.Board{}, &world{})
	tuitest.Golden(t, "empty-80x20", tuitest.Framed(s.View(80, 20)))
}
