package tui

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// scene is a view that is kept as a golden file and shown in the documentation.
type scene struct {
	name  string
	title string
	user  bool // as somebody who is no admin
	keys  []string
}

var scenes = []scene{
	{"accounts", "Accounts, as a user who holds DevOps", true, []string{"down", "down"}},
	{"filter", "A filter while it is typed", true, append(typed("/prod !pay"), "down")},
	{"options", "How a console is opened", true, []string{"end", "o"}},
	{"files", "Files", false, []string{"2", "down"}},
	{"editor", "The editor with a finding", false, append([]string{"2", "down", "down", "down", "enter", "down", "down", "end"}, typed("x")...)},
	{"plan", "Plan: who gains and who loses access", false, []string{"3", "tab", "tab", "tab"}},
	{"push", "The confirmation of a push that removes something", false, []string{"3", "P"}},
	{"rollout", "Rollout: the failed first", false, []string{"4"}},
	{"grid", "Rollout as a grid", false, []string{"4", "tab", "right"}},
	{"organisation", "Accounts and roles", false, []string{"5", "end"}},
	{"help", "The help", true, []string{"?"}},
}

// set plays a scene at a size, in a theme.
func set(t *testing.T, sc scene, w, h int, dark bool, look func(*stage)) {
	t.Helper()
	play(t, w, h, func(o *Options, p *people) {
		folder := tuitest.NewFolder(tuitest.Sample())
		o.Folder = folder
		if sc.user {
			return
		}
		p.who.CurrentRole, p.who.SessionName, p.who.Expires = "", "admin", time.Time{}
		at := now().Add(-time.Hour)
		state, bucket := tuitest.Installed(tuitest.Sample(), at), tuitest.NewBucket(tuitest.Sample())
		state.Accounts[3].Status, state.Accounts[3].Registered = core.AccountPending, time.Time{}
		state.Set(core.Pair{Role: "Read-Only", Account: "444455556666"}, func(r *core.AssignmentRecord) { r.Status, r.Waiting = core.AssignmentPending, true })
		state.Set(core.Pair{Role: "DevOps", Account: "222233334444"}, func(r *core.AssignmentRecord) {
			r.Status, r.Attempts = core.AssignmentFailed, 6
			r.Failure = &core.Failure{Code: "AccessDenied", Message: "the admin role of the account cannot be taken", Attempts: 6, At: at}
		})
		o.Session.Installation = func(context.Context) (*Installation, error) { return installation(state, bucket), nil }
		if sc.name == "plan" || sc.name == "push" {
			text := strings.Replace(tuitest.Sample()["account/workloads.yaml"], "  \"333344445555\":\n    name: shop-staging\n    groups: [staging]\n", newAccount, 1)
			_ = folder.Write("account/workloads.yaml", []byte(text))
		}
	}, func(s *stage) {
		s.send(tea.BackgroundColorMsg{Color: map[bool]rgb{true: {0, 0, 0}, false: {0xffff, 0xffff, 0xffff}}[dark]})
		s.pass(3 * time.Second)
		s.keys(sc.keys...)
		s.pass(2 * time.Second)
		look(s)
	})
}

// rgb is a background.
type rgb [3]uint32

func (c rgb) RGBA() (r, g, b, a uint32) { return c[0], c[1], c[2], 0xffff }

// inProfile is what a terminal with fewer colors gets, escape sequences made visible.
func inProfile(content string, profile colorprofile.Profile) string {
	var out bytes.Buffer
	w := colorprofile.Writer{Forward: &out, Profile: profile}
	_, _ = w.WriteString(content)
	return strings.ReplaceAll(out.String(), "\x1b[", "␛[")
}

var trailing = regexp.MustCompile(` +(\n|$)`)

// golden keeps a view without the spaces at the ends of its lines.
func golden(t *testing.T, name, view string) {
	t.Helper()
	tuitest.Golden(t, "views/"+name, trailing.ReplaceAllString(view, "$1")+"\n")
}

// TestViews at three sizes: without color all of them; in the colors of a dark and a
// light background, and with 16 colors, those with the most styles.
func TestViews(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 15}} {
		for _, sc := range scenes {
			name := fmt.Sprintf("%s-%dx%d", sc.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				set(t, sc, size[0], size[1], true, func(s *stage) {
					if wrong := wrongSize(s, size[0], size[1]); wrong != "" {
						t.Error(wrong)
					}
					golden(t, "nocolor/"+name, inProfile(s.m.View().Content, colorprofile.ASCII))
				})
			})
		}
	}
	for _, name := range []string{"accounts", "editor", "plan", "rollout"} {
		sc := scenes[at(name)]
		for _, dark := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s-dark-%v", name, dark), func(t *testing.T) {
				t.Parallel()
				set(t, sc, 80, 24, dark, func(s *stage) {
					theme := map[bool]string{true: "dark", false: "light"}[dark]
					golden(t, theme+"/"+name+"-80x24", inProfile(s.m.View().Content, colorprofile.TrueColor))
					golden(t, theme+"16/"+name+"-80x24", inProfile(s.m.View().Content, colorprofile.ANSI))
				})
			})
		}
	}
}

func at(name string) int {
	for i, sc := range scenes {
		if sc.name == name {
			return i
		}
	}
	return -1
}

func wrongSize(s *stage, w, h int) string {
	lines := strings.Split(s.screen(), "\n")
	if len(lines) != h {
		return fmt.Sprintf("%d lines, want %d", len(lines), h)
	}
	if !s.m.captures() && len(s.m.dialogs) == 0 && !strings.Contains(lines[h-1], "? help") {
		return "the footer is lost: " + lines[h-1]
	}
	return ""
}

const document = "../docs/tui.md"

// TestDocument: the pictures and the key map in the documentation are those of the code.
func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	got := between(t, string(text), "key map", ui.KeyMapMarkdown())
	for _, sc := range scenes {
		set(t, sc, 100, 26, true, func(s *stage) {
			got = between(t, got, sc.name, "```text\n"+trailing.ReplaceAllString(s.screen(), "$1")+"\n```\n")
		})
	}
	if tuitest.Update() {
		if err := os.WriteFile(document, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), got); diff != "" {
		t.Errorf("%s is old (-want +got; go test ./tui -update):\n%s", document, diff)
	}
}

// between replaces what stands between two markers.
func between(t *testing.T, text, name, content string) string {
	t.Helper()
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
	before, rest, found := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for %s", document, name)
	}
	return before + begin + content + end + after
}
