package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	prompt      = "ready>"
	shellPrompt = "PS1=" + prompt + " " // given to the shell itself: others would change it
	patience    = 20 * time.Second      // with what is waited for
	live        = 5 * time.Second       // with what comes by itself
	pollPace    = 50 * time.Millisecond
)

// terminal is a shell in a terminal of its own: a pane of a tmux server that nothing
// else uses.
type terminal struct {
	*testing.T
	home   string
	folder string // of the server's socket, whose path must be short
	env    []string
}

// open starts a terminal of 120 by 40 cells. Later entries of its environment win.
func (b *bench) open(t *testing.T, env ...string) *terminal {
	t.Helper()
	folder, err := os.MkdirTemp("", "cam-tmux-")
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{T: t, home: t.TempDir(), folder: folder}
	x.env = append(append(b.environment(x.home), "TMUX_TMPDIR="+folder), env...)
	t.Cleanup(func() {
		_ = x.command("kill-server").Run()
		_ = os.RemoveAll(folder)
	})
	x.tmux("start-server", ";", "set-option", "-g", "default-terminal", "screen-256color", ";",
		"new-session", "-d", "-x", "120", "-y", "40", "env", shellPrompt, "sh")
	x.waitFor(prompt)
	return x
}

func (x *terminal) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-u", "-f", os.DevNull}, args...)...)
	cmd.Env = x.env
	return cmd
}

// tmux runs a command of tmux and returns what it prints.
func (x *terminal) tmux(args ...string) string {
	x.Helper()
	out, err := x.command(args...).CombinedOutput()
	if err != nil {
		x.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// keys presses keys, as tmux names them; what is no name of a key is typed.
func (x *terminal) keys(keys ...string) {
	x.Helper()
	x.tmux(append([]string{"send-keys", "--"}, keys...)...)
}

// run types a command line.
func (x *terminal) run(line string) {
	x.Helper()
	x.keys(line, "Enter")
}

// screen is what is seen, a line each; history is all that ever was.
func (x *terminal) screen() string  { x.Helper(); return x.tmux("capture-pane", "-p") }
func (x *terminal) history() string { x.Helper(); return x.tmux("capture-pane", "-p", "-S", "-") }

// ask is a property of the pane, such as cursor_flag.
func (x *terminal) ask(property string) string {
	x.Helper()
	return strings.TrimSpace(x.tmux("display-message", "-p", "#{"+property+"}"))
}

func (x *terminal) resize(w, h int) {
	x.Helper()
	x.tmux("resize-window", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h))
}

// within polls until something holds; false when it did not for so long.
func within(d time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	pace := time.NewTicker(pollPace)
	defer pace.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return holds()
		case <-pace.C:
		}
	}
	return true
}

// wait waits until the screen is as it should be.
func (x *terminal) wait(what string, good func(screen string) bool) string {
	x.Helper()
	screen := ""
	if !within(patience, func() bool { screen = x.screen(); return good(screen) }) {
		x.Fatalf("waited for %s. The screen:\n%s", what, screen)
	}
	return screen
}

// waitFor waits until the screen shows all the texts.
func (x *terminal) waitFor(texts ...string) string {
	x.Helper()
	return x.wait(strings.Join(texts, ", and "), func(s string) bool { return hasAll(s, texts...) })
}

// waitGone waits until the screen shows none of the texts.
func (x *terminal) waitGone(texts ...string) string {
	x.Helper()
	return x.wait("no "+strings.Join(texts, ", and no "), func(s string) bool {
		for _, text := range texts {
			if strings.Contains(s, text) {
				return false
			}
		}
		return true
	})
}

// waitLine waits for a line with all the texts.
func (x *terminal) waitLine(texts ...string) string {
	x.Helper()
	return x.wait("a line with "+strings.Join(texts, " and "), func(s string) bool { return lineWith(s, texts...) != "" })
}

func hasAll(s string, texts ...string) bool {
	for _, text := range texts {
		if !strings.Contains(s, text) {
			return false
		}
	}
	return true
}

// lineWith is the first line with all the texts, and lastWith the last; empty if there is
// none.
func lineWith(screen string, texts ...string) string {
	for line := range strings.Lines(screen) {
		if hasAll("\n"+line, texts...) {
			return line
		}
	}
	return ""
}

func lastWith(screen string, texts ...string) string {
	found := ""
	for line := range strings.Lines(screen) {
		if hasAll("\n"+line, texts...) {
			found = line
		}
	}
	return found
}

// answer presses keys in a dialog until it is gone: what is pressed in its first moment
// is not meant for it.
func (x *terminal) answer(title string, keys ...string) {
	x.Helper()
	x.waitFor("─ " + title)
	gone := func() bool { return !strings.Contains(x.screen(), "─ "+title) }
	if !within(patience, func() bool { x.keys(keys...); return within(400*time.Millisecond, gone) }) {
		x.Fatalf("%q did not answer %q. The screen:\n%s", keys, title, x.screen())
	}
}

// fill types into the first field of a form until it is there.
func (x *terminal) fill(title, text string) {
	x.Helper()
	x.waitFor("─ " + title)
	there := func() bool { return lineWith(x.screen(), "> ", text) != "" }
	if !within(patience, func() bool { x.keys("C-u", text); return within(400*time.Millisecond, there) }) {
		x.Fatalf("%q cannot be typed into %q. The screen:\n%s", text, title, x.screen())
	}
}

// arm waits until a form takes keys, and goes to its first field.
func (x *terminal) arm(title, first, second string) {
	x.Helper()
	x.waitFor("─ " + title)
	at := func(label string) func() bool {
		return func() bool { return lineWith(x.screen(), "│ > "+label) != "" }
	}
	if !within(patience, func() bool { x.keys("Tab"); return within(2*pollPace, at(second)) }) {
		x.Fatalf("%q takes no keys. The screen:\n%s", title, x.screen())
	}
	x.keys("BTab")
	x.waitFor("│ > " + first)
}

// record writes all that the program sends to the terminal into a file.
func (x *terminal) record() string {
	x.Helper()
	path := x.file("raw")
	x.tmux("pipe-pane", "-o", "cat > '"+path+"'")
	return path
}

// pick chooses an item of a list in a dialog.
func (x *terminal) pick(title, item string) {
	x.Helper()
	x.waitFor("─ " + title)
	chosen := func() string { return lastWith(x.screen(), "│ > ") }
	first := chosen()
	if !within(patience, func() bool {
		x.keys("End")
		return within(4*pollPace, func() bool { return chosen() != first })
	}) {
		x.Fatalf("%q takes no keys. The screen:\n%s", title, x.screen())
	}
	x.steps("Up", chosen, "│ > "+item)
	x.answer(title, "Enter")
}

// selects moves the selection from the first line of a list down to one with a text.
func (x *terminal) selects(text string) {
	x.Helper()
	x.waitFor(text)
	selected := func() string { return lineWith(x.screen(), "\n>  ") }
	if strings.Contains(selected(), text) {
		return
	}
	x.keys("Home")
	x.wait("the first line to be selected", firstSelected.MatchString)
	x.steps("Down", selected, text)
}

// firstSelected is a table's header and the mark of a selected line below it.
var firstSelected = regexp.MustCompile(`(?m)^   [A-Z]+ .*\n>  `)

// steps presses a key until what is selected has a text, and after each waits until it
// has moved.
func (x *terminal) steps(key string, selected func() string, text string) {
	x.Helper()
	for at := selected(); !strings.Contains(at, text); at = selected() {
		x.keys(key)
		if !within(patience, func() bool { return selected() != at }) {
			x.Fatalf("%q cannot be selected. The screen:\n%s", text, x.screen())
		}
	}
}

// shellSays runs a command line in the shell and waits until it has said something.
func (x *terminal) shellSays(line, want string) {
	x.Helper()
	x.run(line)
	x.wait("the shell to say "+want, func(s string) bool {
		for l := range strings.Lines(s) {
			if strings.TrimSpace(l) == want {
				return true
			}
		}
		return false
	})
}

// file is a path in the user's home.
func (x *terminal) file(name string) string { return filepath.Join(x.home, name) }

// ended waits until the program is gone and the terminal is as it was.
func (x *terminal) ended(status int) {
	x.Helper()
	if !within(patience, func() bool {
		return x.ask("alternate_on") == "0" && x.lastLine() == prompt
	}) {
		x.Fatalf("the program did not end. The screen:\n%s", x.screen())
	}
	if x.ask("cursor_flag") != "1" {
		x.Error("the cursor stays hidden")
	}
	x.shellSays(`echo "status=$?"`, "status="+strconv.Itoa(status))
}

func (x *terminal) lastLine() string {
	last := ""
	for line := range strings.Lines(x.screen()) {
		if strings.TrimSpace(line) != "" {
			last = line
		}
	}
	return strings.TrimSpace(last)
}
