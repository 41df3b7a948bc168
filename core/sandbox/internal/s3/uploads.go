package s3

import (
	"cmp"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type uploadEntry struct {
	Key               string
	UploadID          string `xml:"UploadId"`
	Initiator, Owner  owner
	StorageClass      string
	Initiated         string
	ChecksumAlgorithm string `xml:",omitempty"`
	ChecksumType      string `xml:",omitempty"`
}

type listUploadsResult struct {
	XMLName            xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListMultipartUploadsResult"`
	Bucket             string
	KeyMarker          string
	UploadIDMarker     string `xml:"UploadIdMarker"`
	NextKeyMarker      string `xml:",omitempty"`
	NextUploadIDMarker string `xml:"NextUploadIdMarker,omitempty"`
	Prefix             string `xml:",omitempty"`
	Delimiter          string `xml:",omitempty"`
	EncodingType       string `xml:",omitempty"`
	MaxUploads         int
	IsTruncated        bool
	Uploads            []uploadEntry  `xml:"Upload"`
	CommonPrefixes     []commonPrefix `xml:",omitempty"`
}

// listUploads answers ListMultipartUploads: by key, then by the time of creation.
func (s *Service) listUploads(r *request) *api.Error {
	sc, encode, err := s.listQuery(r, "s3:ListBucketMultipartUploads")
	if err != nil {
		return err
	}
	if sc.limit, err = intParam(r, "max-uploads", 1000, 1, 1000); err != nil {
		return err
	}
	keyMarker, idMarker := r.query.Get("key-marker"), r.query.Get("upload-id-marker")
	out := listUploadsResult{
		Bucket: r.bucket, KeyMarker: encode(keyMarker), UploadIDMarker: idMarker, Prefix: encode(sc.prefix),
		Delimiter: encode(sc.delimiter), EncodingType: r.query.Get("encoding-type"), MaxUploads: sc.limit,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	skipping := idMarker != ""
	for _, u := range sortedUploads(r.b) {
		switch {
		case !strings.HasPrefix(u.key, sc.prefix) || u.key < keyMarker:
			continue
		case u.key == keyMarker && (skipping || idMarker == ""):
			skipping = skipping && u.id != idMarker
			continue
		}
		p := sc.groupOf(u.key)
		if p != "" && (p == keyMarker || slices.Contains(out.CommonPrefixes, commonPrefix{encode(p)})) {
			continue
		}
		if len(out.Uploads)+len(out.CommonPrefixes) == sc.limit {
			out.IsTruncated = true
			return writeXML(r, out)
		}
		if p != "" {
			out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{encode(p)})
			out.NextKeyMarker, out.NextUploadIDMarker = encode(p), ""
			continue
		}
		out.Uploads = append(out.Uploads, u.entry(r.b, encode))
		out.NextKeyMarker, out.NextUploadIDMarker = encode(u.key), u.id
	}
	out.NextKeyMarker, out.NextUploadIDMarker = "", ""
	return writeXML(r, out)
}

func (u *upload) entry(b *bucket, encode func(string) string) uploadEntry {
	e := uploadEntry{
		Key: encode(u.key), UploadID: u.id, Initiator: owner{u.initiator}, Owner: owner{canonicalID(b.owner)},
		StorageClass: u.draft.storageClass, Initiated: isoTime(u.started),
	}
	if u.algorithm != "" {
		e.ChecksumAlgorithm, e.ChecksumType = u.algorithm, u.checksumType()
	}
	return e
}

func sortedUploads(b *bucket) []*upload {
	var out []*upload
	for _, u := range b.uploads {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *upload) int {
		return cmp.Or(strings.Compare(a.key, b.key), a.started.Compare(b.started), strings.Compare(a.id, b.id))
	})
	return out
}
