package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Confirm asks before something that cannot be taken back. The focus is on Cancel; y,
// or Enter on the other button, confirms. Where Type is set, that number has to be typed
// instead, and nothing else confirms.
type Confirm struct {
	Heading string
	Render  func(t *Theme, w int) []string // what it would do, in full
	Verb    string                         // on the button: "Push"
	Type    string
	Yes     func() tea.Cmd

	typed  string
	onVerb bool
	scroll scroll
}

// Title implements Dialog.
func (c *Confirm) Title() string { return c.Heading }

// Guarded implements Dialog.
func (c *Confirm) Guarded() bool { return true }

// Keys implements Dialog.
func (c *Confirm) Keys() string {
	if c.Type != "" {
		return "type " + c.Type + ", then Enter  Esc cancel"
	}
	return "y " + strings.ToLower(c.Verb) + "  Tab buttons  ↑↓ scroll  Esc cancel"
}

// Paste implements Dialog. A confirmation is typed, not pasted.
func (c *Confirm) Paste(string) {}

// Press implements Dialog.
func (c *Confirm) Press(key tea.KeyPressMsg) (bool, tea.Cmd) {
	switch k := key.String(); {
	case k == "esc":
		return true, nil
	case k == "up", k == "down", k == "pgup", k == "pgdown", k == "home", k == "end":
		c.scroll.press(k)
		return false, nil
	case c.Type != "":
		return c.pressTyped(key)
	case k == "y":
		return true, c.Yes()
	case k == "n", k == "q":
		return true, nil
	case k == "tab", k == "shift+tab", k == "left", k == "right":
		c.onVerb = !c.onVerb
	case k == "enter" && c.onVerb:
		return true, c.Yes()
	case k == "enter":
		return true, nil
	}
	return false, nil
}

func (c *Confirm) pressTyped(key tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case key.String() == "enter" && c.typed == c.Type:
		return true, c.Yes()
	case key.String() == "backspace" && c.typed != "":
		c.typed = c.typed[:len(c.typed)-1]
	case len(key.Text) == 1 && key.Text >= "0" && key.Text <= "9" && len(c.typed) < len(c.Type)+4:
		c.typed += key.Text
	}
	return false, nil
}

// Lines implements Dialog.
func (c *Confirm) Lines(t *Theme, w, h int) []string {
	body := c.scroll.window(t, c.Render(t, w), max(1, h-2))
	return append(append([]string{}, body...), "", c.answer(t))
}

func (c *Confirm) answer(t *Theme) string {
	if c.Type != "" {
		rest := ""
		if c.typed != "" && !strings.HasPrefix(c.Type, c.typed) {
			rest = t.Bad.Render("  not " + c.Type)
		}
		return t.Bold.Render("Type "+c.Type+": ") + c.typed + t.Cursor.Render(" ") + rest
	}
	cancel, verb := "  Cancel  ", "  "+c.Verb+"  "
	if c.onVerb {
		return cancel + " " + t.Selected.Render(">"+verb[1:])
	}
	return t.Selected.Render(">"+cancel[1:]) + " " + verb
}
