package config

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

var devOpsOnly = Policies{"DevOps.json": {Name: "DevOps.json", Document: `{"Version":"2012-10-17","Statement":[]}`}}

// TestFindings holds the exact findings of many small files: testdata/accounts.txt
// and roles.txt have the files, the golden files the findings.
func TestFindings(t *testing.T) {
	t.Parallel()
	parsers := map[string]func(data []byte) []core.Finding{
		"accounts": func(data []byte) []core.Finding {
			_, findings := ParseAccounts("file", data)
			return findings
		},
		"roles": func(data []byte) []core.Finding {
			_, findings := ParseRoles("file", data, devOpsOnly)
			return findings
		},
	}
	for name, parse := range parsers {
		cases, err := os.ReadFile("testdata/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, c := range strings.Split(string(cases), "=== ")[1:] {
			title, text, _ := strings.Cut(c, "\n")
			b.WriteString("=== " + title + "\n")
			for _, line := range findingLines(parse([]byte(text))) {
				b.WriteString(line + "\n")
			}
		}
		golden(t, "testdata/"+name+".golden", b.String())
	}
}

// findingLines are findings as line:column: severity: message (advice).
func findingLines(findings []core.Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, strings.TrimPrefix(f.String(), f.File+":"))
	}
	return lines
}

func TestCharacterFindings(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, text, want string }{
		{"empty", "", "1:1: warning: the file lists no accounts (remove the file if it is not needed)"},
		{"carriage returns", "accounts:\r\n  111122223333:\r\n    nam: x\r\n", `3:5: error: unknown key "nam" (did you mean "name"?)`},
		{"old line ends", "accounts:\r  111122223333:\r    nam: x\r", `3:5: error: unknown key "nam" (did you mean "name"?)`},
		{"byte order mark", "\ufeffacounts: 1\n", `1:1: error: unknown key "acounts" (did you mean "accounts"?)`},
		{"second byte order mark", "accounts:\n \ufeff", "2:2: error: the character U+FEFF is not allowed in a file (remove it)"},
		{"NUL", "accounts: \x00", "1:11: error: the character U+0000 is not allowed in a file (remove it)"},
		{"C1 control", "accounts: \u0090", "1:11: error: the character U+0090 is not allowed in a file (remove it)"},
		{"not UTF-8", "accounts: é\n é \xff", "2:4: error: the file is not UTF-8 text (save it as UTF-8)"},
		{"UTF-16", "\xff\xfea\x00", "1:1: error: the file is UTF-16 text (save it as UTF-8)"},
		{"columns are characters", "accounts: {é: {}}", `1:12: error: "é" is not an account ID (an account ID has 12 digits, for example "111122223333")`},
		{"replacement character", "accounts:\n  111122223333: {name: \uFFFD}\n", ""},
	}
	for _, c := range cases {
		_, findings := ParseAccounts("a.yaml", []byte(c.text))
		if got := strings.Join(findingLines(findings), "\n"); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}
