package cloud

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/sandbox"
)

// goodProof is the query of a proof signed at a time; nobody has asked STS about it.
func goodProof(signed time.Time) url.Values {
	return url.Values{
		"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}, "X-Amz-Algorithm": {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential": {"ASIAEXAMPLE/20240501/eu-west-1/sts/aws4_request"}, "X-Amz-Date": {signed.Format("20060102T150405Z")},
		"X-Amz-Expires": {"900"}, "X-Amz-SignedHeaders": {signedHeaders},
		"X-Amz-Security-Token": {"hidden-token"}, "X-Amz-Signature": {"hidden-signature"},
	}
}

func TestCheckProof(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	set := func(name string, values ...string) func(url.Values) string {
		return func(q url.Values) string {
			q[name] = values
			return q.Encode()
		}
	}
	at := func(age time.Duration) func(url.Values) string {
		return set("X-Amz-Date", now.Add(-age).Format("20060102T150405Z"))
	}
	good := url.Values.Encode
	for name, test := range map[string]struct {
		edit func(url.Values) string
		want string // part of the reason; empty: it is good
	}{
		"good":                 {good, ""},
		"of the last minute":   {at(15 * time.Minute), ""},
		"with some skew":       {at(-5 * time.Minute), ""},
		"expired":              {at(15*time.Minute + time.Second), "expired"},
		"of the future":        {at(-5*time.Minute - time.Second), "future"},
		"without a date":       {set("X-Amz-Date"), "no date"},
		"with another date":    {set("X-Amz-Date", "2024-05-01T12:00:00Z"), "no date"},
		"empty":                {func(url.Values) string { return "" }, "GetCallerIdentity"},
		"no query":             {func(url.Values) string { return "%zz=hidden-signature" }, "not a query string"},
		"semicolons":           {func(q url.Values) string { return q.Encode() + ";Action=AssumeRole" }, "not a query string"},
		"too long":             {set("X-Amz-Security-Token", strings.Repeat("x", 9<<10)), "too long"},
		"another action":       {set("Action", "AssumeRole"), "something else"},
		"two actions":          {set("Action", "GetCallerIdentity", "AssumeRole"), "unexpected parameter \"Action\""},
		"a parameter more":     {set("RoleArn", "arn:aws:iam::111122223333:role/x"), "unexpected parameter \"RoleArn\""},
		"other case":           {set("action", "AssumeRole"), "unexpected parameter \"action\""},
		"no topic":             {set("X-Amz-SignedHeaders", "host;x-cam-action"), "not bound"},
		"a header more":        {set("X-Amz-SignedHeaders", "host;x-amz-target;x-cam-action;x-cam-topic"), "not bound"},
		"host only":            {set("X-Amz-SignedHeaders", "host"), "not bound"},
		"another region":       {set("X-Amz-Credential", "ASIAEXAMPLE/20240501/us-east-1/sts/aws4_request"), "not for STS in eu-west-1"},
		"another service":      {set("X-Amz-Credential", "ASIAEXAMPLE/20240501/eu-west-1/iam/aws4_request"), "not for STS"},
		"a region like ours":   {set("X-Amz-Credential", "ASIAEXAMPLE/20240501/eu-west-11/sts/aws4_request"), "not for STS"},
		"scope in the middle":  {set("X-Amz-Credential", "A/20240501/eu-west-1/sts/aws4_request/us-east-1/sts/aws4_request"), "not for STS"},
		"without a credential": {func(q url.Values) string { q.Del("X-Amz-Credential"); return q.Encode() }, "not for STS"},
	} {
		proof := core.Proof{Query: test.edit(goodProof(now))}
		query, _ := url.ParseQuery(proof.Query) // what can be read of it
		second, _ := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
		proof.At = second.Add(time.Nanosecond)
		signed, err := checkProof(proof, "eu-west-1", now)
		switch {
		case test.want == "" && (err != nil || !signed.Equal(proof.At)):
			t.Errorf("%s: signed %s, %v", name, signed, err)
		case test.want == "":
		case !core.IsCode(err, core.CodeDenied) || !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: %v, want a refusal with %q", name, err, test.want)
		case strings.Contains(err.Error(), "hidden"):
			t.Errorf("%s: the error repeats the proof: %v", name, err)
		}
	}
}

// TestCheckProofTime holds the exact time against the signature's, which tells seconds.
func TestCheckProofTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	for at, good := range map[time.Time]bool{
		now: true, now.Add(time.Second - 1): true, now.In(time.FixedZone("", 3600)): true,
		now.Add(-1): false, now.Add(time.Second): false, now.Add(-time.Minute): false, {}: false,
	} {
		signed, err := checkProof(core.Proof{Query: goodProof(now).Encode(), At: at}, "eu-west-1", now)
		if (err == nil) != good || good && !signed.Equal(at) || !good && !core.IsCode(err, core.CodeDenied) {
			t.Errorf("made at %s: %s, %v", at, signed, err)
		}
	}
}

// TestVerifyDistrustsAnswers sends proofs to an STS that misbehaves.
func TestVerifyDistrustsAnswers(t *testing.T) {
	t.Parallel()
	const named = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	for name, test := range map[string]struct {
		status int
		body   string
		want   core.Code
	}{
		"good":           {200, named, ""},
		"refused":        {403, `<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>hidden-signature</Message></Error></ErrorResponse>`, core.CodeDenied},
		"busy":           {503, "", core.CodeUnavailable},
		"throttled":      {429, "", core.CodeUnavailable},
		"redirect":       {302, named, core.CodeDenied},
		"no XML":         {200, "{}", core.CodeUnavailable},
		"no account":     {200, strings.Replace(named, "111122223333", "", 1), core.CodeUnavailable},
		"other document": {200, strings.ReplaceAll(named, "GetCallerIdentityResponse", "GetUserResponse"), core.CodeUnavailable},
	} {
		var asked *http.Request
		sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		}))
		c, err := New(t.Context(), Options{Credentials: &core.Credentials{}, Region: "eu-west-1", Endpoint: sts.URL})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().UTC()
		proof := core.Proof{Query: goodProof(now).Encode(), At: now}
		account, _, err := c.Proofs("arn:topic", "eu-west-1").Verify(t.Context(), proof, core.ActionAdd)
		if core.CodeOf(err) != test.want || (account == "111122223333") != (err == nil) {
			t.Errorf("%s: %q, %v", name, account, err)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error repeats the proof: %v", name, err)
		}
		if asked == nil {
			t.Fatalf("%s: STS was not asked", name)
		}
		if asked.Method != http.MethodGet || asked.URL.Path != "/" || asked.Header.Get(headerTopic) != "arn:topic" || asked.Header.Get(headerAction) != "ADD" || asked.Header.Get(headerAt) != stamp(now) {
			t.Errorf("%s: asked %s %s with %v", name, asked.Method, asked.URL.Path, asked.Header)
		}
		sts.Close()
		if _, _, err = c.Proofs("arn:topic", "eu-west-1").Verify(t.Context(), proof, core.ActionAdd); !core.IsCode(err, core.CodeUnavailable) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: closed: %v", name, err)
		}
	}
}

func TestProofLeavesOutHostAndHeaders(t *testing.T) {
	t.Parallel()
	box, admin := start(t, sandbox.Options{})
	proof, err := admin.Proofs("arn:topic", box.Region()).Prove(t.Context(), core.ActionAdd)
	if err != nil || strings.Contains(proof.Query, "arn") || strings.Contains(proof.Query, "127.0.0.1") {
		t.Errorf("%s, %v", proof.Query, err)
	}
	if _, err := checkProof(proof, box.Region(), time.Now()); err != nil {
		t.Error(err)
	}
}

func TestSTSEndpoints(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-west-1":     "https://sts.eu-west-1.amazonaws.com",
		"us-gov-west-1": "https://sts.us-gov-west-1.amazonaws.com",
		"cn-north-1":    "https://sts.cn-north-1.amazonaws.com.cn",
	} {
		if got := stsEndpoint(region); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}
