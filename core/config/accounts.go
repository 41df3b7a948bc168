package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

const (
	maxAccountName = 128
	maxEmail       = 254 // RFC 5321, "Path" limit less its brackets
)

var accountKeys = []string{"name", "email", "groups", "accountgroup", "tags", "action"}

// account is an entry with the place of its ID.
type account struct {
	core.AccountEntry
	at position
}

// ParseAccounts reads one account file. file is its path below the configuration
// folder; it becomes the Source of entries and the File of findings. Entries are
// sorted by ID; an entry with an error in its ID is left out, any other stands with
// what could be read, so callers act only when core.HasErrors says no.
func ParseAccounts(file string, data []byte) ([]core.AccountEntry, []core.Finding) {
	r := &report{file: file}
	accounts := uniqueAccounts(r.accounts(data), single(r))
	return accountEntries(accounts), r.done()
}

// accounts reads all entries of a file, in the order of the file.
func (r *report) accounts(data []byte) []account {
	root, ok := r.parse(data)
	if !ok {
		return nil
	}
	entries := r.entries(root, "accounts", accountKeys)
	found := make([]account, 0, len(entries))
	for _, entry := range entries {
		if id, ok := r.accountID(entry.key); ok {
			found = append(found, r.account(id, entry))
		}
	}
	return found
}

func (r *report) account(id core.AccountID, entry field) account {
	a := account{at: entry.key.at}
	a.ID, a.Source, a.Line = id, r.file, entry.key.at.line
	var groups groupFields
	for _, f := range r.settings(entry, accountKeys) {
		switch f.key.text {
		case "name":
			a.Name = r.text(f, maxAccountName)
		case "email":
			a.Email = r.email(f)
		case "groups":
			groups.several = &f
		case "accountgroup":
			groups.single = &f
		case "tags":
			a.Tags = r.tags(f)
		case "action":
			a.Remove = r.removes(f)
		}
	}
	a.Groups = r.accountGroups(groups)
	return a
}

// accountGroups leaves out "*", in which every account is anyway.
func (r *report) accountGroups(groups groupFields) []string {
	labels, from := groups.read(r)
	for _, n := range from {
		if n.text == core.AllAccounts {
			r.warnf(n.at, `remove it`, `every account is in the group "*" without saying so`)
		}
	}
	labels = slices.DeleteFunc(labels, func(g string) bool { return g == core.AllAccounts })
	if len(labels) == 0 {
		return nil
	}
	return labels
}

// email checks the form lightly: an account's address is AWS's matter, a slip is ours.
func (r *report) email(f field) string {
	text := r.text(f, maxEmail)
	if text == "" {
		return ""
	}
	local, domain, found := strings.Cut(text, "@")
	label := func(l string) bool { return l == "" }
	bad := !found || local == "" || strings.ContainsAny(text, " ,;<>") || strings.Contains(domain, "@") ||
		!strings.Contains(domain, ".") || slices.ContainsFunc(strings.Split(domain, "."), label)
	if bad {
		r.errorf(f.value.at, "for example payments@example.com", "%s is not an email address", quote(text))
		return ""
	}
	return text
}

func accountEntries(accounts []account) []core.AccountEntry {
	entries := make([]core.AccountEntry, len(accounts))
	for i, a := range accounts {
		entries[i] = a.AccountEntry
	}
	slices.SortFunc(entries, func(a, b core.AccountEntry) int { return cmp.Compare(a.ID, b.ID) })
	return entries
}
