// Package iam is AWS Identity and Access Management for every account of the
// sandbox, and the sandbox's authoriser: it holds accounts, roles, users and
// policies, answers IAM's Query API (version 2010-05-08), and decides every question
// that a service asks through api.Authorizer.
//
// It never speaks HTTP itself (package front does) and never issues temporary
// credentials (package sts does). Groups, instance profiles, service-linked roles and
// OpenID Connect providers are not offered; their operations are refused by name.
//
// Start reading at Service, then Service.Authorize. Rules and messages follow the IAM
// API Reference and the IAM User Guide ("IAM and AWS STS quotas", "Policy evaluation
// logic", "AWS global condition context keys").
package iam
