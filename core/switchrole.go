package core

import (
	"cmp"
	"hash/fnv"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// MaxDisplayName is how many characters of a switch-role link's display name the
// console keeps.
const MaxDisplayName = 64

// The colors that the console's switch-role page offers. A link with any other color
// leaves the choice to the user.
const (
	colorRed    = "f2b0a9"
	colorOrange = "fbc8aa"
	colorYellow = "efda95"
	colorGreen  = "b7ca9d"
	colorBlue   = "83d4e8"
)

var calmColors = []string{colorBlue, colorGreen, colorYellow, colorOrange}

// SigninURL is scheme://host of the partition's sign-in page; a partition that is not
// known has the commercial one's.
func (p Partition) SigninURL() string {
	switch p {
	case "aws-cn":
		return "https://signin.amazonaws.cn"
	case "aws-us-gov":
		return "https://signin.amazonaws-us-gov.com"
	default:
		return "https://signin.aws.amazon.com"
	}
}

// SwitchRoleURL is a link by which somebody who is signed in to the master account's
// console takes a role in an account (IAM User Guide, "Switch from a user to an IAM
// role (console)"). signin is scheme://host of the sign-in page. The link holds no
// secret, does not expire, and is the same for the same role and account.
func SwitchRoleURL(signin string, role RoleName, a Account) string {
	name := []rune(Line(string(role) + " @ " + cmp.Or(Line(a.Name), string(a.ID))))
	query := url.Values{
		"account": {string(a.ID)}, "roleName": {role.IAMName()},
		"displayName": {string(name[:min(len(name), MaxDisplayName)])}, "color": {SwitchRoleColor(a)},
	}
	return signin + "/switchrole?" + query.Encode()
}

// SwitchRoleColor is the color in which the console shows a role of the account, as
// six hexadecimal digits: red if one of its groups sounds like production, else the
// color of its first group, else one of its own. It never changes by itself.
func SwitchRoleColor(a Account) string {
	if slices.ContainsFunc(a.Groups, soundsLikeProduction) {
		return colorRed
	}
	key := string(a.ID)
	if len(a.Groups) > 0 {
		key = slices.Min(a.Groups)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails, see hash.Hash
	return calmColors[h.Sum32()%uint32(len(calmColors))]
}

// soundsLikeProduction looks at a group's words: prod-eu does, preprod and
// non-production do not.
func soundsLikeProduction(group string) bool {
	words := strings.FieldsFunc(strings.ToLower(group), func(r rune) bool { return !unicode.IsLetter(r) })
	has := func(list ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(list, word) })
	}
	return has("prod", "production", "prd", "live") && !has("non", "not", "no", "pre")
}

// Line is text as it may stand in a line of a page or a terminal: without control
// characters and those that reorder or hide what surrounds them, white space made
// single spaces, none at the ends.
func Line(s string) string {
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200c' || r == '\u200d': // joiners, which some scripts need
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Noncharacter_Code_Point):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(visible), " ")
}
