package s3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// checksum is what S3 keeps of an object beside its ETag.
type checksum struct {
	Algorithm string // CRC32, CRC32C, CRC64NVME, SHA1, SHA256
	Value     string // base64; "-N" behind it for a composite of N parts
	Type      string // FULL_OBJECT or COMPOSITE
}

func (c checksum) headerName() string { return "x-amz-checksum-" + strings.ToLower(c.Algorithm) }

// write sets the response headers; nothing for no checksum.
func (c checksum) write(h http.Header) {
	if c.Value != "" {
		h.Set(c.headerName(), c.Value)
		h.Set("x-amz-checksum-type", c.Type)
	}
}

var (
	checksumAlgorithms = []string{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"}

	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	nvme       = crc64.MakeTable(0x9a6c9329ac4bc9b5) // reversed 0xad93d23594c93659
)

// digest computes a checksum in its raw form; nil for an unknown algorithm.
func digest(algorithm string, data []byte) []byte {
	switch algorithm {
	case "CRC32":
		return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data))
	case "CRC32C":
		return binary.BigEndian.AppendUint32(nil, crc32.Checksum(data, castagnoli))
	case "CRC64NVME":
		return binary.BigEndian.AppendUint64(nil, crc64.Checksum(data, nvme))
	case "SHA1":
		sum := sha1.Sum(data)
		return sum[:]
	case "SHA256":
		sum := sha256.Sum256(data)
		return sum[:]
	}
	return nil
}

func sumOf(algorithm string, data []byte) string {
	return base64.StdEncoding.EncodeToString(digest(algorithm, data))
}

// verifyBody holds the body against Content-MD5 and the checksum sent with it,
// as header or trailer. Without one, S3 computes CRC64NVME itself.
func verifyBody(r *request) (checksum, *api.Error) {
	if err := verifyMD5(r); err != nil {
		return checksum{}, err
	}
	sent, err := sentChecksum(r)
	if err != nil {
		return checksum{}, err
	}
	if sent.Value == "" {
		algorithm := sent.Algorithm
		if algorithm == "" {
			algorithm = "CRC64NVME"
		}
		return checksum{algorithm, sumOf(algorithm, r.Body), "FULL_OBJECT"}, nil
	}
	if sent.Value != sumOf(sent.Algorithm, r.Body) {
		raw, err := base64.StdEncoding.DecodeString(sent.Value)
		if err != nil || len(raw) != len(digest(sent.Algorithm, nil)) {
			return checksum{}, errInvalidRequest("Value for " + sent.headerName() + " header is invalid.")
		}
		return checksum{}, fail(400, "BadDigest", "The "+sent.Algorithm+" you specified did not match the calculated checksum.")
	}
	return sent, nil
}

func verifyMD5(r *request) *api.Error {
	text := r.header("Content-MD5")
	if text == "" {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != md5.Size {
		return fail(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
	}
	if sum := md5.Sum(r.Body); string(sum[:]) != string(raw) {
		e := fail(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
		return with(with(e, "ExpectedDigest", text), "CalculatedDigest", base64.StdEncoding.EncodeToString(sum[:]))
	}
	return nil
}

// sentChecksum finds the one checksum of a request. Value is empty when only the
// algorithm is named.
func sentChecksum(r *request) (checksum, *api.Error) {
	var out checksum
	for _, algorithm := range checksumAlgorithms {
		c := checksum{Algorithm: algorithm, Type: "FULL_OBJECT"}
		c.Value = r.header(c.headerName())
		if c.Value == "" {
			c.Value = r.HTTP.Trailer.Get(c.headerName())
		}
		if c.Value == "" {
			continue
		}
		if out.Value != "" {
			return checksum{}, errInvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		out = c
	}
	named := r.header("x-amz-sdk-checksum-algorithm")
	if named == "" {
		named = r.header("x-amz-checksum-algorithm")
	}
	switch named = strings.ToUpper(named); {
	case out.Value != "" || named == "":
		return out, nil
	case digest(named, nil) == nil:
		return checksum{}, errInvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
	}
	return checksum{Algorithm: named, Type: "FULL_OBJECT"}, nil
}
