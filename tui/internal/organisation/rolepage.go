package organisation

import (
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// rolePage is what the page of a role shows. Its record and its documents in IAM come
// later, each by itself.
type rolePage struct {
	name core.RoleName
	role answer[core.RoleRecord]
	iam  answer[core.IAMRole]
}

// roleRead brings the record of a page.
type roleRead struct {
	into *rolePage
	role answer[core.RoleRecord]
}

// documentsRead brings the master account's role as IAM has it.
type documentsRead struct {
	into *rolePage
	iam  answer[core.IAMRole]
}

func (s *Screen) inspectRole(name core.RoleName) tea.Cmd {
	page := &rolePage{name: name}
	ctx, state, iam := s.ctx, s.state, s.iam
	return tea.Batch(
		ui.Ask(ui.NewPage("Role "+string(name), func(_ *ui.Theme, w int) []string { return s.drawRole(page, w) })),
		func() tea.Msg {
			r, err := state.Role(ctx, name)
			return roleRead{page, answer[core.RoleRecord]{true, r, err}}
		},
		func() tea.Msg {
			r, err := iam.Role(ctx, name.IAMName())
			return documentsRead{page, answer[core.IAMRole]{true, r, err}}
		},
	)
}

func (s *Screen) drawRole(p *rolePage, w int) []string {
	t, sheet := s.kit.Theme, report.NewSheet(s.kit, w)
	j, known := s.board.RoleIndex(p.name)
	if !known {
		sheet.Text(t.Dim, "The role is not recorded any more.")
		return sheet.Lines
	}
	s.roles.describe(sheet, j)
	s.drawSelection(sheet, p)
	s.drawMaster(sheet, p)
	s.drawSubAccounts(sheet, p)
	switch {
	case !p.role.come:
		sheet.Heading("History")
		sheet.Text(t.Dim, "Reading the record.")
	case p.role.err == nil:
		sheet.History(p.role.value.History)
	}
	sheet.Heading("On the command line")
	sheet.Command("cam status --role " + string(p.name))
	return sheet.Lines
}

// drawSelection says which accounts a role is for, and who may take it.
func (s *Screen) drawSelection(sheet *report.Sheet, p *rolePage) {
	r := p.role.value
	switch {
	case !p.role.come:
		return
	case p.role.err != nil:
		sheet.Heading("The record could not be read")
		sheet.Trouble(p.role.err)
		return
	}
	sheet.Heading("Which accounts, and who")
	sheet.Field("Groups", strings.Join(r.Groups, ", "))
	sheet.Field("Accounts", join(r.Accounts))
	if len(r.Groups)+len(r.Accounts) == 0 {
		sheet.Field("Accounts", "all")
	}
	sheet.Field("Except", join(r.ExcludeAccounts))
	if r.Trust.DirectoryService {
		sheet.Field("Taken by", "users of the directory service")
	}
	for _, arn := range slices.Concat(r.Trust.SAMLProviders, r.Trust.Principals) {
		sheet.Field("Taken by", arn)
	}
	if r.RequireMFA {
		sheet.Field("MFA", "required")
	}
	if r.MaxSessionDuration > 0 {
		sheet.Field("Session", "at most "+ui.Span(r.MaxSessionDuration))
	}
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		sheet.Field("Tag", key+" = "+r.Tags[key])
	}
}

func join(ids []core.AccountID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, ", ")
}

// drawMaster shows the master account's role as IAM has it now.
func (s *Screen) drawMaster(sheet *report.Sheet, p *rolePage) {
	t, role := s.kit.Theme, p.iam.value
	sheet.Heading("In the master account's IAM now: " + p.name.IAMName())
	switch {
	case !p.iam.come:
		sheet.Text(t.Dim, "Reading it from IAM.")
		return
	case core.IsCode(p.iam.err, core.CodeNotFound):
		sheet.Text(t.Warn, "IAM has no such role. The engine makes it when the role is pushed, and looks again on its schedule.")
		return
	case core.IsCode(p.iam.err, core.CodeDenied):
		sheet.Text(t.Warn, "You may not read it: that takes iam:GetRole, iam:ListRolePolicies, iam:GetRolePolicy and iam:ListAttachedRolePolicies.")
		sheet.Trouble(p.iam.err)
		return
	case p.iam.err != nil:
		sheet.Trouble(p.iam.err)
		return
	}
	sheet.Text(t.Dim, "Who may take it (trust policy):")
	sheet.Document(role.Trust)
	if role.Inline != "" {
		sheet.Gap()
		sheet.Text(t.Dim, "What it may do (inline policy "+role.InlineName+"):")
		sheet.Document(role.Inline)
	}
	sheet.Gap()
	for _, arn := range role.ManagedPolicies {
		sheet.Field("Attached", arn)
	}
	if len(role.ManagedPolicies) == 0 {
		sheet.Field("Attached", "no managed policy")
	}
	sheet.Field("Boundary", role.PermissionsBoundary)
	if role.MaxSessionDuration > 0 {
		sheet.Field("Session", "at most "+ui.Span(role.MaxSessionDuration))
	}
	for _, name := range role.Strays {
		sheet.Styled("Stray", t.Warn, "inline policy "+name+", which cam did not write")
	}
}

// drawSubAccounts shows what every sub-account's role is made of, as it is recorded.
func (s *Screen) drawSubAccounts(sheet *report.Sheet, p *rolePage) {
	t, r := s.kit.Theme, p.role.value
	sheet.Heading("What every sub-account's role is made of")
	sheet.Text(t.Dim, "This is recorded, not read from there: a sub-account's own IAM cannot be read by an administrator, by design. Only the engine may enter a sub-account. The role there trusts only "+p.name.IAMName()+" of the master account.")
	switch {
	case !p.role.come:
		sheet.Text(t.Dim, "Reading the record.")
		return
	case p.role.err != nil:
		return
	}
	if r.Document != "" {
		sheet.Gap()
		sheet.Text(t.Dim, "What it may do (inline policy "+p.name.PolicyName()+"):")
		sheet.Document(r.Document)
	}
	sheet.Gap()
	for _, arn := range r.ManagedPolicies {
		sheet.Field("Attached", arn)
	}
	if r.Document == "" && len(r.ManagedPolicies) == 0 {
		sheet.Text(t.Warn, "No policy: it may do nothing.")
	}
	sheet.Field("Boundary", r.PermissionsBoundary)
}
