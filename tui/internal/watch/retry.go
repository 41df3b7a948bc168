package watch

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// retried is the end of asking for assignments to be driven again.
type retried struct {
	pairs []core.Pair
	err   error
}

// targets are the marked assignments, or the selected one, and those of them that are
// marked but hidden by the filter.
func (s *Screen) targets() (pairs []core.Pair, hidden map[core.Pair]bool) {
	if s.list.Table.MarkCount() == 0 {
		if p, ok := s.selected(); ok {
			pairs = []core.Pair{p}
		}
		return pairs, nil
	}
	for _, id := range s.list.Table.Marks() {
		pairs = append(pairs, pairOf(id))
	}
	hidden = map[core.Pair]bool{}
	for _, id := range s.list.Table.HiddenMarks() {
		hidden[pairOf(id)] = true
	}
	return pairs, hidden
}

// retry drives the targets again: one that is in sight at once, more after asking.
func (s *Screen) retry() tea.Cmd {
	pairs, hidden := s.targets()
	if len(pairs) == 1 && len(hidden) == 0 {
		return s.drive(pairs)
	}
	lines := s.names(pairs, hidden)
	return ui.Ask(&ui.Confirm{
		Heading: "Retry " + ui.Count(len(pairs), "marked assignment") + "?", Verb: "Retry",
		Yes: func() tea.Cmd { return s.drive(pairs) },
		Render: func(t *ui.Theme, _ int) []string {
			out := []string{"They are driven again now, instead of on the engine's schedule.", ""}
			if len(hidden) > 0 {
				out = append(out, t.Warn.Render(ui.Count(len(hidden), "marked assignment")+" not shown by the filter, named first"), "")
			}
			for i, line := range lines {
				if i < len(hidden) {
					line += t.Warn.Render("  (hidden by the filter)")
				}
				out = append(out, line)
			}
			return out
		},
	})
}

// names are the lines that name assignments, the hidden ones first.
func (s *Screen) names(pairs []core.Pair, hidden map[core.Pair]bool) []string {
	var out, shown []string
	for _, p := range pairs {
		name, word := "", ""
		if account, role, ok := find(s.board, p); ok {
			name, word = s.board.Account(account).Name, report.Word(s.board.Cell(account, role))
		}
		line := ui.Clean("  " + report.Sign(s.kit.Theme, word) + " " + string(p.Role) + " in " + strings.TrimSpace(name+" "+string(p.Account)))
		if hidden[p] {
			out = append(out, "  "+line)
		} else {
			shown = append(shown, "  "+line)
		}
	}
	return append(out, shown...)
}

// retryAll drives everything again that failed or is under way, after telling how much
// that is. It is what cam retry does.
func (s *Screen) retryAll() tea.Cmd {
	c := s.board.Counts()
	numbers := s.board.Assignments(query.Query{}, rollout.Selection{})[:c.Failed+c.UnderWay]
	pairs := make([]core.Pair, len(numbers))
	for i, number := range numbers {
		account, role := rollout.Unpack(number)
		pairs[i] = core.Pair{Role: s.board.Role(role).Name, Account: s.board.Account(account).ID}
	}
	byRole := s.openByRole()
	return ui.Ask(&ui.Confirm{
		Heading: "Retry all " + ui.Count(len(pairs), "open assignment") + "?", Verb: "Retry",
		Yes: func() tea.Cmd { return s.drive(pairs) },
		Render: func(t *ui.Theme, w int) []string {
			out := []string{
				t.Bad.Render("✗ "+ui.Number(c.Failed)+" failed") + "  " + t.Busy.Render("… "+ui.Number(c.UnderWay)+" pending or being removed"),
				"Whatever the filter shows, and whatever is marked.", "",
			}
			for _, line := range byRole {
				out = append(out, "  "+line)
			}
			return append(out, "", t.Dim.Render(ui.Fit("What waits for its account to register is left out.", w)))
		},
	})
}

// openByRole says for each role how much of it failed or is under way.
func (s *Screen) openByRole() []string {
	var out []string
	for _, role := range s.board.RoleOrder() {
		c := s.board.RoleCounts(role)
		var parts []string
		if c.Failed > 0 {
			parts = append(parts, ui.Number(c.Failed)+" failed")
		}
		if c.UnderWay > 0 {
			parts = append(parts, ui.Number(c.UnderWay)+" under way")
		}
		if len(parts) > 0 {
			out = append(out, ui.Clean(string(s.board.Role(role).Name))+": "+strings.Join(parts, ", "))
		}
	}
	return out
}

func (s *Screen) drive(pairs []core.Pair) tea.Cmd {
	s.asking = true
	ctx, driver := s.ctx, s.driver
	return func() tea.Msg { return retried{pairs, driver.Retry(ctx, slices.Clone(pairs))} }
}

// finish takes the marks away from what was asked for. What became of it, the board
// tells.
func (s *Screen) finish(r retried) tea.Cmd {
	s.asking = false
	what := ui.Count(len(r.pairs), "assignment")
	if r.err != nil {
		return ui.Fail("asking for "+what+" to be driven again", r.err)
	}
	if s.list.Table.MarkCount() > 0 {
		asked := make(map[string]bool, len(r.pairs))
		for _, p := range r.pairs {
			asked[identity(p)] = true
		}
		s.list.Table.Forget(func(id string) bool { return asked[id] })
	}
	return ui.Say("Asked for " + what + " to be driven again.")
}
