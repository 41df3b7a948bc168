package files

import (
	"cmp"
	"path"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// manyLines bounds a preview: nobody scrolls through 50,000 accounts in it.
const manyLines = 500

func wrapped(style lipgloss.Style, text string, w int) []string {
	lines := ui.Wrap(ui.Clean(text), max(w, 8))
	for i := range lines {
		lines[i] = style.Render(lines[i])
	}
	return lines
}

// describe is a finding in full, its place first.
func describe(t *ui.Theme, f core.Finding, w int) []string {
	style, sign := t.Warn, "! "
	if f.Severity == core.SeverityError {
		style, sign = t.Bad, "✗ "
	}
	at := f.File
	if f.Line > 0 {
		at += ":" + strconv.Itoa(f.Line) + ":" + strconv.Itoa(f.Column)
	}
	out := wrapped(style, sign+at, w)
	out = append(out, wrapped(t.Text, f.Message, w)...)
	if f.Advice != "" {
		out = append(out, wrapped(t.Dim, f.Advice, w)...)
	}
	return out
}

func (s *Screen) previewFolder(one *row, w int) []string {
	t := s.kit.Theme
	out := []string{t.Title.Render(ui.Fit(one.name, w)), one.content}
	switch one.name {
	case core.AccountFolder:
		out = append(out, ui.Count(len(s.config.Accounts), "account")+" in all")
	case core.RoleFolder:
		out = append(out, ui.Count(len(s.config.Roles), "role")+" in all")
	}
	for _, f := range s.findings {
		_, shown := s.rows.byID[f.File]
		if !shown && (strings.HasPrefix(f.File, one.name) || path.Dir(f.File) == "." && one.name == core.AccountFolder) {
			out = append(append(out, ""), describe(t, f, w)...)
		}
	}
	return out
}

func previewAccounts(t *ui.Theme, accounts []core.AccountEntry, w int) []string {
	var out []string
	for i := range accounts {
		a := &accounts[i]
		if i == manyLines {
			return append(out, t.Dim.Render("and "+ui.Count(len(accounts)-i, "more account")))
		}
		line := string(a.ID) + "  " + ui.Clean(a.Name)
		if a.Remove {
			line += t.Removed.Render("  − removed")
		}
		if len(a.Groups) > 0 {
			line += t.Dim.Render("  " + ui.Clean(strings.Join(a.Groups, ", ")))
		}
		out = append(out, ui.Fit(line, w))
	}
	return out
}

func previewRoles(t *ui.Theme, roles []core.RoleEntry, w int) []string {
	var out []string
	for i := range roles {
		r := &roles[i]
		if i == manyLines {
			return append(out, t.Dim.Render("and "+ui.Count(len(roles)-i, "more role")))
		}
		name := t.Bold.Render(ui.Clean(string(r.Name)))
		if r.Remove {
			out = append(out, name+t.Removed.Render("  − removed"))
			continue
		}
		out = append(out, name)
		for _, line := range []string{cmp.Or(permissions(r), "no permissions"), selection(r)} {
			out = append(out, t.Dim.Render("  "+ui.Fit(ui.Clean(line), max(w-2, 1))))
		}
	}
	return out
}

// permissions says what a role may do: by its policy file, managed policies, or both.
func permissions(r *core.RoleEntry) string {
	var parts []string
	if r.Policy != "" {
		parts = append(parts, r.Policy)
	}
	for _, arn := range r.ManagedPolicies {
		parts = append(parts, path.Base(arn))
	}
	return strings.Join(parts, ", ")
}

// selection says which accounts a role selects, as its file does.
func selection(r *core.RoleEntry) string {
	var parts []string
	if len(r.Groups) > 0 {
		parts = append(parts, "groups "+strings.Join(r.Groups, ", "))
	}
	if len(r.Accounts) > 0 {
		parts = append(parts, ui.Count(len(r.Accounts), "account")+" by ID")
	}
	if len(parts) == 0 {
		parts = append(parts, "all accounts")
	}
	if len(r.ExcludeAccounts) > 0 {
		parts = append(parts, "without "+ui.Number(len(r.ExcludeAccounts)))
	}
	return strings.Join(parts, ", ")
}

func (s *Screen) previewPolicy(one *row, w int) []string {
	t := s.kit.Theme
	if p := one.facts.policy; p != nil && p.Size > 0 {
		users := s.config.PolicyUsers(p.Name)
		size := ui.Number(p.Size) + " of " + ui.Number(policy.QuotaRoleInline) + " characters"
		if len(users) == 0 {
			return []string{size, "No role uses it."}
		}
		out := []string{size, "Used by " + ui.Count(len(users), "role") + ":"}
		for _, user := range users {
			out = append(out, "  "+ui.Fit(ui.Clean(string(user)), max(w-2, 1)))
		}
		return out
	}
	return []string{t.Dim.Render(one.content)}
}
