package files

import (
	"errors"
	"maps"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

var someKeys = []string{
	"up", "down", "left", "right", "enter", "enter", "esc", "tab", "home", "end", "space", "backspace", "delete",
	"ctrl+s", "ctrl+z", "ctrl+y", "ctrl+n", "ctrl+p", "ctrl+f", "ctrl+o", "ctrl+r", "ctrl+k", "ctrl+a",
	"a", "x", ":", "-", "{", "#", "/", "n", "w", "D", "X", "y", "v", "s", "p", "J", "K", "é", "日",
}

// TestNothingIsLost: whatever is pressed, and whatever happens to the folder meanwhile,
// a text that was typed is in the editor, in a draft or in the file, unless somebody
// confirmed that it may go; and every view has its size.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b, t := start(t, sample()), rt
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			before := remember(b)
			act(t, b)
			before.check(t, b)
			w, h := rapid.IntRange(1, 140).Draw(t, "w"), rapid.IntRange(1, 45).Draw(t, "h")
			checkView(t, b.s.View(w, h), w, h)
			_ = b.s.Status()
			if b.dialog != nil {
				checkView(t, ui.DrawDialog(b.s.kit.Theme, b.dialog, w, h), w, h)
			}
		}
		b.disk.denied, b.store.full = nil, nil
		if err := b.s.SaveDrafts(); err != nil {
			t.Fatal(err)
		}
		drafts := maps.Clone(b.s.drafts)
		maps.DeleteFunc(drafts, func(name string, d *memory.Draft) bool {
			b.disk.mu.Lock()
			defer b.disk.mu.Unlock()
			text, there := b.disk.files[name]
			return there && text == d.Text // somebody else made it needless
		})
		b.disk.missing = false
		b.restart()
		for name, d := range drafts {
			if b.s.drafts[name] == nil || b.s.drafts[name].Text != d.Text {
				t.Fatalf("the draft of %s is not there after a restart", name)
			}
		}
		if len(b.s.drafts) != len(drafts) {
			t.Fatalf("%d drafts, and %d after a restart", len(drafts), len(b.s.drafts))
		}
	})
}

// act does one thing that may happen.
func act(t *rapid.T, b *bench) {
	switch rapid.IntRange(0, 39).Draw(t, "what") {
	case 0:
		b.wait()
	case 1:
		b.look()
	case 2:
		text := rapid.SampledFrom([]string{"accounts: {}\n", "roles:\n  A: {}\n", "x", ""}).Draw(t, "text")
		b.disk.put(rapid.SampledFrom([]string{workloads, roles, devops, "role/more.yaml"}).Draw(t, "name"), text)
	case 3:
		b.disk.take(rapid.SampledFrom([]string{workloads, roles, devops}).Draw(t, "name"))
	case 4:
		b.disk.missing = rapid.Bool().Draw(t, "missing")
	case 5:
		b.disk.denied, b.store.full = nil, nil
		if rapid.Bool().Draw(t, "full") {
			b.disk.denied, b.store.full = errors.New("full"), errors.New("full")
		}
	case 6:
		if b.dialog == nil {
			paste := tea.PasteMsg{Content: rapid.StringN(0, 40, 200).Draw(t, "paste")}
			if b.s.Captures() {
				b.run(b.s.Update(paste))
			}
		}
	case 7:
		b.run(b.s.Open(rapid.SampledFrom([]string{workloads, roles, "role/none.yaml"}).Draw(t, "file"), 2, 3))
	case 8:
		b.s.SetPushed(map[string][]byte{workloads: []byte(b.disk.text(workloads))})
	case 9:
		b.take(ownDone{name: roles})
	case 10:
		b.s.Back()
	case 11:
		_ = b.s.SaveDrafts()
	default:
		b.press(rapid.SampledFrom(someKeys).Draw(t, "key"))
	}
}

// texts are the unsaved texts at some time.
type texts map[string]string

func remember(b *bench) texts {
	b.notes = nil
	all := texts{}
	for name, d := range b.s.drafts {
		all[name] = d.Text
	}
	if o := b.s.opened; o != nil {
		delete(all, o.name)
		if o.unsaved() {
			all[o.name] = o.ed.Text()
		}
	}
	return all
}

// check finds every text again after one step. In the editor it may have been edited,
// and is in the history then.
func (before texts) check(t *rapid.T, b *bench) {
	note := strings.Join(b.notes, "\n")
	for name, text := range before {
		o, d := b.s.opened, b.s.drafts[name]
		switch {
		case o != nil && o.name == name:
		case d != nil && d.Text == text:
		case b.disk.text(name) == text:
		case strings.Contains(note, "Discarded the unsaved text of "+name), strings.Contains(note, "Deleted "+name):
		default:
			t.Fatalf("the text of %s is lost:\n%s", name, text)
		}
	}
}

func checkView(t *rapid.T, view string, w, h int) {
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines for %dx%d:\n%s", len(lines), w, h, view)
	}
	for _, line := range lines {
		if got := ansi.StringWidth(line); got != w {
			t.Fatalf("%d cells for %dx%d: %q", got, w, h, line)
		}
		if strings.ContainsAny(ansi.Strip(line), "\x00\x07\x08\x1b\r\t") {
			t.Fatalf("control characters in %q", line)
		}
	}
}
