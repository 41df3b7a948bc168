package front

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeFormat = "20060102T150405Z"
	dateFormat = "20060102"
)

// signature is what a request says about how it was signed.
type signature struct {
	keyID, date, region, service string // the Credential parameter
	headers                      []string
	value                        string // hex
	time                         time.Time
	token                        string
	presigned                    bool
	expires                      string // X-Amz-Expires, as sent
}

func (s *signature) scope() string {
	return strings.Join([]string{s.date, s.region, s.service, terminator}, "/")
}

// parse finds the signature in the Authorization header or the query string. Nil
// without an error means that the request is not signed.
func parse(c *api.Call) (*signature, *api.Error) {
	query := c.HTTP.URL.Query()
	header := c.HTTP.Header.Get("Authorization")
	switch {
	case query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature"):
		return parseQuery(c)
	case header != "":
		return parseHeader(c, header)
	}
	return nil, nil
}

func parseHeader(c *api.Call, header string) (*signature, *api.Error) {
	name, rest, _ := strings.Cut(header, " ")
	if name != algorithm {
		return nil, refuse(c, incomplete, "Unsupported authorization mechanism: please use "+algorithm+".")
	}
	params := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		params[k] = v
	}
	var missing []string
	for _, k := range []string{"Credential", "Signature", "SignedHeaders"} {
		if params[k] == "" {
			missing = append(missing, "Authorization header requires '"+k+"' parameter.")
		}
	}
	date := c.HTTP.Header.Get("X-Amz-Date")
	if date == "" {
		date = c.HTTP.Header.Get("Date")
	}
	if date == "" {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if missing != nil {
		return nil, refuse(c, incomplete, strings.Join(missing, " "))
	}
	s := &signature{value: params["Signature"], token: c.HTTP.Header.Get("X-Amz-Security-Token")}
	return s, s.fill(c, params["Credential"], params["SignedHeaders"], date)
}

func parseQuery(c *api.Call) (*signature, *api.Error) {
	q := c.HTTP.URL.Query()
	names := []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders"}
	if q.Get("X-Amz-Algorithm") != algorithm {
		return nil, queryError(c, "X-Amz-Algorithm only supports \""+algorithm+"\"")
	}
	for _, name := range names {
		if q.Get(name) == "" {
			return nil, queryError(c, "AWS query-string parameters must include '"+name+"'.")
		}
	}
	s := &signature{
		value: q.Get("X-Amz-Signature"), token: q.Get("X-Amz-Security-Token"),
		presigned: true, expires: q.Get("X-Amz-Expires"),
	}
	return s, s.fill(c, q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Date"))
}

// queryError is a malformed presigned request; S3 has its own code for it.
func queryError(c *api.Call, message string) *api.Error {
	if scope := strings.Split(c.HTTP.URL.Query().Get("X-Amz-Credential"), "/"); c.Service == "s3" || len(scope) == 5 && scope[3] == "s3" {
		return api.Errorf(http.StatusBadRequest, "AuthorizationQueryParametersError", "%s", message)
	}
	return refuse(c, incomplete, message)
}

// fill decodes the parameters that both forms have, and routes the call by the
// credential scope.
func (s *signature) fill(c *api.Call, credential, headers, date string) *api.Error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return refuse(c, incomplete, fmt.Sprintf("Credential must have exactly 5 slash-delimited elements, "+
			"e.g. keyid/date/region/service/term, got %d", len(parts)))
	}
	s.keyID, s.date, s.region, s.service = parts[0], parts[1], parts[2], parts[3]
	c.Service, c.Region, c.Presigned = s.service, s.region, s.presigned
	if parts[4] != terminator {
		return refuse(c, mismatch, "Credential should be scoped with a valid terminator: '"+terminator+"'.")
	}
	s.headers = strings.Split(headers, ";")
	t, err := parseTime(date)
	if err != nil {
		return refuse(c, incomplete, "Date must be in ISO-8601 'basic format'.")
	}
	s.time = t
	if day := t.Format(dateFormat); day != s.date {
		return refuse(c, mismatch, fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from "+
			"ISO-8601 version of date from HTTP: '%s' != '%s'.", s.date, day))
	}
	return nil
}

// parseTime reads X-Amz-Date, or a Date header in HTTP's own format.
func parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(timeFormat, s); err == nil {
		return t, nil
	}
	t, err := http.ParseTime(s)
	return t.UTC(), err
}

// checkTime applies the service's tolerance for clocks, and the lifetime of a
// presigned S3 request. Other services take a presigned request for as long as a
// signed one, whatever its X-Amz-Expires says.
func (s *signature) checkTime(c *api.Call) *api.Error {
	if s.presigned && s.service == "s3" {
		return s.checkExpires(c)
	}
	skew := tolerance(s)
	if d := c.Now.Sub(s.time); d > skew || d < -skew {
		return refuseTime(c, s.time, skew)
	}
	return nil
}

// tolerance is how far the signer's clock may be off.
func tolerance(s *signature) time.Duration {
	if s.presigned || s.service == "s3" || s.service == "sts" || s.service == "iam" {
		return 15 * time.Minute
	}
	return 5 * time.Minute
}

func (s *signature) checkExpires(c *api.Call) *api.Error {
	seconds, err := strconv.Atoi(s.expires)
	switch {
	case s.expires == "":
		return queryError(c, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "+
			"X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	case err != nil:
		return queryError(c, "X-Amz-Expires should be a number")
	case seconds < 0:
		return queryError(c, "X-Amz-Expires must be non-negative")
	case seconds > 7*24*60*60:
		return queryError(c, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	case c.Now.After(s.time.Add(time.Duration(seconds) * time.Second)):
		return api.Errorf(http.StatusForbidden, "AccessDenied", "Request has expired")
	case s.time.After(c.Now.Add(tolerance(s))):
		return api.Errorf(http.StatusForbidden, "AccessDenied", "Request is not yet valid")
	}
	return nil
}

// signingKey derives the key of one day, region and service from a secret.
func (s *signature) signingKey(secret string) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, terminator} {
		key = mac(key, part)
	}
	return key
}

// matches reports, in constant time, whether the key made this signature.
func (s *signature) matches(key []byte, canonicalRequest string) bool {
	stringToSign := strings.Join([]string{
		algorithm, s.time.Format(timeFormat), s.scope(), hash([]byte(canonicalRequest)),
	}, "\n")
	return equalHex(mac(key, stringToSign), s.value)
}

// equalHex compares a MAC with its claimed hexadecimal form in constant time.
func equalHex(want []byte, claimed string) bool {
	return hmac.Equal([]byte(hex.EncodeToString(want)), []byte(claimed))
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
