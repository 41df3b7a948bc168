package files

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// newEntryFile is the choice of a file that is not there yet; it is named after the
// entry.
const newEntryFile = "a new file"

// askKind asks what is to be made.
func (s *Screen) askKind() tea.Cmd {
	kinds := []struct {
		item ui.Item
		ask  func() tea.Cmd
	}{
		{ui.Item{ID: "account", Text: "Account", Detail: "an AWS account of the organisation"}, s.askAccount},
		{ui.Item{ID: "role", Text: "Role", Detail: "who may do what, and where"}, s.askRole},
		{ui.Item{ID: "policy", Text: "Policy", Detail: "a JSON file with permissions"}, s.askPolicy},
	}
	selected := "account"
	if one := s.selected(); one != nil {
		switch folderOf(one.name) {
		case core.RoleFolder:
			selected = "role"
		case core.PolicyFolder:
			selected = "policy"
		}
	}
	items := make([]ui.Item, len(kinds))
	for i := range kinds {
		items[i] = kinds[i].item
	}
	return ui.Ask(ui.NewPick("New", items, selected, func(answer ui.Item) tea.Cmd {
		for _, kind := range kinds {
			if kind.item.ID == answer.ID {
				return kind.ask()
			}
		}
		return nil
	}))
}

// askAccount asks for an account.
func (s *Screen) askAccount() tea.Cmd {
	check := func(make func(value string) entry) func(string) string {
		return func(value string) string {
			_, findings := config.ParseAccounts(core.AccountFolder+"new.yaml", snippet(make(value)))
			return wrong(findings)
		}
	}
	const some = "111122223333"
	return ui.Ask(ui.NewForm("New account", "Write", []ui.Field{
		{Label: "ID", Help: "12 digits", Check: check(func(v string) entry { return accountEntry(v, "", "", "") })},
		{Label: "Name", Help: "what users see; may be empty", Check: check(func(v string) entry { return accountEntry(some, v, "", "") })},
		{Label: "Email", Help: "of its owner; may be empty", Check: check(func(v string) entry { return accountEntry(some, "", v, "") })},
		{Label: "Groups", Help: s.groupHelp(), Check: check(func(v string) entry { return accountEntry(some, "", "", v) })},
		s.fileField(core.AccountFolder, accountEntry(some, "", "", "")),
	}, func(v []string) tea.Cmd {
		e := accountEntry(v[0], v[1], v[2], v[3])
		return s.write(e, s.target(core.AccountFolder, v[4], cmp.Or(strings.TrimSpace(v[1]), strings.TrimSpace(v[0]))))
	}))
}

func accountEntry(id, name, email, groups string) entry {
	id = strings.TrimSpace(id)
	e := entry{section: "accounts", id: id, key: scalar(id)}
	e.set("name", scalar(strings.TrimSpace(name)), name)
	e.set("email", scalar(strings.TrimSpace(email)), email)
	e.set("groups", sequence(commaList(groups)), strings.Join(commaList(groups), ""))
	return e
}

// set adds a setting, unless what was typed for it is empty.
func (e *entry) set(key, value, typed string) {
	if strings.TrimSpace(typed) != "" {
		e.settings = append(e.settings, setting{key, value})
	}
}

// askRole asks for a role.
func (s *Screen) askRole() tea.Cmd {
	check := func(make func(value string) entry) func(string) string {
		return func(value string) string {
			_, findings := config.ParseRoles(core.RoleFolder+"new.yaml", snippet(make(value)), anyPolicy{})
			return wrong(findings)
		}
	}
	// A role needs permissions to be right: each field is tried with some.
	with := func(change func(*roleForm)) entry {
		f := roleForm{name: "Some", arn: "arn:aws:iam::aws:policy/ReadOnlyAccess"}
		change(&f)
		return f.entry()
	}
	policies := []string{""}
	for i := range s.config.Policies {
		policies = append(policies, s.config.Policies[i].Name)
	}
	return ui.Ask(ui.NewForm("New role", "Write", []ui.Field{
		{Label: "Name", Help: "without " + core.Prefix, Check: check(func(v string) entry { return with(func(f *roleForm) { f.name = v }) })},
		{Label: "Policy file", Options: policies, Help: "of " + core.PolicyFolder + "; empty if a managed policy does"},
		{Label: "Managed policy", Help: "its ARN, such as arn:aws:iam::aws:policy/ReadOnlyAccess; empty if a policy file does",
			Check: check(func(v string) entry { return with(func(f *roleForm) { f.arn = cmp.Or(strings.TrimSpace(v), f.arn) }) })},
		{Label: "Groups", Help: "empty: all accounts. " + s.groupHelp(), Check: check(func(v string) entry { return with(func(f *roleForm) { f.groups = v }) })},
		{Label: "Description", Help: "may be empty", Check: check(func(v string) entry { return with(func(f *roleForm) { f.description = v }) })},
		{Label: "Longest session", Help: "1h to 12h; empty: one hour", Check: check(func(v string) entry { return with(func(f *roleForm) { f.session = v }) })},
		{Label: "Require MFA", Value: "no", Options: []string{"no", "yes"}, Help: "proven by who takes the role as a principal"},
		s.fileField(core.RoleFolder, with(func(*roleForm) {})),
	}, func(v []string) tea.Cmd {
		f := roleForm{v[0], v[1], v[2], v[3], v[4], v[5], v[6] == "yes"}
		return s.write(f.entry(), s.target(core.RoleFolder, v[7], strings.TrimSpace(v[0])))
	}))
}

// roleForm is what was typed for a role.
type roleForm struct {
	name, policy, arn, groups, description, session string
	mfa                                             bool
}

func (f roleForm) entry() entry {
	name := strings.TrimSpace(f.name)
	e := entry{section: "roles", id: name, key: scalar(name)}
	e.set("policy", scalar(f.policy), f.policy)
	e.set("managed_policies", sequence([]string{strings.TrimSpace(f.arn)}), f.arn)
	e.set("groups", sequence(commaList(f.groups)), strings.Join(commaList(f.groups), ""))
	e.set("max_session_duration", scalar(strings.TrimSpace(f.session)), f.session)
	if f.mfa {
		e.set("require_mfa", "true", "true")
	}
	e.set("description", scalar(strings.TrimSpace(f.description)), f.description)
	return e
}

// anyPolicy lets every policy file be there: which there are is chosen from a list.
type anyPolicy struct{}

func (anyPolicy) Policy(name string) (core.PolicyFile, bool) {
	return core.PolicyFile{Name: name, Document: "{}"}, true
}
func (anyPolicy) Names() []string { return nil }

// snippet is a file with one entry.
func snippet(e entry) []byte {
	return []byte(e.section + ":\n" + strings.Join(e.lines("  ", "  ", "  "), "\n") + "\n")
}

// wrong is the first error of findings, as a field shows it.
func wrong(findings []core.Finding) string {
	for _, f := range findings {
		if f.Severity == core.SeverityError {
			return ui.Clean(strings.TrimSuffix(f.Message+"; "+f.Advice, "; "))
		}
	}
	return ""
}

func (s *Screen) groupHelp() string {
	known := s.config.Groups()
	if len(known) == 0 {
		return "commas between them"
	}
	text := "Known: " + strings.Join(known[:min(len(known), 12)], ", ")
	if len(known) > 12 {
		text += ", …"
	}
	return ui.Clean(text)
}

// fileField asks for the file that gets an entry. The sample is an entry such as that.
func (s *Screen) fileField(folder string, sample entry) ui.Field {
	options := []string{newEntryFile}
	for _, name := range slices.Sorted(maps.Keys(s.present())) {
		if f := s.disk[name]; strings.HasPrefix(name, folder) && (f == nil || f.locked() == "") {
			options = append(options, name)
		}
	}
	value := newEntryFile
	if one := s.selected(); one != nil && slices.Contains(options, one.name) {
		value = one.name
	} else if len(options) > 1 {
		value = options[1]
	}
	return ui.Field{Label: "File", Value: value, Options: options, Help: "The entry is written at its end, for you to look at and save.", Check: func(name string) string {
		if name == newEntryFile {
			return ""
		}
		if _, _, err := addEntry(s.textOf(name), sample); err != nil {
			message, _, hint := ui.Explain(err)
			return message + "; " + hint
		}
		return ""
	}}
}

// present are the files of the folder and those that only have a draft.
func (s *Screen) present() map[string]bool {
	names := map[string]bool{}
	for name := range s.disk {
		names[name] = true
	}
	for name := range s.drafts {
		names[name] = true
	}
	return names
}

// textOf is the text of a file with what is not saved of it.
func (s *Screen) textOf(name string) string {
	if d := s.drafts[name]; d != nil {
		return d.Text
	}
	if f := s.disk[name]; f != nil {
		return string(f.data)
	}
	return ""
}
