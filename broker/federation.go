package broker

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

const (
	federationTimeout = 15 * time.Second
	federationMaxBody = 64 << 10 // a token has about 2 KiB
)

// signinToken exchanges credentials for a token at the federation endpoint. No error
// of it holds the request's URL, the request's body or the answer's body: all three
// can hold secrets.
func (b *Broker) signinToken(ctx context.Context, host string, p core.Partition, c core.Credentials) (core.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, federationTimeout)
	defer cancel()
	req, err := federationRequest(ctx, host, p, c)
	if err != nil {
		return core.Secret{}, core.Errorf(core.CodeUsage, "the sign-in endpoint is no usable URL")
	}
	client := *b.opt.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	answer, err := client.Do(req)
	if err != nil {
		return core.Secret{}, transportError(ctx, req.URL.Host, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return core.Secret{}, statusError(req.URL.Host, answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, federationMaxBody+1))
	if err != nil {
		return core.Secret{}, transportError(ctx, req.URL.Host, err)
	}
	var token struct{ SigninToken string }
	if len(body) > federationMaxBody || json.Unmarshal(body, &token) != nil || token.SigninToken == "" {
		return core.Secret{}, core.Errorf(core.CodeFailure, "the sign-in endpoint %s did not answer with a token", req.URL.Host)
	}
	return core.NewSecret(token.SigninToken), nil
}

// federationRequest puts the credentials into a POST body, because URLs end in the
// logs of proxies. GovCloud's endpoint takes the documented GET only. SessionDuration
// stays out: the endpoint refuses it for a chained session.
func federationRequest(ctx context.Context, host string, p core.Partition, c core.Credentials) (*http.Request, error) {
	session, err := json.Marshal(map[string]string{
		"sessionId": c.AccessKeyID, "sessionKey": c.SecretAccessKey.Reveal(), "sessionToken": c.SessionToken.Reveal(),
	})
	if err != nil {
		return nil, err
	}
	form := url.Values{"Action": {"getSigninToken"}, "SessionType": {"json"}, "Session": {string(session)}}.Encode()
	if p == "aws-us-gov" {
		return http.NewRequestWithContext(ctx, http.MethodGet, host+"/federation?"+form, nil)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, host+"/federation", strings.NewReader(form))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, err
}

func statusError(host string, status int) error {
	switch {
	case status == http.StatusTooManyRequests:
		return core.Errorf(core.CodeThrottled, "the sign-in endpoint %s has too many requests", host).WithHint("try again in a moment")
	case status >= 500:
		return core.Errorf(core.CodeUnavailable, "the sign-in endpoint %s answered %d", host, status).WithHint("try again in a moment")
	case status >= 400:
		return core.Errorf(core.CodeDenied, "the sign-in endpoint %s does not accept the credentials (%d)", host, status).
			WithHint("use --switch-role, which signs in with the browser's own session")
	default:
		return core.Errorf(core.CodeFailure, "the sign-in endpoint %s answered %d instead of a token", host, status)
	}
}

// transportError names the cause only where its text is known to be harmless. It
// wraps nothing but the context's own error: a *url.Error shows the URL.
func transportError(ctx context.Context, host string, err error) error {
	if cause := ctx.Err(); cause != nil {
		why := "gave no answer in time"
		if errors.Is(cause, context.Canceled) {
			why = "was not waited for"
		}
		return &core.Error{Code: core.CodeUnavailable, Message: fmt.Sprintf("the sign-in endpoint %s %s", host, why), Err: cause}
	}
	why := ""
	if e, ok := errors.AsType[*net.OpError](err); ok {
		why = ": " + e.Op + " failed"
		if _, isDNS := errors.AsType[*net.DNSError](err); isDNS {
			why = ": its name is not known"
		}
	} else if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		why = ": its certificate is not trusted"
	}
	return core.Errorf(core.CodeUnavailable, "the sign-in endpoint %s cannot be reached%s", host, why).
		WithHint("check the network and the proxy; a link made with --switch-role needs no call")
}
