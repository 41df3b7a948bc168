package tuitest

import (
	"io/fs"
	"maps"
	"os/exec"
	"sync"
	"testing/fstest"

	"github.com/cross-account-manager/cam/core"
)

// Folder is a configuration folder in memory. It is safe for concurrent use.
type Folder struct {
	mu    sync.Mutex
	files map[string]string
}

// NewFolder makes a folder that holds files.
func NewFolder(files map[string]string) *Folder { return &Folder{files: maps.Clone(files)} }

// Path implements files.Folder.
func (f *Folder) Path() string { return "/home/alice/organisation" }

// FS implements files.Folder: the files as they are when it is read.
func (f *Folder) FS() fs.FS { return now{f} }

type now struct{ folder *Folder }

func (n now) Open(name string) (fs.File, error) {
	n.folder.mu.Lock()
	defer n.folder.mu.Unlock()
	m := fstest.MapFS{}
	for key, text := range n.folder.files {
		m[key] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m.Open(name)
}

// Write implements files.Folder.
func (f *Folder) Write(name string, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[name] = string(data)
	return nil
}

// Remove implements files.Folder.
func (f *Folder) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.files, name)
	return nil
}

// Editor implements files.Folder: there is none.
func (f *Folder) Editor(string) (*exec.Cmd, error) {
	return nil, core.Errorf(core.CodeFailure, "there is no editor")
}

// Sample is a small configuration.
func Sample() map[string]string {
	return map[string]string{
		"account/workloads.yaml": `accounts:
  "111122223333":
    name: shop-production
    email: shop@example.com
    groups: [production]
  "222233334444":
    name: payments-production
    email: payments@example.com
    groups: [pci, production]
  "333344445555":
    name: shop-staging
    groups: [staging]
  "444455556666":
    name: analytics-sandbox
    groups: [development]
`,
		"role/operations.yaml": `roles:
  DevOps:
    policy: DevOps.json
    groups: [production, staging]
  Read-Only:
    managed_policies: ["arn:{partition}:iam::aws:policy/ReadOnlyAccess"]
`,
		"custom_policy/DevOps.json": `{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["ec2:Describe*", "s3:ListAllMyBuckets"], "Resource": "*"}
  ]
}
`,
	}
}
