package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/tui/internal/query"
)

// Item is something to choose.
type Item struct {
	ID     string
	Text   string
	Detail string
	Why    string // why it cannot be chosen; empty if it can
}

// Pick is a dialog to choose one of several things; typing narrows them. With Free set,
// what was typed may be chosen as well.
type Pick struct {
	Heading string
	Items   []Item
	Free    string // how typed text is offered, "Use the role %s"; empty: it is not
	Eager   bool   // takes keys at once, also those typed ahead
	Chosen  func(Item) tea.Cmd

	typed string
	at    int
	top   int
}

// NewPick makes a choice with an item selected, if it is one of them.
func NewPick(heading string, items []Item, selected string, chosen func(Item) tea.Cmd) *Pick {
	p := &Pick{Heading: heading, Items: items, Chosen: chosen}
	for i, item := range items {
		if item.ID == selected {
			p.at = i
		}
	}
	return p
}

// Title implements Dialog.
func (p *Pick) Title() string { return p.Heading }

// Guarded implements Dialog.
func (p *Pick) Guarded() bool { return !p.Eager }

// Keys implements Dialog.
func (p *Pick) Keys() string { return "type to narrow  ↑↓ move  Enter choose  Esc cancel" }

// Paste implements Dialog.
func (p *Pick) Paste(text string) { p.narrow(p.typed + Clean(text)) }

func (p *Pick) narrow(typed string) {
	if len(typed) <= 200 {
		p.typed, p.at, p.top = typed, 0, 0
	}
}

// shown lists the items that match what was typed.
func (p *Pick) shown() []Item {
	q := query.Parse(p.typed)
	var out []Item
	for _, item := range p.Items {
		if q.Match(query.Fold(item.Text), query.Fold(item.Detail)) {
			out = append(out, item)
		}
	}
	known := slices.ContainsFunc(p.Items, func(i Item) bool { return strings.EqualFold(i.ID, strings.TrimSpace(p.typed)) })
	if text := strings.TrimSpace(p.typed); p.Free != "" && text != "" && !known {
		out = append(out, Item{ID: text, Text: strings.ReplaceAll(p.Free, "%s", text)})
	}
	return out
}

// Press implements Dialog.
func (p *Pick) Press(key tea.KeyPressMsg) (bool, tea.Cmd) {
	items := p.shown()
	switch k := key.String(); {
	case k == "esc":
		return true, nil
	case k == "up", k == "shift+tab", k == "ctrl+p":
		p.at--
	case k == "down", k == "tab", k == "ctrl+n":
		p.at++
	case k == "pgup":
		p.at -= 8
	case k == "pgdown":
		p.at += 8
	case k == "home":
		p.at = 0
	case k == "end":
		p.at = len(items) - 1
	case k == "backspace":
		if runes := []rune(p.typed); len(runes) > 0 {
			p.narrow(string(runes[:len(runes)-1]))
		}
	case k == "enter":
		if p.at < len(items) && items[p.at].Why == "" {
			return true, p.Chosen(items[p.at])
		}
	case key.Text != "":
		p.narrow(p.typed + key.Text)
	}
	p.at = max(0, min(p.at, len(p.shown())-1))
	return false, nil
}

// Lines implements Dialog.
func (p *Pick) Lines(t *Theme, w, h int) []string {
	items := p.shown()
	rows := max(1, h-1)
	p.top = max(0, min(p.top, p.at), p.at-rows+1)
	out := []string{t.Key.Render("> ") + Clean(p.typed) + t.Cursor.Render(" ")}
	if len(items) == 0 {
		return append(out, t.Dim.Render("Nothing matches."))
	}
	wide := 0
	for _, item := range items {
		wide = max(wide, len([]rune(item.Text)))
	}
	wide = min(wide, w*2/3)
	for i := p.top; i < min(p.top+rows, len(items)); i++ {
		item := items[i]
		line := "  " + Fit(Clean(item.Text), wide)
		switch {
		case item.Why != "":
			line = t.Dim.Render(line + "  " + Clean(item.Why))
		case item.Detail != "":
			line += "  " + t.Dim.Render(Clean(item.Detail))
		}
		if i == p.at {
			line = t.Selected.Render(Fit("> "+Fit(Clean(item.Text), wide)+"  "+Clean(item.Why+item.Detail), w))
		}
		out = append(out, line)
	}
	return out
}
