package engine

import (
	"context"
	"strings"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
)

// policySource hands the policy files of the configuration bucket to the parser of
// role files, reading each only when a role names it.
type policySource struct {
	ctx      context.Context
	bucket   core.Objects
	names    []string
	parsed   config.Policies
	findings []core.Finding // of the policy files that were read
	failed   error          // a read that failed; the parse is then void
}

func (e *Engine) policies(ctx context.Context) (*policySource, error) {
	s := &policySource{ctx: ctx, bucket: e.Config, parsed: config.Policies{}}
	for o, err := range e.Config.ListObjects(ctx, core.PolicyFolder) {
		if err != nil {
			return nil, err
		}
		s.names = append(s.names, strings.TrimPrefix(o.Key, core.PolicyFolder))
	}
	return s, nil
}

// Names implements config.PolicySource.
func (s *policySource) Names() []string { return s.names }

// Policy implements config.PolicySource.
func (s *policySource) Policy(name string) (core.PolicyFile, bool) {
	if p, known := s.parsed[name]; known {
		return p, true
	}
	o, err := s.bucket.Object(s.ctx, core.PolicyFolder+name)
	if err != nil {
		if !core.IsCode(err, core.CodeNotFound) {
			s.failed = err
		}
		return core.PolicyFile{}, false
	}
	parsed, findings := config.ParsePolicy(core.PolicyFolder+name, o.Body)
	s.parsed[name] = parsed
	s.findings = append(s.findings, findings...)
	return parsed, true
}
