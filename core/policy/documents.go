package policy

import (
	"slices"
	"strings"
)

// Names that the documents below carry; they are fixed (see the design's section on
// AWS resources).
const (
	rolePrefix       = "CrossAccountManager-"
	accountsTable    = "CrossAccountManager-Accounts"
	rolesTable       = "CrossAccountManager-Roles"
	assignmentsTable = "CrossAccountManager-Account-Roles"
	nameIndex        = "Name-index"
)

// assumeActions let a session be started with its tags and source identity, which
// pass from the master session into the sub-account.
func assumeActions() []string {
	return []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}
}

// SubAccountTrust is the trust policy of a role in a sub-account: it admits the role
// of the same name in the master account, and nobody else. It names the master
// account and conditions on the role's ARN: unlike a role principal, that needs no
// role that IAM can already see, and survives the role's recreation.
func SubAccountTrust(partition, master, roleIAMName string) *Document {
	return &Document{Version: Version2012, Statements: []Statement{{
		Effect:    Allow,
		Principal: &Principals{AWS: []string{iamARN(partition, master, "root")}},
		Action:    assumeActions(),
		Conditions: []Condition{
			{Operator: "ArnEquals", Key: "aws:PrincipalArn", Values: []string{iamARN(partition, master, "role/"+roleIAMName)}},
		},
	}}}
}

// MasterTrustInput says who may take a role in the master account.
type MasterTrustInput struct {
	Partition        string   // aws, aws-cn, aws-us-gov
	DirectoryService bool     // users of AWS Directory Service
	SAMLProviders    []string // ARNs of SAML providers in the master account
	Principals       []string // ARNs or account IDs
	// RequireMFA holds for Principals. Directory and SAML users authenticate
	// elsewhere, and their sessions do not tell AWS how.
	RequireMFA bool
}

// MasterTrust is the trust policy of a role in the master account. With nobody to
// trust it denies everybody, as IAM takes no document without a statement.
func MasterTrust(in MasterTrustInput) *Document {
	doc := &Document{Version: Version2012}
	if in.DirectoryService {
		// The service principal is the same in every partition.
		doc.Statements = append(doc.Statements, Statement{
			Sid: "DirectoryService", Effect: Allow,
			Principal: &Principals{Service: []string{"ds.amazonaws.com"}},
			Action:    []string{"sts:AssumeRole"},
		})
	}
	if len(in.SAMLProviders) > 0 {
		doc.Statements = append(doc.Statements, Statement{
			Sid: "Saml", Effect: Allow,
			Principal:  &Principals{Federated: slices.Clone(in.SAMLProviders)},
			Action:     []string{"sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"},
			Conditions: []Condition{{Operator: "StringEquals", Key: "SAML:aud", Values: []string{samlAudience(in.Partition)}}},
		})
	}
	if len(in.Principals) > 0 {
		s := Statement{
			Sid: "Principals", Effect: Allow,
			Principal: &Principals{AWS: slices.Clone(in.Principals)},
			Action:    assumeActions(),
		}
		if in.RequireMFA {
			s.Conditions = []Condition{{Operator: "Bool", Key: "aws:MultiFactorAuthPresent", Values: []string{"true"}}}
		}
		doc.Statements = append(doc.Statements, s)
	}
	if len(doc.Statements) == 0 {
		doc.Statements = []Statement{{
			Sid: "Nobody", Effect: Deny, Principal: &Principals{Any: true}, Action: []string{"sts:AssumeRole"},
		}}
	}
	return doc
}

// samlAudience is the sign-in endpoint that a SAML assertion must be meant for.
func samlAudience(partition string) string {
	switch partition {
	case "aws-cn":
		return "https://signin.amazonaws.cn/saml"
	case "aws-us-gov":
		return "https://signin.amazonaws-us-gov.com/saml"
	}
	return "https://signin.aws.amazon.com/saml"
}

func iamARN(partition, account, resource string) string {
	return "arn:" + partition + ":iam::" + account + ":" + resource
}

// roleEntry is the name of a role in the tables and the links bucket.
func roleEntry(roleIAMName string) string { return strings.TrimPrefix(roleIAMName, rolePrefix) }
