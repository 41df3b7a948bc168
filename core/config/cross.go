package config

import (
	"github.com/cross-account-manager/cam/core"
)

// checkReferences warns of what roles name and no file has, and of policy files that
// no role names. It needs all files, so only Load can do it.
func checkReferences(accounts []account, roles []role, policies []core.PolicyFile, of reporter) {
	listed := make(map[string]bool, len(accounts))
	groups := map[string]bool{core.AllAccounts: true}
	for _, a := range accounts {
		if a.Remove {
			continue
		}
		listed[string(a.ID)] = true
		for _, g := range a.Groups {
			groups[g] = true
		}
	}
	var known []string
	for g := range groups {
		known = append(known, g)
	}
	used := map[string]bool{}
	for _, e := range roles {
		used[e.Policy] = true
		if e.Remove {
			continue
		}
		r := of(e.Source)
		for _, n := range e.groups {
			if !groups[n.text] {
				r.warnf(n.at, didYouMean(n.text, known), "no account is in the group %s", quote(n.text))
			}
		}
		r.unlisted(e.accounts, listed, "the role cannot reach it until then")
		r.unlisted(e.excluded, listed, "remove it here if the account is gone")
	}
	for _, p := range policies {
		if !used[p.Name] {
			of(p.Source).warnf(position{1, 1}, "remove the file if it is not needed", "no role uses the policy file %s", quote(p.Name))
		}
	}
}

func (r *report) unlisted(ids []*node, listed map[string]bool, advice string) {
	for _, n := range ids {
		if !listed[n.text] {
			r.warnf(n.at, advice, "no account file adds the account %s", n.text)
		}
	}
}
