package engine

import (
	"errors"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/core/policy"
)

// Budget is how much of IAM's quotas a role uses.
type Budget struct {
	Role    core.RoleName `json:"role"`
	Inline  Quota         `json:"inline"`  // characters of its policy, in every sub-account
	Managed Quota         `json:"managed"` // managed policies, in every sub-account
	Access  AccessBudget  `json:"access"`
}

// Quota is what is used of what IAM allows.
type Quota struct {
	Used  int `json:"used"`
	Quota int `json:"quota"`
}

// Exceeded reports whether IAM would refuse this.
func (q Quota) Exceeded() bool { return q.Used > q.Quota }

// AccessBudget is about the policy of the master account's role, which lists the
// accounts that its holder may enter.
type AccessBudget struct {
	Accounts int    `json:"accounts"`
	Mode     string `json:"mode"` // none, exact, wildcard (any of the organisation that has the role) or too_large
	Size     Quota  `json:"size"` // characters; of too_large, with an exact list of the first thousand
}

// TooLarge is the mode of an access policy that the engine cannot write: too many
// accounts, and no organisation to bind a wildcard to.
const TooLarge = "too_large"

// Budgets measures the roles of a configuration as the engine would write them into
// IAM once all their accounts have registered; roles with action: remove are not among
// them. It is sorted as the roles are.
func Budgets(desired *core.Configuration, s Settings) []Budget {
	out := []Budget{}
	for i := range desired.Roles {
		if r := &desired.Roles[i]; !r.Remove {
			out = append(out, s.budget(&r.Role, desired.Accounts))
		}
	}
	return out
}

func (s Settings) budget(r *core.Role, accounts []core.AccountEntry) Budget {
	var ids []string
	for i := range accounts {
		if a := &accounts[i]; !a.Remove && a.ID.Valid() && r.Selects(a.Account) {
			ids = append(ids, string(a.ID))
		}
	}
	sub := s.subAccountRole(r, s.Master)
	return Budget{
		Role:    r.Name,
		Inline:  Quota{policy.Size([]byte(sub.Inline)), policy.QuotaRoleInline},
		Managed: Quota{len(sub.ManagedPolicies), config.MaxManagedPolicies},
		Access:  s.accessBudget(r, ids),
	}
}

func (s Settings) accessBudget(r *core.Role, ids []string) AccessBudget {
	b := AccessBudget{Accounts: len(ids), Size: Quota{Quota: policy.QuotaRoleInline}}
	master, mode, err := s.masterRole(r, ids[:min(len(ids), maxListed)])
	if tooMany, ok := errors.AsType[*policy.TooManyAccountsError](err); ok {
		b.Mode, b.Size.Used = TooLarge, tooMany.Size
		return b
	}
	b.Mode, b.Size.Used = mode.String(), policy.Size([]byte(master.Inline))
	return b
}
