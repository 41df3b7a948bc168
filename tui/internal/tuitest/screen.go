package tuitest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files anew")

// Update reports whether golden files are to be written anew.
func Update() bool { return *update }

// Golden compares a text with testdata/NAME.golden, or writes it.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name)+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; look at it, then go test -update):\n%s", path, diff)
	}
}

// Framed is a view without styles, between bars that show where its lines end and that
// editors leave alone.
func Framed(view string) string {
	return "|" + strings.ReplaceAll(ansi.Strip(view), "\n", "|\n|") + "|\n"
}

// WellFormed checks that a view is a block of w by h cells. t may be a rapid.T.
func WellFormed(t interface{ Fatalf(string, ...any) }, view string, w, h int) {
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines at %dx%d", len(lines), w, h)
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n != w {
			t.Fatalf("line %d is %d cells wide at %dx%d: %q", i, n, w, h, line)
		}
	}
}

var keys = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
}

// Key is the press of a key by the name that tea.KeyPressMsg.String gives it.
func Key(name string) tea.KeyPressMsg {
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if rest, shift := strings.CutPrefix(name, "shift+"); shift && keys[rest] != 0 {
		return tea.KeyPressMsg{Code: keys[rest], Mod: tea.ModShift}
	}
	if rest, ctrl := strings.CutPrefix(name, "ctrl+"); ctrl && rest != "" {
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	if code, special := keys[name]; special {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}
