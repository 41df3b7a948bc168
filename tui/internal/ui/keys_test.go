package ui_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// TestNoKeyMeansTwoThings wherever scopes apply together, and every action has one
// binding.
func TestNoKeyMeansTwoThings(t *testing.T) {
	t.Parallel()
	for _, scopes := range ui.Together() {
		owner := map[string]ui.Action{}
		for _, b := range ui.Bindings(scopes) {
			for _, key := range b.Keys {
				if other, taken := owner[key]; taken {
					t.Errorf("%s: %q is %q and %q", scopes[0], key, other, b.Action)
				}
				owner[key] = b.Action
			}
		}
	}
}

func TestEveryScopeIsUsedTogetherWithOthers(t *testing.T) {
	t.Parallel()
	all := map[ui.Scope]bool{}
	for _, scopes := range ui.Together() {
		for _, s := range scopes {
			all[s] = true
		}
	}
	seen := map[ui.Action]bool{}
	for scope := range all {
		for _, b := range ui.Bindings([]ui.Scope{scope}) {
			if seen[b.Action] {
				t.Errorf("%q is bound twice", b.Action)
			}
			seen[b.Action] = true
			if b.Help == "" || len(b.Keys) == 0 {
				t.Errorf("%q lacks a key or a help text", b.Action)
			}
		}
	}
	if n := ui.CountBindings(); n != len(seen) {
		t.Errorf("the key map has %d bindings, %d of them in scopes that apply somewhere", n, len(seen))
	}
}

// TestConfirmKeysNeverTrigger: what confirms a dialog is never the key that opens one.
func TestConfirmKeysNeverTrigger(t *testing.T) {
	t.Parallel()
	for _, scopes := range ui.Together() {
		for _, b := range ui.Bindings(scopes) {
			if b.Danger && (slices.Contains(b.Keys, "y") || slices.Contains(b.Keys, "enter")) {
				t.Errorf("%q has a key that confirms", b.Action)
			}
		}
	}
}

// TestDestructiveActionsHaveTwins and so does everything else that reaches AWS.
func TestActionsOfViewsHaveTwins(t *testing.T) {
	t.Parallel()
	without := []ui.Action{ // what only concerns the screen
		ui.CopyID, ui.Usage, ui.DropDraft, ui.Save, ui.Undo, ui.Redo, ui.NextFind, ui.PrevFind, ui.Search, ui.SaveOwn, ui.Close,
		ui.OpenDiff, ui.NextTab, ui.PrevTab, ui.Grid, ui.OrgPart, ui.OnlyWait,
	}
	for _, scope := range []ui.Scope{ui.Accounts, ui.Files, ui.Editor, ui.Plan, ui.Rollout, ui.Organisation} {
		for _, b := range ui.Bindings([]ui.Scope{scope}) {
			if b.Twin == "" && !slices.Contains(without, b.Action) {
				t.Errorf("%q has no command that does the same", b.Action)
			}
		}
	}
}

func TestFindPrefersTheNearestScope(t *testing.T) {
	t.Parallel()
	b, found := ui.Find("ctrl+z", []ui.Scope{ui.Editor, ui.Browse, ui.Global})
	if !found || b.Action != ui.Undo {
		t.Errorf("ctrl+z in the editor is %+v", b)
	}
	if b, found := ui.Find("ctrl+z", []ui.Scope{ui.Files, ui.List, ui.Browse, ui.Global}); !found || b.Action != ui.Suspend {
		t.Errorf("ctrl+z among the files is %+v", b)
	}
}

func TestKeyMapDocument(t *testing.T) {
	t.Parallel()
	text := ui.KeyMapMarkdown()
	for _, want := range []string{"| `Enter` | open console |", "| `Ctrl+Z` | undo |", "cam push DIR"} {
		if !strings.Contains(text, want) {
			t.Errorf("the key map document lacks %q", want)
		}
	}
}
