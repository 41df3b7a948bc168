package iam

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// members is a list as the Query protocol writes it: present even when empty.
type members[T any] struct {
	Member []T `xml:"member"`
}

// pageInfo ends every listing.
type pageInfo struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// paging is the position and size that a listing asks for.
type paging struct {
	after string
	limit int
}

// paging reads Marker and MaxItems.
func (r *request) paging() paging {
	p := paging{limit: r.integer("MaxItems", 100, 1, 1000)}
	marker, ok := r.optional("Marker", 2048)
	if !ok {
		return p
	}
	after, err := base64.URLEncoding.DecodeString(marker)
	if err != nil || len(after) == 0 {
		r.invalid = "Invalid Marker."
	}
	p.after = string(after)
	return p
}

// page cuts a sorted list: what comes after the marker, at most limit entries. The
// marker is the key of the last entry, so that entries added or removed between two
// pages neither repeat nor hide others.
func page[T any](all []T, key func(T) string, p paging) ([]T, pageInfo) {
	start := 0
	if p.after != "" {
		var found bool
		start, found = slices.BinarySearchFunc(all, p.after, func(x T, after string) int {
			return strings.Compare(key(x), after)
		})
		if found {
			start++
		}
	}
	rest := all[start:]
	if len(rest) <= p.limit {
		return rest, pageInfo{}
	}
	out := rest[:p.limit]
	return out, pageInfo{true, marker(key(out[len(out)-1]))}
}

// marker is the opaque form of the key after which the next page starts.
func marker(key string) string { return base64.URLEncoding.EncodeToString([]byte(key)) }

// encode percent-encodes a policy document by RFC 3986, as IAM returns it.
func encode(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
