package front

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type protocol int

const (
	queryProtocol protocol = iota
	jsonProtocol
	restJSONProtocol
	restXMLProtocol
)

// namespaces of the query services' error documents.
var namespaces = map[string]string{
	"sts":            "https://sts.amazonaws.com/doc/2011-06-15/",
	"iam":            "https://iam.amazonaws.com/doc/2010-05-08/",
	"sns":            "http://sns.amazonaws.com/doc/2010-03-31/",
	"cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
}

// protocolOf names the protocol of the call's service; for a service the sandbox
// does not know, the protocol the request itself is written in.
func protocolOf(c *api.Call) protocol {
	switch c.Service {
	case "s3":
		return restXMLProtocol
	case "lambda":
		return restJSONProtocol
	case "dynamodb", "kms":
		return jsonProtocol
	case "sts", "iam", "sns", "cloudformation":
		return queryProtocol
	}
	switch {
	case c.HTTP.Header.Get("X-Amz-Target") != "":
		return jsonProtocol
	case c.Form.Get("Action") != "":
		return queryProtocol
	}
	return restJSONProtocol
}

// writeError sends an error in the protocol of the call's service.
func writeError(w http.ResponseWriter, c *api.Call, e *api.Error) {
	switch protocolOf(c) {
	case restXMLProtocol:
		writeS3Error(w, c, e)
	case restJSONProtocol:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("x-amzn-RequestId", c.RequestID)
		w.Header().Set("x-amzn-ErrorType", e.Code)
		w.WriteHeader(e.Status)
		b, _ := json.Marshal(map[string]string{"message": e.Message, "Type": "User"})
		_, _ = w.Write(b)
	case jsonProtocol:
		version, namespace := "1.1", ""
		if c.Service == "dynamodb" {
			version, namespace = "1.0", "com.amazon.coral.service"
		}
		api.WriteJSONError(w, c, version, namespace, e)
	default:
		api.WriteQueryError(w, c, namespaces[c.Service], e)
	}
}

func writeS3Error(w http.ResponseWriter, c *api.Call, e *api.Error) {
	type body struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		KeyID     string `xml:"AWSAccessKeyId,omitempty"`
		Resource  string `xml:",omitempty"`
		RequestID string `xml:"RequestId"`
		HostID    string `xml:"HostId"`
	}
	keyID, _ := e.Extra["AWSAccessKeyId"].(string)
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("x-amz-request-id", c.RequestID)
	w.Header().Set("x-amz-id-2", c.RequestID)
	w.WriteHeader(e.Status)
	if c.HTTP.Method == http.MethodHead {
		return
	}
	_, _ = fmt.Fprint(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(body{
		Code: e.Code, Message: e.Message, KeyID: keyID, Resource: c.HTTP.URL.Path, RequestID: c.RequestID, HostID: c.RequestID,
	})
}

// failure is a reason not to authenticate a request; each protocol has its own code
// and status for it.
type failure int

const (
	missingToken failure = iota
	incomplete
	unknownKey
	wrongToken
	mismatch
	expiredToken
)

type wording struct {
	status        int
	code, message string
}

const (
	invalidTokenMessage = "The security token included in the request is invalid."
	expiredMessage      = "The security token included in the request is expired"
	mismatchMessage     = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

var queryWording = map[failure]wording{
	missingToken: {http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"},
	incomplete:   {http.StatusBadRequest, "IncompleteSignature", "Authorization header is incomplete."},
	unknownKey:   {http.StatusForbidden, "InvalidClientTokenId", invalidTokenMessage},
	wrongToken:   {http.StatusForbidden, "InvalidClientTokenId", invalidTokenMessage},
	mismatch:     {http.StatusForbidden, "SignatureDoesNotMatch", mismatchMessage},
	expiredToken: {http.StatusForbidden, "ExpiredToken", expiredMessage},
}

var jsonWording = map[failure]wording{
	missingToken: {http.StatusBadRequest, "MissingAuthenticationTokenException", "Request is missing Authentication Token"},
	incomplete:   {http.StatusBadRequest, "IncompleteSignatureException", "Authorization header is incomplete."},
	unknownKey:   {http.StatusBadRequest, "UnrecognizedClientException", invalidTokenMessage},
	wrongToken:   {http.StatusBadRequest, "UnrecognizedClientException", invalidTokenMessage},
	mismatch:     {http.StatusBadRequest, "InvalidSignatureException", mismatchMessage},
	expiredToken: {http.StatusBadRequest, "ExpiredTokenException", expiredMessage},
}

var s3Wording = map[failure]wording{
	missingToken: {http.StatusForbidden, "AccessDenied", "Access Denied"},
	incomplete:   {http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header that you provided is not valid."},
	unknownKey:   {http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."},
	wrongToken:   {http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid."},
	mismatch: {http.StatusForbidden, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	expiredToken: {http.StatusBadRequest, "ExpiredToken", "The provided token has expired."},
}

// refuse words a failure for the call's service; detail, when given, replaces the
// message.
func refuse(c *api.Call, why failure, detail string) *api.Error {
	var says wording
	switch protocolOf(c) {
	case restXMLProtocol:
		says = s3Wording[why]
	case queryProtocol:
		says = queryWording[why]
	case restJSONProtocol:
		says = jsonWording[why]
		says.status = http.StatusForbidden
	default:
		says = jsonWording[why]
	}
	if detail != "" {
		says.message = detail
	}
	return &api.Error{Status: says.status, Code: says.code, Message: says.message}
}

// refuseTime words a signature whose time is too far from the sandbox's.
func refuseTime(c *api.Call, signed time.Time, skew time.Duration) *api.Error {
	if c.Service == "s3" {
		return api.Errorf(http.StatusForbidden, "RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.")
	}
	minutes, now := int(skew.Minutes()), c.Now.UTC()
	if signed.Before(now) {
		return refuse(c, mismatch, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
			signed.Format(timeFormat), now.Add(-skew).Format(timeFormat), now.Format(timeFormat), minutes))
	}
	return refuse(c, mismatch, fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %d min.)",
		signed.Format(timeFormat), now.Add(skew).Format(timeFormat), now.Format(timeFormat), minutes))
}
