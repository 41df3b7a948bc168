// Package sts is the AWS Security Token Service for every account of the sandbox: it
// tells callers who they are, issues temporary credentials after trust policy and
// identity policy agree, and finds access keys for the verification of signatures.
//
// It keeps sessions in memory and nothing else; accounts, roles and policies are
// package iam's. It speaks the Query API of version 2011-06-15. Federation with SAML
// or web identities, GetFederationToken and AssumeRoot are not offered and refused by
// name.
//
// Start reading at Service and assumeRole. Rules and messages follow the AWS STS API
// Reference and the IAM User Guide ("Requesting temporary security credentials",
// "Pass session tags in AWS STS", "Monitor and control actions taken with assumed
// roles").
package sts
