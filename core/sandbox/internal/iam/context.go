package iam

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// context holds condition keys, lower-cased as policy.Evaluate wants them.
type context map[string][]string

func newContext() context { return context{} }

func (x context) set(key string, values ...string) { x[strings.ToLower(key)] = values }

// setIf sets a key that is absent when it has no value.
func (x context) setIf(key, value string) {
	if value != "" {
		x.set(key, value)
	}
}

func (x context) add(keys map[string][]string) {
	for key, values := range keys {
		x.set(key, values...)
	}
}

func (x context) time(now time.Time) {
	x.set("aws:CurrentTime", timestamp(now))
	x.set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
}

// conditionKeys are the global condition keys of a call (IAM User Guide, "AWS global
// condition context keys") and the service's own. e is the role or user behind the
// caller; nil for a root and for nobody.
func (s *Service) conditionKeys(c *api.Call, ask api.Ask, e *entity) context {
	x := newContext()
	x.time(c.Now)
	x.set("aws:SecureTransport", "true") // the sandbox stands for TLS endpoints
	x.set("aws:ViaAWSService", "false")
	x.set("aws:PrincipalIsAWSService", "false")
	x.setIf("aws:RequestedRegion", c.Region)
	x.setIf("aws:ResourceAccount", ask.ResourceAccount)
	x.setIf("aws:ResourceOrgID", s.opts.OrgID)
	if c.HTTP != nil {
		x.setIf("aws:UserAgent", c.HTTP.UserAgent())
		x.setIf("aws:Referer", c.HTTP.Referer())
		x.setIf("aws:SourceIp", sourceIP(c.HTTP.RemoteAddr))
	}
	s.principalKeys(x, c, e)
	x.add(ask.Context)
	return x
}

func sourceIP(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}

// principalKeys are those that describe who calls.
func (s *Service) principalKeys(x context, c *api.Call, e *entity) {
	caller := c.Caller
	if caller.Anonymous() {
		x.set("aws:PrincipalType", typeAnonymous)
		x.set("aws:userid", "anonymous")
		return
	}
	x.set("aws:PrincipalArn", caller.PrincipalARN)
	x.set("aws:PrincipalAccount", caller.AccountID)
	x.set("aws:PrincipalType", caller.Type)
	x.set("aws:userid", caller.UserID)
	x.setIf("aws:PrincipalOrgID", s.opts.OrgID)
	if e != nil {
		if e.kind == userKind {
			x.set("aws:username", e.name)
		}
		for _, t := range e.tags {
			x.set("aws:PrincipalTag/"+t.Key, t.Value)
		}
	}
	if caller.Session != nil {
		sessionKeys(x, caller.Session, c.Now)
	}
}

// sessionKeys are present only with temporary credentials. Session tags override the
// role's tags of the same name.
func sessionKeys(x context, session *api.Session, now time.Time) {
	x.set("aws:TokenIssueTime", timestamp(session.Issued))
	x.set("aws:MultiFactorAuthPresent", strconv.FormatBool(session.MFA))
	if session.MFA {
		x.set("aws:MultiFactorAuthAge", strconv.Itoa(int(now.Sub(session.Issued).Seconds())))
	}
	x.setIf("aws:SourceIdentity", session.SourceIdentity)
	for key, value := range session.Tags {
		x.set("aws:PrincipalTag/"+key, value)
	}
}
