package ui

import (
	"cmp"
	"slices"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// Field is a line of a form: free text, or one of Options.
type Field struct {
	Label   string
	Value   string
	Options []string
	Help    string                    // what it is, in a few words
	Check   func(value string) string // what is wrong with a value; empty if nothing
	input   textinput.Model
}

// Form asks for several values. Enter goes on to the next field, and on the last one
// ends the form if every value is right.
type Form struct {
	Heading string
	Fields  []Field
	Verb    string // "Open", "Add"
	Done    func(values []string) tea.Cmd

	at    int
	wrong string
}

// NewForm makes a form with its first field ready.
func NewForm(heading, verb string, fields []Field, done func(values []string) tea.Cmd) *Form {
	f := &Form{Heading: heading, Verb: verb, Fields: fields, Done: done}
	for i := range f.Fields {
		field := &f.Fields[i]
		field.input = textinput.New()
		field.input.Prompt = ""
		field.input.SetValue(field.Value)
		field.input.CursorEnd()
		field.input.CharLimit = 4096
	}
	f.focus(0)
	return f
}

func (f *Form) focus(at int) {
	f.Fields[f.at].input.Blur()
	f.at = (at + len(f.Fields)) % len(f.Fields)
	_ = f.Fields[f.at].input.Focus()
}

// Title implements Dialog.
func (f *Form) Title() string { return f.Heading }

// Guarded implements Dialog.
func (f *Form) Guarded() bool { return true }

// Keys implements Dialog.
func (f *Form) Keys() string { return "Tab next  ←→ choose  Enter " + f.Verb + "  Esc cancel" }

// Paste implements Dialog.
func (f *Form) Paste(text string) {
	if field := &f.Fields[f.at]; field.Options == nil {
		field.input, _ = field.input.Update(tea.PasteMsg{Content: Clean(text)})
		field.Value = field.input.Value()
	}
}

// Press implements Dialog.
func (f *Form) Press(key tea.KeyPressMsg) (bool, tea.Cmd) {
	field := &f.Fields[f.at]
	f.wrong = ""
	switch k := key.String(); {
	case k == "esc":
		return true, nil
	case k == "tab", k == "down":
		f.focus(f.at + 1)
	case k == "shift+tab", k == "up":
		f.focus(f.at - 1)
	case k == "enter":
		return f.enter()
	case field.Options != nil:
		f.turn(field, k)
	case Typable(key):
		field.input, _ = field.input.Update(key)
		field.Value = field.input.Value()
	}
	return false, nil
}

// turn chooses among options: arrows step, a letter goes to the next that begins so.
func (f *Form) turn(field *Field, key string) {
	n, at := len(field.Options), slices.Index(field.Options, field.Value)
	switch key {
	case "left":
		at += n - 1
	case "right", "space":
		at++
	default:
		for i := 1; i <= n; i++ {
			if o := field.Options[(at+i+n)%n]; o != "" && o[:1] == key {
				at += i
				break
			}
		}
	}
	field.Value = field.Options[(at+n)%n]
}

func (f *Form) enter() (bool, tea.Cmd) {
	if f.at < len(f.Fields)-1 {
		f.focus(f.at + 1)
		return false, nil
	}
	values := make([]string, len(f.Fields))
	for i := range f.Fields {
		field := &f.Fields[i]
		if field.Check != nil {
			if wrong := field.Check(field.Value); wrong != "" {
				f.focus(i)
				f.wrong = wrong
				return false, nil
			}
		}
		values[i] = field.Value
	}
	return true, f.Done(values)
}

// Lines implements Dialog.
func (f *Form) Lines(t *Theme, w, h int) []string {
	wide := 0
	for i := range f.Fields {
		wide = max(wide, len(f.Fields[i].Label))
	}
	var out []string
	for i := range f.Fields {
		out = append(out, f.line(t, i, wide, w))
	}
	help := f.Fields[f.at].Help
	if f.wrong != "" {
		return append(window(out, f.at, max(1, h-1)), t.Bad.Render(f.wrong))
	}
	return append(window(out, f.at, max(1, h-1)), t.Dim.Render(help))
}

// window keeps the line of interest among h lines.
func window(lines []string, at, h int) []string {
	if len(lines) <= h {
		return lines
	}
	top := max(0, min(at-h/2, len(lines)-h))
	return append([]string{}, lines[top:top+h]...)
}

func (f *Form) line(t *Theme, i, wide, w int) string {
	field := &f.Fields[i]
	lead := "  "
	if i == f.at {
		lead = t.Key.Render("> ")
	}
	label := t.Dim.Render(Fit(field.Label, wide)) + "  "
	if field.Options == nil {
		field.input.SetWidth(max(1, w-wide-6))
		if i != f.at {
			return lead + label + Clean(field.Value)
		}
		return lead + label + field.input.View()
	}
	value := "‹ " + Clean(cmp.Or(field.Value, "–")) + " ›"
	if i == f.at {
		value = t.Selected.Render(value)
	}
	return lead + label + value
}
