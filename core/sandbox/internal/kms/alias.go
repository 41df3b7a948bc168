package kms

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

var aliasPattern = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

type aliasInput struct {
	AliasName   string
	TargetKeyID string `json:"TargetKeyId"`
}

// check refuses names that no customer may give.
func (in aliasInput) check() *api.Error {
	switch {
	case in.AliasName == "":
		return missing("aliasName")
	case !strings.HasPrefix(in.AliasName, "alias/"):
		return invalid("Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
	case strings.HasPrefix(in.AliasName, "alias/aws/"):
		return failure("NotAuthorizedException", "Aliases that start with alias/aws/ are reserved by AWS.")
	case !aliasPattern.MatchString(in.AliasName):
		return failure("InvalidAliasNameException", "Alias contains invalid characters for an alias")
	}
	return nil
}

func (s *Service) aliasARN(c *api.Call, name string) string {
	return arnOf(s.partition(c.Caller.AccountID), c.Region, c.Caller.AccountID, name)
}

// aliasTarget asks for an action on the key and on the alias: KMS wants both.
func (s *Service) aliasTarget(c *api.Call, in aliasInput, action string) (*key, *api.Error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if strings.Contains(in.TargetKeyID, "alias/") {
		return nil, invalid("Aliases must refer to keys. Not aliases")
	}
	k, err := s.target(c, in.TargetKeyID, action)
	if err != nil {
		return nil, err
	}
	if k.account != c.Caller.AccountID {
		return nil, failure("NotFoundException", "Key '%s' does not exist", k.arn)
	}
	return k, s.allowAny(c, action, s.aliasARN(c, in.AliasName), nil)
}

func createAlias(s *Service, c *api.Call, in aliasInput) (any, *api.Error) {
	k, err := s.aliasTarget(c, in, "CreateAlias")
	if err != nil {
		return nil, err
	}
	arn := s.aliasARN(c, in.AliasName)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aliases[arn] != nil {
		return nil, failure("AlreadyExistsException", "An alias with the name %s already exists", arn)
	}
	if k.state == pendingDeletion {
		return nil, k.pending()
	}
	s.aliases[arn] = &aliasT{
		name: in.AliasName, arn: arn, account: k.account, region: k.region, partition: k.partition,
		target: k.arn, created: c.Now, updated: c.Now,
	}
	return none{}, nil
}

func updateAlias(s *Service, c *api.Call, in aliasInput) (any, *api.Error) {
	k, err := s.aliasTarget(c, in, "UpdateAlias")
	if err != nil {
		return nil, err
	}
	arn := s.aliasARN(c, in.AliasName)
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.aliases[arn]
	if a == nil {
		return nil, failure("NotFoundException", "Alias %s is not found.", arn)
	}
	next := *a
	next.target, next.updated = k.arn, c.Now
	s.aliases[arn] = &next
	return none{}, nil
}

func deleteAlias(s *Service, c *api.Call, in aliasInput) (any, *api.Error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	arn := s.aliasARN(c, in.AliasName)
	if err := s.allowAny(c, "DeleteAlias", arn, nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	a := s.aliases[arn]
	var k *key
	if a != nil {
		k = s.live(a.target)
	}
	s.mu.Unlock()
	if k == nil {
		return nil, failure("NotFoundException", "Alias %s is not found.", arn)
	}
	if err := s.allow(c, k, "DeleteAlias", nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.aliases, arn)
	return none{}, nil
}

func listAliases(s *Service, c *api.Call, in listInput) (any, *api.Error) {
	if err := s.allowAny(c, "ListAliases", "*", nil); err != nil {
		return nil, err
	}
	target := ""
	if in.KeyID != "" {
		k, err := s.find(c.Caller.AccountID, c.Region, in.KeyID)
		if err != nil {
			return nil, err
		}
		target = k.arn
	}
	type entry struct {
		AliasName, AliasArn           string
		TargetKeyID                   string `json:"TargetKeyId"`
		CreationDate, LastUpdatedDate float64
	}
	var all []entry
	s.mu.RLock()
	for _, a := range s.aliases {
		if a.account == c.Caller.AccountID && a.region == c.Region && (target == "" || a.target == target) {
			id := a.target[strings.LastIndexByte(a.target, '/')+1:]
			all = append(all, entry{a.name, a.arn, id, seconds(a.created), seconds(a.updated)})
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(x, y entry) int { return strings.Compare(x.AliasName, y.AliasName) })
	aliases, next, err := page(all, func(e entry) string { return e.AliasName }, in, 50)
	return struct {
		Aliases    []entry
		NextMarker string `json:",omitempty"`
		Truncated  bool
	}{aliases, next, next != ""}, err
}
