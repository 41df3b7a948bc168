package s3

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type tag struct {
	Key   string
	Value string
}

type taggingDocument struct {
	XMLName xml.Name `xml:"Tagging"`
	NS      string   `xml:"xmlns,attr,omitempty"`
	TagSet  struct {
		Tags []tag `xml:"Tag"`
	}
}

func taggingOf(tags []tag) taggingDocument {
	out := taggingDocument{NS: xmlns}
	out.TagSet.Tags = tags
	return out
}

// parseTagHeader reads x-amz-tagging, which is encoded like a URL query.
func parseTagHeader(text string) ([]tag, *api.Error) {
	if text == "" {
		return nil, nil
	}
	invalid := errInvalidArgument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.", "x-amz-tagging", text)
	var tags []tag
	for _, pair := range strings.Split(text, "&") {
		k, v, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err1 != nil || err2 != nil || key == "" || slices.ContainsFunc(tags, func(t tag) bool { return t.Key == key }) {
			return nil, invalid
		}
		tags = append(tags, tag{key, value})
	}
	return tags, checkTags(tags, 10)
}

// checkTags holds tags against the limits of the S3 User Guide.
func checkTags(tags []tag, limit int) *api.Error {
	if len(tags) > limit {
		return fail(400, "BadRequest", "Object tags cannot be greater than "+itoa(limit))
	}
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > 128 || strings.HasPrefix(t.Key, "aws:"):
			return with(fail(400, "InvalidTag", "The TagKey you have provided is invalid"), "Key", t.Key)
		case utf8.RuneCountInString(t.Value) > 256:
			return fail(400, "InvalidTag", "The TagValue you have provided is invalid")
		case seen[t.Key]:
			return fail(400, "InvalidTag", "Cannot provide multiple Tags with the same key")
		}
		seen[t.Key] = true
	}
	slices.SortFunc(tags, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	return nil
}

func (s *Service) getBucketTagging(r *request) *api.Error {
	if err := s.allow(r, "s3:GetBucketTagging", "", nil); err != nil {
		return err
	}
	s.mu.Lock()
	tags := r.b.tags
	s.mu.Unlock()
	if len(tags) == 0 {
		return with(fail(404, "NoSuchTagSet", "The TagSet does not exist"), "BucketName", r.bucket)
	}
	return writeXML(r, taggingOf(tags))
}

func (s *Service) putBucketTagging(r *request) *api.Error {
	var in taggingDocument
	if err := readXML(r, &in); err != nil {
		return err
	}
	if err := checkTags(in.TagSet.Tags, 50); err != nil {
		return err
	}
	return s.change(r, "s3:PutBucketTagging", http.StatusNoContent, func(b *bucket) { b.tags = in.TagSet.Tags })
}

func (s *Service) deleteBucketTagging(r *request) *api.Error {
	return s.change(r, "s3:PutBucketTagging", http.StatusNoContent, func(b *bucket) { b.tags = nil })
}

// versionAction is the action's name, which differs for a named version.
func versionAction(r *request, verb, noun string) string {
	if r.query.Get("versionId") != "" {
		return "s3:" + verb + "ObjectVersion" + noun
	}
	return "s3:" + verb + "Object" + noun
}

func (s *Service) getObjectTagging(r *request) *api.Error {
	v, err := s.stored(r, versionAction(r, "Get", "Tagging"))
	if err != nil {
		return err
	}
	s.mu.Lock()
	tags := v.tags
	s.mu.Unlock()
	s.versionHeader(r, v)
	return writeXML(r, taggingOf(tags))
}

func (s *Service) putObjectTagging(r *request) *api.Error {
	var in taggingDocument
	if err := readXML(r, &in); err != nil {
		return err
	}
	if err := checkTags(in.TagSet.Tags, 10); err != nil {
		return err
	}
	return s.retag(r, "Put", in.TagSet.Tags, http.StatusOK)
}

func (s *Service) deleteObjectTagging(r *request) *api.Error {
	return s.retag(r, "Delete", nil, http.StatusNoContent)
}

// retag replaces the tags of a stored version.
func (s *Service) retag(r *request, verb string, tags []tag, status int) *api.Error {
	v, err := s.stored(r, versionAction(r, verb, "Tagging"))
	if err != nil {
		return err
	}
	s.mu.Lock()
	v.tags = tags
	s.mu.Unlock()
	s.versionHeader(r, v)
	s.notify(r, r.b, "ObjectTagging:"+verb, r.key, v)
	return writeStatus(r, status)
}
