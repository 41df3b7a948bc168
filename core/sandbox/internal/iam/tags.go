package iam

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const tagLimit = 50

// tags reads "Tags.member.1.Key", "Tags.member.1.Value", ...
func (r *request) tags() []tag {
	var out []tag
	for i := 1; ; i++ {
		prefix := "Tags.member." + strconv.Itoa(i) + "."
		if !r.Form.Has(prefix + "Key") {
			return out
		}
		key, value := r.Form.Get(prefix+"Key"), r.Form.Get(prefix+"Value")
		at := "tags." + strconv.Itoa(i) + ".member."
		if len(key) == 0 || len(key) > 128 {
			r.problem(at+"key", key, "Member must have length between 1 and 128")
		}
		if len(value) > 256 {
			r.problem(at+"value", value, "Member must have length less than or equal to 256")
		}
		out = append(out, tag{key, value})
	}
}

// checkTags applies IAM's rules for the tags of one request.
func checkTags(tags []tag) *api.Error {
	seen := map[string]bool{}
	for _, t := range tags {
		key := strings.ToLower(t.Key)
		if seen[key] {
			return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
		if strings.HasPrefix(key, "aws:") {
			return invalidInput("System tags cannot be added/updated/deleted using this API.")
		}
	}
	if len(tags) > tagLimit {
		return tooManyTags()
	}
	return nil
}

func invalidInput(message string) *api.Error {
	return api.Errorf(http.StatusBadRequest, "InvalidInput", "%s", message)
}

func tooManyTags() *api.Error {
	return limitExceeded("The number of tags has reached the maximum limit.")
}

// requestTags are the condition keys of tags that a request sends.
func requestTags(tags []tag) map[string][]string {
	context := map[string][]string{}
	for _, t := range tags {
		context["aws:RequestTag/"+t.Key] = []string{t.Value}
		context["aws:TagKeys"] = append(context["aws:TagKeys"], t.Key)
	}
	return context
}

func (k kind) tag(r *request) (any, *api.Error) {
	name, tags := k.target(r), r.tags()
	if len(tags) == 0 {
		r.problem("Tags", "null", "Member must not be null")
	}
	if err := k.begin(r, name, "Tag"+k.noun, requestTags(tags)); err != nil {
		return nil, err
	}
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		for _, t := range tags {
			e.tags = append(withoutTag(e.tags, t.Key), t)
		}
		if len(e.tags) > tagLimit {
			return tooManyTags()
		}
		return nil
	})
}

func (k kind) untag(r *request) (any, *api.Error) {
	name, keys := k.target(r), r.list("TagKeys")
	if len(keys) == 0 {
		r.problem("TagKeys", "null", "Member must not be null")
	}
	if err := k.begin(r, name, "Untag"+k.noun, map[string][]string{"aws:TagKeys": keys}); err != nil {
		return nil, err
	}
	return nil, r.change(k, name, func(e *entity) *api.Error {
		for _, key := range keys {
			e.tags = withoutTag(e.tags, key)
		}
		return nil
	})
}

// withoutTag drops a tag; keys are compared without regard to case.
func withoutTag(tags []tag, key string) []tag {
	return slices.DeleteFunc(tags, func(t tag) bool { return strings.EqualFold(t.Key, key) })
}

func (k kind) listTags(r *request) (any, *api.Error) {
	name, p := k.target(r), r.paging()
	if err := k.begin(r, name, "List"+k.noun+"Tags", nil); err != nil {
		return nil, err
	}
	e := r.find(k, name)
	if e == nil {
		return nil, notFound(k, name)
	}
	sorted := slices.SortedFunc(slices.Values(e.tags), func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	tags, info := page(sorted, func(t tag) string { return t.Key }, p)
	return struct {
		Tags members[tag]
		pageInfo
	}{members[tag]{tags}, info}, nil
}
