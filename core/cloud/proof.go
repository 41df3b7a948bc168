package cloud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/cross-account-manager/cam/core"
)

// A proof is a presigned GetCallerIdentity request (AWS General Reference,
// "Authenticating requests: using query parameters"). Three headers are signed with it.
// Two bind it to one topic and one action; they are not part of the proof, the verifier
// sends its own. The third tells the time more exactly than a signature does, so that
// what happens within a second has an order.
const (
	headerTopic  = "X-Cam-Topic"
	headerAction = "X-Cam-Action"
	headerAt     = "X-Cam-At"
	proofLife    = 15 * time.Minute
	proofSkew    = 5 * time.Minute
)

// proofParams are the only query parameters a proof may have: anything else could
// turn the request into another one.
var proofParams = []string{
	"Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
	"X-Amz-Security-Token", "X-Amz-Signature", "X-Amz-SignedHeaders",
}

const signedHeaders = "host;x-cam-action;x-cam-at;x-cam-topic"

// Proofs makes and verifies proofs for one topic. The topic's region decides which STS
// endpoint they are for. It implements core.Verifier and engine.Prover.
type Proofs struct {
	client   *Client
	topic    string // ARN
	region   string
	endpoint string
	http     *http.Client
}

// Proofs deals with proofs for a topic.
func (c *Client) Proofs(topicARN, region string) *Proofs {
	endpoint := stsEndpoint(region)
	if c.cfg.BaseEndpoint != nil {
		endpoint = *c.cfg.BaseEndpoint
	}
	return &Proofs{
		client: c, topic: topicARN, region: region, endpoint: strings.TrimSuffix(endpoint, "/"),
		http: &http.Client{
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func stsEndpoint(region string) string {
	host := "https://sts." + region + ".amazonaws.com"
	if core.PartitionOf(region) == "aws-cn" {
		host += ".cn"
	}
	return host
}

func (p *Proofs) request(ctx context.Context, proof core.Proof, action core.Action) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.endpoint+"/?"+proof.Query, nil)
	if err != nil {
		return nil, core.Errorf(core.CodeDenied, "the proof is not a query string")
	}
	req.Header.Set(headerTopic, p.topic)
	req.Header.Set(headerAction, string(action))
	req.Header.Set(headerAt, stamp(proof.At))
	return req, nil
}

// Prove implements engine.Prover with the client's identity.
func (p *Proofs) Prove(ctx context.Context, action core.Action) (core.Proof, error) {
	creds, err := p.client.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return core.Proof{}, wrap(err, "reading credentials")
	}
	query := url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}, "X-Amz-Expires": {"900"}}
	proof := core.Proof{Query: query.Encode(), At: time.Now().UTC()}
	req, err := p.request(ctx, proof, action)
	if err != nil {
		return core.Proof{}, err
	}
	empty := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, creds, req, hex.EncodeToString(empty[:]), "sts", p.region, proof.At)
	if err != nil {
		return core.Proof{}, wrap(err, "signing the registration")
	}
	u, err := url.Parse(signed)
	if err != nil {
		return core.Proof{}, wrap(err, "signing the registration")
	}
	proof.Query = u.RawQuery
	return proof, nil
}

// Verify implements core.Verifier: it sends the request to its own STS endpoint, with
// its own topic and action, and believes what STS answers.
func (p *Proofs) Verify(ctx context.Context, proof core.Proof, action core.Action) (core.AccountID, time.Time, error) {
	signed, err := checkProof(proof, p.region, time.Now())
	if err != nil {
		return "", time.Time{}, err
	}
	req, err := p.request(ctx, proof, action)
	if err != nil {
		return "", time.Time{}, err
	}
	res, err := p.http.Do(req)
	if err != nil {
		// The error repeats the URL, and that is the proof.
		return "", time.Time{}, core.Errorf(core.CodeUnavailable, "STS did not answer when asked who signed the registration")
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return "", time.Time{}, core.Errorf(core.CodeUnavailable, "the answer of STS broke off")
	}
	account, err := provenAccount(res.StatusCode, body)
	return account, signed, err
}

// checkProof refuses a proof that STS must not even be asked about, and returns when
// it was signed.
func checkProof(proof core.Proof, region string, now time.Time) (time.Time, error) {
	refused := func(format string, args ...any) (time.Time, error) {
		return time.Time{}, core.Errorf(core.CodeDenied, "the registration's proof "+format, args...)
	}
	if len(proof.Query) > 8<<10 {
		return refused("is too long")
	}
	query, err := url.ParseQuery(proof.Query)
	if err != nil {
		return refused("is not a query string")
	}
	for name, values := range query {
		if !slices.Contains(proofParams, name) || len(values) != 1 {
			return refused("has an unexpected parameter %q", name)
		}
	}
	if query.Get("Action") != "GetCallerIdentity" {
		return refused("asks STS for something else than GetCallerIdentity")
	}
	if query.Get("X-Amz-SignedHeaders") != signedHeaders {
		return refused("is not bound to a topic and an action")
	}
	scope := strings.Split(query.Get("X-Amz-Credential"), "/") // key, date, region, service, end
	if len(scope) != 5 || !slices.Equal(scope[2:], []string{region, "sts", "aws4_request"}) {
		return refused("is not for STS in %s", region)
	}
	signed, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	switch {
	case err != nil:
		return refused("has no date")
	case now.Sub(signed) > proofLife:
		return refused("has expired: it was signed at %s", signed.Format(time.RFC3339))
	case signed.Sub(now) > proofSkew:
		return refused("was signed in the future, at %s", signed.Format(time.RFC3339))
	case !proof.At.UTC().Truncate(time.Second).Equal(signed):
		return refused("was signed at another time than it says")
	}
	return proof.At.UTC(), nil
}

func provenAccount(status int, body []byte) (core.AccountID, error) {
	if status != http.StatusOK {
		var answer struct {
			Code string `xml:"Error>Code"`
		}
		_ = xml.Unmarshal(body, &answer)
		code := core.CodeDenied
		if status >= 500 || status == http.StatusTooManyRequests {
			code = core.CodeUnavailable
		}
		return "", &core.Error{Code: code, AWSCode: answer.Code, Message: "STS does not accept the registration's proof: " + answer.Code}
	}
	var answer struct {
		XMLName xml.Name `xml:"GetCallerIdentityResponse"`
		Account string   `xml:"GetCallerIdentityResult>Account"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil || !core.AccountID(answer.Account).Valid() {
		return "", core.Errorf(core.CodeUnavailable, "the answer of STS names no account")
	}
	return core.AccountID(answer.Account), nil
}
