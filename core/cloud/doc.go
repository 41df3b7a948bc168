// Package cloud is the only importer of the AWS SDK. It implements the ports of
// package core (and the broker's) against AWS, and turns AWS's errors into core.Error,
// so that nothing above it looks at AWS error strings.
//
// It holds no rules: it never decides who may reach what. The environment and ~/.aws
// are looked at once, by New, and only where Options bring no credentials.
//
// Start reading at Client (one AWS identity in one region), then Tables.
package cloud
