package enter

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// How a console is entered.
const (
	signedIn   = "signed in, for an hour at most"
	switchRole = "switch-role link, renewable in the browser"
)

// askHow asks how the console is to be opened; the answer is remembered for the account.
func (s *Screen) askHow(e broker.Entry) tea.Cmd {
	how := s.remembered(e)
	link := signedIn
	if how.SwitchRole {
		link = switchRole
	}
	return ui.Ask(ui.NewForm("Console of "+e.Label(), "Open", []ui.Field{
		{Label: "Link", Value: link, Options: []string{signedIn, switchRole}, Help: "A switch-role link uses the browser's own session and opens the console's home."},
		{Label: "Service", Value: how.Service, Options: append([]string{""}, broker.Services()...), Help: "A letter goes to the next service that begins with it."},
		{Label: "Region", Value: how.Region, Help: "Such as eu-west-1; empty for the usual one."},
	}, func(v []string) tea.Cmd {
		return s.open(e, memory.Opened{SwitchRole: v[0] == switchRole, Service: v[1], Region: strings.TrimSpace(v[2])}, false)
	}))
}

// Where credentials are exported to.
const (
	toClipboard = "clipboard"
	toFile      = "file"
)

// askExport asks for the format, and where the credentials go.
func (s *Screen) askExport(entries []broker.Entry) tea.Cmd {
	formats, format := formatNames(), s.prefs.Format
	title := "Credentials of " + entries[0].Label()
	name := profileName(entries[0])
	if len(entries) > 1 {
		// Of the formats, only sections of a credentials file hold several.
		formats, format = []string{string(broker.FormatINI)}, string(broker.FormatINI)
		title, name = "Credentials of "+ui.Count(len(entries), "account"), "credentials"
	}
	if format == "" {
		format = string(broker.FormatEnv)
	}
	return ui.Ask(ui.NewForm(title, "Export", []ui.Field{
		{Label: "Format", Value: format, Options: formats, Help: "As the AWS CLI's export-credentials calls them."},
		{Label: "To", Value: toClipboard, Options: []string{toClipboard, toFile}, Help: "A file can be read by you only; delete it when you are done."},
		{Label: "File", Value: name + ".env", Help: "Where, if it is to be a file. One that exists is not overwritten."},
	}, func(v []string) tea.Cmd {
		if len(entries) == 1 {
			s.prefs.Format = v[0]
		}
		path := ""
		if v[1] == toFile {
			if path = strings.TrimSpace(v[2]); path == "" {
				path = name + ".env"
			}
		}
		return s.exportAll(entries, broker.Format(v[0]), path)
	}))
}

func formatNames() []string {
	var out []string
	for _, f := range broker.Formats() {
		out = append(out, string(f))
	}
	return out
}

// askForSeveral says how many accounts an action is for, and which of them the filter
// hides, before it does it to all.
func (s *Screen) askForSeveral(a ui.Action, ids []string, hidden int) tea.Cmd {
	entries := s.entriesOf(ids)
	var ready, not []broker.Entry
	for _, e := range entries {
		if e.Ready() == nil {
			ready = append(ready, e)
		} else {
			not = append(not, e)
		}
	}
	if len(ready) == 0 {
		return ui.Fail("doing this to "+ui.Count(len(ids), "marked account"), not[0].Ready())
	}
	hiddenIDs := map[string]bool{}
	for _, id := range s.list.Table.HiddenMarks() {
		hiddenIDs[id] = true
	}
	verb, yes := "Open", func() tea.Cmd { return s.openAll(ready) }
	if a == ui.Export {
		verb, yes = "Export", func() tea.Cmd { return s.askExport(ready) }
	}
	return ui.Ask(&ui.Confirm{
		Heading: verb + " " + ui.Count(len(ready), "account") + "?", Verb: verb, Yes: yes,
		Render: func(t *ui.Theme, w int) []string {
			var out []string
			if hidden > 0 {
				out = append(out, t.Warn.Render(ui.Count(hidden, "marked account")+" not shown by the filter"), "")
			}
			for _, e := range ready {
				line := ui.Clean(e.Label())
				if hiddenIDs[string(e.AccountID)] {
					line += t.Warn.Render("  (hidden by the filter)")
				}
				out = append(out, "  "+line)
			}
			for _, e := range not {
				out = append(out, t.Dim.Render("  left out, "+string(e.Status)+": "+ui.Clean(e.Label())))
			}
			return out
		},
	})
}

// openAll opens consoles one after the other, so that the browser gets its tabs in order.
func (s *Screen) openAll(entries []broker.Entry) tea.Cmd {
	var cmds []tea.Cmd
	for _, e := range entries {
		cmds = append(cmds, s.open(e, s.remembered(e), false))
	}
	return tea.Sequence(cmds...)
}
