package changes

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/plan"
	"github.com/cross-account-manager/cam/tui/internal/browse"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// Options are what the screen works with.
type Options struct {
	Kit      *ui.Kit
	Folder   fs.FS               // nil if there is no configuration folder
	NewPush  func() *engine.Push // a new one for every plan
	Settings engine.Settings     // of the installation, for its budgets
	Filter   string
	// Name is the recorded name of an account, for those that no file lists any more.
	Name func(core.AccountID) string
	// Goto opens a file of the folder at a finding.
	Goto func(file string, line, column int) tea.Cmd
}

// Screen shows a plan and pushes it.
type Screen struct {
	ctx      context.Context
	kit      *ui.Kit
	folder   fs.FS
	newPush  func() *engine.Push
	settings engine.Settings
	filter   string
	name     func(core.AccountID) string
	jump     func(file string, line, column int) tea.Cmd

	run       int // of prepare
	stop      context.CancelFunc
	computing bool
	push      *engine.Push
	outline   *outline
	findings  []core.Finding
	err       error
	at        time.Time
	outdated  string // why the plan is not to be pushed any more

	parts []*part
	lists []*browse.Browser
	part  int

	pushing   bool
	uploading bool // not all files of the push are in the bucket
}

// New makes the screen. ctx ends what it has under way.
func New(ctx context.Context, o Options) *Screen {
	return &Screen{ctx: ctx, kit: o.Kit, folder: o.Folder, newPush: o.NewPush, settings: o.Settings, filter: o.Filter, name: o.Name, jump: o.Goto}
}

// Enter is called when the screen is shown: it computes the plan if there is none that
// is still good.
func (s *Screen) Enter() tea.Cmd {
	if s.folder == nil || s.computing || s.pushing || s.outline != nil && s.outdated == "" {
		return nil
	}
	return s.prepare()
}

// Close ends what is under way, but not a push: that is finished or stopped with the
// program.
func (s *Screen) Close() {
	if s.stop != nil {
		s.stop()
	}
}

// Pushing reports whether a push is under way, its rollout included.
func (s *Screen) Pushing() bool { return s.pushing }

// Uploading reports whether a push would stay half done if the program ended now. What
// follows the upload happens without it.
func (s *Screen) Uploading() bool { return s.uploading }

// Restyle follows a change of the theme.
func (s *Screen) Restyle() {
	for _, l := range s.lists {
		l.Restyle()
	}
}

func (s *Screen) list() *browse.Browser {
	if s.part < len(s.lists) {
		return s.lists[s.part]
	}
	return nil
}

// Scopes implements ui.Screen.
func (s *Screen) Scopes() []ui.Scope { return []ui.Scope{ui.Plan, ui.List, ui.Browse, ui.Global} }

// Captures implements ui.Screen.
func (s *Screen) Captures() bool { l := s.list(); return l != nil && l.Captures() }

// Back implements ui.Screen.
func (s *Screen) Back() bool { l := s.list(); return l != nil && l.Back() }

// Do implements ui.Screen.
func (s *Screen) Do(a ui.Action) tea.Cmd {
	switch a {
	case ui.Compute, ui.Refresh:
		return s.prepare()
	case ui.Push:
		return s.confirm()
	case ui.NextTab:
		s.turn(1)
	case ui.PrevTab:
		s.turn(-1)
	case ui.OpenDiff:
		return s.details()
	default:
		if l := s.list(); l != nil {
			l.Do(a)
		}
	}
	return nil
}

func (s *Screen) turn(by int) {
	if n := len(s.lists); n > 0 {
		s.part = (s.part + by + n) % n
	}
}

// Why implements ui.Screen.
func (s *Screen) Why(a ui.Action) string {
	switch a {
	case ui.Compute, ui.Refresh:
		switch {
		case s.folder == nil:
			return "there is no configuration folder: start cam with --dir"
		case s.pushing:
			return "a push is under way"
		case s.computing:
			return "the plan is being computed"
		}
	case ui.Push:
		return s.whyNotPush()
	case ui.NextTab, ui.PrevTab:
		if s.outline == nil {
			return "there is no plan yet"
		}
	case ui.OpenDiff:
		if len(s.findings) > 0 && s.outline == nil && s.jump != nil {
			return ""
		}
		if l := s.list(); l == nil || l.Table.Len() == 0 {
			return "nothing is selected"
		}
	default:
		if l := s.list(); l != nil {
			return l.Why(a)
		}
		return "there is no plan yet"
	}
	return ""
}

func (s *Screen) whyNotPush() string {
	switch {
	case s.pushing:
		return "a push is under way"
	case s.computing:
		return "the plan is being computed"
	case core.HasErrors(s.findings):
		return "the configuration has errors: mend them first"
	case s.outline == nil:
		return "there is no plan yet: c computes it"
	case s.outdated != "":
		return s.outdated + ": c computes the plan again"
	case s.push.Pending() == 0:
		return "there is nothing to push"
	}
	return ""
}

// Update implements ui.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case prepared:
		return s.prepared(msg)
	case step:
		return s.stepped(msg)
	case ui.FilesChanged:
		if s.outline != nil || s.findings != nil {
			s.outdated = "the files changed since this plan"
		}
	case tea.KeyPressMsg, tea.PasteMsg:
		if l := s.list(); l != nil {
			l.Update(msg)
		}
	}
	return nil
}

func (s *Screen) prepared(p prepared) tea.Cmd {
	if p.screen != s || p.run != s.run {
		return nil
	}
	s.computing, s.findings, s.err, s.outdated = false, p.findings, p.err, ""
	if p.err != nil {
		if s.outline != nil {
			s.outdated = "the plan could not be computed again"
		}
		failed := ui.Failed{What: "computing the plan", Err: p.err, Shown: s.outline == nil}
		return func() tea.Msg { return failed }
	}
	s.push, s.outline, s.at = p.push, p.outline, p.at
	filters := make([]string, len(s.lists))
	for i, l := range s.lists {
		filters[i] = l.Filter()
	}
	s.parts, s.lists = nil, nil
	if s.outline == nil {
		return nil
	}
	s.outline.complete(s.name)
	s.parts = s.partsOf(s.outline)
	for i, part := range s.parts {
		filter := s.filter
		if i < len(filters) {
			filter = filters[i]
		}
		s.lists = append(s.lists, browse.New(s.kit, part, browse.Options{Unit: part.unit, Columns: part.columns, Filter: filter}))
	}
	return nil
}

// details shows all of the selected change.
func (s *Screen) details() tea.Cmd {
	l := s.list()
	if l == nil {
		if len(s.findings) > 0 && s.jump != nil {
			f := s.errorsFirst()[0]
			return s.jump(f.File, f.Line, f.Column)
		}
		return nil
	}
	row, ok := l.Table.Selected()
	if !ok {
		return nil
	}
	part := s.parts[s.part]
	return ui.Ask(ui.NewPage(ui.Clean(part.ID(row)), func(_ *ui.Theme, w int) []string { return part.preview(row, w) }))
}

// Status implements ui.Screen.
func (s *Screen) Status() ui.Status {
	st := ui.Status{}
	if l := s.list(); l != nil {
		st = l.Status()
	}
	st.AsOf, st.Busy = s.at, s.computing || s.pushing
	switch {
	case s.computing:
		st.State = "computing the plan"
	case s.pushing:
		st.State = "pushing: see the rollout"
	case s.outdated != "":
		st.State, st.Bad, st.Stale = s.outdated, true, true
	case s.outline != nil && s.push.Pending() == 0 && s.outline.plan.Empty():
		st.State = "nothing to push"
	case st.Total > 0 && st.Shown == 0:
		st.State = "no match"
	}
	return st
}

// View implements ui.Screen.
func (s *Screen) View(w, h int) string {
	t := s.kit.Theme
	switch {
	case s.folder == nil:
		return ui.Block(append([]string{"", t.Bold.Render("  No configuration folder.")},
			ui.Paragraph(t.Dim, "Start cam with --dir FOLDER. cam init FOLDER makes one to start from.", w)...), w, h)
	case s.outline == nil && core.HasErrors(s.findings):
		return ui.Block(s.findingLines(w), w, h)
	case s.outline == nil && s.err != nil:
		return ui.Block(ui.Trouble(t, s.err, w), w, h)
	case s.outline == nil:
		return ui.Block([]string{"", t.Dim.Render("  Comparing the folder with what is recorded.")}, w, h)
	}
	head := s.head(w)
	if h <= len(head)+2 {
		head = head[len(head)-1:]
	}
	if h <= 2 {
		return s.body(w, h)
	}
	return ui.Block(head, w, len(head)) + "\n" + s.body(w, h-len(head))
}

// body is the part that is shown.
func (s *Screen) body(w, h int) string {
	if s.parts[s.part].n > 0 {
		return s.lists[s.part].View(w, h)
	}
	text := "Nothing changes here."
	if s.outline.plan.Empty() && s.push.Pending() == 0 {
		text = "Nothing to push: what is recorded is what the folder says. Tab shows the budgets."
	}
	return ui.Block(append([]string{""}, ui.Paragraph(s.kit.Theme.Dim, text, w)...), w, h)
}

// findingLines lists what keeps the configuration from being pushed.
func (s *Screen) findingLines(w int) []string {
	t := s.kit.Theme
	out := []string{"", t.Bad.Render("  The configuration has errors; nothing can be pushed. Enter opens the first."), ""}
	for _, f := range s.errorsFirst() {
		style := t.Bad
		if f.Severity == core.SeverityWarning {
			style = t.Warn
		}
		out = append(out, ui.Paragraph(style, f.String(), w)...)
	}
	return out
}

// errorsFirst are the findings, those that keep a push away before the others.
func (s *Screen) errorsFirst() []core.Finding {
	return slices.SortedStableFunc(slices.Values(s.findings), func(a, b core.Finding) int {
		return strings.Compare(string(a.Severity), string(b.Severity)) // "error" before "warning"
	})
}

// head is the summary and the parts.
func (s *Screen) head(w int) []string {
	t, sum := s.kit.Theme, s.outline.plan.Summary
	counts := func(name string, c plan.Counts) string {
		return fmt.Sprintf("%s %s %s %s", name, t.Added.Render("+"+ui.Number(c.Add)), t.Changed.Render("~"+ui.Number(c.Update)), t.Removed.Render("-"+ui.Number(c.Remove)))
	}
	first := strings.Join([]string{counts("accounts", sum.Accounts), counts("roles", sum.Roles), counts("policies", sum.Policies), counts("assignments", sum.Assignments)}, "   ")
	if w < 90 {
		first = strings.Join([]string{counts("acc", sum.Accounts), counts("roles", sum.Roles), counts("pol", sum.Policies), counts("asg", sum.Assignments)}, " ")
	}
	second := t.Dim.Render("plan " + s.outline.plan.Hash[:12])
	if n := s.push.Removals(); n > 0 {
		second += "  " + t.Bad.Render(ui.Count(n, "entry")+" that no file lists any more will be removed")
	}
	tabs := ""
	for i, p := range s.parts {
		if i == s.part {
			tabs += t.Selected.Render("["+p.name+"]") + " "
			continue
		}
		tabs += t.Dim.Render(" "+p.name+" ") + " "
	}
	return []string{first, second, tabs}
}
