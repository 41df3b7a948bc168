package front

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// authenticate verifies the signature and sets the call's caller, service and region.
func (f *Front) authenticate(c *api.Call) *api.Error {
	s, err := parse(c)
	if err != nil {
		return err
	}
	if s == nil {
		return unsigned(c)
	}
	key, ok := f.opts.Credentials.AccessKey(s.keyID)
	if !ok {
		refusal := refuse(c, unknownKey, "")
		refusal.Extra = map[string]any{"AWSAccessKeyId": s.keyID}
		return refusal
	}
	if err := verify(c, s, key); err != nil {
		return err
	}
	c.Caller = key.Caller
	return nil
}

// unsigned lets through what needs no signature: S3's anonymous requests, and the
// operations of STS that bring their own proof.
func unsigned(c *api.Call) *api.Error {
	if c.Service == "s3" || c.Service == "sts" && strings.HasPrefix(c.Operation, "AssumeRoleWith") {
		c.Caller = api.Caller{Type: "Anonymous", ARN: "anonymous"}
		return nil
	}
	return refuse(c, missingToken, "")
}

// verify checks one signature in AWS's order: time, what had to be signed, the
// payload, the signature itself, then whether the token is right and still valid.
func verify(c *api.Call, s *signature, key api.AccessKey) *api.Error {
	if err := s.checkTime(c); err != nil {
		return err
	}
	if err := checkSignedHeaders(c, s); err != nil {
		return err
	}
	payloadHash, err := hashPayload(c, s)
	if err != nil {
		return err
	}
	if err := checkToken(c, s, key); err != nil {
		return err
	}
	signingKey := s.signingKey(key.Secret)
	if !s.matches(signingKey, canonicalRequest(c.HTTP, s, payloadHash)) {
		return refuse(c, mismatch, "")
	}
	if session := key.Caller.Session; session != nil && !c.Now.Before(session.Expires) {
		return refuse(c, expiredToken, "")
	}
	return decodeStream(c, s, signingKey, payloadHash)
}

// checkToken holds the session token against the key's: temporary credentials need
// exactly theirs, long-term ones must not bring any.
func checkToken(c *api.Call, s *signature, key api.AccessKey) *api.Error {
	if subtle.ConstantTimeCompare([]byte(s.token), []byte(key.Token)) == 1 {
		return nil
	}
	if s.token == "" {
		return refuse(c, unknownKey, "")
	}
	return refuse(c, wrongToken, "")
}

// checkSignedHeaders refuses a request whose signature leaves out the host or a
// header that changes what the request means.
func checkSignedHeaders(c *api.Call, s *signature) *api.Error {
	if !slices.Contains(s.headers, "host") {
		return refuse(c, mismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range c.HTTP.Header {
		name = strings.ToLower(name)
		if !strings.HasPrefix(name, "x-amz-") || slices.Contains(s.headers, name) {
			continue
		}
		if s.presigned && name == "x-amz-content-sha256" {
			continue // it is checked against the body instead
		}
		if c.Service == "s3" {
			e := api.Errorf(http.StatusForbidden, "AccessDenied", "There were headers present in the request which were not signed")
			e.Extra = map[string]any{"HeadersNotSigned": name}
			return e
		}
		return refuse(c, mismatch, "'"+name+"' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return nil
}

// hashPayload returns the payload hash that was signed, after checking that a
// signed hash is that of the body. Only S3 takes a payload's hash on trust.
func hashPayload(c *api.Call, s *signature) (string, *api.Error) {
	actual := hash(c.Body)
	if c.Service != "s3" {
		return actual, nil
	}
	claimed := c.HTTP.Header.Get("X-Amz-Content-Sha256")
	if claimed == "" {
		claimed = c.HTTP.URL.Query().Get("X-Amz-Content-Sha256")
	}
	switch {
	case claimed == "" && s.presigned:
		return unsignedPayload, nil
	case claimed == "":
		return "", api.Errorf(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	case claimed == unsignedPayload, isStream(claimed):
		return claimed, nil
	case strings.HasPrefix(claimed, "STREAMING-"), len(claimed) != 64:
		return "", api.Errorf(http.StatusBadRequest, "InvalidArgument",
			"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "+
				"STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
	case claimed != actual:
		return "", api.Errorf(http.StatusBadRequest, "XAmzContentSHA256Mismatch",
			"The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	return actual, nil
}
