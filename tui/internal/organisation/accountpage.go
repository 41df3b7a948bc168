package organisation

import (
	"cmp"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// answer is something that a page waits for.
type answer[T any] struct {
	come  bool
	value T
	err   error
}

// accountPage is what the page of an account shows. Its record comes later; the rest is
// the board's, as it is whenever the page is drawn.
type accountPage struct {
	id      core.AccountID
	account answer[core.AccountRecord]
}

// accountRead brings the record of a page.
type accountRead struct {
	into    *accountPage
	account answer[core.AccountRecord]
}

func (s *Screen) inspectAccount(a rollout.Account) tea.Cmd {
	page := &accountPage{id: a.ID}
	ctx, state := s.ctx, s.state
	return tea.Batch(
		ui.Ask(ui.NewPage("Account "+cmp.Or(a.Name, string(a.ID)), func(_ *ui.Theme, w int) []string { return s.drawAccount(page, w) })),
		func() tea.Msg {
			r, err := state.Account(ctx, page.id)
			return accountRead{page, answer[core.AccountRecord]{true, r, err}}
		},
	)
}

func (s *Screen) drawAccount(p *accountPage, w int) []string {
	t, sheet := s.kit.Theme, report.NewSheet(s.kit, w)
	i, known := s.board.AccountIndex(p.id)
	if !known {
		sheet.Text(t.Dim, "The account is not recorded any more.")
		return sheet.Lines
	}
	s.accounts.describe(sheet, s.board.Account(i))
	record := p.account.value
	if len(record.Tags) > 0 {
		sheet.Heading("Tags")
		for _, key := range slices.Sorted(maps.Keys(record.Tags)) {
			sheet.Text(t.Text, key+" = "+record.Tags[key])
		}
	}
	sheet.Heading("Roles")
	s.listRoles(sheet, p.id, w)
	switch {
	case !p.account.come:
		sheet.Heading("History")
		sheet.Text(t.Dim, "Reading the record.")
	case p.account.err != nil:
		sheet.Heading("The record could not be read")
		sheet.Trouble(p.account.err)
	default:
		sheet.History(record.History)
	}
	sheet.Heading("On the command line")
	sheet.Command("cam status --account " + string(p.id))
	return sheet.Lines
}

// listRoles adds a line for each assignment of an account, deleted ones too.
func (s *Screen) listRoles(sheet *report.Sheet, id core.AccountID, w int) {
	t, now := s.kit.Theme, s.kit.Now()
	numbers := s.board.Assignments(query.Query{}, rollout.Selection{Account: id, Deleted: true})
	if len(numbers) == 0 {
		sheet.Text(t.Dim, "No role reaches it.")
	}
	for _, number := range numbers {
		account, role := rollout.Unpack(number)
		c := s.board.Cell(account, role)
		status := report.Word(c)
		style, _ := t.Status(status)
		line := style.Render(ui.Fit(report.Sign(t, status)+" "+status, 10)) + "  " + ui.Clean(string(s.board.Role(role).Name)) +
			t.Dim.Render("  "+ui.Ago(now, c.Updated)+"  "+ui.Clean(report.Reason(c.Failure)))
		sheet.Lines = append(sheet.Lines, ansi.Truncate(line, w, "…"))
	}
}
