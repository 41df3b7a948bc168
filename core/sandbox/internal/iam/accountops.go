package iam

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

var aliasPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9]|-[a-z0-9])*$`)

func readAlias(r *request) string {
	alias := r.text("AccountAlias", 63)
	if alias != "" && (len(alias) < 3 || !aliasPattern.MatchString(alias)) {
		r.problem("AccountAlias", alias, "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$")
	}
	return alias
}

func createAccountAlias(r *request) (any, *api.Error) {
	alias := readAlias(r)
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.allow("CreateAccountAlias", "*", nil); err != nil {
		return nil, err
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	for _, a := range r.s.accounts {
		if a.alias == alias && a != r.acct {
			return nil, api.Errorf(http.StatusConflict, "EntityAlreadyExists", "The account alias %s already exists.", alias)
		}
	}
	r.acct.alias = alias
	return nil, nil
}

func deleteAccountAlias(r *request) (any, *api.Error) {
	alias := readAlias(r)
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.allow("DeleteAccountAlias", "*", nil); err != nil {
		return nil, err
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.acct.alias != alias {
		return nil, noSuchEntity("The account alias %s cannot be found.", alias)
	}
	r.acct.alias = ""
	return nil, nil
}

func listAccountAliases(r *request) (any, *api.Error) {
	r.paging()
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.allow("ListAccountAliases", "*", nil); err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	var aliases members[string]
	if r.acct.alias != "" {
		aliases.Member = []string{r.acct.alias}
	}
	return struct {
		AccountAliases members[string]
		pageInfo
	}{AccountAliases: aliases}, nil
}

// samlProvider is an identity provider; its metadata document is kept, not read.
type samlProvider struct {
	arn, metadata string
	created       time.Time
	tags          []tag
}

// samlValidity is how long AWS takes a provider's metadata to be valid.
const samlValidity = 100 * 365 * 24 * time.Hour

func createSAMLProvider(r *request) (any, *api.Error) {
	name := r.name("Name", 128)
	metadata := r.text("SAMLMetadataDocument", 10000000)
	if metadata != "" && len(metadata) < 1000 {
		r.problem("sAMLMetadataDocument", "...", "Member must have length greater than or equal to 1000")
	}
	tags := r.tags()
	if err := r.check(); err != nil {
		return nil, err
	}
	arn := r.acct.arn("saml-provider/" + name)
	if err := r.allow("CreateSAMLProvider", arn, requestTags(tags)); err != nil {
		return nil, err
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if _, ok := r.acct.saml[name]; ok {
		return nil, api.Errorf(http.StatusConflict, "EntityAlreadyExists", "Provider with arn %s already exists.", arn)
	}
	r.acct.saml[name] = samlProvider{arn, metadata, r.Now, tags}
	return struct {
		SAMLProviderArn string
		Tags            *members[tag]
	}{arn, tagsShape(tags)}, nil
}

// samlTarget reads the ARN, asks for permission and returns the provider's name.
func samlTarget(r *request, action string) (string, *api.Error) {
	arn := r.arn("SAMLProviderArn")
	if err := r.check(); err != nil {
		return "", err
	}
	if err := r.allow(action, arn, nil); err != nil {
		return "", err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	for name, p := range r.acct.saml {
		if p.arn == arn {
			return name, nil
		}
	}
	return "", noSuchEntity("Manifest not found for arn %s", arn)
}

func getSAMLProvider(r *request) (any, *api.Error) {
	name, err := samlTarget(r, "GetSAMLProvider")
	if err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	p := r.acct.saml[name]
	return struct {
		SAMLMetadataDocument string
		CreateDate           string
		ValidUntil           string
		Tags                 *members[tag]
	}{p.metadata, timestamp(p.created), timestamp(p.created.Add(samlValidity)), tagsShape(p.tags)}, nil
}

func listSAMLProviders(r *request) (any, *api.Error) {
	if err := r.allow("ListSAMLProviders", r.acct.arn("saml-provider/*"), nil); err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	type entry struct{ Arn, ValidUntil, CreateDate string }
	names := slices.Sorted(maps.Keys(r.acct.saml))
	return struct{ SAMLProviderList members[entry] }{collect(names, func(name string) entry {
		p := r.acct.saml[name]
		return entry{p.arn, timestamp(p.created.Add(samlValidity)), timestamp(p.created)}
	})}, nil
}

func deleteSAMLProvider(r *request) (any, *api.Error) {
	name, err := samlTarget(r, "DeleteSAMLProvider")
	if err != nil {
		return nil, err
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	delete(r.acct.saml, name)
	return nil, nil
}
