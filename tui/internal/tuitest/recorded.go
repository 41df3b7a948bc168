package tuitest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
)

// Installed is the recorded state after files were pushed, all their accounts joined,
// and everything rolled out.
func Installed(files map[string]string, at time.Time) *Tables {
	desired, findings, err := config.Load(context.Background(), NewFolder(files).FS())
	if err != nil || core.HasErrors(findings) {
		panic("the sample is no configuration")
	}
	s := &Tables{Assignments: map[core.RoleName][]core.AssignmentRecord{}}
	for _, a := range desired.Accounts {
		s.Accounts = append(s.Accounts, core.AccountRecord{Account: a.Account, Status: core.AccountActive, Source: a.Source, Registered: at, Updated: at, Version: 1})
	}
	for _, r := range desired.Roles {
		s.Roles = append(s.Roles, core.RoleRecord{Role: r.Role, Digest: r.Digest, Status: core.RoleActive, Source: r.Source, Updated: at, Version: 1})
		for _, a := range desired.Accounts {
			if r.Selects(a.Account) {
				s.Assignments[r.Name] = append(s.Assignments[r.Name], core.AssignmentRecord{
					Pair: core.Pair{Role: r.Name, Account: a.ID}, Of: a.Account, Status: core.AssignmentActive, Digest: r.Digest, Tried: r.Digest, Updated: at, Version: 1,
				})
			}
		}
	}
	slices.SortFunc(s.Accounts, func(a, b core.AccountRecord) int { return cmp.Compare(a.ID, b.ID) })
	return s
}

// Set changes the record of an assignment.
func (s *Tables) Set(p core.Pair, change func(*core.AssignmentRecord)) {
	for i := range s.Assignments[p.Role] {
		if r := &s.Assignments[p.Role][i]; r.Account == p.Account {
			change(r)
			r.Version++
		}
	}
}
