package watch

import (
	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// page is what the details of an assignment show. Its record comes later; the rest is
// the board's, as it is whenever the page is drawn.
type page struct {
	pair   core.Pair
	read   bool
	record core.AssignmentRecord
	err    error
}

// described brings the record of a page.
type described struct {
	into   *page
	record core.AssignmentRecord
	err    error
}

// detail opens the details of the selected assignment and reads its record.
func (s *Screen) detail() tea.Cmd {
	p, _ := s.selected()
	shown := &page{pair: p}
	ctx, state := s.ctx, s.state
	read := func() tea.Msg {
		record, err := state.Assignment(ctx, p)
		return described{shown, record, err}
	}
	heading := string(p.Role) + " in " + string(p.Account)
	if i, known := s.board.AccountIndex(p.Account); known && s.board.Account(i).Name != "" {
		heading = string(p.Role) + " in " + s.board.Account(i).Name
	}
	return tea.Batch(ui.Ask(ui.NewPage(heading, func(_ *ui.Theme, w int) []string { return s.drawPage(shown, w) })), read)
}

func (s *Screen) drawPage(p *page, w int) []string {
	t, sheet := s.kit.Theme, report.NewSheet(s.kit, w)
	s.rows.describe(sheet, p.pair)
	switch {
	case !p.read:
		sheet.Heading("History")
		sheet.Text(t.Dim, "Reading the record.")
	case core.IsCode(p.err, core.CodeNotFound):
		sheet.Heading("History")
		sheet.Text(t.Dim, "The record is not there any more.")
	case p.err != nil:
		sheet.Heading("The record could not be read")
		sheet.Trouble(p.err)
	default:
		if p.record.Lease.HeldAt(s.kit.Now()) {
			sheet.Field("In work", "until "+report.Moment(s.kit.Now(), p.record.Lease.Until)+" at most")
		}
		sheet.History(p.record.History)
	}
	sheet.Heading("On the command line")
	arguments := " --role " + string(p.pair.Role) + " --account " + string(p.pair.Account)
	sheet.Command("cam status" + arguments)
	sheet.Command("cam retry" + arguments)
	return sheet.Lines
}
