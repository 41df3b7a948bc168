package kms

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// The key states that the service knows.
const (
	enabled         = "Enabled"
	disabled        = "Disabled"
	pendingDeletion = "PendingDeletion"
)

// key is one KMS key; guarded by Service.mu, except for what never changes.
type key struct {
	id, arn                    string // never change
	account, region, partition string // never change
	material                   []byte // AES-256 key; never changes
	created                    time.Time
	manager                    string // CUSTOMER or AWS

	description string
	state       string
	deletion    time.Time // when pending
	policyText  string
	policy      *policy.Document
	tags        []tag
	rotation    int // period in days; 0 is off
}

type tag struct{ TagKey, TagValue string }

// aliasT is a name for a key.
type aliasT struct {
	name, arn, account, region, partition string
	target                                string // key ARN
	created, updated                      time.Time
}

var keyIDPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return b
}

func newKeyID() string {
	b := randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *Service) partition(account string) string {
	if p, ok := s.identity.Partition(account); ok {
		return p
	}
	return "aws"
}

func arnOf(partition, region, account, resource string) string {
	return "arn:" + partition + ":kms:" + region + ":" + account + ":" + resource
}

// find resolves a key ID, key ARN, alias name or alias ARN for an account and region.
// A key whose waiting period is over is gone. Alias names of AWS managed keys create
// their key at the first use, as AWS does.
func (s *Service) find(account, region, ref string) (*key, *api.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := ref
	if !strings.HasPrefix(ref, "arn:") {
		resource := ref
		if !strings.HasPrefix(ref, "alias/") {
			resource = "key/" + ref
		}
		arn = arnOf(s.partition(account), region, account, resource)
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "kms" {
		return nil, failure("InvalidArnException", "%s is not a valid KMS ARN", ref)
	}
	resource := parts[5]
	switch {
	case strings.HasPrefix(resource, "alias/"):
		return s.findAlias(arn, resource, parts[4], parts[3])
	case strings.HasPrefix(resource, "key/") && keyIDPattern.MatchString(strings.TrimPrefix(resource, "key/")):
		if k := s.live(arn); k != nil && parts[3] == region {
			return k, nil
		}
		return nil, failure("NotFoundException", "Key '%s' does not exist", arn)
	}
	return nil, failure("NotFoundException", "Invalid keyId '%s'", ref)
}

// findAlias follows an alias. The caller holds the lock.
func (s *Service) findAlias(arn, name, account, region string) (*key, *api.Error) {
	if a := s.aliases[arn]; a != nil {
		if k := s.live(a.target); k != nil {
			return k, nil
		}
	}
	if service, ok := strings.CutPrefix(name, "alias/aws/"); ok && awsManagedServices[service] {
		if _, ok := s.identity.Partition(account); ok {
			return s.createManaged(arn, name, service, account, region), nil
		}
	}
	return nil, failure("NotFoundException", "Alias %s is not found.", arn)
}

// live returns a key that still exists. The caller holds the lock for writing.
func (s *Service) live(arn string) *key {
	k := s.keys[arn]
	if k == nil {
		return nil
	}
	if k.state == pendingDeletion && !s.clock().Before(k.deletion) {
		delete(s.keys, arn)
		for name, a := range s.aliases {
			if a.target == arn {
				delete(s.aliases, name)
			}
		}
		return nil
	}
	return k
}

// awsManagedServices are those whose AWS managed key the sandbox has.
var awsManagedServices = map[string]bool{"s3": true, "sns": true, "dynamodb": true, "lambda": true}

// createManaged makes an AWS managed key and its alias. The caller holds the lock.
func (s *Service) createManaged(aliasARN, name, service, account, region string) *key {
	text := fmt.Sprintf(`{"Version":"2012-10-17","Id":"auto-%[1]s-2","Statement":[`+
		`{"Sid":"Allow access through %[1]s for all principals in the account that are authorized to use it","Effect":"Allow","Principal":{"AWS":"*"},`+
		`"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*",`+
		`"Condition":{"StringEquals":{"kms:CallerAccount":"%[3]s","kms:ViaService":"%[1]s.%[4]s.amazonaws.com"}}},`+
		`{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{"AWS":"arn:%[2]s:iam::%[3]s:root"},`+
		`"Action":["kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"}]}`,
		service, s.partition(account), account, region)
	k := s.newKey(account, region, text, policy.MustParse(text, policy.Resource))
	k.manager = "AWS"
	k.description = "Default key that protects my " + strings.ToUpper(service) + " data when no other key is defined"
	k.rotation = 365
	s.keys[k.arn] = k
	s.aliases[aliasARN] = &aliasT{
		name: name, arn: aliasARN, account: account, region: region, partition: k.partition,
		target: k.arn, created: k.created, updated: k.created,
	}
	return k
}

// newKey makes an enabled key that is not stored yet.
func (s *Service) newKey(account, region, text string, doc *policy.Document) *key {
	id, partition := newKeyID(), s.partition(account)
	return &key{
		id: id, arn: arnOf(partition, region, account, "key/"+id), account: account, region: region, partition: partition,
		material: randomBytes(32), created: s.clock(), manager: "CUSTOMER", state: enabled,
		policyText: text, policy: doc,
	}
}

// usable refuses keys that cannot encrypt or decrypt now. The caller holds the lock.
func (k *key) usable() *api.Error {
	switch k.state {
	case disabled:
		return failure("DisabledException", "%s is disabled.", k.arn)
	case pendingDeletion:
		return k.pending()
	}
	return nil
}

func (k *key) pending() *api.Error {
	return failure("KMSInvalidStateException", "%s is pending deletion.", k.arn)
}
