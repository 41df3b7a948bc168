package files

import (
	"errors"
	"testing"

	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func TestDraftSurvives(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*bench){
		"closed":  func(b *bench) { b.press("esc") },
		"waited":  func(b *bench) { b.wait() },
		"back":    func(b *bench) { b.s.Back(); b.wait() },
		"at exit": func(b *bench) { _ = b.s.SaveDrafts() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, sample())
			before := b.disk.text(workloads)
			b.open(workloads)
			b.types("#mine")
			end(b)
			equal(t, b.draft(workloads), "#mine"+before)
			b.restart()
			equal(t, b.state(workloads), "* draft")
			equal(t, b.s.Status().State, "1 draft")
			b.open(workloads)
			has(t, b.lastNote(), "unsaved text")
			equal(t, b.s.opened.ed.Text(), "#mine"+before)
			b.press("ctrl+z")
			equal(t, b.s.opened.ed.Text(), before)
			b.wait()
			equal(t, b.draft(workloads), "")
		})
	}
}

func TestDraftOfANewFile(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.press("n")
	b.types("policy")
	b.press("enter")
	b.fill("Fresh", fromNothing)
	b.press("esc")
	b.restart()
	const name = "custom_policy/Fresh.json"
	equal(t, b.state(name), "✗ invalid, draft")
	equal(t, b.s.list.Table.Select(name), true)
	equal(t, b.s.Why(ui.DeleteFile), "it was never saved; X discards its text")
	b.open(name)
	equal(t, b.lastNote(), "This text was never saved to a file.")
	b.press("ctrl+s")
	equal(t, b.disk.text(name), emptyPolicy)
	equal(t, b.draft(name), "")
	b.press("esc")
	b.restart()
	equal(t, b.s.draftCount(), 0)
	equal(t, len(b.store.data), 1) // the list of drafts, empty
}

func TestDraftAndFileBothChanged(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T) *bench {
		b := start(t, sample())
		b.open(roles)
		b.types("#mine")
		b.press("esc")
		b.disk.put(roles, "roles: {}\n")
		b.restart()
		b.open(roles)
		has(t, b.page(), "has changed since", "Go on with my text", "Take the file's text", "undo brings mine back")
		equal(t, b.s.opened == nil, true)
		return b
	}
	t.Run("mine", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.press("enter")
		equal(t, b.s.opened.ed.Text(), "#mine"+sample()[roles])
		b.press("ctrl+s")
		equal(t, b.dialog == nil, true) // it was decided already
		has(t, b.disk.text(roles), "#mine")
	})
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.press("down", "enter")
		equal(t, b.s.opened.ed.Text(), "roles: {}\n")
		equal(t, b.s.opened.unsaved(), false)
		b.press("ctrl+z")
		equal(t, b.s.opened.ed.Text(), "#mine"+sample()[roles])
		b.press("ctrl+z")
		equal(t, b.s.opened.ed.Text(), "roles: {}\n")
	})
	t.Run("neither", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.press("esc")
		equal(t, b.s.opened == nil, true)
		has(t, b.draft(roles), "#mine")
	})
	t.Run("file gone", func(t *testing.T) {
		t.Parallel()
		b := start(t, sample())
		b.open(roles)
		b.types("#mine")
		b.press("esc")
		b.disk.take(roles)
		b.restart()
		b.open(roles)
		has(t, b.lastNote(), "gone from the folder")
		b.press("ctrl+s")
		has(t, b.page(), "Write the file again")
		b.press("home", "enter")
		has(t, b.disk.text(roles), "#mine")
	})
}

func TestDiscardDraft(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.s.list.Table.Select(workloads)
	equal(t, b.s.Why(ui.DropDraft), "it has no unsaved text")
	b.open(workloads)
	b.types("#one")
	b.press("enter")
	b.types("#two")
	b.press("enter", "esc")
	b.press("X")
	has(t, b.page(), "+ 2 lines", "− 0 lines")
	b.press("esc")
	has(t, b.draft(workloads), "#one")
	b.press("X", "y")
	equal(t, b.draft(workloads), "")
	equal(t, b.state(workloads), "· unchanged")
	has(t, b.lastNote(), "Discarded")
}

func TestDifference(t *testing.T) {
	t.Parallel()
	added, gone := difference("a\nb\nb\nc", "c\nb\nx\n")
	equal(t, []int{added, gone}, []int{2, 3}) // x and "c\n"; a, one b, and "c"
}

func TestShelfOrder(t *testing.T) {
	t.Parallel()
	store := &drawer{data: map[string]string{}}
	s := newShelf(store, "/folder")
	d := func(text string) *memory.Draft { return &memory.Draft{Folder: "/folder", File: roles, Text: text} }
	read := func() string {
		if d, err := memory.FindDraft(store, "/folder", roles); err == nil {
			return d.Text
		}
		return ""
	}
	equal(t, s.put(d("second"), 2), nil)
	equal(t, s.put(d("first"), 1), nil)
	equal(t, read(), "second")
	equal(t, s.forget(roles, 4), nil)
	equal(t, s.put(d("third"), 3), nil)
	equal(t, read(), "")
	store.full = errors.New("full")
	if s.put(d("fifth"), 5) == nil {
		t.Error("no error")
	}
	store.full = nil
	equal(t, s.put(d("fifth"), 5), nil)
	found, err := newShelf(store, "/folder").all(nil)
	equal(t, err, nil)
	equal(t, found[roles].Text, "fifth")
	other, _ := newShelf(store, "/elsewhere").all(map[string]*file{roles: nil})
	equal(t, len(other), 0)
}
