package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// bucket is one bucket. name, region, owner and created never change; the rest is
// guarded by Service.mu.
type bucket struct {
	name, region, owner string
	created             time.Time

	versioning string // "", Enabled or Suspended
	keys       []string
	objects    map[string][]*version // newest first; never empty
	uploads    map[string]*upload

	encryption   encryptionRule
	policyText   string
	policyDoc    *policy.Document
	policyPublic bool
	publicAccess *publicAccessBlock
	ownership    string
	notification notificationConfiguration
	lifecycle    []byte
	tags         []tag
}

// version is one version of an object, or a delete marker. It never changes once
// stored, except for its tags.
type version struct {
	id           string // "null" without versioning
	deleteMarker bool
	data         []byte
	etag         string // without quotation marks
	modified     time.Time
	header       map[string]string // Content-Type and its like, as stored
	meta         map[string]string // lower-case names without x-amz-meta-
	storageClass string
	encryption   encryption
	checksum     checksum
	parts        []int64 // sizes, for multipart uploads
	tags         []tag
}

func (v *version) size() int64 { return int64(len(v.data)) }

func newBucket(name, region, owner string, now time.Time) *bucket {
	return &bucket{
		name: name, region: region, owner: owner, created: now,
		objects:      map[string][]*version{},
		uploads:      map[string]*upload{},
		encryption:   encryptionRule{Algorithm: "AES256"},
		publicAccess: &publicAccessBlock{BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true},
		ownership:    "BucketOwnerEnforced",
	}
}

func (b *bucket) arn() string {
	return "arn:" + api.PartitionOf(b.region) + ":s3:::" + b.name
}

func (b *bucket) objectARN(key string) string { return b.arn() + "/" + key }

// latest is the newest version of key, or nil; it may be a delete marker.
func (b *bucket) latest(key string) *version {
	if vs := b.objects[key]; len(vs) > 0 {
		return vs[0]
	}
	return nil
}

// lookup finds a version by ID; "" is the newest.
func (b *bucket) lookup(key, id string) *version {
	if id == "" {
		return b.latest(key)
	}
	for _, v := range b.objects[key] {
		if v.id == id {
			return v
		}
	}
	return nil
}

// add puts v on top of its key. Without versioning, or while it is suspended, v
// takes the place of the version "null".
func (b *bucket) add(key string, v *version) {
	vs := b.objects[key]
	if v.id == "null" {
		vs = slices.DeleteFunc(slices.Clone(vs), func(old *version) bool { return old.id == "null" })
	}
	b.set(key, append([]*version{v}, vs...))
}

// remove takes one version away and reports whether it was there.
func (b *bucket) remove(key, id string) (*version, bool) {
	vs := b.objects[key]
	i := slices.IndexFunc(vs, func(v *version) bool { return v.id == id })
	if i < 0 {
		return nil, false
	}
	v := vs[i]
	b.set(key, slices.Delete(slices.Clone(vs), i, i+1))
	return v, true
}

// set replaces the versions of key and keeps the sorted list of keys.
func (b *bucket) set(key string, vs []*version) {
	i, found := slices.BinarySearch(b.keys, key)
	switch {
	case len(vs) == 0:
		delete(b.objects, key)
		if found {
			b.keys = slices.Delete(b.keys, i, i+1)
		}
		return
	case !found:
		b.keys = slices.Insert(b.keys, i, key)
	}
	b.objects[key] = vs
}

// nextVersionID is the ID a new version gets. s.mu is held.
func (s *Service) nextVersionID(b *bucket) string {
	if b.versioning == "Enabled" {
		return s.newVersionID()
	}
	return "null"
}

// validBucketName holds a name against "Bucket naming rules" of the S3 User Guide.
func validBucketName(name string) bool {
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") || looksLikeIP(name) {
		return false
	}
	for _, prefix := range []string{"xn--", "sthree-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	for i, c := range []byte(name) {
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		inner := i > 0 && i < len(name)-1
		if !alnum && !(inner && (c == '-' || c == '.')) {
			return false
		}
	}
	return true
}

func looksLikeIP(name string) bool {
	parts := strings.Split(name, ".")
	if len(parts) != 4 {
		return false
	}
	for _, p := range parts {
		if _, err := strconv.Atoi(p); err != nil {
			return false
		}
	}
	return true
}

// canonicalID is the canonical user ID of an account: 64 hexadecimal digits.
func canonicalID(account string) string {
	sum := sha256.Sum256([]byte("canonical-user:" + account))
	return hex.EncodeToString(sum[:])
}

// customerID is the shorter owner ID that event notifications carry.
func customerID(account string) string {
	return "A" + strings.ToUpper(canonicalID(account)[:13])
}

func itoa(n int) string { return strconv.Itoa(n) }

// isoTime is the time format of S3's XML documents.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

type owner struct {
	ID string `xml:"ID"`
}
