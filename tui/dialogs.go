package tui

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func tickArmed(id int) func(time.Time) tea.Msg {
	return func(time.Time) tea.Msg { return armed{id} }
}

// help lists all keys that apply here, and why some do nothing now.
func (m *model) help() *ui.Page {
	scopes := m.scopes()
	bindings := ui.Bindings(scopes)
	reasons := map[ui.Action]string{}
	for _, b := range bindings {
		reasons[b.Action] = m.why(b.Action)
	}
	return ui.NewPage("Keys", func(t *ui.Theme, w int) []string {
		var out []string
		scope := ui.Scope("")
		for _, b := range bindings {
			if b.Scope != scope {
				if scope = b.Scope; len(out) > 0 {
					out = append(out, "")
				}
				out = append(out, t.Title.Render(strings.ToUpper(string(scope[:1]))+string(scope[1:])))
			}
			line := t.Key.Render(ui.Fit(b.AllKeys(), 16)) + " " + b.Help
			if b.Twin != "" && w >= 100 {
				line = ui.Fit(line, min(w-46, 84)) + t.Dim.Render("  "+b.Twin)
			}
			out = append(out, line)
			if why := reasons[b.Action]; why != "" {
				out = append(out, t.Dim.Render(strings.Repeat(" ", 17)+"not now: "+ui.Clean(why)))
			}
		}
		return out
	})
}

// palette finds an action by its name.
func (m *model) palette() *ui.Pick {
	var items []ui.Item
	for _, b := range ui.Bindings(m.scopes()) {
		item := ui.Item{ID: string(b.Action), Text: string(b.Action), Detail: b.Key() + "  " + b.Help, Why: m.why(b.Action)}
		if b.Action != ui.Palette {
			items = append(items, item)
		}
	}
	p := ui.NewPick("Commands", items, "", func(i ui.Item) tea.Cmd {
		return func() tea.Msg { return ui.Perform{Action: ui.Action(i.ID)} }
	})
	p.Eager = true
	return p
}

// rolePicker chooses the role whose accounts are listed: the session's own, those used
// before, those that an admin sees, or any that is typed.
func (m *model) rolePicker() *ui.Pick {
	own := "the session's own: none"
	if m.who.CurrentRole != "" {
		own = "the session's own: " + string(m.who.CurrentRole)
	}
	items := []ui.Item{{ID: "", Text: own}}
	seen := map[core.RoleName]bool{m.who.CurrentRole: true}
	add := func(name core.RoleName, detail string) {
		if name != "" && !seen[name] {
			seen[name] = true
			items = append(items, ui.Item{ID: string(name), Text: string(name), Detail: detail})
		}
	}
	if m.accounts != nil {
		used := m.accounts.UsedRoles()
		names := slices.SortedFunc(maps.Keys(used), func(a, b core.RoleName) int { return cmp.Or(used[b].Compare(used[a]), cmp.Compare(a, b)) })
		for _, name := range names {
			add(name, "used "+ui.Ago(m.kit.Now(), used[name]))
		}
	}
	if a := m.admin; a != nil {
		for _, name := range a.roleNames() {
			add(name, "")
		}
	}
	p := ui.NewPick("Role to enter accounts with", items, m.role, func(i ui.Item) tea.Cmd { return m.useRole(i.ID) })
	p.Free = "Use the role %s" // for one that is not known here
	return p
}

// leaveDialog asks before somebody leaves a push that is under way.
func (m *model) leaveDialog() *ui.Confirm {
	return &ui.Confirm{
		Heading: "Leave while a push is under way?", Verb: "Leave", Yes: m.leave,
		Render: func(_ *ui.Theme, w int) []string {
			if m.uploading() {
				return ui.Wrap("Not all files are uploaded. The push stops where it is: what is in the bucket by then is rolled out, "+
					"the rest is not. Another plan shows what is left.", w)
			}
			return ui.Wrap("All files are uploaded. The rollout goes on without you; cam status --watch follows it.", w)
		},
	}
}

// personaPicker chooses whom to be, in the demo.
func (m *model) personaPicker() *ui.Pick {
	var items []ui.Item
	for _, p := range m.opt.Personas {
		items = append(items, ui.Item{ID: p.Name, Text: p.Name, Detail: p.Text})
	}
	return ui.NewPick("Whom to be", items, m.persona, func(i ui.Item) tea.Cmd {
		at := slices.IndexFunc(m.opt.Personas, func(p Persona) bool { return p.Name == i.ID })
		open, ctx := m.opt.Personas[at].Open, m.ctx
		return func() tea.Msg {
			session, err := open(ctx)
			return became{i.ID, session, err}
		}
	})
}
