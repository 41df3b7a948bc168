package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// minPart is the least size of every part but the last, in bytes.
const minPart = 5 << 20

// upload is a multipart upload under way.
type upload struct {
	id, key   string
	initiator string // ARN
	started   time.Time
	draft     *version
	algorithm string
	composite bool
	parts     map[int]*part
}

type part struct {
	number   int
	data     []byte
	etag     string
	checksum checksum
	modified time.Time
}

type uploadResult struct {
	XMLName  xml.Name
	Location string `xml:",omitempty"`
	Bucket   string
	Key      string
	UploadID string `xml:"UploadId,omitempty"`
	ETag     string `xml:",omitempty"`
	checksumFields
}

func (s *Service) createUpload(r *request) *api.Error {
	v, err := s.draft(r)
	if err != nil {
		return err
	}
	named, err := sentChecksum(r)
	if err != nil {
		return err
	}
	u := &upload{
		key: r.key, initiator: r.Caller.ARN, started: s.opt.Clock(), draft: v, algorithm: named.Algorithm, parts: map[int]*part{},
	}
	if u.composite, err = compositeType(named.Algorithm, strings.ToUpper(r.header("x-amz-checksum-type"))); err != nil {
		return err
	}
	s.mu.Lock()
	u.id = base64.RawURLEncoding.EncodeToString(s.draw(96))
	r.b.uploads[u.id] = u
	s.mu.Unlock()
	v.encryption.write(r.w.Header())
	if u.algorithm != "" {
		r.w.Header().Set("x-amz-checksum-algorithm", u.algorithm)
		r.w.Header().Set("x-amz-checksum-type", u.checksumType())
	}
	return writeXML(r, uploadResult{XMLName: xml.Name{Space: xmlns, Local: "InitiateMultipartUploadResult"}, Bucket: r.bucket, Key: r.key, UploadID: u.id})
}

// compositeType settles the checksum type; not every algorithm has both.
func compositeType(algorithm, kind string) (bool, *api.Error) {
	switch {
	case kind == "":
		return algorithm != "" && algorithm != "CRC64NVME", nil
	case kind == "COMPOSITE" && algorithm != "CRC64NVME":
		return true, nil
	case kind == "FULL_OBJECT" && !strings.HasPrefix(algorithm, "SHA"):
		return false, nil
	case kind != "COMPOSITE" && kind != "FULL_OBJECT":
		return false, errInvalidRequest("Value for x-amz-checksum-type header is invalid.")
	}
	return false, errInvalidRequest("The " + kind + " checksum type cannot be used with the " + strings.ToLower(algorithm) + " checksum algorithm.")
}

func (u *upload) checksumType() string {
	if u.composite {
		return "COMPOSITE"
	}
	return "FULL_OBJECT"
}

// upload finds the upload a request names. s.mu is held.
func (s *Service) upload(r *request) (*upload, *api.Error) {
	id := r.query.Get("uploadId")
	if u := r.b.uploads[id]; u != nil && u.key == r.key {
		return u, nil
	}
	return nil, errNoSuchUpload(id)
}

func (s *Service) uploadPart(r *request) *api.Error {
	number, err := intParam(r, "partNumber", 0, 1, 1<<30)
	if err != nil || number == 0 || number > 10000 {
		return errInvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", r.query.Get("partNumber"))
	}
	if err := s.allow(r, "s3:PutObject", r.key, nil); err != nil {
		return err
	}
	p := &part{number: number, data: r.Body, modified: s.opt.Clock()}
	copied := r.header("x-amz-copy-source") != ""
	if copied {
		if p.data, err = s.copiedPart(r); err != nil {
			return err
		}
		p.checksum = checksum{"CRC64NVME", sumOf("CRC64NVME", p.data), "FULL_OBJECT"}
	} else if p.checksum, err = verifyBody(r); err != nil {
		return err
	}
	sum := md5.Sum(p.data)
	p.etag = hex.EncodeToString(sum[:])
	u, err := s.addPart(r, p)
	if err != nil {
		return err
	}
	u.draft.encryption.write(r.w.Header())
	if copied {
		return writeXML(r, copyResult{
			XMLName: xml.Name{Space: xmlns, Local: "CopyPartResult"},
			ETag:    quote(p.etag), LastModified: isoTime(p.modified),
		})
	}
	p.checksum.write(r.w.Header())
	r.w.Header().Del("x-amz-checksum-type")
	setETag(r.w.Header(), p.etag)
	return writeStatus(r, http.StatusOK)
}

// addPart enters a part; a part of the same number is replaced.
func (s *Service) addPart(r *request, p *part) (*upload, *api.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.upload(r)
	if err != nil {
		return nil, err
	}
	if u.algorithm != "" && p.checksum.Algorithm != u.algorithm {
		sent, _ := sentChecksum(r)
		if sent.Value != "" {
			return nil, errInvalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + strings.ToLower(u.algorithm) + ", actual checksum Type: " + strings.ToLower(p.checksum.Algorithm))
		}
		p.checksum = checksum{u.algorithm, sumOf(u.algorithm, p.data), "FULL_OBJECT"}
	}
	if u.draft.encryption.kms() {
		p.etag = s.newETag()
	}
	u.parts[p.number] = p
	return u, nil
}

// copiedPart reads the data of UploadPartCopy.
func (s *Service) copiedPart(r *request) ([]byte, *api.Error) {
	src, err := s.copySource(r)
	if err != nil {
		return nil, err
	}
	data := src.version.data
	spec := r.header("x-amz-copy-source-range")
	if spec == "" {
		return data, nil
	}
	from, to, partial, ok := parseRange(spec, int64(len(data)))
	if !ok || !partial {
		return nil, errInvalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy", "x-amz-copy-source-range", spec)
	}
	return data[from:to], nil
}

type completeRequest struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Parts   []struct {
		Number int `xml:"PartNumber"`
		ETag   string
		checksumFields
	} `xml:"Part"`
}

func (s *Service) completeUpload(r *request) *api.Error {
	if err := s.allow(r, "s3:PutObject", r.key, nil); err != nil {
		return err
	}
	var in completeRequest
	if err := readXML(r, &in); err != nil {
		return err
	}
	s.mu.Lock()
	u, err := s.upload(r)
	var parts []*part
	if err == nil {
		parts, err = chosenParts(u, in)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.useKey(r, r.b, r.key, u.draft.encryption, "kms:Decrypt"); err != nil {
		return err
	}
	v := assemble(u, parts)
	if sent, err := sentChecksum(r); err != nil {
		return err
	} else if sent.Value != "" && sent.Algorithm == v.checksum.Algorithm && strings.TrimSuffix(sent.Value, "-"+itoa(len(parts))) != strings.TrimSuffix(v.checksum.Value, "-"+itoa(len(parts))) {
		return fail(400, "BadDigest", "The "+sent.Algorithm+" you specified did not match the calculated checksum.")
	}
	if err := s.commit(r, v, "-"+itoa(len(parts))); err != nil {
		return err
	}
	s.mu.Lock()
	delete(r.b.uploads, u.id)
	s.mu.Unlock()
	s.notify(r, r.b, "ObjectCreated:CompleteMultipartUpload", r.key, v)
	v.encryption.write(r.w.Header())
	s.versionHeader(r, v)
	return writeXML(r, uploadResult{
		XMLName:  xml.Name{Space: xmlns, Local: "CompleteMultipartUploadResult"},
		Location: "https://" + r.bucket + ".s3." + r.b.region + ".amazonaws.com/" + encodeKey(r.key),
		Bucket:   r.bucket, Key: r.key, ETag: quote(v.etag), checksumFields: fieldsOf(v.checksum),
	})
}

// chosenParts checks the list of a CompleteMultipartUpload.
func chosenParts(u *upload, in completeRequest) ([]*part, *api.Error) {
	if len(in.Parts) == 0 {
		return nil, errMalformedXML()
	}
	for i := range in.Parts[1:] {
		if in.Parts[i+1].Number <= in.Parts[i].Number {
			return nil, fail(400, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
	}
	var out []*part
	for i, chosen := range in.Parts {
		p := u.parts[chosen.Number]
		if p == nil || strings.Trim(chosen.ETag, `"`) != p.etag {
			e := fail(400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")
			return nil, with(with(with(e, "UploadId", u.id), "PartNumber", itoa(chosen.Number)), "ETag", strings.Trim(chosen.ETag, `"`))
		}
		if i < len(in.Parts)-1 && len(p.data) < minPart {
			e := fail(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
			e = with(with(e, "ProposedSize", itoa(len(p.data))), "MinSizeAllowed", itoa(minPart))
			return nil, with(with(e, "PartNumber", itoa(p.number)), "ETag", p.etag)
		}
		out = append(out, p)
	}
	return out, nil
}

// assemble makes the object of the parts. Its ETag is the MD5 of the parts' MD5s
// with the number of parts behind it; a composite checksum is made likewise.
func assemble(u *upload, parts []*part) *version {
	v := *u.draft
	var data, sums, checksums bytes.Buffer
	algorithm := u.algorithm
	if algorithm == "" {
		algorithm = "CRC64NVME"
	}
	for _, p := range parts {
		data.Write(p.data)
		sum := md5.Sum(p.data)
		sums.Write(sum[:])
		checksums.Write(digest(algorithm, p.data))
		v.parts = append(v.parts, int64(len(p.data)))
	}
	v.data = data.Bytes()
	sum := md5.Sum(sums.Bytes())
	v.etag = hex.EncodeToString(sum[:]) + "-" + itoa(len(parts))
	v.checksum = checksum{algorithm, sumOf(algorithm, v.data), "FULL_OBJECT"}
	if u.composite {
		v.checksum = checksum{algorithm, sumOf(algorithm, checksums.Bytes()) + "-" + itoa(len(parts)), "COMPOSITE"}
	}
	return &v
}

func (s *Service) abortUpload(r *request) *api.Error {
	if err := s.allow(r, "s3:AbortMultipartUpload", r.key, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.upload(r)
	if err != nil {
		return err
	}
	delete(r.b.uploads, u.id)
	return writeStatus(r, http.StatusNoContent)
}

type partEntry struct {
	PartNumber   int
	LastModified string
	ETag         string
	Size         int
	checksumFields
}

type listPartsResult struct {
	XMLName              xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListPartsResult"`
	Bucket, Key          string
	UploadID             string `xml:"UploadId"`
	Initiator, Owner     owner
	StorageClass         string
	PartNumberMarker     int
	NextPartNumberMarker int `xml:",omitempty"`
	MaxParts             int
	IsTruncated          bool
	ChecksumAlgorithm    string      `xml:",omitempty"`
	ChecksumType         string      `xml:",omitempty"`
	Parts                []partEntry `xml:"Part"`
}

func (s *Service) listParts(r *request) *api.Error {
	if err := s.allow(r, "s3:ListMultipartUploadParts", r.key, nil); err != nil {
		return err
	}
	limit, err := intParam(r, "max-parts", 1000, 0, 1000)
	if err != nil {
		return err
	}
	marker, err := intParam(r, "part-number-marker", 0, 0, 1<<30)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.upload(r)
	if err != nil {
		return err
	}
	id := owner{canonicalID(r.b.owner)}
	out := listPartsResult{
		Bucket: r.bucket, Key: r.key, UploadID: u.id, Initiator: owner{u.initiator}, Owner: id,
		StorageClass: u.draft.storageClass, PartNumberMarker: marker, MaxParts: limit,
	}
	if u.algorithm != "" {
		out.ChecksumAlgorithm, out.ChecksumType = u.algorithm, u.checksumType()
	}
	for _, number := range sortedKeys(u.parts) {
		if number <= marker {
			continue
		}
		if len(out.Parts) == limit {
			out.IsTruncated = true
			break
		}
		p := u.parts[number]
		e := partEntry{PartNumber: number, LastModified: isoTime(p.modified), ETag: quote(p.etag), Size: len(p.data)}
		if u.algorithm != "" {
			e.checksumFields = fieldsOf(p.checksum)
			e.ChecksumType = ""
		}
		out.Parts = append(out.Parts, e)
		out.NextPartNumberMarker = number
	}
	return writeXML(r, out)
}

func sortedKeys(parts map[int]*part) []int {
	var out []int
	for n := range parts {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
