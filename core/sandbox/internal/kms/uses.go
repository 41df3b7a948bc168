package kms

import (
	"maps"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Resolve turns a key ID, key ARN, alias name or alias ARN into the key's ARN.
func (s *Service) Resolve(account, region, ref string) (string, *api.Error) {
	k, err := s.find(account, region, ref)
	if err != nil {
		return "", err
	}
	return k.arn, nil
}

// Use asks whether the caller may have a service use the key on its behalf, and
// whether the key can be used now. viaService is the service's name ("s3") or the
// full value of kms:ViaService ("s3.eu-west-1.amazonaws.com").
func (s *Service) Use(c *api.Call, keyARN, action, viaService string, encryptionContext map[string]string) *api.Error {
	parts := strings.SplitN(keyARN, ":", 6)
	if len(parts) != 6 {
		return failure("InvalidArnException", "%s is not a valid KMS ARN", keyARN)
	}
	k, err := s.find(c.Caller.AccountID, parts[3], keyARN)
	if err != nil {
		return err
	}
	if !strings.Contains(viaService, ".") {
		viaService += "." + k.region + ".amazonaws.com"
	}
	context := map[string][]string{"kms:ViaService": {viaService}, "aws:ViaAWSService": {"true"}}
	maps.Copy(context, cryptoContext("", encryptionContext))
	if err := s.allow(c, k, strings.TrimPrefix(action, "kms:"), context); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return k.usable()
}
