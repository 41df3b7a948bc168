package sns

import (
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxTags is how many tags a topic may have.
const maxTags = 50

func checkTags(tags []tag) *api.Error {
	if len(tags) > maxTags {
		return api.Errorf(400, "TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")
	}
	seen := map[string]bool{}
	for _, t := range tags {
		if t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256 || strings.HasPrefix(strings.ToLower(t.Key), "aws:") || seen[t.Key] {
			return invalid("Tags Reason: the tag key %q is not valid", t.Key)
		}
		seen[t.Key] = true
	}
	return nil
}

// tagged finds the topic of a tagging call, which has an error of its own.
func (s *Service) tagged(c *api.Call, action string, extra map[string][]string) (*topic, *api.Error) {
	arn := c.Form.Get("ResourceArn")
	if err := checkARN("ResourceArn", arn); err != nil {
		return nil, err
	}
	s.mu.Lock()
	t := s.topics[arn]
	s.mu.Unlock()
	if t == nil {
		return nil, api.Errorf(404, "ResourceNotFound", "Resource does not exist")
	}
	return t, s.allow(c, action, t, extra)
}

func (s *Service) tagResource(c *api.Call) (any, *api.Error) {
	tags := tagsOf(c.Form)
	t, err := s.tagged(c, "SNS:TagResource", tagContext(tags))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	merged := slices.DeleteFunc(slices.Clone(t.tags), func(old tag) bool {
		return slices.ContainsFunc(tags, func(n tag) bool { return n.Key == old.Key })
	})
	merged = append(merged, tags...)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	if err := checkTags(merged); err != nil {
		return nil, err
	}
	t.tags = merged
	return struct{}{}, nil
}

func (s *Service) untagResource(c *api.Call) (any, *api.Error) {
	keys := members(c.Form, "TagKeys")
	t, err := s.tagged(c, "SNS:UntagResource", map[string][]string{"aws:tagkeys": keys})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.tags = slices.DeleteFunc(slices.Clone(t.tags), func(old tag) bool { return slices.Contains(keys, old.Key) })
	return struct{}{}, nil
}

func (s *Service) listTagsForResource(c *api.Call) (any, *api.Error) {
	t, err := s.tagged(c, "SNS:ListTagsForResource", nil)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return struct {
		Tags []tag `xml:"Tags>member"`
	}{slices.Clone(t.tags)}, nil
}
