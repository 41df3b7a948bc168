package iam

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/policy"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const trustLimit = 2048

// trust is a role's trust policy. IAM stores the unique IDs of the roles and users it
// names, not their ARNs: after a principal is deleted the policy shows, and means,
// its ID, and a new principal with the old name is somebody else (IAM User Guide,
// "AWS JSON policy elements: Principal").
type trust struct {
	document
	bound map[string]string // ARN of a role or user to its unique ID
}

// newTrust validates a trust policy. The caller holds the lock.
func (s *Service) newTrust(text string, partition string, now time.Time) (*trust, *api.Error) {
	d, err := parseDocument(text, policy.Trust)
	if err != nil {
		return nil, err
	}
	if policy.Size([]byte(text)) > trustLimit {
		return nil, limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", trustLimit)
	}
	t := &trust{document: d, bound: map[string]string{}}
	rename := map[string]string{}
	for _, p := range principals(d.doc) {
		bound, problem := s.resolvePrincipal(p, partition, now)
		if problem != "" {
			return nil, malformed(problem)
		}
		if bound.arn != p.name && bound.arn != "" {
			rename[p.name] = bound.arn
		}
		if bound.id != "" {
			t.bound[bound.arn] = bound.id
		}
	}
	if len(rename) > 0 {
		t.document = t.rename(rename)
	}
	return t, nil
}

// named is one principal as a document names it.
type named struct{ kind, name string }

// principals lists all principals of a document.
func principals(doc *policy.Document) []named {
	var out []named
	add := func(kind string, names []string) {
		for _, n := range names {
			out = append(out, named{kind, n})
		}
	}
	for _, s := range doc.Statements {
		for _, p := range []*policy.Principals{s.Principal, s.NotPrincipal} {
			if p != nil {
				add("AWS", p.AWS)
				add("SERVICE", p.Service)
				add("FEDERATED", p.Federated)
				add("CANONICALUSER", p.CanonicalUser)
			}
		}
	}
	return out
}

func invalidPrincipal(p named) string {
	return fmt.Sprintf("Invalid principal in policy: %q:%q", p.kind, p.name)
}

// resolved is a principal in the form in which IAM stores it: a canonical ARN, and
// the unique ID of a role or user.
type resolved struct{ arn, id string }

var (
	accountPattern   = regexp.MustCompile(`^\d{12}$`)
	principalPattern = regexp.MustCompile(`^(\*|\d{12}|arn:.+|A[A-Z]{3}[A-Z0-9]{17})$`)
	servicePattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?$`)
	federatedPattern = regexp.MustCompile(`^(arn:aws[a-z-]*:iam::\d{12}:(saml|oidc)-provider/.+|([a-z0-9-]+\.)+[a-z]{2,})$`)
	rootPattern      = regexp.MustCompile(`^arn:([a-z-]+):iam::(\d{12}):root$`)
	sessionPattern   = regexp.MustCompile(`^arn:([a-z-]+):sts::(\d{12}):(assumed-role|federated-user)/([^/]+)(/.+)?$`)
)

// resolvePrincipal finds the principal a document names among what is visible; the
// problem is IAM's sentence when there is none. The caller holds the lock.
func (s *Service) resolvePrincipal(p named, partition string, now time.Time) (resolved, string) {
	wrong := invalidPrincipal(p)
	switch p.kind {
	case "SERVICE":
		if servicePattern.MatchString(p.name) {
			return resolved{}, ""
		}
		return resolved{}, wrong
	case "FEDERATED":
		if federatedPattern.MatchString(p.name) {
			return resolved{}, ""
		}
		return resolved{}, "Federated principals must be valid domain names or SAML metadata ARNs"
	case "AWS":
		if r, ok := s.resolveAWS(p.name, partition, now); ok {
			return r, ""
		}
	}
	return resolved{}, wrong
}

func (s *Service) resolveAWS(name, partition string, now time.Time) (resolved, bool) {
	if name == "*" {
		return resolved{}, true
	}
	if accountPattern.MatchString(name) {
		return resolved{arn: "arn:" + partition + ":iam::" + name + ":root"}, s.accounts[name] != nil
	}
	if m := rootPattern.FindStringSubmatch(name); m != nil {
		return resolved{}, m[1] == partition && s.accounts[m[2]] != nil
	}
	if m := sessionPattern.FindStringSubmatch(name); m != nil {
		a := s.accounts[m[2]]
		if m[1] != partition || a == nil || m[3] != "assumed-role" {
			return resolved{}, m[1] == partition && a != nil
		}
		return resolved{}, a.entities[keyOf(roleKind, m[4])].at(now) != nil
	}
	e := s.entityByARN(name, now)
	if e == nil {
		e = s.entityByID(name, now)
	}
	if e == nil {
		return resolved{}, false
	}
	return resolved{e.arn, e.id}, true
}

// InvalidPrincipal returns the first AWS principal of a resource policy that does not
// exist in the sandbox, and true when there is one.
func (s *Service) InvalidPrincipal(doc *policy.Document, partition string) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.opts.Clock()
	for _, p := range principals(doc) {
		if p.kind != "AWS" {
			continue
		}
		if _, ok := s.resolveAWS(p.name, partition, now); !ok {
			return p.name, true
		}
	}
	return "", false
}

// effective is the trust policy as it reads and means at a time: principals that are
// gone appear as their unique IDs. With the newest state, for the API, the time is
// left zero. The caller holds the lock.
func (s *Service) effective(t *trust, now time.Time) document {
	dead := map[string]string{}
	for arn, id := range t.bound {
		ref := s.ids[id]
		states := s.accounts[ref.account].entities[ref.key]
		e := states.current()
		if !now.IsZero() {
			e = states.at(now)
		}
		if e == nil || e.id != id {
			dead[arn] = id
		}
	}
	if len(dead) == 0 {
		return t.document
	}
	return t.rename(dead)
}

// rename replaces principals in the text and in the parsed form.
func (t *trust) rename(names map[string]string) document {
	doc := *t.doc
	doc.Statements = slices.Clone(t.doc.Statements)
	for i := range doc.Statements {
		st := &doc.Statements[i]
		st.Principal = renamePrincipals(st.Principal, names)
		st.NotPrincipal = renamePrincipals(st.NotPrincipal, names)
	}
	return document{text: renameText(t.text, names), doc: &doc}
}

func renamePrincipals(p *policy.Principals, names map[string]string) *policy.Principals {
	if p == nil {
		return nil
	}
	out := *p
	out.AWS = slices.Clone(p.AWS)
	for i, n := range out.AWS {
		if to, ok := names[n]; ok {
			out.AWS[i] = to
		}
	}
	return &out
}

// renameText replaces the strings below Statement's Principal and NotPrincipal, and
// leaves the rest of the text, its layout included, as it was written.
func renameText(text string, names map[string]string) string {
	dec := json.NewDecoder(strings.NewReader(text))
	var out strings.Builder
	copied := 0
	walk(dec, false, func(value string, inside bool) {
		to, ok := names[value]
		if !ok || !inside {
			return
		}
		end := int(dec.InputOffset())
		start := strings.LastIndex(text[:end-1], `"`)
		quoted, _ := json.Marshal(to)
		out.WriteString(text[copied:start])
		out.Write(quoted)
		copied = end
	})
	return out.String() + text[copied:]
}

// walk visits the string values of one JSON value; inside says that a key above it is
// Principal or NotPrincipal.
func walk(dec *json.Decoder, inside bool, visit func(string, bool)) {
	token, err := dec.Token()
	if err != nil {
		return
	}
	switch v := token.(type) {
	case string:
		visit(v, inside)
	case json.Delim:
		for dec.More() {
			below := inside
			if v == '{' {
				key, _ := dec.Token()
				below = inside || key == "Principal" || key == "NotPrincipal"
			}
			walk(dec, below, visit)
		}
		_, _ = dec.Token() // the closing bracket
	}
}
