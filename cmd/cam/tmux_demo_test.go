package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var planHash = regexp.MustCompile(`plan ([0-9a-f]{12})`)

// testPush edits files of the demo, pushes them, watches the rollout, and uses what came
// of it; then it takes an account out again.
func testPush(t *testing.T, b *bench) {
	x := b.open(t)
	x.run("cam demo")
	x.waitFor("ADMIN", "? help")
	x.keys("2")

	x.reaches("404040404040")

	x.selects("workloads.yaml")
	x.keys("n")
	x.pick("New ─", "Account")
	x.fill("New account", "121212121212")
	x.keys("Tab", "loyalty-production", "Tab", "aws-loyalty@example.com", "Tab", "production", "Enter")
	x.answer("New account", "Enter")
	x.waitFor(`"121212121212":`, "not saved yet")
	x.saves("account/workloads.yaml")

	x.keys("3")
	plan := x.waitFor("accounts +1 ~0 -0", "assignments +5 ~0 -0", "+  loyalty-production")
	x.pushes(planHash.FindStringSubmatch(plan), "y")
	x.waitFor("✓ Pushed 2 files")
	x.keys("C-r")
	x.filter("network-dns DevOps")
	x.waitLine("DevOps", "network-dns", "404040404040", "● active")

	x.keys("1", "R")
	x.pick("Role to enter", "DevOps")
	x.waitLine("network-dns", "404040404040", "DevOps", "● active")
	x.waitLine("loyalty-production", "121212121212", "… pending")
	testRemoval(x)

	x.keys("B")
	x.pick("Whom to be", "Read-Only")
	x.waitFor("READ-ONLY", "demo as Read-Only", "16 accounts")
	x.keys("4")
	x.waitFor("This view is for admins.")
	x.keys("q")
	x.ended(0)
	if left, _ := filepath.Glob(x.file("cam-demo-*")); len(left) > 0 {
		t.Errorf("the demo leaves %q behind", left)
	}
}

// testRemoval deletes an account's lines: its push has a number to be typed.
func testRemoval(x *terminal) {
	x.Helper()
	x.keys("2")
	x.selects("workloads.yaml")
	x.keys("Enter")
	x.waitFor("account/workloads.yaml", "line 1, 1")
	x.find(`"121212121212"`)
	x.keys("C-End")
	for range 6 {
		x.keys("C-u", "BSpace")
	}
	x.waitGone("121212121212")
	x.saves("account/workloads.yaml")

	x.keys("3")
	plan := x.waitFor("accounts +0 ~0 -1", "assignments +0 ~0 -4", "1 entry that no file lists any more will be removed")
	if lineWith(plan, ">  -", "121212121212") == "" {
		x.Errorf("the removed account has no minus sign:\n%s", plan)
	}
	x.keys("P")
	x.waitFor("Removed (5)", "- DevOps in", "Type 1:")
	wrong := func() bool { return hasAll(x.screen(), "not 1") }
	if !within(patience, func() bool { x.keys("7"); return within(4*pollPace, wrong) }) {
		x.Fatalf("a number cannot be typed:\n%s", x.screen())
	}
	x.keys("Enter", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace")
	x.waitGone("not 1")
	x.waitFor("[3 Plan]", "Type 1:")
	x.keys("1", "Enter")
	x.waitFor("[4 Rollout]", "✓ Pushed 1 file")
	x.keys("C-r", "Escape")
	x.waitGone("/network-dns DevOps")
	x.filter("loyalty")
	x.waitFor("No assignment matches the filter.")
}

// reaches has the role DevOps reach one more account, by its ID.
func (x *terminal) reaches(id string) {
	x.Helper()
	x.selects("operations.yaml")
	x.keys("Enter")
	x.waitFor("role/operations.yaml", "line 1, 1")
	x.find("max_session_duration: 4h")
	x.keys("End", "Enter", `accounts: ["`+id+`"]`)
	x.waitFor(`accounts: ["` + id + `"]`)
	x.saves("role/operations.yaml")
}

// testLive: the rollout shows what a push does without being asked.
func testLive(t *testing.T, b *bench) {
	x := b.open(t)
	x.run("cam demo --view files")
	x.waitFor("ADMIN", "? help")
	x.reaches("404040404040")
	x.keys("3")
	x.pushes(planHash.FindStringSubmatch(x.waitFor("assignments +1 ~0 -0")), "y")
	x.filter("network-dns DevOps")
	x.soon("the new assignment", "DevOps", "network-dns", "404040404040", "● active")
}

// testQuitPush: who quits while a push is under way is asked first, or told that it stopped.
func testQuitPush(t *testing.T, b *bench) {
	x := b.open(t)
	x.run("cam demo --view files")
	x.waitFor("ADMIN", "? help")
	x.reaches("404040404040")
	x.keys("3")
	x.waitFor("assignments +1 ~0 -0")
	x.keys("P")
	x.answer("Push plan", "y", "q")
	x.wait("a word on the push", regexp.MustCompile(`(?i)push[^ ]* (is|was|has|stopped)`).MatchString)
}

// find goes to a text in the editor.
func (x *terminal) find(text string) {
	x.Helper()
	x.keys("C-f")
	x.waitFor("Find:")
	x.keys(text)
	x.waitFor("Find: " + text)
	x.keys("Escape")
	x.waitGone("Find:")
}

// saves saves the file in the editor and closes it.
func (x *terminal) saves(name string) {
	x.Helper()
	x.keys("C-s")
	x.waitFor("✓ Saved " + name)
	x.keys("Escape")
	x.waitFor("CONTENT")
}

// filter narrows a list.
func (x *terminal) filter(words string) {
	x.Helper()
	x.keys("/")
	x.wait("the filter's input", func(s string) bool { return strings.Contains(s, "\n/") })
	x.keys(words, "Enter")
	x.waitFor("/" + words)
}

// pushes confirms the push of the plan that is shown.
func (x *terminal) pushes(hash []string, key string) {
	x.Helper()
	if hash == nil {
		x.Fatalf("the plan shows no hash:\n%s", x.screen())
	}
	x.keys("P")
	x.answer("Push plan "+hash[1]+"?", key)
	x.waitFor("[4 Rollout]")
}

// soon is for what is live: the screen shows it without being asked.
func (x *terminal) soon(what string, texts ...string) {
	x.Helper()
	if !within(live, func() bool { return lineWith(x.screen(), texts...) != "" }) {
		x.Errorf("%s is not shown within %s. The screen:\n%s", what, live, x.screen())
	}
}

// testAccessible answers questions instead of pressing keys.
func testAccessible(t *testing.T, b *bench) {
	x := b.open(t, "ACCESSIBLE=1")
	raw := x.record()
	x.run("cam demo")
	x.waitFor("ADMIN. You are admin", "1. Accounts approved for your role", "Number from 1 to 9, or 0 to go back:")
	x.run("2")
	x.waitFor("Name of the role")
	x.run("DevOps")
	x.waitFor("Role: DevOps.")
	x.run("1")
	x.waitFor("10 of 10 accounts.", "1. analytics-production (333344445555)", "Which account?")
	x.run("0")
	x.wait("the menu", func(s string) bool {
		return strings.HasSuffix(x.lastLine(), "or 0 to go back:") && hasAll(s, "9. Leave")
	})
	x.run("9")
	x.ended(0)
	contains(t, raw, "10 of 10 accounts.", true)
	contains(t, raw, "\x1b", false)
}

// color is a color of text or background, as SGR of ECMA-48 sets it.
var color = regexp.MustCompile(`\x1b\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;[0-9;]*)?m`)

// testStart opens a view with a filter, without color.
func testStart(t *testing.T, b *bench) {
	x := b.open(t, "NO_COLOR=1")
	x.run("cam --view nonsense")
	x.waitFor(`no view is called "nonsense"`, "accounts, files, plan, rollout, organisation")
	x.ended(exitUsage)
	x.run("cam demo --view rollout --filter waiting")
	x.waitFor("[4 Rollout]", "/waiting", "4 of 52 assignments", "analytics-sandbox")
	if lineWith(x.screen(), ">  ", "Dev-Admin", "○ waiting") == "" {
		t.Errorf("the selected line is not marked:\n%s", x.screen())
	}
	screen := x.tmux("capture-pane", "-p", "-e")
	if found := color.FindString(screen); found != "" {
		t.Errorf("there is color in spite of NO_COLOR: %q in\n%s", found, screen)
	}
}
