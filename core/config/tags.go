package config

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Limits of tags (IAM User Guide, "Rules for tagging in IAM and AWS STS").
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// tags reads a map of tags. Keys that differ only in case are one tag for IAM.
func (r *report) tags(f field) map[string]string {
	if r.empty(f) {
		return nil
	}
	if f.value.kind != mapping {
		r.wrongType(f, mapping)
		return nil
	}
	if n := len(f.value.fields); n > maxTags {
		r.errorf(f.key.at, "remove some", "there are %d tags; at most %d are allowed", n, maxTags)
		return nil
	}
	var tags map[string]string
	seen := map[string]*node{}
	for _, tag := range f.value.fields {
		if !r.tag(tag) {
			continue
		}
		folded := strings.ToLower(tag.key.text)
		if first := seen[folded]; first != nil {
			r.errorf(tag.key.at, "keep one of the two", "the tag keys %s and %s differ only in case, which IAM does not tell apart",
				quote(first.text), quote(tag.key.text))
			continue
		}
		seen[folded] = tag.key
		if tags == nil {
			tags = make(map[string]string, len(f.value.fields))
		}
		tags[tag.key.text] = tag.value.text
	}
	return tags
}

func (r *report) tag(tag field) bool {
	key, value := tag.key.text, tag.value.text
	switch {
	case tag.value.kind == null:
		r.errorf(tag.key.at, `write "" for an empty value`, "the tag %s has no value", quote(key))
	case tag.value.kind != scalar:
		r.errorf(tag.value.at, "", "the tag %s must be a single value, not %s", quote(key), tag.value.describe())
	case key == "" || utf8.RuneCountInString(key) > maxTagKey:
		r.errorf(tag.key.at, "", "a tag key has 1 to %d characters", maxTagKey)
	case utf8.RuneCountInString(value) > maxTagValue:
		r.errorf(tag.value.at, "", "a tag value has at most %d characters", maxTagValue)
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		r.errorf(tag.key.at, "choose another key", "tag keys that start with aws: belong to AWS")
	case !tagText.MatchString(key):
		r.errorf(tag.key.at, "use letters, digits, spaces and _ . : / = + - @", "the tag key %s holds characters IAM refuses", quote(key))
	case !tagText.MatchString(value):
		r.errorf(tag.value.at, "use letters, digits, spaces and _ . : / = + - @", "the tag value %s holds characters IAM refuses", quote(value))
	default:
		return true
	}
	return false
}
