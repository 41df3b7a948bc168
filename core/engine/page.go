package engine

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"counted": counted}).Parse(pageSource))

// pageSecurity is the page's Content-Security-Policy. It lets the page's own style and
// script work, by their hashes, and nothing else: should any text ever get past the
// escaping, a browser still refuses to run or load it.
var pageSecurity = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'",
	sourceHash(pageStyle), sourceHash(pageScript))

func sourceHash(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// page is an access-links page. The same page always renders to the same bytes: it has
// no date, and everything in it is sorted.
type page struct {
	Title   string
	Summary string
	Single  bool // of one role: the account is the link
	Groups  []pageGroup
	Pages   []pageLink // of other pages
	Notes   []string
}

type pageGroup struct {
	Name string
	Rows []pageRow
}

// pageRow is an account. It stands in each of its groups.
type pageRow struct {
	Name  string
	ID    core.AccountID
	Color string // see core.SwitchRoleColor
	More  string // what the search finds besides what is shown
	Roles []pageLink
}

type pageLink struct{ Name, URL string }

// render writes the page. Whatever came from files is escaped by html/template.
func (p *page) render() ([]byte, error) {
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, struct {
		*page
		Security string
		Style    template.CSS
		Script   template.JS
	}{p, pageSecurity, template.CSS(pageStyle), template.JS(pageScript)})
	return b.Bytes(), err
}

const (
	noteSignIn = "Sign in to the console of the master account first: a link takes the role in that browser session."
	noteColor  = "The stripe beside an account has the color that the console will show; red stands for production."
	noteGroups = "An account of several groups is listed in each of them and counted once."
)

// pageOfRole is the page of one role, from the role's assignments.
func pageOfRole(p core.Partition, role core.RoleName, assignments []core.AssignmentRecord) *page {
	page := pageOfAccounts(p, assignments)
	page.Title, page.Single = string(role), true
	if len(assignments) == 0 {
		page.Summary = "This role reaches no account at present."
	}
	return page
}

// pageOfAll is the page of all roles, from their assignments: each account with the
// roles that reach it.
func pageOfAll(p core.Partition, assignments []core.AssignmentRecord) *page {
	page := pageOfAccounts(p, assignments)
	page.Title = "All roles"
	if len(assignments) == 0 {
		page.Summary = "No role reaches an account at present."
	}
	return page
}

// pageOfPages is the page of all roles where there are too many assignments for one
// page: it leads to the page of each role.
func pageOfPages(roles []core.RoleName) *page {
	page := &page{Title: "All roles", Summary: counted(len(roles), "role"), Notes: []string{
		"There are too many accounts for one page. Each role has its own page.",
	}}
	for _, role := range slices.Sorted(slices.Values(roles)) {
		// S3 takes a plus sign in a path for a space.
		path := strings.ReplaceAll((&url.URL{Path: core.RolePage(role)}).EscapedPath(), "+", "%2B")
		page.Pages = append(page.Pages, pageLink{string(role), path})
	}
	return page
}

func pageOfAccounts(p core.Partition, assignments []core.AssignmentRecord) *page {
	accounts := map[core.AccountID]core.Account{}
	roles := map[core.AccountID][]core.RoleName{}
	// Of what assignments say of their account, the newest holds.
	slices.SortFunc(assignments, func(a, b core.AssignmentRecord) int {
		return cmp.Or(a.Updated.Compare(b.Updated), cmp.Compare(a.Role, b.Role))
	})
	for _, r := range assignments {
		r.Of.ID = r.Account
		accounts[r.Account] = r.Of
		roles[r.Account] = append(roles[r.Account], r.Role)
	}
	byGroup := map[string][]pageRow{}
	several := false
	for id, a := range accounts {
		row := newRow(p, a, roles[id])
		groups := slices.Compact(slices.Sorted(slices.Values(a.Groups)))
		several = several || len(groups) > 1
		if len(groups) == 0 {
			groups = []string{""}
		}
		for _, g := range groups {
			byGroup[g] = append(byGroup[g], row)
		}
	}
	page := &page{Groups: sortGroups(byGroup), Summary: counted(len(accounts), "account")}
	if len(accounts) > 0 {
		page.Notes = []string{noteSignIn, noteColor}
	}
	if several {
		page.Notes = append(page.Notes, noteGroups)
	}
	return page
}

func newRow(p core.Partition, a core.Account, roles []core.RoleName) pageRow {
	row := pageRow{
		ID: a.ID, Color: core.SwitchRoleColor(a),
		Name: cmp.Or(core.Line(a.Name), core.Line(a.Email), string(a.ID)),
		More: core.Line(a.Email + " " + strings.Join(a.Groups, " ")),
	}
	for _, role := range slices.Sorted(slices.Values(roles)) {
		row.Roles = append(row.Roles, pageLink{string(role), core.SwitchRoleURL(p.SigninURL(), role, a)})
	}
	return row
}

// sortGroups orders groups and their accounts by name; accounts of no group come last.
func sortGroups(byGroup map[string][]pageRow) []pageGroup {
	var groups []pageGroup
	for name, rows := range byGroup {
		slices.SortFunc(rows, func(a, b pageRow) int {
			return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
		})
		groups = append(groups, pageGroup{name, rows})
	}
	slices.SortFunc(groups, func(a, b pageGroup) int {
		if (a.Name == "") != (b.Name == "") {
			return cmp.Compare(b.Name, a.Name)
		}
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	for i := range groups {
		groups[i].Name = cmp.Or(core.Line(groups[i].Name), "No group")
	}
	return groups
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
