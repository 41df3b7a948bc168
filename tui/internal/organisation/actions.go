package organisation

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// Do implements ui.Screen.
func (s *Screen) Do(a ui.Action) tea.Cmd {
	if s.Why(a) != "" {
		return nil
	}
	switch a {
	case ui.OrgPart:
		s.at = 1 - s.at
	case ui.OnlyWait:
		s.showOnlyPending(!s.accounts.onlyPending)
	case ui.Inspect:
		return s.inspect()
	case ui.CopyInvite:
		return s.copyInvitation()
	default:
		s.list().Do(a)
	}
	return nil
}

// Why implements ui.Screen.
func (s *Screen) Why(a ui.Action) string {
	switch a {
	case ui.OrgPart:
		return ""
	case ui.OnlyWait:
		if s.at != partAccounts {
			return "only accounts are pending; Tab goes to them"
		}
		return ""
	case ui.Inspect:
		if _, ok := s.list().Table.Selected(); !ok {
			return "nothing is selected"
		}
		return ""
	case ui.CopyInvite:
		_, why := s.invitation()
		return why
	default:
		return s.list().Why(a)
	}
}

func (s *Screen) selectedAccount() (rollout.Account, bool) {
	row, ok := s.list().Table.Selected()
	if !ok || s.at != partAccounts {
		return rollout.Account{}, false
	}
	return s.board.Account(uint32(row)), true
}

// invitation is that of the selected account, or why there is none.
func (s *Screen) invitation() (i core.Invitation, why string) {
	a, ok := s.selectedAccount()
	if !ok {
		return i, "no account is selected"
	}
	switch {
	case a.Status == "":
		return i, "the account's record has not been read yet"
	case !a.Registered.IsZero():
		return i, "the account has registered"
	case a.Source == "":
		return i, "no file lists the account"
	}
	i, known := s.accounts.invite(a.ID)
	if !known {
		return i, "the master stack has not been read"
	}
	return i, ""
}

// copyInvitation copies it. It is no secret.
func (s *Screen) copyInvitation() tea.Cmd {
	i, _ := s.invitation()
	a, _ := s.selectedAccount()
	return s.clipboard.Copy("invitation of "+ui.Clean(cmp.Or(a.Name, string(a.ID))), core.NewSecret(report.InvitationText(i)))
}

// inspect opens the page of what is selected, and reads what belongs on it.
func (s *Screen) inspect() tea.Cmd {
	row, _ := s.list().Table.Selected()
	if s.at == partAccounts {
		return s.inspectAccount(s.board.Account(uint32(row)))
	}
	return s.inspectRole(s.board.Role(uint32(row)).Name)
}
