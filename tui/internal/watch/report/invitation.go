package report

import (
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// Invitations knows what the owner of an account has to do to let it join; false while
// that is not known, because the master stack has not been read. It does no I/O.
type Invitations func(core.AccountID) (core.Invitation, bool)

// step is a sentence of an invitation, and what is to be run or opened.
type step struct{ text, command string }

func steps(i core.Invitation) []step {
	var out []step
	if first := i.MasterCommand(); first != "" {
		out = append(out, step{"First, in the master account, run:", first})
	}
	out = append(out, step{"With credentials of account " + string(i.Account) + ", run:", i.Command()})
	link := "Or, signed in to its console, open this link and create the stack:"
	if i.TemplateURL == "" {
		link = "Or, signed in to its console, open this link, upload what cam template sub-account prints, and fill the parameters in:"
	}
	return append(out, step{link, i.ConsoleURL()})
}

// byHand are the parameters that the link does not fill in.
func byHand(i core.Invitation) []core.Parameter {
	if i.TemplateURL != "" {
		return nil
	}
	return i.Parameters()
}

// Invite adds an invitation.
func (s *Sheet) Invite(i core.Invitation) {
	for _, step := range steps(i) {
		s.Text(s.theme.Text, step.text)
		s.Command(step.command)
	}
	for _, p := range byHand(i) {
		s.Text(s.theme.Dim, p.Name+": "+p.Value)
	}
}

// InvitationText is an invitation as a text to send to the account's owner. It holds no
// secret.
func InvitationText(i core.Invitation) string {
	var out strings.Builder
	out.WriteString("Account " + string(i.Account) + " is to join Cross-Account Manager of account " + string(i.Master) + ".\n")
	for _, step := range steps(i) {
		out.WriteString(step.text + "\n  " + step.command + "\n")
	}
	for _, p := range byHand(i) {
		out.WriteString("  " + p.Name + ": " + p.Value + "\n")
	}
	return out.String()
}
