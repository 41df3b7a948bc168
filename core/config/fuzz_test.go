package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

// seeds are the small files of testdata, good and bad.
func seeds(f *testing.F, name string) {
	f.Helper()
	cases, err := os.ReadFile("testdata/" + name)
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range strings.Split(string(cases), "=== ")[1:] {
		_, text, _ := strings.Cut(c, "\n")
		f.Add([]byte(text))
	}
	f.Add([]byte("a: *x\n- &x [*x, {<<: *x}]\n\t'\x00\r\n"))
}

func FuzzParseAccounts(f *testing.F) {
	seeds(f, "accounts.txt")
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, findings := ParseAccounts("f", data)
		again, findingsAgain := ParseAccounts("f", data)
		check(t, data, findings, cmp.Diff(entries, again)+cmp.Diff(findings, findingsAgain))
		for _, e := range entries {
			if !e.ID.Valid() || e.Line < 1 {
				t.Errorf("entry %+v", e)
			}
		}
	})
}

func FuzzParseRoles(f *testing.F) {
	seeds(f, "roles.txt")
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, findings := ParseRoles("f", data, devOpsOnly)
		again, findingsAgain := ParseRoles("f", data, devOpsOnly)
		check(t, data, findings, cmp.Diff(entries, again)+cmp.Diff(findings, findingsAgain))
		for _, e := range entries {
			if len(e.Name.IAMName()) > core.MaxIAMRoleName || e.Line < 1 || e.Digest == "" {
				t.Errorf("entry %+v", e)
			}
		}
	})
}

// check holds what is true of every answer: it is the same twice, and every finding
// has a place in the file.
func check(t *testing.T, data []byte, findings []core.Finding, difference string) {
	t.Helper()
	if difference != "" {
		t.Errorf("two runs differ:\n%s", difference)
	}
	text := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(text, "\n")
	for _, f := range findings {
		if f.File != "f" || f.Line < 1 || f.Column < 1 || f.Message == "" || !utf8.ValidString(f.Message) {
			t.Errorf("finding %+v", f)
		}
		if f.Line > len(lines) || f.Column > utf8.RuneCountInString(lines[f.Line-1])+1 {
			t.Errorf("finding %v is not a place in %q", f, data)
		}
	}
}

// TestFormsAgree writes generated accounts and roles in both forms and several styles.
func TestFormsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		style := rapid.SampledFrom([]string{"map", "list", "elements"}).Draw(t, "style")
		accounts := rapid.SliceOfNDistinct(rapid.Custom(drawAccount), 1, 12, func(a core.Account) core.AccountID { return a.ID }).Draw(t, "accounts")
		var blocks []string
		want := map[core.AccountID]core.Account{}
		for _, a := range accounts {
			blocks = append(blocks, writeAccount(t, a))
			want[a.ID] = a
		}
		text := writeSection("accounts", style, blocks)
		if rapid.Bool().Draw(t, "carriage returns") {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		entries, findings := ParseAccounts("f", []byte(text))
		got := map[core.AccountID]core.Account{}
		for _, e := range entries {
			got[e.ID] = e.Account
		}
		if diff := cmp.Diff(want, got); diff != "" || len(findings) > 0 {
			t.Fatalf("%s\nfindings %v\n%s", text, findings, diff)
		}
		name := rapid.StringMatching(`[A-Za-z0-9_+=,.@-]{1,44}`).Filter(func(s string) bool { return s != "-" && !strings.HasPrefix(s, "=") }).Draw(t, "role")
		seconds := rapid.IntRange(3600, 43200).Draw(t, "seconds")
		role := fmt.Sprintf("%q:\n  policy: DevOps.json\n  max_session_duration: %d\n  accounts: [%s]\n", name, seconds, accounts[0].ID)
		roles, findings := ParseRoles("f", []byte(writeSection("roles", style, []string{role})), devOpsOnly)
		if len(findings) > 0 || len(roles) != 1 || string(roles[0].Name) != name || roles[0].Accounts[0] != accounts[0].ID ||
			roles[0].MaxSessionDuration != time.Duration(seconds)*time.Second {
			t.Fatalf("%s\n%+v %v", role, roles, findings)
		}
	})
}

func drawAccount(t *rapid.T) core.Account {
	a := core.Account{
		ID:   core.AccountID(rapid.StringMatching(`0{0,3}[0-9]{9}[0-9]{3}`).Filter(func(s string) bool { return len(s) == 12 }).Draw(t, "id")),
		Name: rapid.StringMatching(`[a-zA-ZäöüÉ:#&*!'"{}\[\],-][ -~]{0,20}`).Draw(t, "name"),
	}
	if rapid.Bool().Draw(t, "in a group") {
		a.Groups = names([]*node{{text: rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "a")}, {text: rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "b")}})
	}
	if rapid.Bool().Draw(t, "tagged") {
		a.Tags = map[string]string{rapid.StringMatching(`k[a-z0-9 ]{0,9}k`).Draw(t, "key"): rapid.StringMatching(`[a-z0-9:/@]{0,9}`).Draw(t, "value")}
	}
	return a
}

// writeAccount writes one entry; IDs with or without quotes, names in either quotes.
func writeAccount(t *rapid.T, a core.Account) string {
	var b strings.Builder
	id := string(a.ID)
	if rapid.Bool().Draw(t, "quoted") {
		id = `"` + id + `"`
	}
	fmt.Fprintf(&b, "%s%s:\n", id, rapid.SampledFrom([]string{"", " ", "  "}).Draw(t, "blanks"))
	if rapid.Bool().Draw(t, "single") {
		fmt.Fprintf(&b, "  name: '%s' # comment\n", strings.ReplaceAll(a.Name, "'", "''"))
	} else {
		fmt.Fprintf(&b, "  # comment\n  name: %q\n", a.Name)
	}
	switch {
	case len(a.Groups) == 1:
		fmt.Fprintf(&b, "  accountgroup : %q\n", a.Groups[0])
	case len(a.Groups) > 1:
		fmt.Fprintf(&b, "  groups:\n  - %q\n  - %q\n", a.Groups[1], a.Groups[0])
	}
	for k, v := range a.Tags {
		fmt.Fprintf(&b, "  tags: {%q: %q}\n", k, v)
	}
	return b.String()
}

func writeSection(name, style string, blocks []string) string {
	indent := func(s, by string) string {
		return by + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+by) + "\n"
	}
	var b strings.Builder
	b.WriteString(name + ":\n")
	if style == "list" {
		b.WriteString("  -\n")
	}
	for _, block := range blocks {
		switch style {
		case "map":
			b.WriteString(indent(block, "  "))
		case "list":
			b.WriteString("    # entry\n" + indent(block, "     "))
		case "elements":
			b.WriteString(strings.Replace(indent(block, "    "), "    ", "  - ", 1))
		}
	}
	return b.String()
}
