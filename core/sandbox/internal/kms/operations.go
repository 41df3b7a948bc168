package kms

import (
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

type metadata struct {
	AWSAccountID          string `json:"AWSAccountId"`
	KeyID                 string `json:"KeyId"`
	Arn                   string
	CreationDate          float64
	Enabled               bool
	Description           string
	KeyUsage              string
	KeyState              string
	DeletionDate          float64 `json:",omitempty"`
	Origin                string
	KeyManager            string
	CustomerMasterKeySpec string
	KeySpec               string
	EncryptionAlgorithms  []string
	MultiRegion           bool
}

// seconds is a time as the JSON protocol writes it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// metadata describes a key. The caller holds the lock.
func (k *key) metadata() metadata {
	m := metadata{
		AWSAccountID: k.account, KeyID: k.id, Arn: k.arn, CreationDate: seconds(k.created), Enabled: k.state == enabled,
		Description: k.description, KeyUsage: "ENCRYPT_DECRYPT", KeyState: k.state, Origin: "AWS_KMS", KeyManager: k.manager,
		CustomerMasterKeySpec: "SYMMETRIC_DEFAULT", KeySpec: "SYMMETRIC_DEFAULT", EncryptionAlgorithms: []string{"SYMMETRIC_DEFAULT"},
	}
	if k.state == pendingDeletion {
		m.DeletionDate = seconds(k.deletion)
	}
	return m
}

type createKeyInput struct {
	Description, KeySpec, CustomerMasterKeySpec, KeyUsage, Origin, Policy string
	BypassPolicyLockoutSafetyCheck, MultiRegion                           bool
	Tags                                                                  []tag
}

// unsupported names what this service has not.
func (in createKeyInput) unsupported() string {
	for _, value := range []string{in.KeySpec, in.CustomerMasterKeySpec, in.KeyUsage, in.Origin} {
		if value != "" && value != "SYMMETRIC_DEFAULT" && value != "ENCRYPT_DECRYPT" && value != "AWS_KMS" {
			return value
		}
	}
	if in.MultiRegion {
		return "MultiRegion"
	}
	return ""
}

func createKey(s *Service, c *api.Call, in createKeyInput) (any, *api.Error) {
	if what := in.unsupported(); what != "" {
		return nil, failure("UnsupportedOperationException", "The sandbox has no %s keys.", what)
	}
	context := tagContext(in.Tags)
	context["kms:KeySpec"], context["kms:KeyUsage"] = []string{"SYMMETRIC_DEFAULT"}, []string{"ENCRYPT_DECRYPT"}
	if err := s.allowAny(c, "CreateKey", "*", context); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := s.allowAny(c, "TagResource", "*", context); err != nil {
			return nil, err
		}
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	text := in.Policy
	if text == "" {
		text = defaultPolicy(s.partition(c.Caller.AccountID), c.Caller.AccountID)
	}
	k := s.newKey(c.Caller.AccountID, c.Region, text, nil)
	// The default policy is always acceptable, even to a caller without PutKeyPolicy.
	doc, err := s.readPolicy(c, k, text, in.BypassPolicyLockoutSafetyCheck || in.Policy == "")
	if err != nil {
		return nil, err
	}
	k.policy, k.description, k.tags = doc, in.Description, in.Tags
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[k.arn] = k
	return struct{ KeyMetadata metadata }{k.metadata()}, nil
}

type keyInput struct {
	KeyID string `json:"KeyId"`
}

func describeKey(s *Service, c *api.Call, in keyInput) (any, *api.Error) {
	k, err := s.target(c, in.KeyID, "DescribeKey")
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return struct{ KeyMetadata metadata }{k.metadata()}, nil
}

// change authorises a change of a customer managed key and applies it under the lock.
func (s *Service) change(c *api.Call, ref, action string, apply func(*key) *api.Error) (*key, *api.Error) {
	k, err := s.target(c, ref, action)
	if err != nil {
		return nil, err
	}
	if k.manager == "AWS" {
		return nil, failure("AccessDeniedException", "The key %s is managed by AWS and cannot be changed.", k.arn)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.state == pendingDeletion && action != "CancelKeyDeletion" {
		return nil, k.pending()
	}
	return k, apply(k)
}

func enableKey(s *Service, c *api.Call, in keyInput) (any, *api.Error) {
	_, err := s.change(c, in.KeyID, "EnableKey", func(k *key) *api.Error { k.state = enabled; return nil })
	return none{}, err
}

func disableKey(s *Service, c *api.Call, in keyInput) (any, *api.Error) {
	_, err := s.change(c, in.KeyID, "DisableKey", func(k *key) *api.Error { k.state = disabled; return nil })
	return none{}, err
}

func updateDescription(s *Service, c *api.Call, in struct {
	keyInput
	Description string
}) (any, *api.Error) {
	_, err := s.change(c, in.KeyID, "UpdateKeyDescription", func(k *key) *api.Error {
		k.description = in.Description
		return nil
	})
	return none{}, err
}

func scheduleDeletion(s *Service, c *api.Call, in struct {
	keyInput
	PendingWindowInDays *int
}) (any, *api.Error) {
	days := 30
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	if days < 7 || days > 30 {
		return nil, invalid("1 validation error detected: Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value between 7 and 30", days)
	}
	k, err := s.change(c, in.KeyID, "ScheduleKeyDeletion", func(k *key) *api.Error {
		k.state, k.deletion = pendingDeletion, c.Now.Add(time.Duration(days)*24*time.Hour)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct {
		KeyID               string `json:"KeyId"`
		DeletionDate        float64
		KeyState            string
		PendingWindowInDays int
	}{k.arn, seconds(c.Now.Add(time.Duration(days) * 24 * time.Hour)), pendingDeletion, days}, nil
}

func cancelDeletion(s *Service, c *api.Call, in keyInput) (any, *api.Error) {
	k, err := s.change(c, in.KeyID, "CancelKeyDeletion", func(k *key) *api.Error {
		if k.state != pendingDeletion {
			return failure("KMSInvalidStateException", "%s is not pending deletion.", k.arn)
		}
		k.state = disabled
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct {
		KeyID string `json:"KeyId"`
	}{k.arn}, nil
}

type listInput struct {
	KeyID  string `json:"KeyId"`
	Limit  *int
	Marker string
}

// page cuts a list that is sorted by key; the marker is the last entry's key.
func page[T any](all []T, key func(T) string, in listInput, standard int) ([]T, string, *api.Error) {
	limit := standard
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 || limit > 1000 {
		return nil, "", invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and 1000", limit)
	}
	start, found := slices.BinarySearchFunc(all, in.Marker, func(x T, m string) int { return strings.Compare(key(x), m) })
	if found {
		start++
	}
	rest := all[start:]
	if len(rest) <= limit {
		return slices.Concat([]T{}, rest), "", nil
	}
	return rest[:limit], key(rest[limit-1]), nil
}

func listKeys(s *Service, c *api.Call, in listInput) (any, *api.Error) {
	if err := s.allowAny(c, "ListKeys", "*", nil); err != nil {
		return nil, err
	}
	type entry struct {
		KeyID  string `json:"KeyId"`
		KeyArn string
	}
	var all []entry
	s.mu.RLock()
	for _, k := range s.keys {
		if k.account == c.Caller.AccountID && k.region == c.Region {
			all = append(all, entry{k.id, k.arn})
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.KeyID, b.KeyID) })
	keys, next, err := page(all, func(e entry) string { return e.KeyID }, in, 100)
	return struct {
		Keys       []entry
		NextMarker string `json:",omitempty"`
		Truncated  bool
	}{keys, next, next != ""}, err
}
