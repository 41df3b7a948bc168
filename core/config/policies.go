package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/policy"
)

// PolicySource finds the policy files that roles name.
type PolicySource interface {
	// Policy finds a file of custom_policy/ by its name. A file that is there but
	// invalid is found with an empty Document; that is an error of the role too.
	Policy(name string) (core.PolicyFile, bool)
	// Names are all file names that are known, for suggestions; nil is fine.
	Names() []string
}

// Policies is a PolicySource of parsed files, by name.
type Policies map[string]core.PolicyFile

// Policy implements PolicySource.
func (p Policies) Policy(name string) (core.PolicyFile, bool) {
	file, found := p[name]
	return file, found
}

// Names implements PolicySource.
func (p Policies) Names() []string { return slices.Sorted(maps.Keys(p)) }

// ParsePolicy reads one policy file. file is its path below the configuration
// folder. Document and Size stay empty when IAM would refuse the policy.
func ParsePolicy(file string, data []byte) (core.PolicyFile, []core.Finding) {
	r := &report{file: file}
	found := core.PolicyFile{Name: file[strings.LastIndexByte(file, '/')+1:], Source: file}
	if len(data) > MaxFileSize {
		r.problem(tooLarge(int64(len(data))))
		return found, r.done()
	}
	_, issues := policy.Parse(data, policy.Identity)
	for _, issue := range issues {
		r.add(core.Severity(issue.Severity.String()), position{issue.Line, issue.Column}, issue.Advice, issue.Message)
	}
	if policy.HasErrors(issues) {
		return found, r.done()
	}
	if size := policy.Size(data); size > policy.QuotaRoleInline {
		r.errorf(position{1, 1}, "shorten it, or move statements to a managed policy",
			"the policy has %d characters without white space; IAM takes at most %d", size, policy.QuotaRoleInline)
		return found, r.done()
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		r.problem(err)
		return found, r.done()
	}
	found.Document, found.Size = compact.String(), policy.Size(data)
	return found, r.done()
}
