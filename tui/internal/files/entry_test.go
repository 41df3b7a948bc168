package files

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core/config"
)

func TestAddEntry(t *testing.T) {
	t.Parallel()
	e := entry{section: "accounts", key: `"999999999999"`, settings: []setting{{"name", "new"}, {"groups", "[a]"}}}
	for _, c := range []struct{ name, before, after string }{
		{"empty", "", "accounts:\n  \"999999999999\":\n    name: new\n    groups: [a]\n"},
		{"comment only", "# about\n", "# about\n\naccounts:\n  \"999999999999\":\n    name: new\n    groups: [a]\n"},
		{
			"map with comments, no end",
			"# top\naccounts:\n  # one\n  \"1\": # x\n    name: a # y\n  # last\n# foot",
			"# top\naccounts:\n  # one\n  \"1\": # x\n    name: a # y\n  # last\n  \"999999999999\":\n    name: new\n    groups: [a]\n# foot\n",
		},
		{
			"wide steps, blank lines between",
			"accounts:\n    1:\n        name: a\n\n    2:\n        name: b\n\n\n",
			"accounts:\n    1:\n        name: a\n\n    2:\n        name: b\n\n    \"999999999999\":\n        name: new\n        groups: [a]\n\n\n",
		},
		{
			"list",
			"accounts:\n  - 111111111111:\n      name: a\n  - 222222222222:\n      name: b\n",
			"accounts:\n  - 111111111111:\n      name: a\n  - 222222222222:\n      name: b\n  - \"999999999999\":\n      name: new\n      groups: [a]\n",
		},
		{
			"list at the edge, windows",
			"accounts:\r\n- 111111111111:\r\n    name: a\r\n",
			"accounts:\r\n- 111111111111:\r\n    name: a\r\n- \"999999999999\":\r\n    name: new\r\n    groups: [a]\r\n",
		},
		{
			"list with wide dashes",
			"accounts:\n-   111111111111:\n      name: a\n",
			"accounts:\n-   111111111111:\n      name: a\n-   \"999999999999\":\n      name: new\n      groups: [a]\n",
		},
		{
			"list with items below their dash",
			"accounts:\n-\n  111111111111:\n    name: a\n",
			"accounts:\n-\n  111111111111:\n    name: a\n- \"999999999999\":\n    name: new\n    groups: [a]\n",
		},
		{"empty map", "accounts: {} # none yet\n", "accounts: # none yet\n  \"999999999999\":\n    name: new\n    groups: [a]\n"},
		{"nothing", "accounts:\n", "accounts:\n  \"999999999999\":\n    name: new\n    groups: [a]\n"},
		{"document", "---\naccounts:\n  1: {}\n...\n", "---\naccounts:\n  1: {}\n  \"999999999999\":\n    name: new\n    groups: [a]\n...\n"},
		{
			"other section behind",
			"accounts:\n  1: {}\nroles:\n  A: {}\n",
			"accounts:\n  1: {}\n  \"999999999999\":\n    name: new\n    groups: [a]\nroles:\n  A: {}\n",
		},
		{"byte order mark", "\ufeffaccounts:\n  1: {}\n", "\ufeffaccounts:\n  1: {}\n  \"999999999999\":\n    name: new\n    groups: [a]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			after, line, err := addEntry(c.before, e)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, after, c.after)
			has(t, strings.Split(after, "\n")[line-1], "999999999999")
		})
	}
	for _, refused := range []string{"accounts: {1: {name: x}}\n", "accounts: &a\n  1: {}\n"} {
		if _, _, err := addEntry(refused, e); err == nil {
			t.Errorf("%q was changed", refused)
		}
	}
}

// TestAddEntryKeeps: every text that is valid stays valid, keeps its entries and lines,
// and gets the new one where it is said to be.
func TestAddEntryKeeps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawFile(t)
		before, findings := config.ParseAccounts("account/a.yaml", []byte(text))
		if wrong(findings) != "" {
			t.Fatalf("the sample is wrong: %v\n%s", findings, text)
		}
		value := rapid.StringOf(rapid.RuneFrom([]rune("ab 01:#,{}[]'\"\\&*!|>%@`-?~é\u3000"))).Draw(t, "name")
		e := accountEntry("999999999999", value, "", "one, two")
		after, line, err := addEntry(text, e)
		if err != nil {
			t.Fatal(err)
		}
		found, findings := config.ParseAccounts("account/a.yaml", []byte(after))
		if wrong(findings) != "" || len(found) != len(before)+1 {
			t.Fatalf("%d entries from %d, %v\n%s", len(found), len(before), findings, after)
		}
		last := found[len(found)-1]
		if last.Line != line || last.Name != strings.TrimSpace(value) || len(last.Groups) != 2 {
			t.Fatalf("%+v at line %d of\n%s", last, line, after)
		}
		rest := after
		for l := range strings.Lines(text) {
			l = strings.TrimRight(l, "\n")
			at := strings.Index(rest, l)
			if at < 0 {
				t.Fatalf("the line %q was lost from\n%s", l, after)
			}
			rest = rest[at+len(l):]
		}
	})
}

// drawFile makes an account file.
func drawFile(t *rapid.T) string {
	list := rapid.Bool().Draw(t, "list")
	indent := strings.Repeat(" ", rapid.IntRange(0, 4).Draw(t, "indent"))
	if !list && indent == "" {
		indent = " "
	}
	step := strings.Repeat(" ", rapid.IntRange(1, 4).Draw(t, "step"))
	noise := rapid.SampledFrom([]string{"", "", "\n", "# c\n", indent + "# d\n", "\n# e\n\n"})
	text := noise.Draw(t, "top") + "accounts:" + rapid.SampledFrom([]string{"", " # all"}).Draw(t, "behind") + "\n"
	for i := range rapid.IntRange(1, 4).Draw(t, "entries") {
		text += noise.Draw(t, "noise") + indent
		inner := indent
		if list {
			text += "- "
			inner += "  "
		}
		id := strings.Repeat(string(rune('1'+i)), 12)
		switch rapid.SampledFrom([]string{"block", "flow", "alone"}).Draw(t, "form") {
		case "block":
			text += id + ":\n" + inner + step + "name: n # x\n" + noise.Draw(t, "inner") + inner + step + "groups: [a]\n"
		case "flow":
			text += id + ": {name: n}\n"
		case "alone":
			text += id + ":\n"
		}
	}
	text += noise.Draw(t, "foot")
	if rapid.Bool().Draw(t, "open end") {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}
