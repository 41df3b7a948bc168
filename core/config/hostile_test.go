package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// TestHostileFilesAreAnsweredQuickly tries files that are built to be slow: each must be answered
// quickly, whatever the answer is.
func TestHostileFilesAreAnsweredQuickly(t *testing.T) {
	t.Parallel()
	const size = 1 << 16
	files := map[string]string{
		"siblings":        "accounts:\n" + strings.Repeat(" a:\n", size/4),
		"brackets":        strings.Repeat("[", size),
		"braces":          strings.Repeat("{a: ", size/4),
		"dashes":          strings.Repeat("- ", size/2),
		"anchors":         strings.Repeat("&a ", size/3),
		"question marks":  strings.Repeat("? ", size/2),
		"colons":          strings.Repeat(": ", size/2),
		"open quote":      "a: \"" + strings.Repeat("x\n ", size/3),
		"tabs":            strings.Repeat("\t", size),
		"blanks":          strings.Repeat(" ", size),
		"lines":           strings.Repeat("\n", size),
		"comments":        strings.Repeat("# c\n", size/4),
		"documents":       strings.Repeat("---\n", size/4),
		"long word":       "accounts: " + strings.Repeat("x", size),
		"list":            "accounts: [" + strings.Repeat("a,", size/2) + "]",
		"deep indent":     steps(400),
		"laughs":          laughs(),
		"quadratic alias": quadraticAliases(3000),
	}
	for name, text := range files {
		start := time.Now()
		_, findings := ParseAccounts("account/x.yaml", []byte(text))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if len(findings) == 0 {
			t.Errorf("%s has no findings", name)
		}
		if len(findings) > maxFindings+1 {
			t.Errorf("%s has %d findings", name, len(findings))
		}
	}
}

func steps(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func laughs() string {
	b := strings.Builder{}
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 8), i)
	}
	return b.String()
}

func quadraticAliases(n int) string {
	var b strings.Builder
	b.WriteString("accounts:\n  - &a\n")
	for i := range n {
		fmt.Fprintf(&b, "    %012d: {}\n", i)
	}
	b.WriteString(strings.Repeat("  - *a\n", n))
	return b.String()
}

func TestFiveMegabytesAreAccepted(t *testing.T) {
	t.Parallel()
	data := manyAccounts(2_000)
	data = append(data, []byte(strings.Repeat("# a comment that fills the file up\n", 150_000))...)
	accounts, findings := ParseAccounts("account/x.yaml", data)
	if len(data) < 5_000_000 || len(accounts) != 2_000 || len(findings) > 0 {
		t.Fatalf("%d bytes: %d accounts, findings %v", len(data), len(accounts), findings)
	}
	if _, findings = ParseAccounts("account/x.yaml", make([]byte, MaxFileSize+1)); !core.HasErrors(findings) {
		t.Error("a file above the limit has no error")
	}
}
