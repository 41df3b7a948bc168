// Package templates holds what an installation starts from, embedded into the
// program: the CloudFormation templates of the master account and of sub-accounts, and
// the starter configuration of a sample organisation.
//
// It only holds files. It never reads the disk, fills in values or talks to AWS.
// Start reading at master.yaml; for the configuration, at Organisation.
package templates

import (
	"embed"
	"io/fs"
)

//go:embed master.yaml
var master string

//go:embed sub-account.yaml
var subAccount string

// Master is the CloudFormation template of the master account.
func Master() string { return master }

// SubAccount is the CloudFormation template of a sub-account.
func SubAccount() string { return subAccount }

//go:embed all:organisation
var organisation embed.FS

// Organisation is the starter configuration: account/, role/ and custom_policy/ of a
// fictitious company, with comments for admins. The file system is read-only and safe
// for concurrent use.
func Organisation() fs.FS {
	sub, err := fs.Sub(organisation, "organisation")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return sub
}
