package core

import (
	"fmt"
	"regexp"
	"strings"
)

// AccountID is a 12-digit AWS account ID, leading zeros included.
type AccountID string

var accountIDPattern = regexp.MustCompile(`^[0-9]{12}$`)

// Valid reports whether the ID has exactly 12 digits.
func (id AccountID) Valid() bool { return accountIDPattern.MatchString(string(id)) }

// RoleName is a role as files and users name it, without the prefix of its IAM name.
type RoleName string

// Prefix starts the name of every resource that Cross-Account Manager owns.
const Prefix = "CrossAccountManager-"

// AdminRole is the role name, without prefix, that no file may use: it belongs to
// the role through which the engine reaches an account.
const AdminRole RoleName = "Admin-DO-NOT-DELETE"

// MaxIAMRoleName is IAM's limit for the length of a role's name.
const MaxIAMRoleName = 64

// ParseRoleName accepts a role's name with or without the prefix.
func ParseRoleName(s string) RoleName {
	if len(s) > len(Prefix) && strings.EqualFold(s[:len(Prefix)], Prefix) {
		s = s[len(Prefix):]
	}
	return RoleName(s)
}

// IAMName is the role's name in IAM, the same in the master and in sub-accounts.
func (r RoleName) IAMName() string { return Prefix + string(r) }

// PolicyName is the name of the role's inline policy.
func (r RoleName) PolicyName() string { return Prefix + string(r) + "-Permission" }

// Partition is the first part of an ARN: aws, aws-cn or aws-us-gov.
type Partition string

// PartitionOf tells a region's partition; regions that are not known by their
// prefix belong to the commercial partition.
func PartitionOf(region string) Partition {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// RoleARN is the ARN of a role by its IAM name.
func RoleARN(p Partition, account AccountID, iamName string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", p, account, iamName)
}
