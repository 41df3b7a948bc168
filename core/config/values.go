package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cross-account-manager/cam/core"
)

// empty reports a key without a value. It is a warning, as leaving it out says the
// same.
func (r *report) empty(f field) bool {
	if f.value.kind != null {
		return false
	}
	r.warnf(f.key.at, "give it a value or remove it", "the key %s has no value", quote(f.key.text))
	return true
}

// text reads a single value as the file has it: 2024 is "2024". most counts characters.
func (r *report) text(f field, most int) string {
	if r.empty(f) {
		return ""
	}
	if f.value.kind != scalar {
		r.wrongType(f, scalar)
		return ""
	}
	text := strings.TrimRight(f.value.text, "\n") // of a block
	if n := utf8.RuneCountInString(text); n > most {
		r.errorf(f.value.at, "shorten it", "%s has %d characters; at most %d are allowed", f.key.text, n, most)
		return ""
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		r.errorf(f.value.at, "write it on one line without control characters", "%s holds a control character", f.key.text)
		return ""
	}
	return text
}

func (r *report) wrongType(f field, want kind) {
	advice := ""
	if want == list && f.value.kind == scalar {
		advice = fmt.Sprintf("write [%s]", f.value.text)
	}
	r.errorf(f.value.at, advice, "%s must be %s, not %s", f.key.text, want, f.value.describe())
}

// texts reads a list of single values.
func (r *report) texts(f field) []*node {
	if r.empty(f) {
		return nil
	}
	if f.value.kind != list {
		r.wrongType(f, list)
		return nil
	}
	var found []*node
	for _, item := range f.value.items {
		if item.kind == scalar {
			found = append(found, item)
		} else {
			r.errorf(item.at, "", "the elements of %s must be single values, not %s", f.key.text, item.describe())
		}
	}
	return found
}

// flag reads true or false.
func (r *report) flag(f field) bool {
	if r.empty(f) {
		return false
	}
	if f.value.kind == scalar && !f.value.quoted {
		switch f.value.text {
		case "true", "True", "TRUE":
			return true
		case "false", "False", "FALSE":
			return false
		}
	}
	r.errorf(f.value.at, "write true or false, without quotes", "%s must be true or false, not %s", f.key.text, f.value.describe())
	return false
}

// removes reads an action; the answer is whether it is remove.
func (r *report) removes(f field) bool {
	text := r.text(f, 64)
	switch strings.ToLower(text) {
	case "", "add":
	case "remove":
		return true
	default:
		r.errorf(f.value.at, suggestOr(text, []string{"add", "remove"}), "unknown action %s", quote(text))
	}
	return false
}

var (
	numeric   = regexp.MustCompile(`^[+-]?(0[xX][0-9A-Fa-f_]+|0[ob][0-7_]+|[0-9_.]+([eE][+-]?[0-9]+)?)$`)
	allDigits = regexp.MustCompile(`^[0-9]+$`)
	grouped   = regexp.MustCompile(`^[0-9]{4}[- ][0-9]{4}[- ][0-9]{4}$`)
)

// accountID reads a 12-digit account ID from the source text, so that leading zeros
// survive without quotes.
func (r *report) accountID(n *node) (core.AccountID, bool) {
	id := core.AccountID(n.text)
	if id.Valid() {
		return id, true
	}
	switch {
	case allDigits.MatchString(n.text) && len(n.text) < 12:
		r.errorf(n.at, "leading zeros belong to the ID", "the account ID %s is %d digits long; an account ID has 12", quote(n.text), len(n.text))
	case allDigits.MatchString(n.text):
		r.errorf(n.at, "check it against the AWS console", "the account ID %s is %d digits long; an account ID has 12", quote(n.text), len(n.text))
	case grouped.MatchString(n.text):
		r.errorf(n.at, "write the digits without separators", "%s is not an account ID", quote(n.text))
	case !n.quoted && numeric.MatchString(n.text):
		r.errorf(n.at, "write the 12 digits out, in quotes", "%s is a number, not an account ID", quote(n.text))
	default:
		r.errorf(n.at, `an account ID has 12 digits, for example "111122223333"`, "%s is not an account ID", quote(n.text))
	}
	return "", false
}

const maxGroupName = 128

// groupName is what an account group may be called: it has to survive command lines,
// CSV and DynamoDB keys.
var groupName = regexp.MustCompile(`^[\p{L}\p{N}_.:/=+@-]+( [\p{L}\p{N}_.:/=+@-]+)*$`)

// group checks one account group.
func (r *report) group(n *node) bool {
	switch {
	case n.text == core.AllAccounts:
		return true
	case strings.ContainsAny(n.text, ",;"):
		r.errorf(n.at, "for several groups write groups: [one, two]", "%s is not the name of one group", quote(n.text))
		return false
	case utf8.RuneCountInString(n.text) > maxGroupName:
		r.errorf(n.at, "shorten it", "the group name has more than %d characters", maxGroupName)
		return false
	case !groupName.MatchString(n.text):
		r.errorf(n.at, "use letters, digits, inner spaces and _ . : / = + @ -", "%s is not a group name", quote(n.text))
		return false
	}
	return true
}

// groupFields are the two ways to write an entry's groups.
type groupFields struct{ single, several *field }

// read returns the group names, sorted and without duplicates, and the nodes they
// come from.
func (g groupFields) read(r *report) (groups []string, from []*node) {
	if g.several != nil {
		for _, n := range r.texts(*g.several) {
			if r.group(n) {
				from = append(from, n)
			}
		}
	}
	groups = names(from)
	if g.single == nil || r.empty(*g.single) {
		return groups, from
	}
	n := g.single.value
	if n.kind != scalar {
		r.errorf(n.at, "for several groups write groups: [one, two]", "accountgroup must be %s, not %s", scalar, n.describe())
		return groups, from
	}
	if !r.group(n) {
		return groups, from
	}
	if g.several != nil && !slices.Equal(groups, []string{n.text}) {
		r.errorf(g.single.key.at, "keep groups and remove accountgroup", "accountgroup and groups say different things")
		return groups, from
	}
	return []string{n.text}, []*node{n}
}

// names are the texts of nodes, sorted and without duplicates; nil when there is none.
func names(nodes []*node) []string {
	var texts []string
	for _, n := range nodes {
		texts = append(texts, n.text)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}
