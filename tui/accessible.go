package tui

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/prompt"
	"github.com/cross-account-manager/cam/tui/internal/query"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// RunAccessible does what Run does in questions and answers: no screen of its own, no
// spinner, nothing that moves. It ends with the input, with ctx, or when asked to.
//
// Errors: the context's own. What goes wrong on the way is said, and the questions go on.
func RunAccessible(ctx context.Context, o Options) error {
	p := &plain{opt: o, asker: prompt.New(o.Input, o.Output), session: o.Session, role: o.Role}
	err := p.menu(ctx)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// plain is the interface in questions and answers.
type plain struct {
	opt     Options
	asker   *prompt.Asker
	session Session
	who     broker.Whoami
	role    string
	admin   *Installation
}

// choice is a line of a menu. An error of what it does is said; one of the input ends
// the questions.
type choice struct {
	text string
	do   func(context.Context) error
}

// isEnd reports whether the questions are over.
func isEnd(ctx context.Context, err error) bool { return errors.Is(err, io.EOF) || ctx.Err() != nil }

// say tells of an error with its next step.
func (p *plain) say(err error) {
	message, code, hint := ui.Explain(err)
	p.asker.Say("Error: %s", message)
	if code != "" {
		p.asker.Say("AWS says: %s", code)
	}
	if hint != "" {
		p.asker.Say("Next step: %s", hint)
	}
}

// greet says who acts.
func (p *plain) greet(ctx context.Context) {
	who, err := p.session.Users.Whoami(ctx)
	if err != nil {
		p.say(err)
		return
	}
	p.who = who
	p.admin, err = p.session.Installation(ctx)
	badge := "READ-ONLY"
	if err == nil {
		badge = "ADMIN"
	}
	p.asker.Say("cam, %s. You are %s in account %s. Role: %s.", badge, who.SessionName, who.MasterAccount, p.roleName())
	if !who.Expires.IsZero() {
		p.asker.Say("The session ends at %s.", who.Expires.Local().Format("15:04"))
	}
}

func (p *plain) roleName() string {
	switch {
	case p.role != "":
		return p.role
	case p.who.CurrentRole != "":
		return string(p.who.CurrentRole)
	default:
		return "none"
	}
}

// menu asks what to do until there is nothing more.
func (p *plain) menu(ctx context.Context) error {
	p.greet(ctx)
	for {
		choices := []choice{{"Accounts approved for your role", p.accounts}, {"Use another role", p.switchRole}}
		if p.opt.Folder != nil {
			choices = append(choices, choice{"Check the configuration folder", p.validate})
		}
		if p.admin != nil {
			choices = append(choices, choice{"Rollout: what is under way and what failed", p.status},
				choice{"Drive failed assignments again", p.retry}, choice{"Accounts that have not registered", p.pending})
			if p.opt.Folder != nil {
				choices = append(choices, choice{"Plan and push", p.push})
			}
		}
		if len(p.opt.Personas) > 0 {
			choices = append(choices, choice{"Be another person of the demo", p.become})
		}
		choices = append(choices, choice{"Leave", nil})
		i, err := p.choose(ctx, "What would you like to do?", choices)
		if err != nil {
			return err
		}
		if i < 0 || choices[i].do == nil {
			return nil
		}
		if err := choices[i].do(ctx); isEnd(ctx, err) {
			return err
		} else if err != nil {
			p.say(err)
		}
	}
}

func (p *plain) choose(ctx context.Context, heading string, choices []choice) (int, error) {
	texts := make([]string, len(choices))
	for i, c := range choices {
		texts[i] = c.text
	}
	return p.asker.Choose(ctx, heading, texts)
}

func (p *plain) switchRole(ctx context.Context) error {
	name, err := p.asker.Text(ctx, "Name of the role, or nothing for the session's own:")
	if err != nil {
		return err
	}
	p.role = name
	p.asker.Say("Role: %s.", p.roleName())
	return nil
}

func (p *plain) become(ctx context.Context) error {
	texts := make([]string, len(p.opt.Personas))
	for i, persona := range p.opt.Personas {
		texts[i] = persona.Name + ", " + persona.Text
	}
	i, err := p.asker.Choose(ctx, "Whom to be?", texts)
	if err != nil || i < 0 {
		return err
	}
	session, err := p.opt.Personas[i].Open(ctx)
	if err != nil {
		return err
	}
	p.session, p.role, p.admin = session, "", nil
	p.greet(ctx)
	return nil
}

// maxOffered bounds how many accounts are read out at once.
const maxOffered = 20

// accounts asks for an account and what to do in it.
func (p *plain) accounts(ctx context.Context) error {
	if p.role == "" && p.who.CurrentRole == "" {
		p.asker.Say("Your session holds no CrossAccountManager role. Choose one with: Use another role.")
		return nil
	}
	var all []broker.Entry
	for e, err := range p.session.Users.Each(ctx, p.role) {
		if err != nil {
			return err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b broker.Entry) int {
		return cmp.Or(strings.Compare(query.Fold(a.Name), query.Fold(b.Name)), cmp.Compare(a.AccountID, b.AccountID))
	})
	words := p.opt.Filter
	for {
		found := matching(all, words)
		p.asker.Say("%s of %s.", ui.Number(len(found)), ui.Count(len(all), "account"))
		if len(found) > 0 && len(found) <= maxOffered {
			return p.oneOf(ctx, found)
		}
		var err error
		if words, err = p.asker.Text(ctx, "Words to narrow the list, !word to leave out, nothing to go back:"); err != nil || words == "" {
			return err
		}
	}
}

func (p *plain) oneOf(ctx context.Context, entries []broker.Entry) error {
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.Label() + ", " + strings.Join(e.Groups, " ") + ", " + string(e.Status)
	}
	i, err := p.asker.Choose(ctx, "Which account?", texts)
	if err != nil || i < 0 {
		return err
	}
	e := entries[i]
	if err := e.Ready(); err != nil {
		return err
	}
	actions := []choice{
		{"Open the console", func(ctx context.Context) error { return p.console(ctx, e, false) }},
		{"Open the console by a switch-role link", func(ctx context.Context) error { return p.console(ctx, e, true) }},
		{"Write credentials to a file", func(ctx context.Context) error { return p.export(ctx, e) }},
		{"A shell with credentials", func(ctx context.Context) error { return p.shell(ctx, e) }},
	}
	if i, err = p.choose(ctx, e.Label(), actions); err != nil || i < 0 {
		return err
	}
	return actions[i].do(ctx)
}

func (p *plain) console(ctx context.Context, e broker.Entry, switchRole bool) error {
	link, err := p.session.Users.Console(ctx, broker.ConsoleRequest{Role: p.role, Account: string(e.AccountID), SwitchRole: switchRole, Region: p.session.Region})
	if err != nil {
		return err
	}
	if err := p.opt.Desk.OpenURL(link.URL); err != nil {
		return core.Errorf(core.CodeFailure, "%w", err).WithHint("cam console %s --print prints the link", e.AccountID)
	}
	p.asker.Say("Opened %s as %s.", e.Label(), e.Role)
	return nil
}

func (p *plain) export(ctx context.Context, e broker.Entry) error {
	var names []string
	for _, f := range broker.Formats() {
		names = append(names, string(f))
	}
	i, err := p.asker.Choose(ctx, "Format?", names)
	if err != nil || i < 0 {
		return err
	}
	path, err := p.asker.Text(ctx, "File, which must not exist yet:")
	if err != nil || path == "" {
		return err
	}
	creds, entry, err := p.session.Users.Credentials(ctx, broker.Request{Role: p.role, Account: string(e.AccountID)})
	if err != nil {
		return err
	}
	var text strings.Builder
	meta := broker.Meta{Region: p.session.Region, Profile: string(entry.AccountID), Account: entry.AccountID, Role: entry.Role}
	if err := broker.WriteCredentials(&text, broker.Formats()[i], creds, meta); err != nil {
		return err
	}
	if err := p.opt.Desk.WriteSecret(path, []byte(text.String())); err != nil {
		return err
	}
	p.asker.Say("Wrote credentials of %s to %s, readable by you only, valid until %s.", e.Label(), path, creds.Expires.Local().Format("15:04"))
	return nil
}
