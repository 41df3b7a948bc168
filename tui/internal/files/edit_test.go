package files

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func TestEditAndSave(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	before := b.disk.text(workloads)
	b.open(workloads)
	equal(t, b.s.Captures(), true)
	equal(t, b.s.Scopes(), []ui.Scope{ui.Editor, ui.Global})
	equal(t, b.s.Why(ui.Save), "there is nothing to save")
	equal(t, b.s.Why(ui.Undo), "there is nothing to undo")
	b.types("#new?")
	equal(t, b.s.Why(ui.Undo), "")
	equal(t, b.s.Status().State, "1 draft")
	equal(t, b.disk.text(workloads), before)
	b.press("ctrl+s")
	equal(t, b.disk.text(workloads), "#new?"+before)
	equal(t, b.lastNote(), "Saved account/workloads.yaml.")
	equal(t, b.told, 1)
	equal(t, b.draft(workloads), "")
	equal(t, b.state(workloads), "~ edited")
	b.press("ctrl+z", "ctrl+s")
	equal(t, b.disk.text(workloads), before)
	b.press("ctrl+y")
	equal(t, b.s.opened.unsaved(), true)
	b.press("ctrl+z", "esc")
	equal(t, b.s.opened == nil, true)
	equal(t, b.draft(workloads), "")
	equal(t, b.s.list.Table.SelectedID(), workloads)
}

func TestSaveWithErrors(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(workloads)
	b.s.opened.ed.GoTo(5, 12)
	b.types("\"")
	b.press("ctrl+s")
	has(t, b.lastNote(), "Saved account/workloads.yaml with 1 error", "nothing can be pushed")
	has(t, b.disk.text(workloads), `: "payments`)
	equal(t, b.s.opened != nil, true)
	line, _ := b.s.opened.ed.Cursor()
	finding, _ := b.s.factsOf(workloads).firstError()
	equal(t, line, finding.Line)
	c, findings := b.s.Configuration()
	equal(t, core.HasErrors(findings), true)
	equal(t, len(c.Policies), 1)
}

func TestCheckWhileTyping(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(roles)
	b.s.opened.ed.GoTo(3, 1)
	b.types("    polcy: x")
	equal(t, b.s.factsOf(roles).errors, 0)
	b.hold = func(msg tea.Msg) bool { _, ok := msg.(checked); return ok }
	b.wait() // the check runs, its result is under way
	b.types("y")
	b.hold = nil
	b.take(b.held[0])
	equal(t, b.s.factsOf(roles).errors, 0) // about an older text
	b.wait()
	if b.s.factsOf(roles).errors == 0 {
		t.Fatal("no errors")
	}
	_, here := b.s.opened.ed.FindingHere()
	equal(t, here, true)

	// Errors of other files are found too.
	b.press("esc")
	b.open(devops)
	b.types("x")
	b.wait()
	equal(t, b.s.factsOf(devops).errors > 0, true)
	equal(t, b.s.factsOf(roles).errors > 0, true)
	has(t, b.s.Status().State, "2 files", "2 drafts")
	b.press("ctrl+z")
	b.wait()
	equal(t, b.s.factsOf(devops).errors, 0)
	has(t, b.s.Status().State, "1 file", "1 draft")
}

func TestEditorGolden(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(roles)
	b.s.opened.ed.GoTo(3, 8)
	b.press("delete")
	b.s.opened.ed.GoTo(1, 1)
	b.wait()
	b.press("ctrl+n", "ctrl+n")
	tuitest.Golden(t, "editor-100x20", b.plainView(100, 20))
	tuitest.Golden(t, "editor-50x10", b.plainView(50, 10))
	b.press("ctrl+f")
	b.types("DevOps")
	tuitest.Golden(t, "search-60x18", b.plainView(60, 18))
	_, _, visible := b.s.Cursor()
	equal(t, visible, false)
	b.press("enter")
	line, _ := b.s.opened.ed.Cursor()
	equal(t, line, 2) // round the end
	b.types("zz")
	has(t, b.plainView(60, 18), "not found")
	b.press("esc")
	equal(t, b.s.opened != nil, true)
	b.plainView(60, 18)
	var x, y int
	x, y, visible = b.s.Cursor()
	equal(t, []any{y, visible}, []any{2, true})
	equal(t, x > 0, true)
	b.s.Restyle()
	b.press("esc")
	equal(t, b.s.opened == nil, true)
}

func TestConflictOnSave(t *testing.T) {
	t.Parallel()
	const other = "accounts: {}\n# somebody else\n"
	begin := func(t *testing.T) *bench {
		b := start(t, sample())
		b.open(workloads)
		b.types("#mine")
		b.disk.put(workloads, other)
		b.press("ctrl+s")
		has(t, b.page(), "changed by somebody else", "Overwrite", "Take the file's", "Cancel")
		equal(t, b.disk.text(workloads), other)
		return b
	}
	t.Run("cancel", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.press("enter") // Cancel has the focus
		equal(t, b.dialog == nil, true)
		equal(t, b.disk.text(workloads), other)
		has(t, b.s.opened.ed.Text(), "#mine")
		has(t, b.draft(workloads), "#mine")
	})
	t.Run("overwrite", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.press("home", "enter")
		has(t, b.disk.text(workloads), "#mine")
		equal(t, b.s.opened.unsaved(), false)
	})
	t.Run("overwrite, changed again", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.disk.put(workloads, other+"# once more\n")
		b.press("home", "enter")
		has(t, b.page(), "changed by somebody else")
		has(t, b.disk.text(workloads), "once more")
	})
	t.Run("reload", func(t *testing.T) {
		t.Parallel()
		b := begin(t)
		b.press("home", "down", "enter")
		equal(t, b.s.opened.ed.Text(), other)
		equal(t, b.s.opened.unsaved(), false)
		b.press("ctrl+z")
		has(t, b.s.opened.ed.Text(), "#mine")
		b.press("ctrl+s") // on top of the file that was seen
		has(t, b.disk.text(workloads), "#mine")
	})
	t.Run("deleted", func(t *testing.T) {
		t.Parallel()
		b := start(t, sample())
		b.open(workloads)
		b.types("#mine")
		b.disk.take(workloads)
		b.look()
		has(t, b.plainView(100, 20), "gone from the folder")
		b.press("ctrl+s")
		has(t, b.page(), "deleted since", "Write the file again")
		b.press("home", "enter")
		has(t, b.disk.text(workloads), "#mine")
	})
	t.Run("same text", func(t *testing.T) {
		t.Parallel()
		b := start(t, sample())
		b.open(workloads)
		b.types("#")
		b.disk.put(workloads, b.s.opened.ed.Text())
		b.press("ctrl+s")
		equal(t, b.dialog == nil, true)
		has(t, b.lastNote(), "Saved")
	})
}

func TestTypingWhileSaving(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	before := b.disk.text(workloads)
	b.open(workloads)
	b.types("#a")
	b.hold = func(msg tea.Msg) bool { _, ok := msg.(saved); return ok }
	b.press("ctrl+s")
	equal(t, b.s.Why(ui.Save), "still saving")
	b.types("b")
	b.hold = nil
	b.take(b.held[0])
	equal(t, b.disk.text(workloads), "#a"+before)
	equal(t, b.s.opened.ed.Text(), "#ab"+before)
	equal(t, b.s.opened.unsaved(), true)
	b.press("ctrl+z")
	equal(t, b.s.opened.ed.Text(), "#a"+before)
	equal(t, b.s.opened.unsaved(), false)
	for b.s.opened.ed.CanUndo() {
		b.press("ctrl+z")
	}
	equal(t, b.s.opened.ed.Text(), before)
	equal(t, b.s.opened.unsaved(), true) // the file has #a

	// Closing while it is written leaves nothing behind.
	b.types("c")
	b.hold = func(msg tea.Msg) bool {
		_, save := msg.(saved)
		_, look := msg.(looked)
		return save || look
	}
	b.held = nil
	b.press("ctrl+s", "esc")
	equal(t, b.draft(workloads) != "", true)
	b.hold = nil
	b.take(b.held[0])
	equal(t, b.draft(workloads), "")
	equal(t, b.s.draftCount(), 0)
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(workloads)
	b.types("#mine")
	b.disk.denied = errors.New("no space left on device")
	b.press("ctrl+s")
	equal(t, len(b.failed), 1)
	_, _, hint := ui.Explain(b.failed[0].Err)
	has(t, hint, "still in the editor")
	has(t, b.failed[0].Err.Error(), "no space left")
	has(t, b.s.opened.ed.Text(), "#mine")
	has(t, b.draft(workloads), "#mine")
	b.store.full = errors.New("no space left on device")
	b.types("a")
	b.wait()
	b.types("b")
	b.wait()
	equal(t, len(b.failed), 2) // one for all drafts that could not be kept
	b.disk.denied, b.store.full = nil, nil
	b.press("ctrl+s")
	has(t, b.disk.text(workloads), "#mineab")
}

func TestFollowsTheDisk(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(workloads)
	b.disk.put(workloads, "accounts: {}\n")
	b.look()
	equal(t, b.s.opened.ed.Text(), "accounts: {}\n")
	has(t, b.lastNote(), "changed on disk")
	b.types("#mine")
	b.disk.put(workloads, "accounts: {} # once more\n")
	b.press("ctrl+r")
	equal(t, b.s.opened.ed.Text(), "#mineaccounts: {}\n")
	has(t, b.plainView(100, 20), "changed on disk")

	// A look that began before a save does not bring the old text back.
	b = start(t, sample())
	b.open(workloads)
	b.types("#mine")
	b.hold = func(msg tea.Msg) bool { _, ok := msg.(looked); return ok }
	b.press("ctrl+r")
	late := b.held[0]
	b.press("ctrl+s")
	b.hold = nil
	b.notes = nil
	b.take(late)
	equal(t, b.notes == nil, true)
	has(t, b.s.opened.ed.Text(), "#mine")
	equal(t, b.s.opened.unsaved(), false)

	// A file that goes away while nothing was changed in it stays as a draft.
	b = start(t, sample())
	b.open(workloads)
	b.disk.take(workloads)
	b.look()
	b.press("esc")
	has(t, b.draft(workloads), "payments-prod")
	equal(t, b.state(workloads), "* draft")
}

func TestOwnEditor(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.s.list.Table.Select(roles)
	b.press("v")
	equal(t, b.execs, 1)
	b.disk.put(roles, "roles:\n  Ops:\n    polcy: x\n")
	b.take(ownDone{roles, &exec.ExitError{}})
	equal(t, b.s.opened.name, roles)
	has(t, b.s.opened.ed.Text(), "polcy")
	has(t, b.lastNote(), "2 errors", "as your editor left it")
	line, _ := b.s.opened.ed.Cursor()
	equal(t, line, 2)

	// From the editor here: save first, then go on, and come back to what it left.
	b.press("ctrl+a", "delete", "delete", "esc")
	b.s.list.Table.Select(roles)
	has(t, b.s.Why(ui.EditOwn), "unsaved text")
	b.press("enter", "ctrl+o")
	equal(t, b.execs, 2)
	equal(t, b.disk.text(roles), b.s.opened.ed.Text())
	b.disk.put(roles, sample()[roles])
	b.take(ownDone{roles, nil})
	equal(t, b.s.opened.ed.Text(), sample()[roles])
	writes := b.disk.writes
	b.press("ctrl+o") // nothing to save
	equal(t, b.execs, 3)
	equal(t, b.disk.writes, writes)

	b.press("esc")
	b.disk.noEditor = core.Errorf(core.CodeUsage, "no editor")
	b.press("v")
	equal(t, len(b.failed), 1)
	b.take(ownDone{roles, exec.ErrNotFound})
	equal(t, len(b.failed), 2)
	equal(t, b.s.opened == nil, true)
}

func TestPasteOfAMegabyte(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(workloads)
	text := strings.Repeat("# a line of a file that somebody pastes\r", 1<<20/40)
	began := time.Now()
	b.run(b.s.Update(tea.PasteMsg{Content: text + "\xff"}))
	b.plainView(120, 40)
	b.types("x")
	b.plainView(120, 40)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	b.wait()
	has(t, b.draft(workloads), "somebody pastes\n", "\ufffdx")
}

func TestFilterTakesAPaste(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.press("/")
	b.run(b.s.Update(tea.PasteMsg{Content: "payments\n"}))
	equal(t, b.s.Status().Shown, 1)
	b.press("esc")
	b.open(workloads)
	b.press("ctrl+f")
	b.run(b.s.Update(tea.PasteMsg{Content: "payments-dev\n"}))
	line, _ := b.s.opened.ed.Cursor()
	equal(t, line, 9)
	equal(t, b.s.opened.unsaved(), false)
}

func TestTimersOfTheLastChangeCount(t *testing.T) {
	t.Parallel()
	b := start(t, sample())
	b.open(workloads)
	b.types("#")
	early := b.timers
	b.timers = nil
	b.types("a")
	equal(t, len(early), 2)
	generation := b.s.generation
	for _, timer := range early {
		b.take(timer())
	}
	equal(t, b.s.generation, generation)
	equal(t, b.draft(workloads), "")
	b.press("right", "down") // no changes
	equal(t, len(b.timers), 2)
	b.wait()
	equal(t, b.s.generation, generation+1)
	has(t, b.draft(workloads), "#a")
}
