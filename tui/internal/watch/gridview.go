package watch

import (
	"cmp"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/tui/internal/rollout"
	"github.com/cross-account-manager/cam/tui/internal/ui"
	"github.com/cross-account-manager/cam/tui/internal/watch/report"
)

// Widths of a grid's left side, in cells.
const (
	gridGutter = 2 // the cursor's line, a space
	idWidth    = 12
	nameAbove  = 50 // columns: below, there is no room for names
)

// shape is where everything of a grid stands.
type shape struct {
	name    int   // width of the account's name; 0: none
	side    int   // width of everything left of the cells
	heads   int   // lines for the names of roles, one below the other letter by letter
	widths  []int // of the columns that are shown; the sign is the second cell of each
	upright bool  // the names of roles stand in one line
	longest int   // letters of the longest name, if they do not
	common  int   // letters that all names begin with
}

// lead is what stands before the sign of a column, and after the last one's: the
// brackets of the cursor have the place of these spaces.
const lead = 1

// layout gives columns their places in w cells.
func (g *grid) layout(w int) shape {
	var s shape
	s.side = gridGutter + idWidth
	if w >= nameAbove {
		s.name = min(max(w/4, 10), 28)
		s.side += s.name + 1
	}
	room := w - s.side - lead
	if s.widths = g.upright(room); s.widths != nil {
		s.upright = true
		return s
	}
	each := 2
	if len(g.roles)*3 <= room {
		each = 3
	}
	for range min(max(room/each, 1), len(g.roles)) {
		s.widths = append(s.widths, each)
	}
	return s
}

// upright gives the columns widths at which their names can be read in one line, cut if
// need be; nil if there is no room for that.
func (g *grid) upright(room int) []int {
	const readable = 4
	if len(g.roles)*(readable+2) > room {
		return nil
	}
	limit, cut := room/len(g.roles)-2, []int{}
	var whole []int
	total := 0
	for col := range g.roles {
		n := max(ansi.StringWidth(g.roleName(col)), 2)
		whole, cut = append(whole, n+2), append(cut, min(n, limit)+2)
		total += n + 2
	}
	if total <= room {
		return whole
	}
	return cut
}

// stack decides how many lines the names of the roles get, letter by letter.
func (g *grid) stack(s *shape, h int) {
	s.heads = 1
	if s.upright || h < 6 {
		return
	}
	first := []rune(g.roleName(0))
	s.common = len(first)
	for col := range g.roles {
		letters := []rune(g.roleName(col))
		s.longest = max(s.longest, len(letters))
		same := 0
		for same < min(s.common, len(letters)) && letters[same] == first[same] {
			same++
		}
		s.common = same
	}
	limit := h / 3
	if h < 14 {
		limit = 3
	}
	if s.heads = s.longest; s.longest > limit {
		s.heads = max(min(s.longest-s.common, limit), 1)
	}
}

func (g *grid) roleName(col int) string {
	return ui.Clean(string(g.board.Role(g.roles[col]).Name))
}

// view draws h lines of w cells.
func (g *grid) view(w, h int, marked func(account, role uint32) bool) string {
	if g.empty() || w < gridGutter+idWidth+4 || h < 3 {
		return ui.Block(nil, w, h)
	}
	s := g.layout(w)
	g.across = len(s.widths)
	g.settle()
	g.stack(&s, h)
	g.page = h - s.heads - 1
	g.settle()

	out := g.header(&s)
	inks := g.inks()
	for i := g.top; i < min(g.top+g.page, len(g.accounts)); i++ {
		out = append(out, g.line(&s, i, inks, marked))
	}
	for len(out) < h-1 {
		out = append(out, "")
	}
	return ui.Block(append(out, g.legend(w)), w, h)
}

// header draws the names of the roles. The one of the cursor is reversed.
func (g *grid) header(s *shape) []string {
	t := g.kit.Theme
	out := make([]string, 0, s.heads)
	for n := range s.heads {
		var line strings.Builder
		line.WriteString(g.headerSide(s, n))
		for k, width := range s.widths {
			text := g.headText(s, g.left+k, n)
			line.WriteString(g.edge(k == 0 && g.left > 0 && n == s.heads-1, "‹"))
			if style := t.Header; g.left+k == g.col {
				line.WriteString(t.Selected.Render(text))
			} else {
				line.WriteString(style.Render(text))
			}
			line.WriteString(strings.Repeat(" ", max(0, width-lead-ansi.StringWidth(text))))
		}
		line.WriteString(g.edge(g.left+len(s.widths) < len(g.roles) && n == s.heads-1, "›"))
		out = append(out, line.String())
	}
	return out
}

func (g *grid) edge(more bool, sign string) string {
	if more {
		return g.kit.Theme.Key.Render(sign)
	}
	return " "
}

// headText is what stands in a line above a column: the name, or a letter of it. Where
// not all letters have room, those that all names begin with are left out.
func (g *grid) headText(s *shape, col, line int) string {
	name := g.roleName(col)
	if s.upright {
		return ansi.Truncate(name, s.widths[col-g.left]-2, "…")
	}
	letters := []rune(name)
	if s.longest > s.heads {
		letters = letters[min(s.common, len(letters)):]
	}
	switch {
	case line >= len(letters):
		return " "
	case len(letters) > s.heads && s.heads > 3 && line == s.heads-1:
		return "⋮"
	case ansi.StringWidth(string(letters[line])) != 1:
		return "?"
	default:
		return string(letters[line])
	}
}

// headerSide is what stands left of the names: titles in the last line, and above them
// which part of everything is shown.
func (g *grid) headerSide(s *shape, line int) string {
	t, text, style := g.kit.Theme, "", g.kit.Theme.Dim
	switch {
	case line == s.heads-1 && s.name > 0:
		text, style = ui.Fit("ACCOUNT", s.name+1)+"ID", t.Header
	case line == s.heads-1:
		text, style = "ID", t.Header
	case line == s.heads-2 && s.name > 0:
		text = "account " + ui.Number(g.row+1) + " of " + ui.Number(len(g.accounts))
	case line == s.heads-3 && s.name > 0:
		text = "role " + ui.Number(g.col+1) + " of " + ui.Number(len(g.roles))
	}
	return strings.Repeat(" ", gridGutter) + style.Render(ui.Fit(text, s.side-gridGutter))
}

// inks are the signs in their styles, by word: there are few, and many cells.
func (g *grid) inks() map[string]string {
	t, out := g.kit.Theme, map[string]string{"": " "}
	for _, n := range append(report.Tally(rollout.Counts{Other: 1}), report.Counted{Word: "deleted"}) {
		style, _ := t.Status(n.Word)
		out[n.Word] = style.Render(report.Sign(t, n.Word))
	}
	return out
}

// line draws an account. A cell that is marked has a star before its sign, the cursor's
// stands in brackets.
func (g *grid) line(s *shape, i int, inks map[string]string, marked func(account, role uint32) bool) string {
	t := g.kit.Theme
	a := g.board.Account(g.accounts[i])
	var out strings.Builder
	here := i == g.row
	if here {
		out.WriteString(t.Key.Render("> "))
	} else {
		out.WriteString("  ")
	}
	if s.name > 0 {
		name := ui.Fit(ui.Clean(cmp.Or(a.Name, "(no name)")), s.name)
		if here {
			name = t.Bold.Render(name)
		}
		out.WriteString(name + " ")
	}
	out.WriteString(t.Dim.Render(ui.Fit(ui.Clean(string(a.ID)), idWidth)))
	after := " "
	for k, width := range s.widths {
		role := g.roles[g.left+k]
		word := report.Word(g.board.Cell(g.accounts[i], role))
		before, sign := after, inks[word]
		if before == " " && marked(g.accounts[i], role) {
			before = t.Marked.Render("*")
		}
		after = " "
		if here && g.left+k == g.col {
			before, sign, after = t.Selected.Render("["), t.Selected.Render(report.Sign(t, word)), t.Selected.Render("]")
		}
		out.WriteString(before + sign)
		if width > lead+1 {
			out.WriteString(after + strings.Repeat(" ", width-lead-2))
			after = " "
		}
	}
	return out.String() + after
}

// legend names what is under the cursor.
func (g *grid) legend(w int) string {
	t := g.kit.Theme
	a, role := g.board.Account(g.accounts[g.row]), g.roles[g.col]
	c := g.board.Cell(g.accounts[g.row], role)
	style, _ := t.Status(report.Word(c))
	out := " " + t.Bold.Render(ui.Clean(string(g.role))) + " in " + ui.Clean(cmp.Or(a.Name, "(no name)")) + " " + ui.Clean(string(a.ID)) + ": "
	if !c.Exists {
		return ansi.Truncate(out+t.Dim.Render("not assigned"), w, "…")
	}
	out += style.Render(report.Sign(t, report.Word(c)) + " " + report.Word(c))
	if ago := ui.Ago(g.kit.Now(), c.Updated); ago != "" {
		out += t.Dim.Render(", " + ago)
	}
	if text := why(c); text != "" {
		out += t.Dim.Render(", " + ui.Clean(text))
	}
	return ansi.Truncate(out, w, "…")
}
