// Package kms is the AWS Key Management Service for every account and region of the
// sandbox, as far as server-side encryption with customer managed keys needs it:
// symmetric keys, aliases, key policies, tags, rotation status and real encryption
// with AES-256-GCM.
//
// It never stores anything on disk, and offers no grants, asymmetric or imported keys,
// multi-Region keys or custom key stores: these are refused by name. Every call is
// decided by the key policy first, as "Key policies in AWS KMS" (AWS KMS Developer
// Guide) has it.
//
// Start reading at Service; other services use it through api.Keys (uses.go).
package kms
