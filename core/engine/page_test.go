package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

var updateGolden = flag.Bool("update", false, "write the golden pages instead of comparing with them")

func active(role core.RoleName, a core.Account) core.AssignmentRecord {
	return core.AssignmentRecord{Pair: core.Pair{Role: role, Account: a.ID}, Of: a, Status: core.AssignmentActive}
}

// smallPages are a few accounts: one of two groups, one of none, one without a name.
func smallPages() []core.AssignmentRecord {
	payments := core.Account{ID: "111122223333", Name: "payments", Email: "payments@example.com", Groups: []string{"pci", "production"}}
	shop := core.Account{ID: "222233334444", Name: "Shop", Groups: []string{"production"}}
	lab := core.Account{ID: "012345670123", Email: "lab@example.com", Groups: []string{"development"}}
	spare := core.Account{ID: "444455556666"}
	return []core.AssignmentRecord{
		active("DevOps", payments), active("DevOps", shop), active("DevOps", lab), active("DevOps", spare),
		active("Audit", payments), active("Audit", lab),
	}
}

// hostilePages are accounts whose names try to be more than names.
func hostilePages() []core.AssignmentRecord {
	names := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(2)>`, `' onmouseover='alert(3)`, `javascript:alert(4)`,
		"</title></style></script><script>alert(5)</script>", "pay\u202estnem\u2066\u200b", "line\r\none\x00\x1b[31m\ttwo",
		strings.Repeat("long-", 200), "{{.Script}} ${alert(6)} `x`", "\xff\xfe", "<!-- --><![CDATA[ ]]>",
	}
	var out []core.AssignmentRecord
	for i, name := range names {
		id := core.AccountID(fmt.Sprintf("%012d", i+1))
		out = append(out, active("DevOps", core.Account{ID: id, Name: name, Email: name + "@example.com", Groups: []string{name, "*"}}))
	}
	return append(out, active("DevOps", core.Account{ID: "000000000999", Email: `"<svg/onload=alert(7)>"@example.com`}))
}

func ofRole(role core.RoleName, all []core.AssignmentRecord) []core.AssignmentRecord {
	var out []core.AssignmentRecord
	for _, r := range all {
		if r.Role == role {
			out = append(out, r)
		}
	}
	return out
}

func rendered(t testing.TB, p *page) string {
	t.Helper()
	b, err := p.render()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func testPages() map[string]*page {
	return map[string]*page{
		"role":         pageOfRole("aws", "DevOps", ofRole("DevOps", smallPages())),
		"all":          pageOfAll("aws-cn", smallPages()),
		"role-hostile": pageOfRole("aws", "DevOps", hostilePages()),
		"all-hostile":  pageOfAll("aws", hostilePages()),
		"role-empty":   pageOfRole("aws", "DevOps", nil),
		"all-empty":    pageOfAll("aws", nil),
		"all-large":    pageOfPages([]core.RoleName{"DevOps", "Audit", "a+b=c,d.e@f"}),
	}
}

// TestGoldenPages compares with testdata/pages, from which style, script and their
// hashes are left out. Run with -update to accept what changed.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	shorten := strings.NewReplacer(pageStyle, "STYLE", pageScript, "SCRIPT", html.EscapeString(sourceHash(pageStyle)), "HASH",
		html.EscapeString(sourceHash(pageScript)), "HASH", strings.ReplaceAll(sourceHash(pageStyle), "+", "&#43;"), "HASH",
		strings.ReplaceAll(sourceHash(pageScript), "+", "&#43;"), "HASH")
	for name, p := range testPages() {
		got := shorten.Replace(rendered(t, p))
		path := filepath.Join("testdata", "pages", name+".html")
		if *updateGolden {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestPageSecurityCoversItsSources reads the hashes out of the page as a browser does.
func TestPageSecurityCoversItsSources(t *testing.T) {
	t.Parallel()
	for name, p := range testPages() {
		source := rendered(t, p)
		meta := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(source)
		if meta == nil {
			t.Fatalf("%s has no policy", name)
		}
		var hashes []any
		for _, element := range []string{"style", "script"} {
			inside := regexp.MustCompile(`(?s)<`+element+`(?: type="module")?>(.*?)</`+element+`>`).FindAllStringSubmatch(source, -1)
			if want := 1; len(inside) != want && (element == "style" || len(p.Groups) > 0) {
				t.Fatalf("%s has %d elements %s", name, len(inside), element)
			}
			content := pageScript
			if len(inside) > 0 {
				content = inside[0][1]
			}
			sum := sha256.Sum256([]byte(content))
			hashes = append(hashes, base64.StdEncoding.EncodeToString(sum[:]))
		}
		want := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'", hashes...)
		if got := html.UnescapeString(meta[1]); got != want {
			t.Errorf("%s: the policy is\n%s, want\n%s", name, got, want)
		}
	}
}

// TestPagesRunNothingOfTheFiles looks for markup that only a name can have brought in.
func TestPagesRunNothingOfTheFiles(t *testing.T) {
	t.Parallel()
	for name, p := range testPages() {
		source := strings.NewReplacer(pageStyle, "", pageScript, "").Replace(rendered(t, p))
		for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(source, -1) {
			tag = regexp.MustCompile(`="[^"]*"`).ReplaceAllString(tag, "=")
			if regexp.MustCompile(`(?i)^<(img|svg|iframe|object|embed|base|form)|^<[^>]*\s(on[a-z]+|style|src)=`).MatchString(tag) {
				t.Errorf("%s has %s", name, tag)
			}
		}
		for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(source, -1) {
			if !regexp.MustCompile(`^(https://signin\.[a-z.-]+/switchrole\?|#group-\d+$|links/[^/:]+\.html$)`).MatchString(link[1]) {
				t.Errorf("%s leads to %s", name, link[1])
			}
		}
		if n := strings.Count(source, "<script"); n > 1 || strings.ContainsAny(source, "\u202e\u2066\u200b\x00\x1b\r") {
			t.Errorf("%s has %d scripts, or characters that nobody sees", name, n)
		}
	}
}

// TestPagesAreDeterministic renders the same assignments in every order.
func TestPagesAreDeterministic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"a", "B", "b", "production", "", "é"})
		var all []core.AssignmentRecord
		for i := range rapid.IntRange(0, 12).Draw(t, "assignments") {
			r := active(core.RoleName(rapid.SampledFrom([]string{"A", "B"}).Draw(t, "role")), core.Account{
				ID: core.AccountID(fmt.Sprintf("%012d", i/2)), Name: words.Draw(t, "name"), Groups: rapid.SliceOfN(words, 0, 3).Draw(t, "groups"),
			})
			r.Updated = time.Unix(int64(i), 0)
			all = append(all, r)
		}
		render := func() string {
			body, err := pageOfAll("aws", append([]core.AssignmentRecord(nil), all...)).render()
			if err != nil {
				t.Fatal(err)
			}
			return string(body)
		}
		first := render()
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if diff := cmp.Diff(first, render()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestAccountsAreListedInEachGroupAndCountedOnce also checks the newest name to hold.
func TestAccountsAreListedInEachGroupAndCountedOnce(t *testing.T) {
	t.Parallel()
	older := active("A", core.Account{ID: "111111111111", Name: "old", Groups: []string{"x"}})
	newer := active("B", core.Account{ID: "111111111111", Name: "new", Groups: []string{"b", "a", "a"}})
	newer.Updated = older.Updated.Add(time.Second)
	p := pageOfAll("aws", []core.AssignmentRecord{newer, older, active("A", core.Account{ID: "222222222222"})})
	var got []string
	for _, g := range p.Groups {
		for _, r := range g.Rows {
			got = append(got, fmt.Sprint(g.Name, " ", r.Name, " ", len(r.Roles)))
		}
	}
	if diff := cmp.Diff([]string{"a new 2", "b new 2", "No group 222222222222 1"}, got); diff != "" || p.Summary != "2 accounts" {
		t.Errorf("%s\n%s", p.Summary, diff)
	}
}

func BenchmarkPageOf10000Accounts(b *testing.B) {
	var all []core.AssignmentRecord
	for i := range 10000 {
		all = append(all, active("DevOps", core.Account{
			ID: core.AccountID(fmt.Sprintf("%012d", i)), Name: fmt.Sprint("account-", i), Email: fmt.Sprintf("a%d@example.com", i),
			Groups: []string{fmt.Sprint("group-", i%40)},
		}))
	}
	var size int
	for b.Loop() {
		body, err := pageOfRole("aws", "DevOps", all).render()
		if err != nil {
			b.Fatal(err)
		}
		size = len(bytes.TrimSpace(body))
	}
	b.ReportMetric(float64(size), "bytes/page")
}
