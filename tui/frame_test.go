package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/broker"
	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// TestAnySizeAndAnyKeys: whatever is pressed, pasted or resized, the frame holds: as
// many lines as the screen, none wider, badge, role and footer there, a cursor if there
// are rows.
func TestAnySizeAndAnyKeys(t *testing.T) {
	t.Parallel()
	names := []string{"up", "down", "pgdown", "pgup", "home", "end", "/", "a", "s", "p", "!", ":", "?", "1", "2", "3", "4", "5", "R", "B", "space", "enter", "esc", "tab",
		"o", "e", "c", "u", "i", "ctrl+a", "ctrl+r", "ctrl+x", "ctrl+n", "ctrl+p", "left", "right", "backspace", "K", "J", "é", "\u202e"}
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, len(names)+3), 1, 40).Draw(rt, "steps")
		w, h := rapid.IntRange(1, 150).Draw(rt, "w"), rapid.IntRange(1, 50).Draw(rt, "h")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 150), 2, 2).Draw(rt, "other size")
		failure := ""
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer settle()
			defer stop()
			o, p, d, store := options()
			p.entries = append(p.entries, broker.Entry{AccountID: "777788889999", Name: "evil\x1b[31m\nname\u202e", Role: "DevOps", Status: core.AssignmentActive})
			s := &stage{t: t, m: newModel(ctx, o), people: p, desk: d, store: store, msgs: make(chan tea.Msg, 1000)}
			s.run(s.m.Init())
			s.send(tea.WindowSizeMsg{Width: w, Height: h})
			for _, step := range steps {
				switch {
				case step < len(names):
					s.send(tuitest.Key(names[step]))
				case step == len(names):
					s.send(tea.PasteMsg{Content: strings.Repeat("paste\x1b[2J\n", 2000)})
				case step == len(names)+1:
					w, h = sizes[0], sizes[1]/3+1
					s.send(tea.WindowSizeMsg{Width: w, Height: h})
				case step == len(names)+2:
					s.pass(armAfter)
				default:
					s.send(ui.Failed{What: "a test", Err: errLost})
				}
				if failure = wrongFrame(s, w, h); failure != "" {
					return
				}
			}
		})
		if failure != "" {
			rt.Fatal(failure)
		}
	})
}

// wrongFrame says what is wrong with what is drawn; empty if nothing is.
func wrongFrame(s *stage, w, h int) string {
	content := s.m.View().Content
	lines := strings.Split(content, "\n")
	if s.m.crash != nil {
		return fmt.Sprintf("crashed: %v\n%s", s.m.crash.Value, s.m.crash.Stack)
	}
	if len(lines) != h {
		return fmt.Sprintf("%d lines on a screen of %dx%d:\n%s", len(lines), w, h, ansi.Strip(content))
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got > w {
			return fmt.Sprintf("line %d has %d cells on a screen of %dx%d: %q", i, got, w, h, line)
		}
		if clean := ansi.Strip(line); strings.ContainsFunc(clean, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' }) {
			return fmt.Sprintf("line %d has control characters: %q", i, clean)
		}
	}
	if w < ui.MinWidth || h < ui.MinHeight {
		return ""
	}
	header, footer := ansi.Strip(lines[0]), ansi.Strip(lines[len(lines)-1])
	if !strings.Contains(header, "READ-ONLY") || !strings.Contains(header, "role DevOps") && !strings.Contains(header, "role ") || !strings.Contains(header, "  a") {
		return "the header lost something: " + header
	}
	if len(s.m.dialogs) == 0 && !strings.Contains(footer, "? help") && !s.m.captures() {
		return "the footer is lost: " + footer
	}
	if s.m.view == ui.ViewAccounts && len(s.m.dialogs) == 0 && s.m.accounts.Status().Shown > 0 && s.cursor() == "" && h >= 14 {
		return "the cursor is lost:\n" + s.screen()
	}
	return ""
}
