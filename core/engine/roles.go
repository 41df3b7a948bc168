package engine

import (
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// masterRole is a role as IAM of the master account gets it: its trust, and the access
// policy that lets its holder enter the accounts.
func (s Settings) masterRole(r *core.Role, accounts []string) (core.IAMRole, policy.AccessMode, error) {
	access, mode, err := policy.Access(policy.AccessInput{
		Partition: string(s.Partition), Master: string(s.Master), Region: s.Region,
		RoleIAMName: r.Name.IAMName(),
		Accounts:    accounts, OrgID: s.OrgID, LinksBucket: s.LinksBucket,
	})
	if err != nil {
		return core.IAMRole{}, mode, err
	}
	trust := policy.MasterTrust(policy.MasterTrustInput{
		Partition: string(s.Partition), DirectoryService: r.Trust.DirectoryService,
		SAMLProviders: s.inMaster(r.Trust.SAMLProviders), Principals: s.inMaster(r.Trust.Principals), RequireMFA: r.RequireMFA,
	})
	return core.IAMRole{
		Name: r.Name.IAMName(), Description: r.Description, Trust: string(trust.JSON()),
		MaxSessionDuration: r.MaxSessionDuration, Tags: map[string]string{core.ManagedTag: "role"},
		InlineName: r.Name.PolicyName(), Inline: string(access.JSON()),
	}, mode, nil
}

// inMaster fills the places that ARNs of a trust block leave open.
func (s Settings) inMaster(arns []string) []string {
	fill := strings.NewReplacer("{partition}", string(s.Partition), "{master}", string(s.Master))
	out := make([]string, len(arns))
	for i, arn := range arns {
		out[i] = fill.Replace(arn)
	}
	return out
}

// subAccountRole is a role as IAM of a sub-account gets it: only the same-named role
// of the master account may take it.
func (s Settings) subAccountRole(r *core.Role, account core.AccountID) core.IAMRole {
	tags := map[string]string{core.ManagedTag: "role"}
	for k, v := range r.Tags {
		tags[k] = v
	}
	fill := strings.NewReplacer("{account}", string(account), "{partition}", string(s.Partition))
	managed := make([]string, len(r.ManagedPolicies))
	for i, arn := range r.ManagedPolicies {
		managed[i] = s.inPartition(fill.Replace(arn))
	}
	return core.IAMRole{
		Name:                r.Name.IAMName(),
		Description:         r.Description,
		Trust:               string(policy.SubAccountTrust(string(s.Partition), string(s.Master), r.Name.IAMName()).JSON()),
		MaxSessionDuration:  r.MaxSessionDuration,
		PermissionsBoundary: s.inPartition(fill.Replace(r.PermissionsBoundary)),
		Tags:                tags,
		InlineName:          r.Name.PolicyName(),
		Inline:              r.Document,
		ManagedPolicies:     managed,
	}
}

// inPartition moves an ARN that was written for the commercial partition, as most
// examples are, to the installation's.
func (s Settings) inPartition(arn string) string {
	if rest, ok := strings.CutPrefix(arn, "arn:aws:"); ok {
		return "arn:" + string(s.Partition) + ":" + rest
	}
	return arn
}
