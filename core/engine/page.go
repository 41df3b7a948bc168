package engine

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// link is one line of a page: a role in an account.
type link struct {
	Group   string
	Name    string
	Account string
	Role    string
	URL     string
}

// noGroup heads the accounts without a group.
const noGroup = "Other accounts"

func newLink(p core.Partition, r *core.AssignmentRecord) link {
	l := link{Group: noGroup, Name: r.Of.Name, Account: string(r.Account), Role: string(r.Role)}
	if len(r.Of.Groups) > 0 {
		l.Group = r.Of.Groups[0]
	}
	l.Name = cmp.Or(l.Name, r.Of.Email, l.Account)
	query := url.Values{
		"account": {l.Account}, "roleName": {r.Role.IAMName()},
		"displayName": {l.Role + " @ " + l.Name}, "color": {groupColor(l.Group)},
	}
	l.URL = signinHost(p) + "/switchrole?" + query.Encode()
	return l
}

func signinHost(p core.Partition) string {
	switch p {
	case "aws-cn":
		return "https://signin.amazonaws.cn"
	case "aws-us-gov":
		return "https://signin.amazonaws-us-gov.com"
	default:
		return "https://signin.aws.amazon.com"
	}
}

// groupColor gives each account group a colour of the console's palette, always the
// same one; what sounds like production is red.
func groupColor(group string) string {
	if strings.HasPrefix(strings.ToLower(group), "prod") {
		return "F2B0A9"
	}
	palette := []string{"FBBF93", "FAD791", "B7CA9D", "99BCE3"}
	sum := 0
	for _, b := range []byte(group) {
		sum += int(b)
	}
	return palette[sum%len(palette)]
}

type pageGroup struct {
	Name  string
	Links []link
}

// renderPage is deterministic: the same links give the same bytes. Everything that
// came from files is escaped by html/template.
func renderPage(title string, links []link) ([]byte, error) {
	byGroup := map[string][]link{}
	for _, l := range links {
		byGroup[l.Group] = append(byGroup[l.Group], l)
	}
	var groups []pageGroup
	for _, name := range slices.Sorted(maps.Keys(byGroup)) {
		ls := byGroup[name]
		slices.SortFunc(ls, func(a, b link) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Role, b.Role))
		})
		groups = append(groups, pageGroup{name, ls})
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, struct {
		Title  string
		Groups []pageGroup
	}{title, groups})
	return b.Bytes(), err
}
