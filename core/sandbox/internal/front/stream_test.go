package front_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"
)

func sha(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

// The example of the S3 API Reference, "Signature Calculations for the Authorization
// Header: Transferring Payload in Multiple Chunks": 66,560 times the letter a.
func streamExample(kind, signedHeaders, seed string, headers map[string]string, tail string, sigs ...string) *http.Request {
	var body strings.Builder
	body.WriteString("10000;chunk-signature=" + sigs[0] + "\r\n" + strings.Repeat("a", 65536) + "\r\n")
	body.WriteString("400;chunk-signature=" + sigs[1] + "\r\n" + strings.Repeat("a", 1024) + "\r\n")
	body.WriteString("0;chunk-signature=" + sigs[2] + "\r\n" + tail)
	r := httptest.NewRequest("PUT", "http://s3.amazonaws.com/examplebucket/chunkObject.txt", strings.NewReader(body.String()))
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	r.Header.Set("X-Amz-Date", "20130524T000000Z")
	r.Header.Set("X-Amz-Storage-Class", "REDUCED_REDUNDANCY")
	r.Header.Set("X-Amz-Content-Sha256", kind)
	r.Header.Set("Content-Encoding", "aws-chunked")
	r.Header.Set("X-Amz-Decoded-Content-Length", "66560")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keyID+"/20130524/us-east-1/s3/aws4_request,SignedHeaders="+signedHeaders+",Signature="+seed)
	return r
}

func signedStream(third string) *http.Request {
	return streamExample("STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
		"content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
		"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", map[string]string{"Content-Length": "66824"}, "\r\n",
		"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
		"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", third)
}

func trailerStream(value string) *http.Request {
	return streamExample("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
		"content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
		"106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32c"},
		"x-amz-checksum-crc32c:"+value+"\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
		"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
		"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
		"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992")
}

func TestSignedStream(t *testing.T) {
	t.Parallel()
	good := "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
	h := newHarness(nil)
	h.now = time.Date(2013, time.May, 24, 0, 1, 0, 0, time.UTC)
	w := h.send(signedStream(good))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !bytes.Equal(h.call.Body, bytes.Repeat([]byte("a"), 66560)) || h.call.HTTP.Header.Get("Content-Encoding") != "" {
		t.Error("the payload is not what was sent")
	}
	if w := h.send(signedStream(strings.Replace(good, "b6", "b7", 1))); !strings.Contains(w.Body.String(), "SignatureDoesNotMatch") {
		t.Errorf("wrong last chunk: %d %s", w.Code, w.Body)
	}
	short := signedStream(good)
	short.Body = io.NopCloser(strings.NewReader("10000;chunk-signature=x\r\naaa"))
	if w := h.send(short); !strings.Contains(w.Body.String(), "IncompleteBody") {
		t.Errorf("cut off: %d %s", w.Code, w.Body)
	}
}

func TestSignedStreamWithTrailer(t *testing.T) {
	t.Parallel()
	h := newHarness(nil)
	h.now = time.Date(2013, time.May, 24, 0, 1, 0, 0, time.UTC)
	if w := h.send(trailerStream("sOO8/Q==")); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := h.call.HTTP.Header.Get("X-Amz-Checksum-Crc32c"); got != "sOO8/Q==" || len(h.call.Body) != 66560 {
		t.Errorf("trailer %q, %d bytes", got, len(h.call.Body))
	}
	if w := h.send(trailerStream("AAAAAA==")); !strings.Contains(w.Body.String(), "SignatureDoesNotMatch") {
		t.Errorf("changed trailer: %d %s", w.Code, w.Body)
	}
}

func unsignedStream(body string) *http.Request {
	r := request("PUT", "http://h/bucket/key", body)
	r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	r.Header.Set("X-Amz-Decoded-Content-Length", "5")
	r.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
	r.Header.Set("Content-Encoding", "aws-chunked,gzip")
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	_ = signer.SignHTTP(context.Background(), credentials(keyID, ""), r, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "s3", "eu-west-1", now)
	return r
}

func TestUnsignedStream(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"good":            {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", ""},
		"two chunks":      {"2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", ""},
		"wrong length":    {"4\r\nhell\r\n0\r\n\r\n", "IncompleteBody"},
		"not chunked":     {"hello", "IncompleteBody"},
		"strange trailer": {"5\r\nhello\r\n0\r\nx-amz-acl:public-read\r\n\r\n", "MalformedTrailerError"},
		"huge size":       {"ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "IncompleteBody"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(nil)
			w := h.send(unsignedStream(tt.body))
			if tt.want != "" {
				if !strings.Contains(w.Body.String(), tt.want) {
					t.Errorf("%d %s, want %s", w.Code, w.Body, tt.want)
				}
				return
			}
			if w.Code != 200 || string(h.call.Body) != "hello" {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			header := h.call.HTTP.Header
			if header.Get("Content-Encoding") != "gzip" || header.Get("X-Amz-Checksum-Crc32") != "NhCmhg==" {
				t.Errorf("header = %v", header)
			}
		})
	}
}

func presign(r *http.Request, service string, at time.Time) *http.Request {
	payload := "UNSIGNED-PAYLOAD"
	if service != "s3" {
		payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	url, headers, err := signer.PresignHTTP(context.Background(), credentials(tempID, "token"), r, payload, service, "eu-west-1", at)
	if err != nil {
		panic(err)
	}
	out := httptest.NewRequest(r.Method, url, nil)
	for k, v := range headers {
		out.Header[k] = v
	}
	return out
}

func TestPresigned(t *testing.T) {
	t.Parallel()
	s3 := func(expires string) *http.Request { return request("GET", "http://h/b/k?X-Amz-Expires="+expires, "") }
	bound := func() *http.Request {
		r := request("GET", "http://h/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", "")
		r.Header.Set("X-Cam-Topic", "arn:topic")
		return r
	}
	without := presign(bound(), "sts", now)
	without.Header.Del("X-Cam-Topic")
	tests := map[string]struct {
		request *http.Request
		want    string
	}{
		"s3":               {presign(s3("60"), "s3", now.Add(-time.Minute)), ""},
		"s3 expired":       {presign(s3("60"), "s3", now.Add(-61*time.Second)), "Request has expired"},
		"s3 early":         {presign(s3("60"), "s3", now.Add(16*time.Minute)), "Request is not yet valid"},
		"s3 too long":      {presign(s3("604801"), "s3", now), "AuthorizationQueryParametersError"},
		"s3 no expiry":     {presign(request("GET", "http://h/b/k", ""), "s3", now), "AuthorizationQueryParametersError"},
		"sts":              {presign(bound(), "sts", now.Add(-14*time.Minute)), ""},
		"sts old":          {presign(bound(), "sts", now.Add(-16*time.Minute)), "Signature expired"},
		"sts header gone":  {without, "SignatureDoesNotMatch"},
		"s3 tampered path": {tamper(presign(s3("60"), "s3", now)), "SignatureDoesNotMatch"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(nil)
			w := h.send(tt.request)
			if tt.want == "" && (w.Code != 200 || !h.call.Presigned) || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%d %s, want %q", w.Code, w.Body, tt.want)
			}
		})
	}
}

func tamper(r *http.Request) *http.Request { r.URL.Path += "x"; return r }

// TestAnySignedRequest: whatever the SDK's signer signs is accepted, and is refused
// after one parameter was changed.
func TestAnySignedRequest(t *testing.T) {
	t.Parallel()
	h := newHarness(nil)
	rapid.Check(t, func(t *rapid.T) {
		service := rapid.SampledFrom([]string{"s3", "lambda"}).Draw(t, "service")
		r := request("POST", "http://host/", rapid.String().Draw(t, "body"))
		r.URL.Path = "/" + rapid.StringOfN(rapid.RuneFrom([]rune("ab/ +%~*'()&=ä.:@,")), 0, 12, -1).Draw(t, "path")
		if service == "s3" { // its clients send the path in canonical form
			r.URL.RawPath = strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(r.URL.Path))
		}
		q := r.URL.Query()
		q.Set(rapid.StringMatching(`[a-zA-Z -]{1,4}`).Draw(t, "name"), rapid.String().Draw(t, "value"))
		q.Add("list", rapid.String().Draw(t, "first"))
		q.Add("list", rapid.String().Draw(t, "second"))
		r.URL.RawQuery = q.Encode()
		r.Header.Set("X-Amz-Meta-A", rapid.StringMatching(`[ -~]*`).Draw(t, "header"))
		sign(r, credentials(tempID, "token"), service, now)
		if w := h.send(r); w.Code != 200 {
			t.Fatalf("%s: %d %s", r.URL, w.Code, w.Body)
		}
		sign(r, credentials(tempID, "token"), service, now)
		r.URL.RawQuery += "&z=1"
		if w := h.send(r); w.Code < 400 {
			t.Fatal("accepted after a change")
		}
	})
}

func TestCompressedRequest(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(`{"KeyId":"k"}`))
	_ = z.Close()
	h := newHarness(nil)
	r := form(b.String())
	r.Header.Set("Content-Encoding", "gzip")
	r.Header.Set("X-Amz-Target", "TrentService.DescribeKey")
	w := h.send(sign(r, credentials(keyID, ""), "kms", now))
	if w.Code != 200 || string(h.call.Body) != `{"KeyId":"k"}` || h.call.Operation != "DescribeKey" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
