package ui_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func press(d ui.Dialog, keys ...string) (done bool, cmd tea.Cmd) {
	for _, k := range keys {
		if done, cmd = d.Press(tuitest.Key(k)); done {
			return done, cmd
		}
	}
	return done, cmd
}

func confirm(typed string) *ui.Confirm {
	return &ui.Confirm{Heading: "Delete it?", Verb: "Delete", Type: typed,
		Render: func(*ui.Theme, int) []string { return []string{"role/a.yaml"} },
		Yes:    func() tea.Cmd { return func() tea.Msg { return "yes" } }}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		typed string
		keys  []string
		done  bool
		yes   bool
	}{
		{"enter is on cancel", "", []string{"enter"}, true, false},
		{"escape", "", []string{"esc"}, true, false},
		{"n", "", []string{"n"}, true, false},
		{"y", "", []string{"y"}, true, true},
		{"the other button", "", []string{"tab", "enter"}, true, true},
		{"there and back", "", []string{"tab", "left", "enter"}, true, false},
		{"another key", "", []string{"d"}, false, false},
		{"y where a number is asked for", "12", []string{"y", "enter"}, false, false},
		{"the number", "12", []string{"1", "2", "enter"}, true, true},
		{"a wrong number", "12", []string{"1", "3", "enter"}, false, false},
		{"corrected", "12", []string{"1", "3", "backspace", "2", "enter"}, true, true},
		{"too much", "12", []string{"1", "2", "0", "enter"}, false, false},
		{"escape from a number", "12", []string{"1", "esc"}, true, false},
	}
	for _, tt := range tests {
		done, cmd := press(confirm(tt.typed), tt.keys...)
		if done != tt.done || (cmd != nil) != tt.yes {
			t.Errorf("%s: closed %v, confirmed %v", tt.name, done, cmd != nil)
		}
	}
	c := confirm("12")
	c.Paste("12")
	if done, cmd := press(c, "enter"); done || cmd != nil {
		t.Error("a pasted number confirms")
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	var chosen ui.Item
	p := ui.NewPick("Role", []ui.Item{{ID: "a", Text: "Alpha"}, {ID: "b", Text: "Beta", Why: "not today"}, {ID: "c", Text: "Gamma"}}, "c",
		func(i ui.Item) tea.Cmd { chosen = i; return nil })
	if done, _ := press(p, "enter"); !done || chosen.ID != "c" {
		t.Errorf("the selected item is chosen at once: %+v", chosen)
	}
	if done, _ := press(p, "b", "enter"); done {
		t.Error("an item that is not available was chosen")
	}
	if done, _ := press(p, "backspace", "a", "l", "enter"); !done || chosen.ID != "a" {
		t.Errorf("typing narrows: chose %+v", chosen)
	}
	p.Free = "Use %s"
	if done, _ := press(p, "backspace", "backspace", "z", "z", "enter"); !done || chosen.ID != "zz" {
		t.Errorf("what was typed can be chosen: %+v", chosen)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	var got []string
	form := func() *ui.Form {
		return ui.NewForm("New", "Add", []ui.Field{
			{Label: "Name", Check: func(v string) string {
				if v == "" {
					return "a name is needed"
				}
				return ""
			}},
			{Label: "Kind", Value: "one", Options: []string{"one", "two", "three"}},
		}, func(v []string) tea.Cmd { got = v; return nil })
	}
	if done, _ := press(form(), "enter", "enter"); done {
		t.Error("a form without its name was taken")
	}
	if done, _ := press(form(), "x", "y", "enter", "right", "enter"); !done || strings.Join(got, ",") != "xy,two" {
		t.Errorf("got %q", got)
	}
	if done, _ := press(form(), "x", "tab", "t", "t", "enter"); !done || strings.Join(got, ",") != "x,three" {
		t.Errorf("a letter goes to the next option that begins with it: %q", got)
	}
	f := form()
	f.Paste("one\ntwo\x1b[31m")
	if done, _ := press(f, "enter", "enter"); !done || strings.ContainsAny(got[0], "\n\x1b") {
		t.Errorf("pasted %q", got[0])
	}
}

// TestDialogsFit any size: never a line too many or too wide.
func TestDialogsFit(t *testing.T) {
	t.Parallel()
	theme := ui.NewTheme(true)
	rapid.Check(t, func(t *rapid.T) {
		long := rapid.SliceOfN(rapid.StringMatching(`[a-z ]{0,150}`), 0, 60).Draw(t, "lines")
		render := func(*ui.Theme, int) []string { return append([]string{}, long...) }
		items := make([]ui.Item, len(long))
		for i, text := range long {
			items[i] = ui.Item{ID: text, Text: text, Detail: "detail", Why: map[bool]string{true: "no"}[i%3 == 0]}
		}
		d := rapid.SampledFrom([]ui.Dialog{
			&ui.Confirm{Heading: "Heading", Verb: "Push", Type: "12", Render: render}, ui.NewPage("A page", render),
			ui.NewPick("Pick", items, "", func(ui.Item) tea.Cmd { return nil }),
			ui.NewForm("Form", "Add", []ui.Field{{Label: "A", Help: "help"}, {Label: "Longer", Value: "x", Options: []string{"x", "y"}}}, func([]string) tea.Cmd { return nil }),
		}).Draw(t, "dialog")
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"down", "pgdown", "end", "up", "tab", "a", "home"}), 0, 12).Draw(t, "keys") {
			d.Press(tuitest.Key(k))
		}
		w, h := rapid.IntRange(1, 140).Draw(t, "w"), rapid.IntRange(1, 50).Draw(t, "h")
		lines := strings.Split(ui.DrawDialog(theme, d, w, h), "\n")
		if len(lines) != h {
			t.Fatalf("%d lines in %d", len(lines), h)
		}
		for _, line := range lines {
			if got := ansi.StringWidth(line); got != w {
				t.Fatalf("a line of %d cells in %d: %q", got, w, line)
			}
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, got := range map[string]string{
		"0": ui.Number(0), "999": ui.Number(999), "1,000": ui.Number(1000), "-1,234,567": ui.Number(-1234567),
		"1 account": ui.Count(1, "account"), "2 entries": ui.Count(2, "entry"), "1,000 roles": ui.Count(1000, "role"),
		"59 s ago": ui.Ago(now, now.Add(-59*time.Second)), "1 min ago": ui.Ago(now, now.Add(-119*time.Second)),
		"47 h ago": ui.Ago(now, now.Add(-47*time.Hour)), "2 d ago": ui.Ago(now, now.Add(-48*time.Hour)), "": ui.Ago(now, time.Time{}),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
