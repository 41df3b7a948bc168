package ui

import (
	"slices"
	"strings"
)

// Scope is where a key means something.
type Scope string

// The scopes. A key may mean different things in two scopes only if these never apply
// together; see Together.
const (
	Global       Scope = "everywhere"
	Browse       Scope = "outside text fields"
	List         Scope = "in lists"
	Accounts     Scope = "accounts"
	Files        Scope = "files"
	Editor       Scope = "editor"
	Plan         Scope = "plan"
	Rollout      Scope = "rollout"
	Organisation Scope = "organisation"
)

// Together lists the scopes that apply at the same time, for each thing a user may
// look at.
func Together() [][]Scope {
	return [][]Scope{
		{Accounts, List, Browse, Global},
		{Files, List, Browse, Global},
		{Editor, Global},
		{Plan, List, Browse, Global},
		{Rollout, List, Browse, Global},
		{Organisation, List, Browse, Global},
	}
}

// Action is something a user can do. Its value is how the palette calls it.
type Action string

// The actions.
const (
	Quit     Action = "quit now"
	Leave    Action = "quit"
	Help     Action = "help"
	Palette  Action = "palette"
	Back     Action = "back"
	Refresh  Action = "refresh"
	Suspend  Action = "suspend"
	Errors   Action = "errors"
	Dismiss  Action = "dismiss error"
	Role     Action = "switch role"
	Become   Action = "become"
	GoView1  Action = "show accounts"
	GoView2  Action = "show files"
	GoView3  Action = "show plan"
	GoView4  Action = "show rollout"
	GoView5  Action = "show organisation"
	NextView Action = "next view"
	PrevView Action = "previous view"

	Up        Action = "up"
	Down      Action = "down"
	PageUp    Action = "page up"
	PageDown  Action = "page down"
	First     Action = "first"
	Last      Action = "last"
	Left      Action = "left"
	Right     Action = "right"
	Filter    Action = "filter"
	Mark      Action = "mark"
	MarkAll   Action = "mark all shown"
	Sort      Action = "sort"
	Preview   Action = "preview"
	ScrollUp  Action = "scroll preview up"
	ScrollDwn Action = "scroll preview down"

	Console     Action = "open console"
	ConsoleWith Action = "open console with options"
	CopyLink    Action = "copy console link"
	CopyCreds   Action = "copy credentials"
	Export      Action = "export credentials"
	Shell       Action = "shell"
	CopyID      Action = "copy account id"

	Edit       Action = "edit"
	EditOwn    Action = "edit in $EDITOR"
	NewEntry   Action = "new account, role or policy"
	Usage      Action = "where used"
	DeleteFile Action = "delete file"
	DropDraft  Action = "discard draft"

	Save     Action = "save"
	Undo     Action = "undo"
	Redo     Action = "redo"
	NextFind Action = "next finding"
	PrevFind Action = "previous finding"
	Search   Action = "search"
	Close    Action = "close editor"
	SaveOwn  Action = "continue in $EDITOR"

	Compute  Action = "compute plan"
	Push     Action = "push"
	NextTab  Action = "next part"
	PrevTab  Action = "previous part"
	OpenDiff Action = "details"

	Grid     Action = "grid or list"
	Retry    Action = "retry"
	RetryAll Action = "retry all"
	OnlyBad  Action = "only failed"
	Detail   Action = "assignment"

	Inspect    Action = "inspect"
	CopyInvite Action = "copy invitation"
	OrgPart    Action = "accounts or roles"
	OnlyWait   Action = "only pending"
)

// Binding is an action with its keys: a line of the one key map, from which come the
// footer, the help, the palette and the documentation.
type Binding struct {
	Action Action
	Keys   []string // as tea.KeyPressMsg.String gives them, the one that is shown first
	Scope  Scope
	Label  string // in the footer; empty: not there
	Help   string // what it does
	Twin   string // the command that does the same
	Danger bool   // asks before it does it
}

// Key is how a key is shown.
func (b *Binding) Key() string { return keyName(b.Keys[0]) }

// AllKeys is how all its keys are shown.
func (b *Binding) AllKeys() string {
	names := make([]string, len(b.Keys))
	for i, key := range b.Keys {
		names[i] = keyName(key)
	}
	return strings.Join(names, " ")
}

func keyName(key string) string {
	names := map[string]string{
		"up": "↑", "down": "↓", "left": "←", "right": "→", "pgup": "PgUp", "pgdown": "PgDn",
		"home": "Home", "end": "End", "esc": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "shift+tab": "Shift+Tab",
	}
	if name, known := names[key]; known {
		return name
	}
	if rest, ctrl := strings.CutPrefix(key, "ctrl+"); ctrl {
		return "Ctrl+" + strings.ToUpper(rest[:1]) + rest[1:]
	}
	return key
}

// Find returns the binding of a key in the nearest of some scopes.
func Find(key string, scopes []Scope) (*Binding, bool) {
	for _, scope := range scopes {
		for i := range keyMap {
			if b := &keyMap[i]; b.Scope == scope && slices.Contains(b.Keys, key) {
				return b, true
			}
		}
	}
	return nil, false
}

// Bindings lists the bindings of some scopes, in the order of the key map.
func Bindings(scopes []Scope) []*Binding {
	var out []*Binding
	for _, scope := range scopes {
		for i := range keyMap {
			if keyMap[i].Scope == scope {
				out = append(out, &keyMap[i])
			}
		}
	}
	return out
}

// ViewOf is the view that an action goes to.
func ViewOf(a Action) (View, bool) {
	i := slices.Index([]Action{GoView1, GoView2, GoView3, GoView4, GoView5}, a)
	if i < 0 {
		return "", false
	}
	return Views()[i], true
}

// CountBindings counts all bindings there are.
func CountBindings() int { return len(keyMap) }

// KeyMapMarkdown is the key map as documentation.
func KeyMapMarkdown() string {
	var out strings.Builder
	for _, scope := range []Scope{Global, Browse, List, Accounts, Files, Editor, Plan, Rollout, Organisation} {
		out.WriteString("### " + strings.ToUpper(string(scope[:1])) + string(scope[1:]) + "\n\n| key | action | what it does | as a command |\n|---|---|---|---|\n")
		for _, b := range Bindings([]Scope{scope}) {
			keys := make([]string, len(b.Keys))
			for i, key := range b.Keys {
				keys[i] = "`" + keyName(key) + "`"
			}
			twin := ""
			if b.Twin != "" {
				twin = "`" + b.Twin + "`"
			}
			out.WriteString("| " + strings.Join(keys, " ") + " | " + string(b.Action) + " | " + b.Help + " | " + twin + " |\n")
		}
		out.WriteString("\n")
	}
	return out.String()
}
