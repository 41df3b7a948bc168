// Package broker answers what users and scripts ask: who am I, which accounts are
// approved for my role, credentials for one of them in the format a tool wants, the
// environment of a command, and a link into the console.
//
// A sub-account is reached over a chain: the caller's session in the master account,
// the role CrossAccountManager-<Role> there, the role of the same name in the
// sub-account. An error says which link of the chain refused; see LinkError.
//
// The package never imports the AWS SDK, reads the environment, prints, prompts, or
// writes a secret anywhere but to the writer it is given and, on request, the
// operating system's keychain. What talks to AWS stands behind the small interfaces
// in ports.go, whose signatures use only types of package core.
//
// Start reading at Broker, then chain.go, approved.go and resolve.go.
package broker
