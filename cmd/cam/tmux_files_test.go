package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// files opens the files of a folder.
func (x *terminal) files(folder string) {
	x.Helper()
	x.run("cam --view files --dir " + folder)
	x.waitFor("[2 Files]", "ADMIN", "workloads.yaml")
}

// edits opens a file in the editor.
func (x *terminal) edits(name string) {
	x.Helper()
	x.selects(filepath.Base(name))
	x.keys("Enter")
	x.waitFor(name+" ", "Ctrl+S save")
}

// testWrongFile: an error is shown as it is typed, keeps the plan from being made, and
// Enter goes back to it.
func testWrongFile(t *testing.T, b *bench) {
	x, folder := b.open(t, b.aws...), organisation(t)
	x.files(folder)
	x.edits("account/workloads.yaml")
	x.find("name: payments-staging")
	x.keys("End", ": [")
	x.waitLine("E!", "43 ", "name: payments-staging: [")
	x.waitFor("✗ invalid")
	x.keys("C-s")
	x.waitFor("Saved account/workloads.yaml", "nothing can be pushed")
	x.keys("Escape")
	x.waitFor("FINDINGS")

	x.keys("3")
	x.waitFor("The configuration has errors; nothing can be pushed", "account/workloads.yaml:43:")
	x.keys("P")
	x.waitFor("push: the configuration has errors")
	x.keys("Enter")
	x.waitFor("[2 Files]", "line 43, ", "name: payments-staging: [")
	x.keys("End", "BSpace", "BSpace", "BSpace")
	x.waitGone("payments-staging: [", "E!")
	x.saves("account/workloads.yaml")
	x.keys("3")
	x.waitFor("nothing to push")
}

// testDrafts: what was typed and not saved is there again, however the program ended.
func testDrafts(t *testing.T, b *bench) {
	x, folder := b.open(t, b.aws...), organisation(t)
	pid := x.file("pid")
	for _, end := range []struct {
		name string
		do   func()
	}{
		{"HUP", func() { x.signal(pid, "HUP") }},
		{"TERM", func() { x.signal(pid, "TERM") }},
		{"KILL", func() { x.stored("KILL"); x.signal(pid, "KILL") }},
		{"window", func() { x.restart(); x.stored("window") }},
		{"quit", func() { x.keys("Escape"); x.waitFor("it stays as a draft"); x.keys("q") }},
	} {
		x.run("sh -c 'echo $$ > " + pid + "; exec cam --view files --dir " + folder + "'")
		x.waitFor("[2 Files]", "ADMIN", "workloads.yaml")
		x.edits("account/workloads.yaml")
		x.keys("# until " + end.name + " ")
		x.waitFor("# until " + end.name)
		end.do()
		x.wait("the shell", func(string) bool { return x.ask("pane_current_command") == "sh" })
		x.restart() // who is killed restores nothing
	}
	contains(t, filepath.Join(folder, "account", "workloads.yaml"), "# until", false)

	x.files(folder)
	x.waitLine("workloads.yaml", "draft")
	x.edits("account/workloads.yaml")
	x.waitFor("This is the unsaved text from", "# until quit # until window # until KILL # until TERM # until HUP")
	x.keys("C-s")
	x.waitFor("✓ Saved account/workloads.yaml")
	contains(t, filepath.Join(folder, "account", "workloads.yaml"), "# until HUP", true)
}

// restart closes the terminal's window, and opens another.
func (x *terminal) restart() {
	x.Helper()
	x.tmux("respawn-pane", "-k", "env", shellPrompt, "sh")
	x.waitFor(prompt)
}

func (x *terminal) signal(pid, name string) {
	x.Helper()
	data, err := os.ReadFile(pid)
	if err != nil {
		x.Fatal(err)
	}
	x.tmux("run-shell", "kill -"+name+" "+strings.TrimSpace(string(data)))
}

// stored waits until a draft with a text is in the user's folder for state.
func (x *terminal) stored(text string) {
	x.Helper()
	found := func() bool {
		drafts, _ := filepath.Glob(x.file("state/cam/*"))
		for _, name := range drafts {
			if data, err := os.ReadFile(name); err == nil && strings.Contains(string(data), text) {
				return true
			}
		}
		return false
	}
	if !within(patience, found) {
		x.Fatalf("no draft with %q was kept", text)
	}
}

// testOwnEditor: the user's own editor gets the terminal and the file.
func testOwnEditor(t *testing.T, b *bench) {
	x := b.open(t, append(b.aws, `EDITOR=sh -c 'echo "# as $TERM" >> "$0"'`)...)
	folder := organisation(t)
	x.files(folder)
	x.selects("oversight.yaml")
	x.keys("v")
	x.waitLine("oversight.yaml", "~ edited")
	contains(t, filepath.Join(folder, "role", "oversight.yaml"), "# as screen-256color", true)
	x.keys("Enter")
	x.waitFor("role/oversight.yaml", "Ctrl+S save")
	x.keys("C-End")
	x.waitFor("# as screen-256color")
}

// testInterruptedEditor: an interrupt is for the editor alone.
func testInterruptedEditor(t *testing.T, b *bench) {
	x := b.open(t, append(b.aws, "EDITOR=sh -c 'trap \"echo; exit 1\" INT; echo begun; sleep 600'")...)
	x.files(organisation(t))
	x.selects("oversight.yaml")
	x.keys("v")
	x.waitFor("begun")
	x.keys("C-c")
	x.waitFor("[2 Files]", "Your editor ended with an error", "oversight.yaml")
	x.keys("q")
	x.ended(0)
}

// testPaste: what is pasted is text, however much it looks like keys.
func testPaste(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	x.files(organisation(t))
	x.edits("account/workloads.yaml")
	x.tmux("set-buffer", "# one\n# two q\n")
	x.tmux("paste-buffer", "-p")
	x.waitFor("  1 # one", "  2 # two q", "  3 # The accounts that run", "line 3, 1")
	x.keys("C-z")
	x.waitFor("  1 # The accounts that run", "line 1, 1")
}

// testNoEditor: an editor that is not there is an error that says what to do.
func testNoEditor(t *testing.T, b *bench) {
	x := b.open(t, append(b.aws, "EDITOR=/there/is/none")...)
	x.files(organisation(t))
	x.selects("oversight.yaml")
	x.keys("v")
	x.waitFor("the editor cannot be started", "set VISUAL or EDITOR")
}
