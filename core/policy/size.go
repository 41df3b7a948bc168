package policy

import "unicode/utf8"

// Quotas of IAM, in characters as Size counts them (IAM User Guide, "IAM and AWS
// STS quotas").
const (
	QuotaRoleInline   = 10240 // all inline policies of a role together
	QuotaTrust        = 2048  // a trust policy, by default
	QuotaTrustMaximum = 4096  // a trust policy, after a quota increase
	QuotaManaged      = 6144  // a managed policy
	QuotaRoleName     = 64    // a role's name
)

// maxDocument is the length limit of the PolicyDocument parameter of IAM's API,
// white space included.
const maxDocument = 131072

// Size returns the number of characters that count against IAM's quotas. IAM does
// not count white space. Its documentation does not say whether that includes
// white space inside strings; Size leaves out only white space between JSON tokens,
// so that it never says less than IAM does.
func Size(data []byte) int {
	size, inString, escaped := 0, false, false
	for _, b := range data {
		switch {
		case escaped:
			escaped = false
		case inString && b == '\\':
			escaped = true
		case b == '"':
			inString = !inString
		}
		space := b == ' ' || b == '\t' || b == '\n' || b == '\r'
		if utf8.RuneStart(b) && (inString || !space) {
			size++
		}
	}
	return size
}
