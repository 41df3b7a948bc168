package broker

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Link is one link of the chain from the caller to a sub-account.
type Link string

// The links in their order. A caller whose session holds the role already needs no
// LinkMaster.
const (
	LinkCaller  Link = "caller"      // who the caller is
	LinkMaster  Link = "master"      // taking the role in the master account
	LinkAccount Link = "sub-account" // taking the role of the same name in the sub-account
)

// LinkError tells at which link of the chain a request ended. It stands in the chain
// of the *core.Error that the broker returns.
type LinkError struct {
	Link     Link
	Position int    // 1-based; 0 for LinkCaller
	Length   int    // how many roles the chain takes: 1 or 2
	From, To string // ARNs
	Err      error
}

func (e *LinkError) Error() string { return e.Err.Error() }

func (e *LinkError) Unwrap() error { return e.Err }

// stand is where the caller stands once the role is held in the master account.
type stand struct {
	who     Whoami
	role    core.RoleName
	session Session // acts with the role
	arn     string  // who acts
	links   int     // length of the chain to a sub-account from the caller
}

// hold resolves which role is meant and holds it in the master account.
func (b *Broker) hold(ctx context.Context, role string, fresh bool) (stand, error) {
	who, err := b.Whoami(ctx)
	if err != nil {
		return stand{}, err
	}
	name, err := chooseRole(who, role)
	if err != nil {
		return stand{}, err
	}
	if name == who.CurrentRole {
		return stand{who: who, role: name, session: b.opt.Caller, arn: who.ARN, links: 1}, nil
	}
	s := step{
		link: LinkMaster, position: 1, length: 2, session: b.opt.Caller, who: who, role: name,
		from: who.ARN, account: who.MasterAccount, fresh: fresh,
	}
	creds, err := b.take(ctx, s)
	if err != nil {
		return stand{}, b.masterRefusal(ctx, who, name, err)
	}
	return stand{who: who, role: name, session: b.opt.Open(creds), arn: s.to(), links: 2}, nil
}

var rolePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)

// chooseRole is the role asked for, spelled as the session spells it, or the current one.
func chooseRole(who Whoami, asked string) (core.RoleName, error) {
	name := core.ParseRoleName(strings.TrimSpace(asked))
	switch {
	case name == "" && who.CurrentRole == "":
		return "", core.Errorf(core.CodeUsage, "%s holds no %s role, so there is no current role", who.ARN, core.Prefix+"*").
			WithHint("name one with --role")
	case name == "", strings.EqualFold(string(name), string(who.CurrentRole)):
		return who.CurrentRole, nil
	case strings.EqualFold(string(name), string(core.AdminRole)):
		return "", core.Errorf(core.CodeDenied, "%s belongs to the engine and cannot be taken by a user", name.IAMName())
	case !rolePattern.MatchString(string(name)) || len(name.IAMName()) > core.MaxIAMRoleName:
		return "", core.Errorf(core.CodeUsage, "%q cannot be a role's name", asked)
	default:
		return name, nil
	}
}

// step is one link about to be taken.
type step struct {
	link             Link
	position, length int
	session          Session // acts
	from             string  // ARN of who acts
	who              Whoami
	role             core.RoleName
	account          core.AccountID
	label            string // the account as a person knows it
	duration         time.Duration
	fresh            bool // neither read nor fill the cache
}

func (s step) to() string { return core.RoleARN(s.who.Partition, s.account, s.role.IAMName()) }

func (s step) key() Key {
	return Key{UserID: s.who.UserID, Master: s.who.MasterAccount, Role: s.role, Account: s.account, Duration: s.duration}
}

// take returns the credentials of a link, from the cache if they are there.
func (b *Broker) take(ctx context.Context, s step) (core.Credentials, error) {
	assume := func(ctx context.Context) (core.Credentials, error) {
		return s.session.STS.AssumeRole(ctx, s.to(), s.who.SessionName, s.duration)
	}
	creds, err := b.cached(ctx, s.key(), s.fresh, assume)
	if err != nil {
		return core.Credentials{}, s.failure(err)
	}
	return creds, nil
}

// failure says in a sentence which link ended the request.
func (s step) failure(err error) error {
	where := "the master account " + string(s.account)
	if s.link == LinkAccount {
		where = s.label
	}
	link := fmt.Sprintf("link %d of %d", s.position, s.length)
	out := &core.Error{
		Code: core.CodeOf(err), AWSCode: awsCodeOf(err), Hint: hintOf(err),
		Err: &LinkError{Link: s.link, Position: s.position, Length: s.length, From: s.from, To: s.to(), Err: err},
	}
	if out.Code != core.CodeDenied {
		out.Message = fmt.Sprintf("%s failed: %s could not take %s in %s: %v", link, s.from, s.role.IAMName(), where, err)
		return out
	}
	out.Message = fmt.Sprintf("%s refused: %s may not take %s in %s", link, s.from, s.role.IAMName(), where)
	if s.link == LinkMaster {
		return out.WithHint("ask an administrator to let you take %s: its trust must accept you and your own permissions must allow sts:AssumeRole on it; if the role requires MFA, sign in with MFA",
			s.to())
	}
	return out.WithHint("the account is approved, so its role may be missing or changed: ask an administrator to look at cam status --role %s --account %s and to run cam retry",
		s.role, s.account)
}

// masterRefusal turns a refusal at the first link into CodeNotFound when the role is
// known not to exist: STS answers both alike. Only a caller of the master account can
// know.
func (b *Broker) masterRefusal(ctx context.Context, who Whoami, role core.RoleName, err error) error {
	if !core.IsCode(err, core.CodeDenied) || who.Account != who.MasterAccount {
		return err
	}
	if gone, known := unknownRole(ctx, b.opt.Caller.Directory, role); known && gone {
		return &core.Error{Code: core.CodeNotFound, Message: fmt.Sprintf("there is no role %s", role),
			Hint: "check the spelling; cam whoami shows the current role", AWSCode: awsCodeOf(err), Err: err}
	}
	return err
}

// unknownRole reports whether the role does not exist, and whether that is known.
func unknownRole(ctx context.Context, d Directory, role core.RoleName) (gone, known bool) {
	status, err := d.RoleStatus(ctx, role)
	switch {
	case core.IsCode(err, core.CodeNotFound):
		return true, true
	case err != nil:
		return false, false
	default:
		return status == core.RoleDeleted, true
	}
}
