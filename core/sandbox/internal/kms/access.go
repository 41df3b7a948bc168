package kms

import (
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// allow asks whether the caller may perform an action on a key: the key policy must
// grant it, or leave it to the account's identity policies.
func (s *Service) allow(c *api.Call, k *key, action string, extra map[string][]string) *api.Error {
	s.mu.RLock()
	context, doc := s.keyContext(c, k), k.policy
	s.mu.RUnlock()
	maps.Copy(context, extra)
	return s.identity.Authorize(c, api.Ask{
		Action: "kms:" + action, Resource: k.arn, ResourceAccount: k.account,
		ResourcePolicy: doc, ResourcePolicyRequired: true, Context: context,
	})
}

// keyContext are the condition keys of KMS that describe a key and its caller. The
// caller holds the lock.
func (s *Service) keyContext(c *api.Call, k *key) map[string][]string {
	context := map[string][]string{
		"kms:CallerAccount": {c.Caller.AccountID}, "kms:KeySpec": {"SYMMETRIC_DEFAULT"},
		"kms:KeyUsage": {"ENCRYPT_DECRYPT"}, "kms:KeyOrigin": {"AWS_KMS"}, "kms:MultiRegion": {"false"},
	}
	for _, a := range s.aliases {
		if a.target == k.arn {
			context["kms:ResourceAliases"] = append(context["kms:ResourceAliases"], a.name)
		}
	}
	for _, t := range k.tags {
		context["aws:ResourceTag/"+t.TagKey] = []string{t.TagValue}
	}
	return context
}

// cryptoContext are the condition keys of a cryptographic operation.
func cryptoContext(ref string, encryptionContext map[string]string) map[string][]string {
	out := map[string][]string{}
	if i := strings.Index(ref, "alias/"); i >= 0 {
		out["kms:RequestAlias"] = []string{ref[i:]}
	}
	for name, value := range encryptionContext {
		out["kms:EncryptionContext:"+name] = []string{value}
	}
	if len(encryptionContext) > 0 {
		out["kms:EncryptionContextKeys"] = slices.Sorted(maps.Keys(encryptionContext))
	}
	return out
}

// allowAny asks about an operation that is on no particular key.
func (s *Service) allowAny(c *api.Call, action, resource string, context map[string][]string) *api.Error {
	return s.identity.Authorize(c, api.Ask{Action: "kms:" + action, Resource: resource, Context: context})
}

// target finds a key of the caller's account or, by ARN, another's, and asks for
// permission.
func (s *Service) target(c *api.Call, ref, action string) (*key, *api.Error) {
	if ref == "" {
		return nil, missing("keyId")
	}
	k, err := s.find(c.Caller.AccountID, c.Region, ref)
	if err != nil {
		return nil, err
	}
	return k, s.allow(c, k, action, nil)
}

func missing(member string) *api.Error {
	return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

const maxPolicy = 32 << 10

// readPolicy parses a key policy and refuses one that would lock its author out
// (AWS KMS Developer Guide, "Default key policy").
func (s *Service) readPolicy(c *api.Call, k *key, text string, bypass bool) (*policy.Document, *api.Error) {
	if len(text) > maxPolicy {
		return nil, failure("LimitExceededException", "The key policy is over %d bytes.", maxPolicy)
	}
	doc, issues := policy.Parse([]byte(text), policy.Resource)
	if policy.HasErrors(issues) {
		return nil, failure("MalformedPolicyDocumentException", "Policy contains a statement or element that is not valid.")
	}
	if _, bad := s.identity.InvalidPrincipal(doc, k.partition); bad {
		return nil, failure("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
	}
	if bypass {
		return doc, nil
	}
	s.mu.RLock()
	next := *k
	s.mu.RUnlock()
	next.policy = doc
	if err := s.allow(c, &next, "PutKeyPolicy", nil); err != nil {
		return nil, failure("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
	}
	return doc, nil
}

// defaultPolicy leaves access to the account's identity policies.
func defaultPolicy(partition, account string) string {
	return `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:` + partition + `:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"}]}`
}
