package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/cross-account-manager/cam/core"
)

// checkOutput settles the output format: what was asked for, else by the terminal.
func (a *app) checkOutput() error {
	switch a.output {
	case "table", "json", "csv":
		return nil
	case "":
		return nil
	default:
		return core.Errorf(core.CodeUsage, "there is no output format %q", a.output).WithHint("one of table, json, csv")
	}
}

func (a *app) format() string {
	switch {
	case a.output != "":
		return a.output
	case a.outTTY:
		return "table"
	default:
		return "json"
	}
}

// show writes data in the format that was asked for: value as JSON, or columns and
// rows as a table or CSV.
func (a *app) show(value any, columns []string, rows [][]string) error {
	switch a.format() {
	case "json":
		return writeJSON(a.out, value)
	case "csv":
		w := csv.NewWriter(a.out)
		if err := w.Write(columns); err != nil {
			return err
		}
		return w.WriteAll(rows)
	default:
		return writeTable(a.out, columns, rows)
	}
}

func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

func writeTable(w io.Writer, columns []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.Join(columns, "\t")))
	for _, row := range rows {
		for i := range row {
			row[i] = clean(row[i])
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

// clean makes text from AWS, files or users safe for a terminal: no control
// characters, no escape sequences, no direction overrides.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			return '\uFFFD'
		default:
			return r
		}
	}, s)
}

// notef writes a line about what happens to stderr.
func (a *app) notef(format string, args ...any) {
	fmt.Fprintln(a.err, clean(fmt.Sprintf(format, args...)))
}

// printError writes an error for a person, or as JSON if that was asked for.
func (a *app) printError(err error) {
	code, hint := core.CodeOf(err), ""
	if e, ok := errors.AsType[*core.Error](err); ok {
		hint = e.Hint
	}
	if a.output == "json" {
		_ = writeJSON(a.err, map[string]any{"error": map[string]string{
			"code": string(code), "message": err.Error(), "hint": hint,
		}})
		return
	}
	fmt.Fprintln(a.err, "cam: "+cleanLines(err.Error()))
	if hint != "" {
		fmt.Fprintln(a.err, "  "+cleanLines(hint))
	}
}

// cleanLines is clean for text that may have several lines.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}
