package config

import (
	"fmt"
	"strings"
)

// reporter finds the report of a file.
type reporter func(file string) *report

func single(r *report) reporter { return func(string) *report { return r } }

// uniqueAccounts keeps the first entry of every account and reports the others.
func uniqueAccounts(all []account, of reporter) []account {
	first := make(map[string]int, len(all))
	kept := all[:0]
	for _, a := range all {
		i, repeated := first[string(a.ID)]
		if !repeated {
			first[string(a.ID)] = len(kept)
			kept = append(kept, a)
			continue
		}
		of(a.Source).errorf(a.at, "keep one of the two", "the account %s is listed for the second time; the first is %s",
			a.ID, place(kept[i].Source, kept[i].at, a.Source))
	}
	return kept
}

// uniqueRoles keeps the first entry of every role and reports the others. IAM takes
// names that differ only in case for the same.
func uniqueRoles(all []role, of reporter) []role {
	first := make(map[string]int, len(all))
	kept := all[:0]
	for _, e := range all {
		folded := strings.ToLower(string(e.Name))
		i, repeated := first[folded]
		if !repeated {
			first[folded] = len(kept)
			kept = append(kept, e)
			continue
		}
		other := kept[i]
		where := place(other.Source, other.at, e.Source)
		if other.Name == e.Name {
			of(e.Source).errorf(e.at, "keep one of the two", "the role %s is listed for the second time; the first is %s", e.Name, where)
			continue
		}
		of(e.Source).errorf(e.at, "rename or remove one of the two",
			"the role names %s and %s differ only in case, which IAM does not tell apart; the first is %s", other.Name, e.Name, where)
	}
	return kept
}

// place names where something stands, seen from a file.
func place(file string, at position, from string) string {
	if file == from {
		return fmt.Sprintf("on line %d", at.line)
	}
	return fmt.Sprintf("in %s, line %d", file, at.line)
}
