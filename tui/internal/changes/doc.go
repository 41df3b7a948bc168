// Package changes is the plan screen: what a push would do, by account, by role, by
// file, who gains and who loses access, and how full IAM's quotas get; and the push
// itself, which is bound to the plan that was shown.
//
// It computes nothing of that: core/engine prepares, checks and pushes, core/plan says
// what changes.
//
// Start reading at Screen, then prepare.go (from folder to plan) and push.go.
package changes
