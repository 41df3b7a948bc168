package files

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// manyNames bounds what is listed for each role.
const manyNames = 200

// showUsage shows where what is in a file is used.
func (s *Screen) showUsage(one *row) tea.Cmd {
	c, facts, name := s.config, one.facts, one.name
	page := func(t *ui.Theme, w int) []string { return policyPage(t, c, name, w) }
	switch folderOf(name) {
	case core.AccountFolder:
		page = func(t *ui.Theme, w int) []string { return groupsPage(t, c, facts, w) }
	case core.RoleFolder:
		page = func(t *ui.Theme, w int) []string { return rolesPage(t, c, facts, w) }
	}
	return ui.Ask(ui.NewPage("Use of "+ui.Clean(name), once(page)))
}

// once remembers the lines of a page: it is drawn often, and big configurations take
// time to go through.
func once(page func(t *ui.Theme, w int) []string) func(t *ui.Theme, w int) []string {
	var theme *ui.Theme
	var width int
	var lines []string
	return func(t *ui.Theme, w int) []string {
		if t != theme || w != width {
			theme, width, lines = t, w, page(t, w)
		}
		return lines
	}
}

func policyPage(t *ui.Theme, c *core.Configuration, name string, w int) []string {
	users := c.PolicyUsers(strings.TrimPrefix(name, core.PolicyFolder))
	if len(users) == 0 {
		return []string{t.Dim.Render("No role names this policy.")}
	}
	out := []string{t.Bold.Render(ui.Count(len(users), "role") + " with this policy:")}
	for _, user := range users {
		out = append(out, "  "+ui.Clean(string(user)))
	}
	return fitted(out, w)
}

// groupsPage lists the groups of a file's accounts with the roles that select them, and
// the roles that reach all accounts.
func groupsPage(t *ui.Theme, c *core.Configuration, f *facts, w int) []string {
	groups := map[string]int{}
	for i := range f.accounts {
		for _, group := range f.accounts[i].Groups {
			groups[group]++
		}
	}
	var names []string
	for group := range groups {
		names = append(names, group)
	}
	slices.Sort(names)
	var out []string
	for _, group := range names {
		accounts, roles := c.GroupUse(group)
		out = append(out, t.Bold.Render(ui.Clean(group))+t.Dim.Render("  "+ui.Count(groups[group], "account")+" here, "+ui.Number(len(accounts))+" in all"))
		out = append(out, listed(t, roles, "no role names the group", w)...)
	}
	if len(names) == 0 {
		out = append(out, t.Dim.Render("The accounts of this file are in no group."))
	}
	var everywhere []core.RoleName
	for i := range c.Roles {
		if r := &c.Roles[i]; !r.Remove && (len(r.Groups)+len(r.Accounts) == 0 || slices.Contains(r.Groups, core.AllAccounts)) {
			everywhere = append(everywhere, r.Name)
		}
	}
	out = append(out, "", t.Bold.Render("All accounts"))
	return fitted(append(out, listed(t, everywhere, "no role reaches all accounts", w)...), w)
}

// rolesPage lists the accounts that each role of a file reaches.
func rolesPage(t *ui.Theme, c *core.Configuration, f *facts, w int) []string {
	if len(f.roles) == 0 {
		return []string{t.Dim.Render("There are no roles in this file.")}
	}
	var out []string
	for i := range f.roles {
		r := &f.roles[i]
		if r.Remove {
			out = append(out, t.Bold.Render(ui.Clean(string(r.Name)))+t.Removed.Render("  − removed"))
			continue
		}
		var reached []*core.AccountEntry
		for j := range c.Accounts {
			if a := &c.Accounts[j]; !a.Remove && r.Selects(a.Account) {
				reached = append(reached, a)
			}
		}
		out = append(out, t.Bold.Render(ui.Clean(string(r.Name)))+t.Dim.Render("  reaches "+ui.Count(len(reached), "account")))
		for _, a := range reached[:min(len(reached), manyNames)] {
			out = append(out, "  "+string(a.ID)+"  "+ui.Clean(a.Name))
		}
		if more := len(reached) - manyNames; more > 0 {
			out = append(out, t.Dim.Render("  and "+ui.Number(more)+" more"))
		}
	}
	return fitted(out, w)
}

func listed(t *ui.Theme, roles []core.RoleName, none string, w int) []string {
	if len(roles) == 0 {
		return []string{t.Dim.Render("  " + none)}
	}
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	return ui.Paragraph(t.Text, strings.Join(names, ", "), w)
}

// fitted cuts lines that are too long.
func fitted(lines []string, w int) []string {
	for i := range lines {
		lines[i] = strings.TrimRight(ui.Fit(lines[i], w), " ")
	}
	return lines
}
