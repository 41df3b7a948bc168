package broker

import (
	"context"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// ConsoleRequest asks for a link into the console of an account.
type ConsoleRequest struct {
	Role        string // with or without prefix; empty for the current role
	Account     string // selector, see Resolve
	Service     string // see Services; empty for the console's home
	Destination string // https URL within the partition's console, instead of Service
	Region      string // empty for the broker's, then the partition's main one
	SwitchRole  bool   // a switch-role link instead of a signed-in one
}

// Console is a link into the console.
type Console struct {
	// URL signs in whoever opens it within 15 minutes, unless Renewable: treat it as
	// a password.
	URL core.Secret
	// Renewable marks a switch-role link. It uses the browser's own session in the
	// master account and holds no secret.
	Renewable bool
	Entry     Entry
	Expires   time.Time // end of the console session; zero if Renewable
}

// Console makes a link into the console of an account: a federated one, whose session
// lasts at most an hour, or a renewable switch-role one.
func (b *Broker) Console(ctx context.Context, r ConsoleRequest) (Console, error) {
	if r.SwitchRole && (r.Service != "" || r.Destination != "") {
		return Console{}, core.Errorf(core.CodeUsage, "a switch-role link always leads to the console's home").
			WithHint("leave --service and --destination out, or --switch-role")
	}
	s, err := b.hold(ctx, r.Role, false)
	if err != nil {
		return Console{}, err
	}
	host, err := b.signinHost(s.who.Partition)
	if err != nil {
		return Console{}, err
	}
	if r.Region == "" {
		r.Region = b.opt.Region
	}
	target, err := destination(s.who.Partition, r)
	if err != nil {
		return Console{}, err
	}
	e, err := s.resolve(ctx, r.Account)
	if err != nil {
		return Console{}, err
	}
	if r.SwitchRole {
		return Console{URL: core.NewSecret(core.SwitchRoleURL(host, e.Role, e.account())), Renewable: true, Entry: e}, nil
	}
	// Fresh, so that the console session gets its full hour, and without a duration:
	// the federation endpoint refuses chained credentials that asked for one (IAM User
	// Guide, "Enable custom identity broker access to the AWS console").
	creds, err := b.take(ctx, s.into(e, 0, true))
	if err != nil {
		return Console{}, err
	}
	token, err := b.signinToken(ctx, host, s.who.Partition, creds)
	if err != nil {
		return Console{}, err
	}
	return Console{URL: core.NewSecret(loginURL(host, target, token)), Entry: e, Expires: creds.Expires}, nil
}

func loginURL(host, target string, token core.Secret) string {
	q := url.Values{"Action": {"login"}, "Issuer": {"cross-account-manager"}, "Destination": {target}, "SigninToken": {token.Reveal()}}
	return host + "/federation?" + q.Encode()
}

func (e Entry) account() core.Account {
	return core.Account{ID: e.AccountID, Name: e.Name, Email: e.Email, Groups: e.Groups}
}

// signinHost is scheme://host of the partition's sign-in page, or the override.
func (b *Broker) signinHost(p core.Partition) (string, error) {
	if b.opt.SigninEndpoint == "" {
		_, err := hostsOf(p)
		return p.SigninURL(), err
	}
	u, err := url.Parse(b.opt.SigninEndpoint)
	// Parse errors repeat their input, which may hold a password.
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", core.Errorf(core.CodeUsage, "the sign-in endpoint is no URL of the form scheme://host")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "", core.Errorf(core.CodeUsage, "the sign-in endpoint %s is refused: credentials go only to https, or to this machine", u.Host)
	}
	return strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/"), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
