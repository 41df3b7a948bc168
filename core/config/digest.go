package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// Digest is the hex SHA-256 of what the role of every sub-account is made of: the
// policy by its meaning, managed policies, boundary, session duration, tags and
// description. Which accounts the role reaches and who may take it in the master
// account are not part of it, so changing these rewrites no sub-account.
func Digest(role core.Role) string {
	managed := slices.Clone(role.ManagedPolicies)
	slices.Sort(managed)
	duration := role.MaxSessionDuration
	if duration == 0 {
		duration = minSession // IAM's default
	}
	encoded, err := json.Marshal(struct {
		Document    string
		Managed     []string
		Boundary    string
		Seconds     int64
		Tags        map[string]string
		Description string
	}{
		canonical(role.Document), slices.Compact(managed), role.PermissionsBoundary,
		int64(duration / time.Second), role.Tags, role.Description,
	})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// canonical is the form that all documents of one meaning share. What is no valid
// policy stands for itself.
func canonical(document string) string {
	if document == "" {
		return ""
	}
	parsed, issues := policy.Parse([]byte(document), policy.Identity)
	if parsed == nil || policy.HasErrors(issues) {
		return document
	}
	return string(policy.Canonical(parsed).JSON())
}
