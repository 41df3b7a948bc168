package broker

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// match finds the entries that a selector means: those with exactly that ID, else
// that name, else that email, else those that have it in ID, name or email. Case does
// not count. More than one result means that the selector is ambiguous.
//
// A whole account ID never matches as a part of something else: an email may well
// hold another account's number.
func match(entries []Entry, selector string) []Entry {
	if core.AccountID(selector).Valid() {
		return filter(entries, func(e Entry) bool { return string(e.AccountID) == selector })
	}
	want := strings.ToLower(selector)
	tests := []func(Entry) bool{
		func(e Entry) bool { return strings.EqualFold(e.Name, selector) },
		func(e Entry) bool { return strings.EqualFold(e.Email, selector) },
		func(e Entry) bool {
			return strings.Contains(string(e.AccountID), want) ||
				strings.Contains(strings.ToLower(e.Name), want) || strings.Contains(strings.ToLower(e.Email), want)
		},
	}
	for _, test := range tests {
		if found := filter(entries, test); len(found) > 0 {
			return found
		}
	}
	return nil
}

func filter(entries []Entry, keep func(Entry) bool) []Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return !keep(e) })
}
