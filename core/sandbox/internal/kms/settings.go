package kms

import (
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

func enableRotation(s *Service, c *api.Call, in struct {
	keyInput
	RotationPeriodInDays *int
}) (any, *api.Error) {
	days := 365
	if in.RotationPeriodInDays != nil {
		days = *in.RotationPeriodInDays
	}
	if days < 90 || days > 2560 {
		return nil, invalid("1 validation error detected: Value '%d' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value between 90 and 2560", days)
	}
	_, err := s.change(c, in.KeyID, "EnableKeyRotation", func(k *key) *api.Error {
		if err := k.usable(); err != nil {
			return err
		}
		k.rotation = days
		return nil
	})
	return none{}, err
}

func disableRotation(s *Service, c *api.Call, in keyInput) (any, *api.Error) {
	_, err := s.change(c, in.KeyID, "DisableKeyRotation", func(k *key) *api.Error { k.rotation = 0; return nil })
	return none{}, err
}

func rotationStatus(s *Service, c *api.Call, in keyInput) (any, *api.Error) {
	k, err := s.target(c, in.KeyID, "GetKeyRotationStatus")
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := struct {
		KeyID                string `json:"KeyId"`
		KeyRotationEnabled   bool
		RotationPeriodInDays int     `json:",omitempty"`
		NextRotationDate     float64 `json:",omitempty"`
	}{KeyID: k.arn, KeyRotationEnabled: k.rotation > 0, RotationPeriodInDays: k.rotation}
	if k.rotation > 0 {
		out.NextRotationDate = seconds(k.created.Add(time.Duration(k.rotation) * 24 * time.Hour))
	}
	return out, nil
}

type policyInput struct {
	keyInput
	PolicyName, Policy             string
	BypassPolicyLockoutSafetyCheck bool
}

func (in policyInput) check() *api.Error {
	if in.PolicyName != "" && in.PolicyName != "default" {
		return failure("NotFoundException", "No such policy exists")
	}
	return nil
}

func getKeyPolicy(s *Service, c *api.Call, in policyInput) (any, *api.Error) {
	k, err := s.target(c, in.KeyID, "GetKeyPolicy")
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return struct{ Policy, PolicyName string }{k.policyText, "default"}, nil
}

func putKeyPolicy(s *Service, c *api.Call, in policyInput) (any, *api.Error) {
	if in.Policy == "" {
		return nil, missing("policy")
	}
	k, err := s.target(c, in.KeyID, "PutKeyPolicy")
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return nil, err
	}
	doc, err := s.readPolicy(c, k, in.Policy, in.BypassPolicyLockoutSafetyCheck)
	if err != nil {
		return nil, err
	}
	_, err = s.change(c, in.KeyID, "PutKeyPolicy", func(k *key) *api.Error {
		k.policyText, k.policy = in.Policy, doc
		return nil
	})
	return none{}, err
}

func listKeyPolicies(s *Service, c *api.Call, in keyInput) (any, *api.Error) {
	if _, err := s.target(c, in.KeyID, "ListKeyPolicies"); err != nil {
		return nil, err
	}
	return struct {
		PolicyNames []string
		Truncated   bool
	}{[]string{"default"}, false}, nil
}

func tagContext(tags []tag) map[string][]string {
	context := map[string][]string{}
	for _, t := range tags {
		context["aws:RequestTag/"+t.TagKey] = []string{t.TagValue}
		context["aws:TagKeys"] = append(context["aws:TagKeys"], t.TagKey)
	}
	return context
}

func checkTags(tags []tag) *api.Error {
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case t.TagKey == "" || len(t.TagKey) > 128 || len(t.TagValue) > 256 || strings.HasPrefix(t.TagKey, "aws:"):
			return failure("TagException", "The tag %q is not valid.", t.TagKey)
		case seen[t.TagKey]:
			return failure("TagException", "Duplicate tag keys")
		}
		seen[t.TagKey] = true
	}
	if len(tags) > 50 {
		return failure("LimitExceededException", "Exceeded the maximum number of tags.")
	}
	return nil
}

func tagResource(s *Service, c *api.Call, in struct {
	keyInput
	Tags []tag
}) (any, *api.Error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	_, err := s.change(c, in.KeyID, "TagResource", func(k *key) *api.Error {
		tags := slices.Clone(k.tags)
		for _, t := range in.Tags {
			tags = append(slices.DeleteFunc(tags, func(x tag) bool { return x.TagKey == t.TagKey }), t)
		}
		if err := checkTags(tags); err != nil {
			return err
		}
		k.tags = tags
		return nil
	})
	return none{}, err
}

func untagResource(s *Service, c *api.Call, in struct {
	keyInput
	TagKeys []string
}) (any, *api.Error) {
	_, err := s.change(c, in.KeyID, "UntagResource", func(k *key) *api.Error {
		k.tags = slices.DeleteFunc(slices.Clone(k.tags), func(x tag) bool { return slices.Contains(in.TagKeys, x.TagKey) })
		return nil
	})
	return none{}, err
}

func listResourceTags(s *Service, c *api.Call, in listInput) (any, *api.Error) {
	k, err := s.target(c, in.KeyID, "ListResourceTags")
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	tags := slices.Clone(k.tags)
	s.mu.RUnlock()
	slices.SortFunc(tags, func(a, b tag) int { return strings.Compare(a.TagKey, b.TagKey) })
	tags, next, err := page(tags, func(t tag) string { return t.TagKey }, in, 50)
	return struct {
		Tags       []tag
		NextMarker string `json:",omitempty"`
		Truncated  bool
	}{tags, next, next != ""}, err
}
