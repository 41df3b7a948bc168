package core_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

func TestSwitchRoleURL(t *testing.T) {
	t.Parallel()
	account := core.Account{ID: "012345678901", Name: "payments & more", Groups: []string{"pci", "production"}}
	for p, host := range map[core.Partition]string{
		"aws": "signin.aws.amazon.com", "aws-cn": "signin.amazonaws.cn", "aws-us-gov": "signin.amazonaws-us-gov.com",
	} {
		u, err := url.Parse(core.SwitchRoleURL(p.SigninURL(), "DevOps", account))
		if err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"account": {"012345678901"}, "roleName": {"CrossAccountManager-DevOps"},
			"displayName": {"DevOps @ payments & more"}, "color": {"f2b0a9"},
		}
		if diff := cmp.Diff(want, u.Query()); diff != "" || u.Scheme != "https" || u.Host != host || u.Path != "/switchrole" {
			t.Errorf("%s: %s\n%s", p, u, diff)
		}
	}
	u, _ := url.Parse(core.SwitchRoleURL("https://s", "R", core.Account{ID: "000000000001"}))
	if got := u.Query().Get("displayName"); got != "R @ 000000000001" {
		t.Errorf("an account without name is called %q", got)
	}
}

func TestSwitchRoleColor(t *testing.T) {
	t.Parallel()
	const red = "f2b0a9"
	for _, group := range []string{"production", "prod", "Prod-EU", "eu_PRD", "live", "team/production"} {
		if got := core.SwitchRoleColor(core.Account{Groups: []string{"aaa", group}}); got != red {
			t.Errorf("%s has the color %s", group, got)
		}
	}
	for _, group := range []string{"development", "preprod", "pre-prod", "non-production", "nonprod", "products", "delivery", "*"} {
		first := core.SwitchRoleColor(core.Account{ID: "111111111111", Groups: []string{group}})
		if other := core.SwitchRoleColor(core.Account{ID: "222222222222", Groups: []string{group}}); first == red || first != other {
			t.Errorf("%s has the colors %s and %s", group, first, other)
		}
	}
	if got := core.SwitchRoleColor(core.Account{ID: "111111111111"}); got == red || len(got) != 6 {
		t.Errorf("an account without group has the color %s", got)
	}
}

// Whatever a file calls an account, its link leads to that account and role, and what
// the console shows is one short line.
func TestSwitchRoleURLHoldsItsParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := core.Account{ID: "123456789012", Name: rapid.String().Draw(t, "name"), Groups: rapid.SliceOf(rapid.String()).Draw(t, "groups")}
		u, err := url.Parse(core.SwitchRoleURL("https://signin.aws.amazon.com", "DevOps", a))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		shown := q.Get("displayName")
		if len(q) != 4 || u.Fragment != "" || u.Host != "signin.aws.amazon.com" || q.Get("account") != "123456789012" || q.Get("roleName") != "CrossAccountManager-DevOps" {
			t.Fatalf("%q", u)
		}
		if utf8.RuneCountInString(shown) > core.MaxDisplayName || !strings.HasPrefix(shown, "DevOps @ ") || strings.ContainsFunc(shown, unicode.IsControl) {
			t.Fatalf("%q", shown)
		}
	})
}

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                    "",
		" a\tb\r\n c\u2028d ":                 "a b c d",
		"pay\u202etxe.tnemyap\u202c":          "paytxe.tnemyap",
		"\u2066iso\u2069lated\u200e\u200f":    "isolated",
		"zero\u200bwidth\ufeff\u00ad":         "zerowidth",
		"\x00\x1b[31mred\x7f\u009b":           "[31mred",
		"می\u200cخواهم 👩\u200d💻":              "می\u200cخواهم 👩\u200d💻",
		"broken \xff":                         "broken \ufffd",
		"<b>&\"'":                             "<b>&\"'",
		"\U000E0041tag\U000E007F\ue000\ufffe": "tag",
	} {
		if got := core.Line(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
