package files

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/tui/internal/query"
)

// checked is what package config says of the whole configuration, unsaved text in the
// place of files. It belongs to one state of all texts: about another one it is dropped.
type checked struct {
	generation int
	config     *core.Configuration
	findings   []core.Finding
	facts      map[string]*facts
	err        error
}

// facts are what is known of one file.
type facts struct {
	accounts         []core.AccountEntry
	roles            []core.RoleEntry
	policy           *core.PolicyFile
	findings         []core.Finding
	errors, warnings int
	fields           []string // what a filter searches, folded
}

var noFacts = &facts{}

// texts are all files as they would be if everything unsaved were saved.
func (s *Screen) texts() map[string]content {
	out := make(map[string]content, len(s.disk)+len(s.drafts))
	for name, isDir := range s.others {
		out[name] = content{isDir: isDir}
	}
	for name, f := range s.disk {
		if f.err == nil {
			out[name] = content{data: f.data, size: f.size}
		}
	}
	for name, d := range s.drafts {
		out[name] = content{data: []byte(d.Text)}
	}
	return out
}

// validate checks everything as it is now. What an earlier check says late is dropped.
func (s *Screen) validate() tea.Cmd {
	if s.asOf.IsZero() {
		return nil // nothing was read yet
	}
	if s.stopCheck != nil {
		s.stopCheck()
	}
	s.sync()
	ctx, stop := context.WithCancel(s.ctx)
	s.stopCheck = stop
	s.generation++
	generation, texts := s.generation, s.texts()
	return func() tea.Msg {
		c := checked{generation: generation}
		c.config, c.findings, c.err = config.Load(ctx, newOverlay(texts))
		if c.err == nil {
			c.facts = gather(c.config, c.findings)
		}
		return c
	}
}

// gather sorts what is known by files.
func gather(c *core.Configuration, findings []core.Finding) map[string]*facts {
	all := map[string]*facts{}
	of := func(name string) *facts {
		if all[name] == nil {
			all[name] = &facts{}
		}
		return all[name]
	}
	for _, f := range findings {
		found := of(f.File)
		found.findings = append(found.findings, f)
		if f.Severity == core.SeverityError {
			found.errors++
		} else {
			found.warnings++
		}
	}
	words := map[string]*strings.Builder{}
	note := func(name string, fields ...string) {
		if words[name] == nil {
			words[name] = &strings.Builder{}
		}
		for _, field := range fields {
			words[name].WriteString(field)
			words[name].WriteByte('\n')
		}
	}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		of(a.Source).accounts = append(of(a.Source).accounts, *a)
		note(a.Source, string(a.ID), a.Name, a.Email)
		note(a.Source, a.Groups...)
	}
	for i := range c.Roles {
		r := &c.Roles[i]
		of(r.Source).roles = append(of(r.Source).roles, *r)
		note(r.Source, string(r.Name), r.Policy)
		note(r.Source, r.Groups...)
	}
	for i := range c.Policies {
		of(c.Policies[i].Source).policy = &c.Policies[i]
	}
	for name, text := range words {
		of(name).fields = []string{query.Fold(text.String())}
	}
	return all
}

// took takes the result of a check.
func (s *Screen) took(c checked) tea.Cmd {
	if c.generation != s.generation {
		return nil
	}
	if c.err != nil {
		return nil // its context ended, and the program with it
	}
	s.config, s.findings, s.facts = c.config, c.findings, c.facts
	s.arrange()
	if s.opened != nil {
		s.opened.show(s.factsOf(s.opened.name).findings)
	}
	then := s.then
	s.then = nil
	if then == nil {
		return nil
	}
	return then()
}

// factsOf never returns nil.
func (s *Screen) factsOf(name string) *facts {
	if f := s.facts[name]; f != nil {
		return f
	}
	return noFacts
}

// firstError is the first finding of a file that stops a push.
func (f *facts) firstError() (core.Finding, bool) {
	for _, finding := range f.findings {
		if finding.Severity == core.SeverityError {
			return finding, true
		}
	}
	return core.Finding{}, false
}
