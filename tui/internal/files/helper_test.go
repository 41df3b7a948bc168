package files

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/tuitest"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// disk is a Folder in memory.
type disk struct {
	mu        sync.Mutex
	files     map[string]string
	stamps    map[string]time.Time
	writes    int
	missing   bool  // the folder is not there
	denied    error // of Write and Remove
	noEditor  error
	noReading map[string]bool
}

func newDisk(files map[string]string) *disk {
	d := &disk{files: map[string]string{}, stamps: map[string]time.Time{}, noReading: map[string]bool{}}
	for name, text := range files {
		d.put(name, text)
	}
	return d
}

// put is somebody else's hand.
func (d *disk) put(name, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writes++
	d.files[name], d.stamps[name] = text, noon.Add(time.Duration(d.writes)*time.Second)
}

func (d *disk) take(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.files, name)
}

func (d *disk) text(name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.files[name]
}

func (d *disk) Path() string { return "/home/ada/organisation" }

func (d *disk) FS() fs.FS {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.missing {
		return os.DirFS(filepath.Join(os.TempDir(), "a-folder-that-nobody-makes"))
	}
	m := fstest.MapFS{}
	for name, text := range d.files {
		m[name] = &fstest.MapFile{Data: []byte(text), ModTime: d.stamps[name]}
	}
	return guarded{m, d.noReading}
}

// guarded is a file system with files that cannot be read.
type guarded struct {
	fstest.MapFS
	denied map[string]bool
}

func (g guarded) ReadFile(name string) ([]byte, error) {
	if g.denied[name] {
		return nil, fs.ErrPermission
	}
	return g.MapFS.ReadFile(name)
}

func (d *disk) Write(name string, data []byte) error {
	if d.denied != nil {
		return d.denied
	}
	d.put(name, string(data))
	return nil
}

func (d *disk) Remove(name string) error {
	if d.denied != nil {
		return d.denied
	}
	d.take(name)
	return nil
}

func (d *disk) Editor(name string) (*exec.Cmd, error) {
	return exec.Command("true", name), d.noEditor
}

// drawer is a memory.Store in memory.
type drawer struct {
	mu   sync.Mutex
	data map[string]string
	full error
}

func (d *drawer) Read(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if text, ok := d.data[name]; ok {
		return []byte(text), nil
	}
	return nil, core.Errorf(core.CodeNotFound, "no %s", name)
}

func (d *drawer) Write(name string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != nil {
		return d.full
	}
	d.data[name] = string(data)
	return nil
}

func (d *drawer) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.data, name)
	return nil
}

// bench drives a screen as the root model does, commands at once and timers by hand.
type bench struct {
	t      testing.TB
	s      *Screen
	disk   *disk
	store  *drawer
	now    time.Time
	timers []func() tea.Msg
	notes  []string
	failed []ui.Failed
	dialog ui.Dialog
	told   int // of changes
	execs  int
	held   []tea.Msg // results that were held back
	hold   func(tea.Msg) bool
}

func start(t testing.TB, files map[string]string) *bench {
	b := &bench{t: t, disk: newDisk(files), store: &drawer{data: map[string]string{}}, now: noon}
	b.restart()
	return b
}

// restart is another run of the program.
func (b *bench) restart() {
	kit := &ui.Kit{Theme: ui.NewTheme(true), Now: func() time.Time { return b.now }}
	b.s = New(b.t.Context(), Options{Kit: kit, Folder: b.disk, Store: b.store})
	b.timers, b.dialog, b.notes, b.failed = nil, nil, nil, nil
	b.s.timer = func(_ time.Duration, f func(time.Time) tea.Msg) tea.Cmd {
		b.timers = append(b.timers, func() tea.Msg { return f(b.now) })
		return nil
	}
	b.run(b.s.Do(ui.Refresh))
}

func (b *bench) run(cmd tea.Cmd) {
	if cmd != nil {
		b.take(cmd())
	}
}

func (b *bench) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			b.run(cmd)
		}
	case ui.Note:
		b.notes = append(b.notes, msg.Text)
	case ui.Failed:
		b.failed = append(b.failed, msg)
	case ui.Open:
		b.dialog = msg.Dialog
	case ui.FilesChanged:
		b.told++
		b.run(b.s.Update(msg))
	default:
		switch {
		case strings.Contains(fmt.Sprintf("%T", msg), "execMsg"):
			b.execs++
		case b.hold != nil && b.hold(msg):
			b.held = append(b.held, msg)
		default:
			b.run(b.s.Update(msg))
		}
	}
}

// wait lets all timers end.
func (b *bench) wait() {
	due := b.timers
	b.timers = nil
	for _, timer := range due {
		b.take(timer())
	}
}

// look lets the clock go on.
func (b *bench) look() {
	b.now = b.now.Add(3 * time.Second)
	b.run(b.s.Update(ui.Tick{}))
}

// press sends keys as the root model would: to a dialog, to an action, or to the screen.
func (b *bench) press(keys ...string) {
	for _, name := range keys {
		key := tuitest.Key(name)
		if b.dialog != nil {
			d := b.dialog
			done, cmd := d.Press(key)
			if done {
				b.dialog = nil
			}
			b.run(cmd)
			continue
		}
		binding, bound := ui.Find(key.String(), b.s.Scopes())
		if bound && (!b.s.Captures() || binding.Scope == ui.Editor || binding.Scope == ui.Global) {
			switch {
			case binding.Action == ui.Back:
				b.s.Back()
			case b.s.Why(binding.Action) == "":
				b.run(b.s.Do(binding.Action))
			}
			continue
		}
		b.run(b.s.Update(key))
	}
}

// types sends text, a key for each character.
func (b *bench) types(text string) {
	for _, r := range text {
		if r == ' ' {
			b.press("space")
			continue
		}
		b.press(string(r))
	}
}

// fill fills in a form: text is typed, options are turned until they are there.
func (b *bench) fill(values ...string) {
	b.t.Helper()
	form, ok := b.dialog.(*ui.Form)
	if !ok {
		b.t.Fatalf("no form is open but %T", b.dialog)
	}
	for i, value := range values {
		if field := &form.Fields[i]; field.Options != nil {
			for range field.Options {
				if field.Value != value {
					b.press("right")
				}
			}
			if field.Value != value {
				b.t.Fatalf("%s is not among %q", value, field.Options)
			}
		} else {
			b.types(value)
		}
		b.press("enter")
	}
}

// open opens a file in the editor.
func (b *bench) open(name string) {
	b.t.Helper()
	if !b.s.list.Table.Select(name) {
		b.t.Fatalf("%s is not shown", name)
	}
	b.press("enter")
}

func (b *bench) draft(name string) string {
	if d, err := memory.FindDraft(b.store, b.disk.Path(), name); err == nil {
		return d.Text
	}
	return ""
}

func (b *bench) state(name string) string {
	_, text := b.s.stateOf(name).look(b.s.kit.Theme)
	return text
}

func (b *bench) lastNote() string {
	if len(b.notes) == 0 {
		return ""
	}
	return b.notes[len(b.notes)-1]
}

// plainView is a view without colors, and checks its size.
func (b *bench) plainView(w, h int) string {
	b.t.Helper()
	lines := strings.Split(b.s.View(w, h), "\n")
	if len(lines) != h {
		b.t.Fatalf("%d lines for %dx%d", len(lines), w, h)
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got != w {
			b.t.Fatalf("line %d of %dx%d has %d cells: %q", i, w, h, got, line)
		}
		lines[i] = strings.TrimRight(ansi.Strip(line), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// page draws the open dialog.
func (b *bench) page() string {
	b.t.Helper()
	if b.dialog == nil {
		b.t.Fatal("no dialog is open")
	}
	return ansi.Strip(ui.DrawDialog(b.s.kit.Theme, b.dialog, 100, 40))
}

func has(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

const (
	workloads = "account/workloads.yaml"
	roles     = "role/main.yaml"
	devops    = "custom_policy/DevOps.json"
)

// sample is a folder without errors.
func sample() map[string]string {
	return map[string]string{
		workloads: `# The accounts of the workloads.
accounts:
  "111122223333": # the first
    name: payments-prod
    email: payments@example.com
    groups: [production, pci]

  "012345670123":
    name: payments-dev
    groups: [development]
`,
		"account/platform.yaml": "accounts:\n  - 222233334444:\n      name: log-archive\n      accountgroup: logging\n",
		roles: `roles:
  DevOps:
    policy: DevOps.json
    groups: [production, development]
  Auditor:
    managed_policies: ["arn:aws:iam::aws:policy/SecurityAudit"]
`,
		devops:             readOnlyPolicy,
		"README.md":        "not a part of it",
		"account/notes.md": "neither",
		"account/.hidden":  "neither",
	}
}
