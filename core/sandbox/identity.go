package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Identity is credentials of somebody in the sandbox.
type Identity struct {
	AccessKeyID, SecretAccessKey, SessionToken string    // the token is empty for long-term keys
	Expires                                    time.Time // zero for long-term keys
}

const rolePrefix = "CrossAccountManager-"

func newToken() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}

func (s *Sandbox) partition() string { return api.PartitionOf(s.opts.Region) }

// addMaster makes the master account and its administrator.
func (s *Sandbox) addMaster() error {
	if err := s.open(s.opts.Master); err != nil {
		return err
	}
	_, err := s.AdminOf(s.opts.Master)
	return err
}

// AdminOf returns credentials of an administrator of an account that is open: the
// master, or one that has joined.
func (s *Sandbox) AdminOf(account string) (Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, known := s.admins[account]
	if !known {
		var err error
		key, err = s.services.iam.AddUser(account, "admin", map[string]string{
			"Administrator": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		})
		if err != nil {
			return Identity{}, err
		}
		s.admins[account] = key
	}
	return Identity{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, nil
}

// As returns credentials. In the master account: "admin", an administrator;
// "user:NAME", an IAM user who may take the roles that trust her; any other name, a
// session of that role, as if a directory had signed somebody in. Elsewhere:
// "account:ID", an administrator of that account, which is opened if need be.
func (s *Sandbox) As(who string) (Identity, error) {
	if who == "" || who == "admin" {
		return s.AdminOf(s.opts.Master)
	}
	if name, ok := strings.CutPrefix(who, "user:"); ok {
		return s.user(name)
	}
	if id, ok := strings.CutPrefix(who, "account:"); ok {
		if err := s.open(id); err != nil {
			return Identity{}, err
		}
		return s.AdminOf(id)
	}
	role := rolePrefix + strings.TrimPrefix(who, rolePrefix)
	c, err := s.services.sts.Session(s.opts.Master, role, "sandbox-user")
	if err != nil {
		return Identity{}, fmt.Errorf("there is no role %s in the master account: %w", role, err)
	}
	return Identity{c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires}, nil
}

// user makes an IAM user who may ask for every user role; the roles' trust decides.
func (s *Sandbox) user(name string) (Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, known := s.users[name]; known {
		return id, nil
	}
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"arn:%s:iam::%s:role/%s*"}]}`,
		s.partition(), s.opts.Master, rolePrefix)
	key, err := s.services.iam.AddUser(s.opts.Master, name, map[string]string{"TakeRoles": policy})
	if err != nil {
		return Identity{}, err
	}
	s.users[name] = Identity{AccessKeyID: key.ID, SecretAccessKey: key.Secret}
	return s.users[name], nil
}

// Environment is what a process needs to be that identity in the sandbox, as
// NAME=value entries. It holds secrets of the sandbox, which are worth nothing
// outside of it.
func (s *Sandbox) Environment(id Identity) []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + s.Endpoint(),
		"AWS_REGION=" + s.opts.Region,
		"AWS_DEFAULT_REGION=" + s.opts.Region,
		"AWS_ACCESS_KEY_ID=" + id.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + id.SecretAccessKey,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=",
		"CAM_SIGNIN_ENDPOINT=" + s.Endpoint(),
		"CAM_SANDBOX=" + s.Endpoint() + controlPath + "?token=" + s.token,
	}
	if id.SessionToken != "" {
		env = append(env, "AWS_SESSION_TOKEN="+id.SessionToken)
	}
	return env
}

// root is the root user of an account, whose calls the sandbox makes in its name.
func (s *Sandbox) root(account string) api.Caller {
	arn := fmt.Sprintf("arn:%s:iam::%s:root", s.partition(), account)
	return api.Caller{AccountID: account, ARN: arn, PrincipalARN: arn, UserID: account, Type: "Account"}
}
