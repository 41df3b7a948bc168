package cloud

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// Readers are the accounts that may read functions' code.
type Readers struct {
	Organization string // ID; empty: none
	Accounts     []core.AccountID
}

// Statements of the artifact bucket's policy that cam writes; others are left alone.
const (
	sidTransport    = "CAMTransportIsEncrypted"
	sidOrganization = "CAMOrganizationReads"
	sidAccounts     = "CAMSubAccountsRead"
)

// PreparedPolicy reports whether a bucket policy has a statement of cam's: whether
// the bucket was made by cam.
func PreparedPolicy(document string) bool { return strings.Contains(document, `"`+sidTransport+`"`) }

// ArtifactPolicy adds readers to the policy of the artifact bucket: accounts that are
// listed in it stay, an organisation replaces the one before, and statements that are
// not cam's are kept. It returns the whole document. partition is the bucket's.
func ArtifactPolicy(document string, partition core.Partition, bucket string, r Readers) (string, error) {
	policy := map[string]any{"Version": "2012-10-17"}
	if document != "" {
		if err := json.Unmarshal([]byte(document), &policy); err != nil {
			return "", core.Errorf(core.CodeMalformed, "the policy of bucket %s is not JSON: %w", bucket, err)
		}
	}
	arn := fmt.Sprintf("arn:%s:s3:::%s", partition, bucket)
	accounts := slices.Clone(r.Accounts)
	var statements []any
	for _, s := range asList(policy["Statement"]) {
		switch sid := sidOf(s); sid {
		case sidTransport:
		case sidOrganization:
			if r.Organization == "" {
				statements = append(statements, s)
			}
		case sidAccounts:
			accounts = append(accounts, rootAccounts(s)...)
		default:
			statements = append(statements, s)
		}
	}
	statements = append(statements, map[string]any{
		"Sid": sidTransport, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": []string{arn, arn + "/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	})
	if r.Organization != "" {
		statements = append(statements, map[string]any{
			"Sid": sidOrganization, "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": arn + "/*",
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalOrgID": r.Organization}},
		})
	}
	if len(accounts) > 0 {
		statements = append(statements, map[string]any{
			"Sid": sidAccounts, "Effect": "Allow", "Principal": map[string]any{"AWS": rootARNs(partition, accounts)},
			"Action": "s3:GetObject", "Resource": arn + "/*",
		})
	}
	policy["Statement"] = statements
	b, err := json.Marshal(policy)
	return string(b), err
}

func sidOf(statement any) string {
	m, _ := statement.(map[string]any)
	sid, _ := m["Sid"].(string)
	return sid
}

// asList reads what IAM's JSON gives as one value or as a list.
func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// rootAccounts are the accounts that a statement names as principals. What is no ARN
// of an account any more, as of one that was closed, is left out.
func rootAccounts(statement any) []core.AccountID {
	m, _ := statement.(map[string]any)
	principal, _ := m["Principal"].(map[string]any)
	var ids []core.AccountID
	for _, p := range asList(principal["AWS"]) {
		text, _ := p.(string)
		parts := strings.Split(text, ":")
		if id := core.AccountID(parts[min(4, len(parts)-1)]); id.Valid() {
			ids = append(ids, id)
		}
	}
	return ids
}

func rootARNs(p core.Partition, accounts []core.AccountID) []string {
	var arns []string
	for _, id := range accounts {
		arns = append(arns, fmt.Sprintf("arn:%s:iam::%s:root", p, id))
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// SamePolicy reports whether two policy documents say the same, however they are
// written.
func SamePolicy(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}
