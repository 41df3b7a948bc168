package enter

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// finished is the end of what was done in an account.
type finished struct {
	screen  *Screen
	account core.AccountID
	role    core.RoleName
	opened  *memory.Opened // how it is to be remembered; nil to remember the time only
	expires time.Time      // of credentials that were got; zero for none
	what    string         // what was tried, for an error
	err     error
	then    tea.Cmd // what happens with what was got
}

// Do implements ui.Screen.
func (s *Screen) Do(a ui.Action) tea.Cmd {
	if a == ui.Refresh {
		if s.noRole {
			return nil
		}
		return s.read()
	}
	s.moved = true
	if s.list.Do(a) {
		return nil
	}
	e, ok := s.selected()
	if !ok {
		return nil
	}
	if ids, hidden := s.list.Targets(); len(ids) > 1 || hidden > 0 {
		if a == ui.Console || a == ui.Export {
			return s.askForSeveral(a, ids, hidden)
		}
	} else if len(ids) == 1 {
		e = s.rows.entries[s.rows.byID[ids[0]]]
	}
	switch a {
	case ui.Console:
		return s.open(e, s.remembered(e), false)
	case ui.CopyLink:
		return s.open(e, s.remembered(e), true)
	case ui.ConsoleWith:
		return s.askHow(e)
	case ui.CopyCreds:
		return s.credentials(e, broker.Format(cmp.Or(s.prefs.Format, string(broker.FormatEnv))), "")
	case ui.Export:
		return s.askExport([]broker.Entry{e})
	case ui.Shell:
		return s.shell(e)
	case ui.CopyID:
		return s.clipboard.Copy("account ID "+string(e.AccountID), core.NewSecret(string(e.AccountID)))
	}
	return nil
}

// Why implements ui.Screen.
func (s *Screen) Why(a ui.Action) string {
	switch a {
	case ui.Console, ui.CopyLink, ui.ConsoleWith, ui.CopyCreds, ui.Export, ui.Shell:
		e, ok := s.selected()
		switch {
		case !ok:
			return "no account is selected"
		case s.working != "":
			return "still " + s.working
		}
		if ids := s.list.Table.Marks(); len(ids) > 0 {
			if a != ui.Console && a != ui.Export && len(ids) > 1 {
				return "it is for one account, and " + ui.Number(len(ids)) + " are marked"
			}
			return ""
		}
		if err := e.Ready(); err != nil {
			message, _, _ := ui.Explain(err)
			return message
		}
		return ""
	case ui.CopyID:
		if _, ok := s.selected(); !ok {
			return "no account is selected"
		}
		return ""
	default:
		return s.list.Why(a)
	}
}

func (s *Screen) remembered(e broker.Entry) memory.Opened {
	o := s.prefs.Accounts[e.AccountID]
	if o.Region == "" {
		o.Region = s.region
	}
	return o
}

// open gets a console link and opens it, or copies it.
func (s *Screen) open(e broker.Entry, how memory.Opened, copyLink bool) tea.Cmd {
	s.working = "opening the console of " + ui.Clean(e.Label())
	ctx, b, desk, clipboard := s.ctx, s.broker, s.desk, s.clipboard
	request := broker.ConsoleRequest{
		Role: s.role, Account: string(e.AccountID), Service: how.Service, Region: how.Region, SwitchRole: how.SwitchRole,
	}
	if how.SwitchRole {
		request.Service = ""
	}
	return func() tea.Msg {
		done := finished{screen: s, account: e.AccountID, role: e.Role, opened: &how, what: "opening the console of " + e.Label()}
		link, err := b.Console(ctx, request)
		if err != nil {
			done.err = err
			return done
		}
		if copyLink {
			done.then = clipboard.Copy("console link of "+ui.Clean(e.Label()), link.URL)
			return done
		}
		if done.err = desk.OpenURL(link.URL); done.err == nil {
			done.then = ui.Say(openedText(link))
		}
		return done
	}
}

func openedText(link broker.Console) string {
	if link.Renewable {
		return fmt.Sprintf("Opened %s as %s by a switch-role link; the browser renews it.", ui.Clean(link.Entry.Label()), link.Entry.Role)
	}
	return fmt.Sprintf("Opened %s as %s until %s.", ui.Clean(link.Entry.Label()), link.Entry.Role, link.Expires.Local().Format("15:04"))
}

// credentials gets credentials and writes them in a format, to a file or, without a
// path, to the clipboard.
func (s *Screen) credentials(e broker.Entry, format broker.Format, path string) tea.Cmd {
	return s.exportAll([]broker.Entry{e}, format, path)
}

func (s *Screen) exportAll(entries []broker.Entry, format broker.Format, path string) tea.Cmd {
	what := "credentials of " + ui.Clean(entries[0].Label())
	if len(entries) > 1 {
		what = "credentials of " + ui.Count(len(entries), "account")
	}
	s.working = "getting " + what
	ctx, b, desk, clipboard, role, region := s.ctx, s.broker, s.desk, s.clipboard, s.role, s.region
	return func() tea.Msg {
		done := finished{screen: s, account: entries[0].AccountID, role: entries[0].Role, what: "getting " + what}
		var text strings.Builder
		for _, e := range entries {
			c, entry, err := b.Credentials(ctx, broker.Request{Role: role, Account: string(e.AccountID)})
			if err == nil {
				err = broker.WriteCredentials(&text, format, c, broker.Meta{
					Region: region, Profile: profileName(entry), Account: entry.AccountID, Role: entry.Role,
				})
			}
			if err != nil {
				done.err = err
				return done
			}
			done.expires = c.Expires
		}
		if path == "" {
			done.then = clipboard.Copy(what+" as "+string(format)+", valid until "+done.expires.Local().Format("15:04"), core.NewSecret(text.String()))
			return done
		}
		done.what = "writing " + what
		if done.err = desk.WriteSecret(path, []byte(text.String())); done.err == nil {
			done.then = ui.Say("Wrote " + what + " to " + ui.Clean(path) + ", readable by you only; valid until " + done.expires.Local().Format("15:04") + ".")
		}
		return done
	}
}

// profileName is a section name of an AWS credentials file for an account.
func profileName(e broker.Entry) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, cmp.Or(e.Name, string(e.AccountID)))
	return name + "-" + string(e.Role)
}

// shell leaves the screen for a shell with credentials, and comes back.
func (s *Screen) shell(e broker.Entry) tea.Cmd {
	s.working = "getting credentials of " + ui.Clean(e.Label())
	ctx, b, desk, role, region := s.ctx, s.broker, s.desk, s.role, s.region
	return func() tea.Msg {
		done := finished{screen: s, account: e.AccountID, role: e.Role, what: "getting credentials of " + e.Label()}
		c, entry, err := b.Credentials(ctx, broker.Request{Role: role, Account: string(e.AccountID)})
		if err != nil {
			done.err = err
			return done
		}
		done.expires = c.Expires
		hello := fmt.Sprintf("A shell in %s as %s, until %s. exit comes back.", ui.Clean(entry.Label()), entry.Role, c.Expires.Local().Format("15:04"))
		done.then = tea.Exec(&announced{Cmd: desk.Shell(c, entry, region), text: hello}, func(err error) tea.Msg {
			// What the shell's last command returned is the user's business.
			if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
				return ui.Failed{What: "starting a shell", Err: core.Errorf(core.CodeFailure, "the shell cannot be started: %w", err).
					WithHint("set SHELL to a program that exists")}
			}
			return ui.Note{Text: "Back from the shell in " + ui.Clean(entry.Label()) + "."}
		})
		return done
	}
}

// announced is a command that says where one is before it runs. It implements
// tea.ExecCommand.
type announced struct {
	*exec.Cmd
	text string
}

// Run implements tea.ExecCommand.
func (a *announced) Run() error {
	fmt.Fprintln(a.Stdout, a.text)
	return a.Cmd.Run()
}

// SetStdin implements tea.ExecCommand.
func (a *announced) SetStdin(r io.Reader) { a.Stdin = r }

// SetStdout implements tea.ExecCommand.
func (a *announced) SetStdout(w io.Writer) { a.Stdout = w }

// SetStderr implements tea.ExecCommand.
func (a *announced) SetStderr(w io.Writer) { a.Stderr = w }

// finish takes note of what was done.
func (s *Screen) finish(f finished) tea.Cmd {
	if f.screen != s {
		return f.then // somebody else is here by now, but it was done
	}
	s.working = ""
	if f.err != nil {
		return ui.Fail(f.what, f.err)
	}
	now := s.kit.Now()
	how := s.prefs.Accounts[f.account]
	if f.opened != nil {
		how = *f.opened
	}
	how.At = now
	s.prefs.Accounts[f.account], s.prefs.Roles[f.role] = how, now
	if !f.expires.IsZero() {
		s.rows.sessions[f.account] = f.expires
	}
	s.list.Refresh()
	return tea.Batch(f.then, s.savePreferences())
}

// savePreferences writes them as they are now.
func (s *Screen) savePreferences() tea.Cmd {
	p := memory.Preferences{Format: s.prefs.Format, Accounts: map[core.AccountID]memory.Opened{}, Roles: map[core.RoleName]time.Time{}}
	for id, o := range s.prefs.Accounts {
		p.Accounts[id] = o
	}
	for r, at := range s.prefs.Roles {
		p.Roles[r] = at
	}
	store, master := s.store, s.master
	return func() tea.Msg {
		if err := p.Save(store, master); err != nil {
			return ui.Failed{What: "remembering how you work", Err: err}
		}
		return nil
	}
}

// entriesOf finds the entries of identities, in the order of their names.
func (s *Screen) entriesOf(ids []string) []broker.Entry {
	var out []broker.Entry
	for _, id := range ids {
		if at, known := s.rows.byID[id]; known {
			out = append(out, s.rows.entries[at])
		}
	}
	slices.SortFunc(out, func(a, b broker.Entry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.AccountID, b.AccountID))
	})
	return out
}
