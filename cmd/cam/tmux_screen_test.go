package main

import (
	"strings"
	"testing"
)

// testResize: at every size the footer is there, and nothing is lost on the way.
func testResize(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	x.files(organisation(t))
	x.selects("oversight.yaml")
	for _, size := range [][2]int{{80, 24}, {60, 15}, {40, 10}, {20, 5}, {39, 40}, {120, 9}, {120, 40}} {
		w, h := size[0], size[1]
		x.resize(w, h)
		if w < 40 || h < 10 {
			x.wait("a sentence", func(s string) bool {
				return hasAll(strings.Join(strings.Fields(s), " "), "cam needs 40 x 10 characters.") && !strings.Contains(s, "help")
			})
			continue
		}
		x.wait("the footer in the last line", func(s string) bool {
			lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
			return len(lines) == h && strings.Contains(lines[h-1], "? help") && lineWith(s, ">  ", "oversight.yaml") != ""
		})
	}
	x.edits("role/oversight.yaml")
	x.keys("# typed ")
	x.resize(20, 5)
	x.waitFor("cam needs")
	x.resize(60, 15)
	x.waitFor("# typed # Roles of the people", "role/oversight.yaml", "Ctrl+S save")
}

// testTooSmall: where nothing can be shown nothing is typed either, and q leaves.
func testTooSmall(t *testing.T, b *bench) {
	x, folder := b.open(t, b.aws...), organisation(t)
	x.files(folder)
	x.edits("role/oversight.yaml")
	x.resize(30, 8)
	x.waitFor("cam needs")
	x.keys("q")
	x.ended(0)
}

// testSuspend goes to the shell and comes back.
func testSuspend(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	x.files(organisation(t))
	x.selects("oversight.yaml")
	before := x.screen()
	x.keys("C-z")
	x.wait("the shell", func(string) bool { return x.ask("alternate_on") == "0" && x.lastLine() == prompt })
	x.shellSays("echo away", "away")
	x.run("fg")
	x.waitFor("[2 Files]", "? help")
	if after := x.screen(); lineWith(after, ">  ", "oversight.yaml") == "" || lineWith(after, "CONTENT") != lineWith(before, "CONTENT") {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	x.keys("q")
	x.ended(0)
}

// testLeaveAtOnce: Ctrl+C leaves from everywhere and the terminal is as it was.
func testLeaveAtOnce(t *testing.T, b *bench) {
	x := b.open(t, b.aws...)
	folder := organisation(t)
	for name, reach := range map[string]func(){
		"list":   func() {},
		"help":   func() { x.keys("?"); x.waitFor("─ Keys") },
		"filter": func() { x.filter("opera"); x.keys("/", "tions") },
		"editor": func() { x.edits("role/oversight.yaml") },
		"form":   func() { x.keys("n"); x.waitFor("─ New") },
	} {
		x.files(folder)
		reach()
		x.keys("C-c")
		x.ended(0)
		x.run("clear")
		x.wait("a prompt alone", func(s string) bool { return strings.TrimSpace(s) == prompt })
		if t.Failed() {
			t.Fatalf("from %s", name)
		}
	}
}

// testNoSession: whoever has no credentials is told so, and how to get some.
func testNoSession(t *testing.T, b *bench) {
	x := b.open(t)
	x.run("cam")
	x.waitFor("no AWS region is set", "set AWS_REGION")
	x.ended(exitUsage)
	x.run("AWS_REGION=eu-west-1 cam")
	x.waitFor("no session", "credentials", "aws sso login", "? help")
	x.keys("q")
	x.ended(0)
}
