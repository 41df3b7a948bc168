package editor

import (
	"fmt"
	"strings"
	"testing"
)

const megabytes = 1 << 20

// bigTexts are files of a size, from the usual to the worst.
func bigTexts(size int) map[string]string {
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)+1) }
	return map[string]string{
		"yaml":          repeat("  - name: account-production # comment\n    id: \"123456789012\"\n    groups: [a, b, true, 5]\n"),
		"scalar":        "a: |\n" + repeat("  some text that goes on and on in a block scalar\n"),
		"short lines":   repeat("- a\n"),
		"long lines":    repeat(strings.Repeat("[ ", 990) + "\n"),
		"spaces":        repeat("x" + strings.Repeat(" ", 1900) + "y\n"),
		"one line":      repeat(`{"name": "account", "id": 123456789012}, `),
		"one wide line": repeat("日本語の長い行 é🇩🇪 "),
		"marks":         repeat("\u0301"),
	}
}

// BenchmarkKey is a key and the View after it, in a file of 8 MB.
func BenchmarkKey(b *testing.B) {
	for name, text := range bigTexts(8 * megabytes) {
		for _, place := range []string{"begin", "middle", "end"} {
			for _, key := range []string{"x", "enter", "down", "pgup", "left", "ctrl+left"} {
				b.Run(fmt.Sprintf("%s/%s/%s", name, place, key), func(b *testing.B) {
					e := New("a.yaml", text, colored())
					switch place {
					case "middle":
						e.GoTo(len(e.text.lines)/2, len(e.text.lines[len(e.text.lines)/2])/4)
					case "end":
						press(b, e, "ctrl+end")
					}
					e.View(120, 40)
					press(b, e, key) // the first edit copies what is shared
					e.View(120, 40)
					for b.Loop() {
						press(b, e, key)
						e.View(120, 40)
					}
				})
			}
		}
	}
}

func BenchmarkPaste(b *testing.B) {
	for name, text := range bigTexts(5 * megabytes) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				e := New("a.yaml", "a:\n", colored())
				e.Paste(text)
				e.View(120, 40)
			}
		})
	}
}

func BenchmarkOwner(b *testing.B) {
	e := New("a.yaml", bigTexts(8 * megabytes)["yaml"], colored())
	e.GoTo(1000, 1)
	b.Run("find nothing", func(b *testing.B) {
		for b.Loop() {
			e.Find("produktion", false)
		}
	})
	b.Run("changed", func(b *testing.B) {
		for b.Loop() {
			e.revision++
			e.Changed()
		}
	})
	b.Run("text", func(b *testing.B) {
		for b.Loop() {
			e.Text()
		}
	})
	b.Run("undo and redo of everything", func(b *testing.B) {
		press(b, e, "ctrl+home")
		e.SetText(strings.ToUpper(e.Text()))
		for b.Loop() {
			e.Undo()
			e.View(120, 40)
			e.Redo()
			e.View(120, 40)
		}
	})
}

// TestLinesAreLexedInOnePass does not end if the cost grows with the square of a line: a
// page of the worst lines would not let anybody type.
func TestLinesAreLexedInOnePass(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"[ ", ": ", "- ", "x ", " ", "\"", "'", "\"\\", "*", "| ", "[|, ", ", #", "{\"a\":", "a: "} {
		line := strings.Repeat(piece, megabytes/4/len(piece))
		for name, spans := range map[string][]span{"yaml": lexYAML(line), "json": lexJSON(line)} {
			if spans[len(spans)-1].end != len(line) {
				t.Errorf("%s of %q: not all", name, piece)
			}
		}
	}
}
