package files

import (
	"regexp"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// setting is one line of an entry: a key and its value as YAML has it.
type setting struct{ key, value string }

// entry is an account or a role to be written into a file.
type entry struct {
	section  string // accounts or roles
	id       string // what the entry is for
	key      string // as YAML has it
	settings []setting
}

// lines writes the entry with its key indented, and its settings by step more.
func (e entry) lines(lead, indent, step string) []string {
	out := []string{lead + e.key + ":"}
	for _, s := range e.settings {
		out = append(out, indent+step+s.key+": "+s.value)
	}
	return out
}

// addEntry writes an entry at the end of its section, the way the others are written:
// as a map, or as a list of maps as the retired solution had it. Everything else of the
// text stays as it is, comments and line ends included. line is where the entry begins,
// from 1. What is not written in lines of their own is refused.
func addEntry(text string, e entry) (added string, line int, err error) {
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	whole, lines := splitLines(text, end)
	at, kept, err := find(lines, e.section)
	if err != nil {
		return "", 0, err
	}
	var fresh []string
	if at < 0 {
		if len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) != "" {
			fresh = append(fresh, "")
		}
		fresh = append(append(fresh, e.section+":"), e.lines("  ", "  ", "  ")...)
		line, at = len(lines)+len(fresh)-len(e.settings), len(lines)
	} else {
		whole[at] = kept + whole[at][len(lines[at]):]
		s := survey(lines, at)
		if s.apart {
			fresh = append(fresh, "")
		}
		line = s.end + len(fresh) + 1
		fresh = append(fresh, s.write(e)...)
		at = s.end
	}
	return strings.Join(whole[:at], "") + strings.Join(fresh, end) + end + strings.Join(whole[at:], ""), line, nil
}

// splitLines splits a text into its lines, with and without their ends. The last one
// gets an end if it has none.
func splitLines(text, end string) (whole, lines []string) {
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, "\r\n")
		if bare == line {
			line += end
		}
		whole, lines = append(whole, line), append(lines, bare)
	}
	return whole, lines
}

// find finds the line of a section, or -1, and what it is without an empty value, as
// in accounts: {}.
func find(lines []string, section string) (at int, kept string, err error) {
	head := regexp.MustCompile(`^(\x{FEFF}?["']?` + section + `["']?[ \t]*:)[ \t]*([^#]*?)[ \t]*(#.*)?$`)
	for i, line := range lines {
		m := head.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch strings.Join(strings.Fields(m[2]), "") {
		case "":
			return i, line, nil
		case "{}", "[]", "~", "null":
			return i, strings.TrimRight(m[1]+" "+m[3], " "), nil
		}
		return 0, "", core.Errorf(core.CodeUsage, "its %s are not written in lines of their own", section).
			WithHint("choose another file, or add the entry by hand")
	}
	return -1, "", nil
}

// section is how the entries of a file are written.
type section struct {
	end    int    // the line behind the last one that belongs to it
	list   bool   // of maps
	lead   string // in front of an entry's key
	indent string // of an entry's key
	step   string // from a key to its settings
	apart  bool   // blank lines stand between entries
}

// survey looks at the lines below the one at which a section begins.
func survey(lines []string, at int) section {
	s := section{end: at + 1, lead: "  ", indent: "  ", step: "  "}
	first, blank := true, false
	for i := at + 1; i < len(lines); i++ {
		body := strings.TrimLeft(lines[i], " ")
		indent := lines[i][:len(lines[i])-len(body)]
		comment := strings.HasPrefix(body, "#")
		switch {
		case strings.TrimSpace(body) == "":
			blank = true
			continue
		case comment && indent == "":
			continue // it may belong to what comes next
		case indent == "" && !isItem(body):
			return s
		case comment:
		case first:
			s.begin(body, indent)
			first = false
		default:
			s.settle(body, indent)
			s.apart = s.apart || blank && (indent == s.indent || s.list && isItem(body))
		}
		if !comment {
			blank = false
		}
		s.end = i + 1
	}
	return s
}

// isItem reports whether a line is an item of a list, not the end of a document.
func isItem(body string) bool { return body == "-" || strings.HasPrefix(body, "- ") }

// begin takes the way of the first entry.
func (s *section) begin(body, indent string) {
	s.lead, s.indent = indent, indent
	if isItem(body) {
		rest := strings.TrimLeft(body[1:], " ")
		dash := body[:len(body)-len(rest)]
		if rest == "" || strings.HasPrefix(rest, "#") {
			dash = "- "
		}
		s.list, s.lead, s.indent, s.step = true, indent+dash, indent+strings.Repeat(" ", len(dash)), ""
		return
	}
	s.step = ""
}

// settle takes the first step from a key to its settings.
func (s *section) settle(body, indent string) {
	if s.step == "" && len(indent) > len(s.indent) && !isItem(body) {
		s.step = indent[len(s.indent):]
	}
}

func (s *section) write(e entry) []string {
	if s.step == "" {
		s.step = "  "
	}
	return e.lines(s.lead, s.indent, s.step)
}
