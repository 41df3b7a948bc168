package broker

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// statements write one assignment in the language of a format, line end included.
// They report false for a value that the language cannot carry safely. Values are
// valid UTF-8 without NUL.
var statements = map[Format]func(name, value string) (string, bool){
	FormatEnv: func(name, value string) (string, bool) {
		return "export " + name + "=" + quoteSh(value) + "\n", true
	},
	FormatEnvNoExport: func(name, value string) (string, bool) {
		// Bare where possible: docker run --env-file takes quotes literally.
		if isPlain(value) {
			return name + "=" + value + "\n", true
		}
		return name + "=" + quoteSh(value) + "\n", true
	},
	FormatFish: func(name, value string) (string, bool) {
		return "set -gx " + name + " " + quoteFish(value) + ";\n", true
	},
	FormatPowerShell: func(name, value string) (string, bool) {
		return "$Env:" + name + "=" + quotePowerShell(value) + "\n", true
	},
	FormatWindowsCmd: setWindowsCmd,
	FormatDotenv:     setDotenv,
}

// isPlain reports whether a value means itself, unquoted, to every POSIX shell.
func isPlain(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-+=/.,:@", r)
	})
}

// quoteSh: in single quotes nothing is special but the quote itself (POSIX.1, Shell
// Command Language, 2.2.2).
func quoteSh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quoteFish: in fish's single quotes a backslash escapes a quote and itself.
func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// quotePowerShell writes pure ASCII on one line, because "| Invoke-Expression" gets a
// program's output line by line, decoded with the console's code page: everything but
// printable ASCII becomes [char] of its UTF-16 code. That covers the typographic
// quotes, which PowerShell takes for quotes.
func quotePowerShell(s string) string {
	var out strings.Builder
	out.WriteByte('\'')
	for _, unit := range utf16.Encode([]rune(s)) {
		switch {
		case unit == '\'':
			out.WriteString("''")
		case unit >= ' ' && unit <= '~':
			out.WriteByte(byte(unit))
		default:
			fmt.Fprintf(&out, "'+[char]%d+'", unit)
		}
	}
	out.WriteByte('\'')
	return out.String()
}

// setWindowsCmd quotes the whole assignment, which protects & | < > ( ) ^ and spaces.
// cmd.exe has no quoting for the rest that means the same at the prompt and in a batch
// file: a percent sign, an exclamation mark, a quote, a line end, and letters outside
// the code page.
func setWindowsCmd(name, value string) (string, bool) {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"%!`, r) }) {
		return "", false
	}
	return `set "` + name + "=" + value + "\"\r\n", true
}

// setDotenv stays with what all dialects of .env files read alike: bare words, and
// single quotes around one line without quote or backslash.
func setDotenv(name, value string) (string, bool) {
	switch {
	case isPlain(value):
		return name + "=" + value + "\n", true
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\'' || r == '\\' }):
		return "", false
	default:
		return name + "='" + value + "'\n", true
	}
}
