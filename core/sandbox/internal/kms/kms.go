package kms

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Identity is what the service needs to know about principals; package iam has it.
type Identity interface {
	api.Authorizer
	// Partition is an account's partition; false when there is no such account.
	Partition(accountID string) (string, bool)
	// InvalidPrincipal returns a principal of the document that does not exist.
	InvalidPrincipal(doc *policy.Document, partition string) (string, bool)
}

// Options are what a Service is made of; both are required.
type Options struct {
	Identity Identity
	Clock    api.Clock
}

// Service is KMS. It is safe for concurrent use.
type Service struct {
	identity Identity
	clock    api.Clock
	handlers map[string]handler

	mu      sync.RWMutex
	keys    map[string]*key    // by ARN
	aliases map[string]*aliasT // by ARN
}

var (
	_ api.Service = (*Service)(nil)
	_ api.Keys    = (*Service)(nil)
)

// handler answers one operation: the output to encode, or the error to send.
type handler func(*Service, *api.Call) (any, *api.Error)

// New returns a Service without keys.
func New(opts Options) *Service {
	return &Service{
		identity: opts.Identity, clock: opts.Clock, handlers: handlers(),
		keys: map[string]*key{}, aliases: map[string]*aliasT{},
	}
}

// Serve answers one call of the KMS API (AWS JSON 1.1).
func (s *Service) Serve(w http.ResponseWriter, c *api.Call) {
	result, err := s.do(c)
	if err != nil {
		api.WriteJSONError(w, c, "1.1", "", err)
		return
	}
	api.WriteJSON(w, c, "1.1", result)
}

func (s *Service) do(c *api.Call) (any, *api.Error) {
	h, ok := s.handlers[c.Operation]
	if !ok {
		return nil, failure("UnknownOperationException", "The sandbox does not offer kms:%s.", c.Operation)
	}
	return h(s, c)
}

func handlers() map[string]handler {
	return map[string]handler{
		"CreateKey": decoded(createKey), "DescribeKey": decoded(describeKey), "ListKeys": decoded(listKeys),
		"EnableKey": decoded(enableKey), "DisableKey": decoded(disableKey), "UpdateKeyDescription": decoded(updateDescription),
		"ScheduleKeyDeletion": decoded(scheduleDeletion), "CancelKeyDeletion": decoded(cancelDeletion),
		"EnableKeyRotation": decoded(enableRotation), "DisableKeyRotation": decoded(disableRotation),
		"GetKeyRotationStatus": decoded(rotationStatus),
		"GetKeyPolicy":         decoded(getKeyPolicy), "PutKeyPolicy": decoded(putKeyPolicy), "ListKeyPolicies": decoded(listKeyPolicies),
		"CreateAlias": decoded(createAlias), "UpdateAlias": decoded(updateAlias), "DeleteAlias": decoded(deleteAlias),
		"ListAliases": decoded(listAliases),
		"TagResource": decoded(tagResource), "UntagResource": decoded(untagResource), "ListResourceTags": decoded(listResourceTags),
		"Encrypt": decoded(encrypt), "Decrypt": decoded(decrypt), "GenerateDataKey": decoded(generateDataKey),
		"GenerateDataKeyWithoutPlaintext": decoded(generateDataKeyWithoutPlaintext),
	}
}

// decoded makes a handler of a function that takes the decoded input.
func decoded[T any](h func(*Service, *api.Call, T) (any, *api.Error)) handler {
	return func(s *Service, c *api.Call) (any, *api.Error) {
		var in T
		if err := json.NewDecoder(bytes.NewReader(c.Body)).Decode(&in); err != nil {
			return nil, failure("SerializationException", "The request body is not valid JSON for %s.", c.Operation)
		}
		return h(s, c, in)
	}
}

func failure(code, format string, args ...any) *api.Error {
	return api.Errorf(http.StatusBadRequest, code, format, args...)
}

func invalid(format string, args ...any) *api.Error {
	return failure("ValidationException", format, args...)
}

// none is the output of operations without one.
type none struct{}
