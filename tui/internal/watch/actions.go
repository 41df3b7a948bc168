package watch

import (
	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// maxMarked is how many lines can be marked at once. Who wants more means everything,
// for which there is an action.
const maxMarked = 10_000

// Do implements ui.Screen.
func (s *Screen) Do(a ui.Action) tea.Cmd {
	s.settle()
	if s.Why(a) != "" {
		return nil
	}
	s.moved = true
	switch a {
	case ui.Grid:
		s.toggleGrid()
	case ui.OnlyBad:
		s.showOnlyBad(!s.rows.onlyBad)
	case ui.Detail:
		return s.detail()
	case ui.Retry:
		return s.retry()
	case ui.RetryAll:
		return s.retryAll()
	default:
		return s.browse(a)
	}
	return nil
}

// browse performs an action of the list scope, in the list or in the grid.
func (s *Screen) browse(a ui.Action) tea.Cmd {
	switch {
	case !s.inGrid:
		s.list.Do(a)
	case a == ui.Mark:
		return s.markCell()
	case !s.grid.do(a):
		s.list.Do(a)
	}
	return nil
}

// markCell marks what the grid's cursor is on. Marks are the list's, so that they are
// the same in both; the grid also shows what the filter did not find.
func (s *Screen) markCell() tea.Cmd {
	p, _ := s.selected()
	if !s.list.Table.Select(identity(p)) {
		return ui.Say("Only what the filter finds can be marked.")
	}
	s.list.Table.ToggleMark()
	return nil
}

// Why implements ui.Screen.
func (s *Screen) Why(a ui.Action) string {
	s.settle()
	switch a {
	case ui.Detail:
		if !s.onAssignment() {
			return "no assignment is selected"
		}
	case ui.Retry:
		return s.whyNoRetry()
	case ui.RetryAll:
		switch c := s.board.Counts(); {
		case s.asking:
			return "it is being asked for already"
		case c.Failed+c.UnderWay == 0:
			return "nothing failed and nothing is under way"
		}
	case ui.Grid, ui.OnlyBad:
	case ui.MarkAll:
		if s.list.Table.Len() > maxMarked {
			return "more than " + ui.Number(maxMarked) + " are shown: filter first, or retry all"
		}
		return s.list.Why(a)
	default:
		if s.inGrid {
			return s.whyNotInGrid(a)
		}
		return s.list.Why(a)
	}
	return ""
}

func (s *Screen) whyNotInGrid(a ui.Action) string {
	switch a {
	case ui.Sort:
		return "the grid has one order"
	case ui.Preview, ui.ScrollUp, ui.ScrollDwn:
		return "the grid has no preview"
	case ui.Up, ui.Down, ui.Left, ui.Right, ui.PageUp, ui.PageDown, ui.First, ui.Last:
		if s.grid.empty() {
			return "the grid is empty"
		}
	case ui.Mark:
		p, ok := s.selected()
		if _, _, exists := find(s.board, p); !ok || !exists {
			return "no assignment is selected"
		}
	}
	return ""
}

func (s *Screen) whyNoRetry() string {
	switch {
	case s.asking:
		return "it is being asked for already"
	case s.list.Table.MarkCount() > 0:
		return ""
	case !s.onAssignment():
		return "no assignment is selected"
	}
	p, _ := s.selected()
	if account, role, _ := find(s.board, p); report.Word(s.board.Cell(account, role)) == report.Waiting {
		return "its account has not registered; Enter says what is to be done"
	}
	return ""
}

// selected is what the cursor of the list or the grid is on. In the grid there may be
// no assignment.
func (s *Screen) selected() (core.Pair, bool) {
	if s.inGrid {
		return s.grid.selected()
	}
	row, ok := s.list.Table.Selected()
	if !ok {
		return core.Pair{}, false
	}
	return s.rows.pair(row), true
}

func (s *Screen) onAssignment() bool {
	p, ok := s.selected()
	if !ok {
		return false
	}
	_, _, exists := find(s.board, p)
	return exists
}
