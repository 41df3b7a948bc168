package changes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/engine"
	"github.com/cross-account-manager/cam/core/plan"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// maxListed bounds what a description lists; a filter finds the rest.
const maxListed = 200

func (s *Screen) describeAccount(o *outline, a *accountLine, w int) []string {
	t := s.kit.Theme
	out := []string{t.Title.Render(ui.Fit(ui.Clean(o.label(a.id)), w)), ""}
	if a.change != nil {
		out = append(out, changed(t, a.change, w)...)
	}
	out = append(out, list(t, plan.Add, "Holders of these roles gain access", a.gains)...)
	out = append(out, list(t, plan.Remove, "Holders of these roles lose access", a.loses)...)
	return append(out, list(t, plan.Update, "These roles change in it", a.updates)...)
}

func (s *Screen) describeRole(o *outline, r *roleLine, w int) []string {
	t := s.kit.Theme
	out := []string{t.Title.Render(ui.Fit(ui.Clean(string(r.role)), w)), ""}
	if r.change != nil {
		out = append(out, changed(t, r.change, w)...)
	}
	for _, c := range r.policies {
		out = append(out, actionStyle(t, c.Action).Render(sign(c.Action)+" policy "+ui.Clean(c.ID)), "")
		for i := range o.files {
			if o.files[i].Key == core.PolicyFolder+c.ID {
				out = append(append(out, diffLines(t, &o.files[i], w)...), "")
			}
		}
	}
	out = append(out, list(t, plan.Add, "Gains", o.labels(r.gains))...)
	out = append(out, list(t, plan.Remove, "Loses", o.labels(r.loses))...)
	if r.updates > 0 {
		out = append(out, t.Changed.Render("~ changes in "+ui.Count(r.updates, "account")))
	}
	return out
}

func (o *outline) labels(ids []core.AccountID) []string {
	out := make([]string, 0, min(len(ids), maxListed+1))
	for _, id := range ids[:min(len(ids), maxListed+1)] {
		out = append(out, o.label(id))
	}
	for range len(ids) - len(out) {
		out = append(out, "")
	}
	return out
}

func (s *Screen) describeAccess(o *outline, c *plan.Change, w int) []string {
	t := s.kit.Theme
	text := map[plan.Action]string{
		plan.Add:    "Whoever holds %s in the master account will be able to enter %s.",
		plan.Remove: "Whoever holds %s in the master account will no longer be able to enter %s. Sessions that exist end with the role.",
		plan.Update: "The role %s changes in place in %s. Who may enter stays the same.",
	}[c.Action]
	out := []string{actionStyle(t, c.Action).Render(sign(c.Action) + " " + ui.Clean(c.ID)), ""}
	out = append(out, ui.Wrap(ui.Clean(fmt.Sprintf(text, c.Role, o.label(c.Account))), w)...)
	if c.Waiting {
		out = append(out, "")
		for _, line := range ui.Wrap("It takes effect when the account registers.", w) {
			out = append(out, t.Dim.Render(line))
		}
	}
	return out
}

func (s *Screen) describeBudget(b *engine.Budget, w int) []string {
	t := s.kit.Theme
	out := []string{t.Title.Render(ui.Fit(ui.Clean(string(b.Role)), w)), ""}
	line := func(text string) {
		out = append(out, ui.Wrap(text, w)...)
	}
	line(fmt.Sprintf("Inline policy in every sub-account: %s of %s characters as IAM counts them.", ui.Number(b.Inline.Used), ui.Number(b.Inline.Quota)))
	line(fmt.Sprintf("Managed policies: %d of %d.", b.Managed.Used, b.Managed.Quota))
	out = append(out, "")
	switch b.Access.Mode {
	case "exact":
		line(fmt.Sprintf("The master account's role lists its %s one by one: %s of %s characters.", ui.Count(b.Access.Accounts, "account"), ui.Number(b.Access.Size.Used), ui.Number(b.Access.Size.Quota)))
	case engine.TooLarge:
		line(fmt.Sprintf("Its %s do not fit into the master account's role, and there is no organisation to bind a wildcard to.", ui.Count(b.Access.Accounts, "account")))
	default:
		line(fmt.Sprintf("The master account's role reaches %s: %s.", ui.Count(b.Access.Accounts, "account"), b.Access.Mode))
	}
	return out
}

// changed describes an account or role that is added, changed or removed.
func changed(t *ui.Theme, c *plan.Change, w int) []string {
	style := actionStyle(t, c.Action)
	what := string(c.Kind) + " is new"
	switch {
	case c.Orphan:
		what = string(c.Kind) + " is removed: no file lists it any more"
	case c.Action == plan.Remove:
		what = string(c.Kind) + " is removed"
	case c.Action == plan.Update:
		what = string(c.Kind) + " changes"
	}
	out := []string{style.Render(sign(c.Action) + " The " + what + ".")}
	if c.Source != "" {
		out = append(out, t.Dim.Render("  "+ui.Clean(c.Source)))
	}
	for _, f := range c.Fields {
		out = append(out, field(t, f, w)...)
	}
	return append(out, "")
}

// field shows a value before and after; documents as a diff of their lines.
func field(t *ui.Theme, f plan.Field, w int) []string {
	if before, after, ok := documents(f.Old, f.New); ok {
		return append([]string{t.Changed.Render("  ~ " + ui.Clean(f.Name))}, textDiff(t, f.Name, before, after, w)...)
	}
	out := []string{t.Changed.Render("  ~ " + ui.Clean(f.Name))}
	if f.Old != "" {
		out = append(out, t.Removed.Render("    - "+ui.Clean(f.Old)))
	}
	if f.New != "" {
		out = append(out, t.Added.Render("    + "+ui.Clean(f.New)))
	}
	return out
}

// documents are both values as indented JSON, if at least one is an object.
func documents(old, new string) (before, after []byte, ok bool) {
	indent := func(text string) []byte {
		var buffer bytes.Buffer
		if !strings.HasPrefix(text, "{") || json.Indent(&buffer, []byte(text), "", "  ") != nil {
			return []byte(text)
		}
		ok = true
		return append(buffer.Bytes(), '\n')
	}
	return indent(old), indent(new), ok
}

// list is a heading and names under it, each with the sign.
func list[T ~string](t *ui.Theme, a plan.Action, heading string, items []T) []string {
	if len(items) == 0 {
		return nil
	}
	style := actionStyle(t, a)
	out := []string{t.Bold.Render(heading + " (" + ui.Number(len(items)) + ")")}
	for i, item := range items {
		if i == maxListed {
			out = append(out, t.Dim.Render("  and "+ui.Number(len(items)-i)+" more"))
			break
		}
		out = append(out, style.Render("  "+sign(a)+" "+ui.Clean(string(item))))
	}
	return append(out, "")
}

// diffLines shows what changes in a file.
func diffLines(t *ui.Theme, f *engine.FileChange, w int) []string {
	switch {
	case f.Gone:
		return append([]string{t.Removed.Render("- The folder no longer has this file.")}, textDiff(t, f.Key, f.Old, nil, w)...)
	case f.Old != nil && bytes.Equal(f.Old, f.New):
		return ui.Wrap("The bucket has the same text, but what is recorded differs: it is processed again.", w)
	default:
		return textDiff(t, f.Key, f.Old, f.New, w)
	}
}

// maxDiff bounds the size of texts that are compared line by line.
const maxDiff = 1 << 20

func textDiff(t *ui.Theme, name string, old, new []byte, w int) []string {
	if len(old)+len(new) > maxDiff {
		return ui.Wrap(fmt.Sprintf("Too large to compare here: %s bytes before, %s after.", ui.Number(len(old)), ui.Number(len(new))), w)
	}
	text := string(diff.Diff("pushed/"+name, old, "folder/"+name, new))
	lines := ui.CleanLines(text)
	if len(lines) > 0 && strings.HasPrefix(lines[0], "diff ") {
		lines = lines[1:]
	}
	var out []string
	for _, line := range lines {
		style := t.Text
		switch {
		case strings.HasPrefix(line, "@@"):
			style = t.Accent
		case strings.HasPrefix(line, "+"):
			style = t.Added
		case strings.HasPrefix(line, "-"):
			style = t.Removed
		}
		for i, part := range ui.Wrap(line, w-2) {
			if i > 0 {
				part = line[:1] + " " + part // every line keeps its sign
			}
			out = append(out, style.Render(part))
		}
	}
	return out
}
