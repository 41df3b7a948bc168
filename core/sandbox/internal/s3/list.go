package s3

import (
	"encoding/base64"
	"encoding/xml"
	"net/url"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// scan is a walk over sorted keys that groups them at a delimiter.
type scan struct {
	prefix, delimiter string
	after             string // keys up to and including it are skipped, and so is the group it names
	inclusive         bool   // the key after itself is not skipped
	limit             int
}

// run calls item for each key and group for each common prefix, in order, until
// limit of them were accepted. It returns the last one and whether more follow.
// item returns how many entries the key stands for; 0 skips it.
func (sc scan) run(keys []string, item func(key string, room int) int, group func(prefix string)) (last string, truncated bool) {
	count, current := 0, ""
	for _, key := range keys {
		if !strings.HasPrefix(key, sc.prefix) || key < sc.after || key == sc.after && !sc.inclusive {
			continue
		}
		if p := sc.groupOf(key); p != "" {
			if p == sc.after || p == current || item(key, -1) == 0 {
				continue
			}
			if count >= sc.limit {
				return last, true
			}
			group(p)
			current, last = p, p
			count++
			continue
		}
		if item(key, -1) == 0 {
			continue
		}
		if count >= sc.limit {
			return last, true
		}
		count += item(key, sc.limit-count)
		last = key
		if count > sc.limit {
			return last, true
		}
	}
	return last, false
}

// groupOf is the common prefix that key falls under, or "".
func (sc scan) groupOf(key string) string {
	if sc.delimiter == "" {
		return ""
	}
	if i := strings.Index(key[len(sc.prefix):], sc.delimiter); i >= 0 {
		return key[:len(sc.prefix)+i+len(sc.delimiter)]
	}
	return ""
}

type contents struct {
	Key               string
	LastModified      string
	ETag              string
	ChecksumAlgorithm string `xml:",omitempty"`
	ChecksumType      string `xml:",omitempty"`
	Size              int64
	Owner             *owner `xml:",omitempty"`
	StorageClass      string
}

type commonPrefix struct{ Prefix string }

type listResult struct {
	XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name                  string
	Prefix                string
	StartAfter            string  `xml:",omitempty"`
	ContinuationToken     string  `xml:",omitempty"`
	NextContinuationToken string  `xml:",omitempty"`
	Marker                *string `xml:",omitempty"`
	NextMarker            string  `xml:",omitempty"`
	KeyCount              *int    `xml:",omitempty"`
	MaxKeys               int
	Delimiter             string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	IsTruncated           bool
	Contents              []contents
	CommonPrefixes        []commonPrefix
}

// listQuery reads what the three listings have in common and asks for permission.
func (s *Service) listQuery(r *request, action string) (sc scan, encode func(string) string, err *api.Error) {
	q := r.query
	sc = scan{prefix: q.Get("prefix"), delimiter: q.Get("delimiter")}
	if sc.limit, err = intParam(r, "max-keys", 1000, 0, 1000); err != nil {
		return sc, nil, err
	}
	encode = func(text string) string { return text }
	switch q.Get("encoding-type") {
	case "":
	case "url":
		encode = encodeKey
	default:
		return sc, nil, errInvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", q.Get("encoding-type"))
	}
	extra := conditions{}
	for _, name := range []string{"prefix", "delimiter", "max-keys"} {
		if q.Has(name) {
			extra = extra.plus("s3:"+name, q.Get(name))
		}
	}
	return sc, encode, s.allow(r, action, "", extra)
}

// listObjects answers ListObjectsV2 and, without list-type=2, ListObjects.
func (s *Service) listObjects(r *request) *api.Error {
	sc, encode, err := s.listQuery(r, "s3:ListBucket")
	if err != nil {
		return err
	}
	v2 := r.query.Get("list-type") == "2"
	token := r.query.Get("continuation-token")
	switch {
	case !v2:
		sc.after = r.query.Get("marker")
	case r.query.Has("continuation-token"):
		if sc.after = decodeToken(token); sc.after == "" {
			return errInvalidArgument("The continuation token provided is incorrect", "continuation-token", token)
		}
	default:
		sc.after = r.query.Get("start-after")
	}
	out := listResult{
		Name: r.bucket, Prefix: encode(sc.prefix), Delimiter: encode(sc.delimiter),
		MaxKeys: sc.limit, EncodingType: r.query.Get("encoding-type"),
	}
	last := s.fillObjects(r, sc, encode, &out, !v2 || r.query.Get("fetch-owner") == "true")
	if v2 {
		count := len(out.Contents) + len(out.CommonPrefixes)
		out.KeyCount, out.ContinuationToken, out.StartAfter = &count, token, encode(r.query.Get("start-after"))
		if out.IsTruncated {
			out.NextContinuationToken = encodeToken(last)
		}
		return writeXML(r, out)
	}
	marker := encode(sc.after)
	out.Marker = &marker
	if out.IsTruncated && sc.delimiter != "" {
		out.NextMarker = encode(last)
	}
	return writeXML(r, out)
}

// fillObjects walks the current versions into out and returns the last entry.
func (s *Service) fillObjects(r *request, sc scan, encode func(string) string, out *listResult, owners bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	item := func(key string, room int) int {
		v := r.b.latest(key)
		if v.deleteMarker {
			return 0
		}
		if room < 0 {
			return 1
		}
		c := contents{
			Key: encode(key), LastModified: isoTime(v.modified), ETag: quote(v.etag), Size: v.size(),
			ChecksumAlgorithm: v.checksum.Algorithm, ChecksumType: v.checksum.Type, StorageClass: v.storageClass,
		}
		if owners {
			c.Owner = &owner{canonicalID(r.b.owner)}
		}
		out.Contents = append(out.Contents, c)
		return 1
	}
	group := func(p string) { out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{encode(p)}) }
	last, truncated := sc.run(r.b.keys, item, group)
	out.IsTruncated = truncated && sc.limit > 0
	return last
}

type versionEntry struct {
	XMLName           xml.Name
	Key               string
	VersionID         string `xml:"VersionId"`
	IsLatest          bool
	LastModified      string
	ETag              string `xml:",omitempty"`
	ChecksumAlgorithm string `xml:",omitempty"`
	ChecksumType      string `xml:",omitempty"`
	Size              *int64 `xml:",omitempty"`
	Owner             owner
	StorageClass      string `xml:",omitempty"`
}

type listVersionsResult struct {
	XMLName             xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListVersionsResult"`
	Name                string
	Prefix              string
	KeyMarker           string
	VersionIDMarker     string `xml:"VersionIdMarker"`
	NextKeyMarker       string `xml:",omitempty"`
	NextVersionIDMarker string `xml:"NextVersionIdMarker,omitempty"`
	MaxKeys             int
	Delimiter           string `xml:",omitempty"`
	EncodingType        string `xml:",omitempty"`
	IsTruncated         bool
	Entries             []versionEntry
	CommonPrefixes      []commonPrefix
}

// listVersions answers ListObjectVersions: keys in order, versions newest first.
func (s *Service) listVersions(r *request) *api.Error {
	sc, encode, err := s.listQuery(r, "s3:ListBucketVersions")
	if err != nil {
		return err
	}
	keyMarker, idMarker := r.query.Get("key-marker"), r.query.Get("version-id-marker")
	if idMarker != "" && keyMarker == "" {
		return errInvalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", idMarker)
	}
	out := listVersionsResult{
		Name: r.bucket, Prefix: encode(sc.prefix), KeyMarker: encode(keyMarker), VersionIDMarker: idMarker,
		MaxKeys: sc.limit, Delimiter: encode(sc.delimiter), EncodingType: r.query.Get("encoding-type"),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := versionWalk{b: r.b, out: &out, encode: encode, keyMarker: keyMarker, idMarker: idMarker}
	w.run(sc)
	return writeXML(r, out)
}

// versionWalk fills a ListVersionsResult.
type versionWalk struct {
	b                   *bucket
	out                 *listVersionsResult
	encode              func(string) string
	keyMarker, idMarker string
}

func (w versionWalk) run(sc scan) {
	// With a version marker, the rest of the marker's own versions comes first.
	sc.after, sc.inclusive = w.keyMarker, w.idMarker != ""
	lastID := ""
	item := func(key string, room int) int {
		vs := w.rest(key)
		if room < 0 {
			return len(vs)
		}
		for i, v := range vs {
			if i == room {
				return len(vs) // more than there is room for: truncated
			}
			w.add(key, v)
			lastID = v.id
		}
		return len(vs)
	}
	last, truncated := sc.run(w.b.keys, item, func(p string) {
		w.out.CommonPrefixes = append(w.out.CommonPrefixes, commonPrefix{w.encode(p)})
		lastID = ""
	})
	if truncated && sc.limit > 0 {
		w.out.IsTruncated, w.out.NextKeyMarker, w.out.NextVersionIDMarker = true, w.encode(last), lastID
	}
}

// rest is the versions of key behind the marker.
func (w versionWalk) rest(key string) []*version {
	vs := w.b.objects[key]
	if key != w.keyMarker || w.idMarker == "" {
		return vs
	}
	for i, v := range vs {
		if v.id == w.idMarker {
			return vs[i+1:]
		}
	}
	return nil
}

func (w versionWalk) add(key string, v *version) {
	e := versionEntry{
		XMLName: xml.Name{Local: "Version"}, Key: w.encode(key), VersionID: v.id, IsLatest: w.b.latest(key) == v,
		LastModified: isoTime(v.modified), Owner: owner{canonicalID(w.b.owner)},
	}
	if v.deleteMarker {
		e.XMLName.Local = "DeleteMarker"
	} else {
		size := v.size()
		e.ETag, e.Size, e.StorageClass = quote(v.etag), &size, v.storageClass
		e.ChecksumAlgorithm, e.ChecksumType = v.checksum.Algorithm, v.checksum.Type
	}
	w.out.Entries = append(w.out.Entries, e)
}

// encodeKey is the encoding of encoding-type=url and of event notifications: as in
// a form, but with "/" as it is.
func encodeKey(key string) string {
	return strings.NewReplacer("%2F", "/", "%2A", "*", "~", "%7E").Replace(url.QueryEscape(key))
}

func encodeToken(text string) string { return base64.URLEncoding.EncodeToString([]byte(text)) }

// decodeToken is "" for what is no token.
func decodeToken(token string) string {
	b, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		return ""
	}
	return string(b)
}
