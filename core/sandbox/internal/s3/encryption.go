package s3

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	headerSSE       = "x-amz-server-side-encryption"
	headerKMSKey    = "x-amz-server-side-encryption-aws-kms-key-id"
	headerContext   = "x-amz-server-side-encryption-context"
	headerBucketKey = "x-amz-server-side-encryption-bucket-key-enabled"
)

// encryption is how one version is encrypted.
type encryption struct {
	Algorithm string            // AES256 or aws:kms
	KeyARN    string            // for aws:kms
	BucketKey bool              // S3 Bucket Key
	Context   map[string]string // the caller's own encryption context
}

func (e encryption) kms() bool { return e.Algorithm == "aws:kms" }

// write sets the response headers that tell how an object is encrypted.
func (e encryption) write(h http.Header) {
	h.Set(headerSSE, e.Algorithm)
	if e.kms() {
		h.Set(headerKMSKey, e.KeyARN)
		if e.BucketKey {
			h.Set(headerBucketKey, "true")
		}
	}
}

// chooseEncryption takes the request's headers, or else the bucket's default, and
// resolves the key.
func (s *Service) chooseEncryption(r *request) (encryption, *api.Error) {
	s.mu.Lock()
	rule := r.b.encryption
	s.mu.Unlock()
	if err := checkEncryptionHeaders(r); err != nil {
		return encryption{}, err
	}
	account := r.b.owner
	if sse := r.header(headerSSE); sse != "" {
		// A request that names only aws:kms takes the bucket's key if it has one.
		if sse != rule.Algorithm {
			rule = encryptionRule{Algorithm: sse}
		}
		if id := r.header(headerKMSKey); id != "" {
			rule.KeyID = id
			account = r.Caller.AccountID
		}
	}
	out := encryption{Algorithm: rule.Algorithm, BucketKey: rule.BucketKey}
	if h := r.header(headerBucketKey); h != "" {
		out.BucketKey = strings.EqualFold(h, "true")
	}
	if !out.kms() {
		return encryption{Algorithm: "AES256"}, nil
	}
	if err := out.readContext(r); err != nil {
		return encryption{}, err
	}
	if rule.KeyID == "" {
		rule.KeyID, account = "alias/aws/s3", r.Caller.AccountID
	}
	if s.opt.Keys == nil {
		return encryption{}, errNotImplemented(headerSSE)
	}
	arn, err := s.opt.Keys.Resolve(account, r.b.region, rule.KeyID)
	if err != nil {
		return encryption{}, kmsError(err)
	}
	out.KeyARN = arn
	return out, nil
}

// checkEncryptionHeaders refuses encryption headers that S3 refuses.
func checkEncryptionHeaders(r *request) *api.Error {
	sse, key := r.header(headerSSE), r.header(headerKMSKey)
	switch {
	case r.header("x-amz-server-side-encryption-customer-algorithm") != "":
		return errNotImplemented("x-amz-server-side-encryption-customer-algorithm")
	case sse == "aws:kms:dsse":
		return errNotImplemented(headerSSE)
	case sse != "" && sse != "AES256" && sse != "aws:kms":
		return errInvalidArgument("The encryption method specified is not supported", headerSSE, sse)
	case key != "" && sse != "aws:kms":
		return errInvalidArgument("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms", headerSSE, sse)
	}
	return nil
}

// readContext reads the caller's encryption context: base64 of a JSON object of strings.
func (e *encryption) readContext(r *request) *api.Error {
	text := r.header(headerContext)
	if text == "" {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &e.Context) != nil {
		return errInvalidArgument("The header '"+headerContext+"' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map", headerContext, text)
	}
	return nil
}

// useKey asks KMS for the data key of an object: kms:GenerateDataKey on write,
// kms:Decrypt on read. With a bucket key the encryption context is the bucket.
func (s *Service) useKey(r *request, b *bucket, key string, e encryption, action string) *api.Error {
	if !e.kms() {
		return nil
	}
	context := maps.Clone(e.Context)
	if context == nil {
		context = map[string]string{}
	}
	context["aws:s3:arn"] = b.objectARN(key)
	if e.BucketKey {
		context["aws:s3:arn"] = b.arn()
	}
	via := "s3." + b.region + ".amazonaws.com"
	if err := s.opt.Keys.Use(r.Call, e.KeyARN, action, via, context); err != nil {
		return kmsError(err)
	}
	return nil
}

// kmsError gives an error of KMS the form in which S3 passes it on.
func kmsError(e *api.Error) *api.Error {
	out := *e
	switch {
	case strings.HasPrefix(e.Code, "AccessDenied"):
		out.Status, out.Code = 403, "AccessDenied"
	case !strings.HasPrefix(e.Code, "KMS."):
		out.Code = "KMS." + e.Code
	}
	return &out
}
