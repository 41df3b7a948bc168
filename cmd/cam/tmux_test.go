package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/templates"
)

// TestTmux drives the program in a real terminal, as somebody at the keyboard does. A
// test that only looks shares one local AWS with the others; one that changes something
// runs cam demo, which brings its own.
func TestTmux(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, test := range map[string]func(*testing.T, *bench){
		"push":          testPush,
		"accessible":    testAccessible,
		"start":         testStart,
		"wrong file":    testWrongFile,
		"drafts":        testDrafts,
		"own editor":    testOwnEditor,
		"no editor":     testNoEditor,
		"interrupt":     testInterruptedEditor,
		"paste":         testPaste,
		"live":          testLive,
		"quit a push":   testQuitPush,
		"clipboard OSC": testClipboardByTerminal,
		"clipboard":     testClipboard,
		"shell":         testShell,
		"export":        testExport,
		"resize":        testResize,
		"too small":     testTooSmall,
		"suspend":       testSuspend,
		"leave at once": testLeaveAtOnce,
		"no session":    testNoSession,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.slots <- struct{}{}
			t.Cleanup(func() { <-b.slots })
			test(t, b)
		})
	}
}

// bench is what the tests in a terminal share.
type bench struct {
	bin   string   // folder of the program
	aws   []string // environment of an administrator of the local AWS
	slots chan struct{}
}

// newBench starts a local AWS.
func newBench(t *testing.T) *bench {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux is installed: the interface is not run in a terminal")
	}
	b := &bench{bin: binary(t), slots: make(chan struct{}, 2)}
	b.serve(t)
	return b
}

func (b *bench) program() string { return filepath.Join(b.bin, "cam") }

// environment is that of a user without anything, whose home is a folder.
func (b *bench) environment(home string) []string {
	return []string{
		"PATH=" + b.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home,
		"XDG_STATE_HOME=" + filepath.Join(home, "state"), "SHELL=sh", shellPrompt, "LANG=C.UTF-8",
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

// serve starts the local AWS; it ends with the test.
func (b *bench) serve(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, b.program(), "sandbox", "serve")
	cmd.Env = b.environment(t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		_ = out.Close()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		entry, found := strings.CutPrefix(lines.Text(), "export ")
		if !found {
			return // that it is ready
		}
		name, value, _ := strings.Cut(entry, "=")
		b.aws = append(b.aws, name+"="+strings.Trim(value, "'"))
	}
	t.Fatal("cam sandbox serve ended before it was ready")
}

// organisation is a copy of the sample organisation that may be edited.
func organisation(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "organisation")
	if err := os.CopyFS(dir, templates.Organisation()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// contains fails the test unless a file has a text.
func contains(t *testing.T, path, text string, want bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), text) != want {
		t.Errorf("that %s contains %q should be %v:\n%s", path, text, want, data)
	}
}
