package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// devOps opens the accounts of somebody with the role DevOps.
func (x *terminal) devOps() {
	x.Helper()
	x.run("cam sandbox as DevOps -- cam")
	x.waitFor("READ-ONLY", "role DevOps", "10 accounts")
	x.selects("shop-staging")
}

var secretKey = regexp.MustCompile(`AWS_SECRET_ACCESS_KEY='([^']+)'`)

// testClipboard copies credentials: tmux has them, and no screen ever shows them.
func testClipboard(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	x.tmux("set-option", "-g", "set-clipboard", "external")
	raw := x.record()
	x.devOps()
	x.keys("c")
	x.waitFor("Sent to the terminal's clipboard: credentials of shop-staging (444455556666) as env", "And to tmux's.")
	found := secretKey.FindStringSubmatch(x.tmux("show-buffer"))
	if found == nil {
		t.Fatal("tmux's buffer holds no credentials")
	}
	x.keys("C-c")
	x.ended(0)
	if hasAll(x.history(), found[1]) {
		t.Error("the secret key was drawn")
	}
	contains(t, raw, found[1], false)
}

// testClipboardByTerminal copies where the program knows of no tmux: it asks the terminal.
func testClipboardByTerminal(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	x.tmux("set-option", "-g", "set-clipboard", "on")
	x.run("unset TMUX")
	x.devOps()
	x.keys("i")
	x.waitFor("Sent to the terminal's clipboard")
	if got := x.tmux("show-buffer"); got != "444455556666" {
		t.Errorf("the clipboard holds %q", got)
	}
}

// testShell opens a shell with credentials and comes back.
func testShell(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	x.devOps()
	x.keys("x")
	x.wait("the shell", func(string) bool { return x.ask("alternate_on") == "0" })
	x.shellSays(`echo "in $CAM_ACCOUNT as $CAM_ROLE"`, "in 444455556666 as DevOps")
	x.shellSays(`cam whoami -o csv >/dev/null && echo "known"`, "known")
	x.run("exit 3")
	x.waitFor("Back from the shell in shop-staging (444455556666).", "10 accounts")
	x.keys("q")
	x.ended(0)
}

// testExport writes credentials to a file, for the user only and never over another.
func testExport(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	path := x.file("shop.json")
	export := func() {
		t.Helper()
		x.keys("e")
		x.arm("Credentials of shop-staging", "Format", "To")
		x.keys("Tab", "Right", "Tab", "C-u", path)
		x.waitFor("‹ file ›", path)
		x.keys("Enter")
	}
	x.devOps()
	export()
	x.waitFor("Wrote credentials of shop-staging (444455556666) to " + filepath.Dir(path)[:10])
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
	contains(t, path, "export AWS_SECRET_ACCESS_KEY='", true)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	export()
	x.waitFor("is there already", "choose another name, or delete it")
	contains(t, path, string(before), true)
}
