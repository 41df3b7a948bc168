package files

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/browse"
	"github.com/cross-account-manager/cam/tui/internal/memory"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// How long the screen waits.
const (
	checkAfter = 300 * time.Millisecond // from the last change of a text to its check
	draftAfter = time.Second            // from the last change to its draft
	lookEvery  = 2 * time.Second        // from one look at the folder to the next
)

// Options are what the screen works with.
type Options struct {
	Kit    *ui.Kit
	Folder Folder
	Store  memory.Store
	Filter string // to start with
}

// Screen shows the configuration folder and edits its files. It belongs to one
// goroutine. Do(ui.Refresh), or the first ui.Tick, reads the folder for the first time;
// each ui.Tick looks whether it has changed, if the last look is old enough.
type Screen struct {
	ctx    context.Context
	kit    *ui.Kit
	folder Folder
	timer  func(time.Duration, func(time.Time) tea.Msg) tea.Cmd

	rows *rows
	list *browse.Browser

	// What the folder holds. The maps are replaced, never changed: commands read them.
	disk     map[string]*file
	others   map[string]bool  // what is no part of a configuration, see contents
	start    map[string]*file // what the folder held first
	asOf     time.Time        // zero until the folder was read
	err      error            // of the last look
	epoch    int              // a look that began before is out of date
	looking  bool
	lookedAt time.Time
	saving   bool

	drafts   map[string]*memory.Draft // unsaved texts; the open one's as of the last sync
	dirty    map[string]bool          // drafts that the store does not have as they are here
	shelf    *shelf
	shelfBad bool   // the last errand failed
	step     uint64 // counts errands

	pushed   map[string][]byte // what the bucket holds; nil if that is not known
	uploaded map[string]bool   // files that got into the bucket in this run

	config     *core.Configuration
	findings   []core.Finding
	facts      map[string]*facts
	generation int // a check of an earlier one is out of date
	stopCheck  context.CancelFunc
	then       func() tea.Cmd // what is to be done after the next check

	opened  *opened
	pending *place // what is to be opened once the folder was read
	changes int    // counts edits: a timer of an earlier one is out of date
}

// place is where something is in the folder.
type place struct {
	file         string
	line, column int
}

// New makes the screen. ctx ends what it has under way.
func New(ctx context.Context, o Options) *Screen {
	s := &Screen{
		ctx: ctx, kit: o.Kit, folder: o.Folder, shelf: newShelf(o.Store, o.Folder.Path()),
		drafts: map[string]*memory.Draft{}, dirty: map[string]bool{}, uploaded: map[string]bool{},
		config: &core.Configuration{}, timer: tea.Tick,
	}
	s.rows = newRows(s)
	s.list = browse.New(o.Kit, s.rows, browse.Options{Unit: "file", Columns: columns, Orders: orders, Filter: o.Filter})
	return s
}

// Restyle follows a change of the theme.
func (s *Screen) Restyle() {
	s.list.Restyle()
	if s.opened != nil {
		s.opened.ed.SetStyles(editorStyles(s.kit.Theme))
	}
}

// SetPushed says what the configuration bucket holds, by key; nil if that is not known.
// The map is not to be changed afterwards.
func (s *Screen) SetPushed(files map[string][]byte) {
	if s.pushed != nil {
		for name, data := range files {
			if old, had := s.pushed[name]; !had || string(old) != string(data) {
				s.uploaded[name] = true
			}
		}
	}
	s.pushed = files
	s.arrange()
}

// Configuration is what the files say, and what is wrong with them, when they were last
// checked. Unsaved text stands in the place of its file. Neither is to be changed.
func (s *Screen) Configuration() (*core.Configuration, []core.Finding) {
	return s.config, s.findings
}

// Open opens a file in the editor at a place, as a finding names it; line 0 is the
// beginning.
func (s *Screen) Open(file string, line, column int) tea.Cmd {
	at := place{file, line, column}
	if s.asOf.IsZero() {
		s.pending = &at
		return s.look(false)
	}
	return s.open(at)
}

// Cursor is where the terminal's cursor belongs while a text is edited, in cells of the
// last View.
func (s *Screen) Cursor() (x, y int, visible bool) {
	if s.opened == nil {
		return 0, 0, false
	}
	return s.opened.cursor()
}

// Scopes implements ui.Screen.
func (s *Screen) Scopes() []ui.Scope {
	if s.opened != nil {
		return []ui.Scope{ui.Editor, ui.Global}
	}
	return []ui.Scope{ui.Files, ui.List, ui.Browse, ui.Global}
}

// Captures implements ui.Screen.
func (s *Screen) Captures() bool { return s.opened != nil || s.list.Captures() }

// Back implements ui.Screen. What is not saved of an open file stays as a draft: the
// timer of its last change stores it.
func (s *Screen) Back() bool {
	switch o := s.opened; {
	case o == nil:
		return s.list.Back()
	case o.searching:
		o.stopSearch()
	default:
		s.leave()
	}
	return true
}

// Update implements ui.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case looked:
		return s.saw(msg)
	case checked:
		return s.took(msg)
	case checkNow:
		if msg.change == s.changes {
			return s.validate()
		}
	case draftNow:
		if msg.change == s.changes {
			return s.keepDrafts()
		}
	case shelved:
		return s.wasShelved(msg)
	case saved:
		return s.wasSaved(msg)
	case removed:
		return s.wasRemoved(msg)
	case written:
		return s.wasWritten(msg)
	case ownReady:
		return s.startOwn(msg)
	case ownDone:
		return s.backFromOwn(msg)
	case ui.Tick:
		if !s.looking && !s.saving && s.kit.Now().Sub(s.lookedAt) >= lookEvery {
			return s.look(false)
		}
	case ui.FilesChanged:
		if !s.looking {
			return s.look(false)
		}
	case tea.KeyPressMsg, tea.PasteMsg:
		return s.typed(msg)
	}
	return nil
}

// typed takes keys and pastes.
func (s *Screen) typed(msg tea.Msg) tea.Cmd {
	if s.opened == nil {
		if s.list.Captures() {
			s.list.Update(msg)
		}
		return nil
	}
	return s.after(func() { s.opened.update(msg) })
}

// Status implements ui.Screen.
func (s *Screen) Status() ui.Status {
	st := s.list.Status()
	st.Shown = s.rows.shown
	st.AsOf, st.Busy = s.asOf, s.saving || s.asOf.IsZero() && s.looking
	switch {
	case s.err != nil:
		st.State, st.Bad = "the folder could not be read", true
		return st
	case s.asOf.IsZero():
		st.State = "reading the folder"
		return st
	case s.saving:
		st.State = "saving"
		return st
	}
	st.State, st.Bad = s.summary(st.Filter != "" && st.Shown == 0)
	return st
}

// summary counts what stands in the way of a push.
func (s *Screen) summary(noMatch bool) (text string, bad bool) {
	var parts []string
	if noMatch {
		parts = append(parts, "no match")
	}
	errors, files := 0, 0
	for _, f := range s.facts {
		if f.errors > 0 {
			errors += f.errors
			files++
		}
	}
	if errors > 0 {
		parts = append(parts, ui.Count(errors, "error")+" in "+ui.Count(files, "file"))
	}
	unreadable := 0
	for _, f := range s.disk {
		if f.err != nil {
			unreadable++
		}
	}
	if unreadable > 0 {
		parts = append(parts, ui.Count(unreadable, "file")+" cannot be read")
	}
	if n := s.draftCount(); n > 0 {
		parts = append(parts, ui.Count(n, "draft"))
	}
	return strings.Join(parts, ", "), errors+unreadable > 0
}

// View implements ui.Screen.
func (s *Screen) View(w, h int) string {
	t := s.kit.Theme
	switch {
	case s.opened != nil:
		return s.viewOpened(w, h)
	case s.err != nil && len(s.disk)+len(s.drafts) == 0:
		lines := append(ui.Trouble(t, s.err, w), "")
		return ui.Block(append(lines, ui.Paragraph(t.Dim, s.folder.Path(), w)...), w, h)
	case s.asOf.IsZero():
		return ui.Block([]string{"", t.Dim.Render("  Reading the configuration folder.")}, w, h)
	case len(s.disk)+len(s.drafts) == 0:
		lines := append([]string{"", t.Bold.Render("  There are no account, role or policy files.")},
			ui.Paragraph(t.Dim, "n makes the first one. cam init DIR makes a folder with a sample to start from.", w)...)
		return ui.Block(append(lines, ui.Paragraph(t.Dim, s.folder.Path(), w)...), w, h)
	default:
		return s.list.View(w, h)
	}
}
