package sts

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
)

// Credentials are temporary credentials.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	Expires         time.Time
}

// String keeps the secrets out of logs.
func (c Credentials) String() string { return c.AccessKeyID + " (expires " + stamp(c.Expires) + ")" }

// GoString keeps the secrets out of logs.
func (c Credentials) GoString() string { return c.String() }

type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func (c Credentials) shape() credentialsXML {
	return credentialsXML{c.AccessKeyID, c.SecretAccessKey, c.SessionToken, stamp(c.Expires)}
}

// tokenSize tells how large the session token is: in bytes, and in per cent of the
// largest size that STS allows, which is taken for 4,096 bytes.
type tokenSize struct {
	SessionTokenSize        int
	SessionTokenUtilization int
}

func (c Credentials) tokenSize() tokenSize {
	n := len(c.SessionToken)
	return tokenSize{n, (n*100 + 4095) / 4096}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// session is what the service remembers of credentials it issued.
type session struct {
	credentials Credentials
	caller      api.Caller
	owner       string            // unique ID of the role or user; empty for a root
	transitive  map[string]string // session tags that role chaining passes on
}

const (
	// tokenPrefix starts every session token, as it starts AWS's.
	tokenPrefix = "IQoJb3JpZ2luX2Vj"
	// remembered is how long an expired session is still told from an unknown key.
	remembered = 24 * time.Hour
	sweepEvery = 1024
)

// issue creates credentials for a principal. caller's session and key are replaced.
func (s *Service) issue(caller api.Caller, details api.Session, transitive map[string]string) Credentials {
	token := make([]byte, 192)
	_, _ = rand.Read(token) // crypto/rand.Read never fails
	creds := Credentials{
		AccessKeyID:     iam.NewAccessKeyID("ASIA", caller.AccountID),
		SecretAccessKey: iam.NewSecretKey(),
		SessionToken:    tokenPrefix + base64.StdEncoding.EncodeToString(token),
		Expires:         details.Expires,
	}
	caller.AccessKeyID, caller.Session = creds.AccessKeyID, &details
	owner, _, _ := strings.Cut(caller.UserID, ":")
	if owner == caller.AccountID {
		owner = ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[creds.AccessKeyID] = &session{creds, caller, owner, transitive}
	if s.issued++; s.issued%sweepEvery == 0 {
		limit := s.clock().Add(-remembered)
		maps.DeleteFunc(s.sessions, func(_ string, x *session) bool { return x.credentials.Expires.Before(limit) })
	}
	return creds
}

// AccessKey finds any access key of the sandbox, long-term or temporary. Credentials
// of a role or user that was deleted are gone with it.
func (s *Service) AccessKey(id string) (api.AccessKey, bool) {
	x := s.session(id)
	if x == nil {
		return s.iam.AccessKey(id)
	}
	if x.owner != "" && !s.iam.Exists(x.owner) {
		return api.AccessKey{}, false
	}
	return api.AccessKey{
		ID: id, Secret: x.credentials.SecretAccessKey, Token: x.credentials.SessionToken, Caller: x.caller,
	}, true
}

func (s *Service) session(id string) *session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sessions[id]
}

// roleCaller is the principal of a role session.
func roleCaller(role iam.Role, sessionName string) api.Caller {
	return api.Caller{
		AccountID:    role.AccountID,
		ARN:          "arn:" + role.Partition + ":sts::" + role.AccountID + ":assumed-role/" + role.Name + "/" + sessionName,
		PrincipalARN: role.ARN,
		UserID:       role.ID + ":" + sessionName,
		Type:         "AssumedRole",
	}
}

// Session issues credentials of a role without asking its trust policy: for the
// sandbox's own identities, as if a directory or identity provider had signed in. The
// session lasts as long as the role allows and is not chained.
func (s *Service) Session(accountID, roleName, sessionName string) (Credentials, *api.Error) {
	role, ok := s.iam.RoleByName(accountID, roleName)
	if !ok {
		return Credentials{}, noRole(accountID, roleName)
	}
	return s.issueRole(role, sessionName, role.MaxSession), nil
}

// ServiceSession issues credentials of a role to an AWS service
// ("lambda.amazonaws.com"), if the role's trust policy lets the service take it.
func (s *Service) ServiceSession(service, accountID, roleName, sessionName string, d time.Duration) (Credentials, *api.Error) {
	role, ok := s.iam.RoleByName(accountID, roleName)
	if !ok {
		return Credentials{}, noRole(accountID, roleName)
	}
	decision := s.iam.DecideService(service, api.Ask{
		Action: "sts:AssumeRole", Resource: role.ARN, ResourceAccount: accountID, ResourcePolicy: role.Trust,
	}, map[string][]string{"aws:SourceAccount": {accountID}})
	if !decision.Allowed {
		return Credentials{}, accessDenied("The role " + role.ARN + " cannot be assumed by " + service + ".")
	}
	return s.issueRole(role, sessionName, d), nil
}

func (s *Service) issueRole(role iam.Role, sessionName string, d time.Duration) Credentials {
	now := s.clock()
	return s.issue(roleCaller(role, sessionName), api.Session{Name: sessionName, Issued: now, Expires: now.Add(d)}, nil)
}

func noRole(accountID, roleName string) *api.Error {
	return api.Errorf(404, "NoSuchEntity", "The role with name %s cannot be found in account %s.", roleName, accountID)
}
