package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core"
)

// Whoami is who the caller is in the master account.
type Whoami struct {
	Account       core.AccountID `json:"account_id"`
	ARN           string         `json:"arn"`
	UserID        string         `json:"user_id"`
	SessionName   string         `json:"session_name"`           // used for every session taken on the way
	CurrentRole   core.RoleName  `json:"current_role,omitempty"` // empty when the session has no CrossAccountManager role
	MasterAccount core.AccountID `json:"master_account_id"`
	Partition     core.Partition `json:"partition"`
	Expires       time.Time      `json:"expires,omitzero"` // zero when the credentials do not expire, or it is not known
}

// Whoami asks STS who the caller is. Missing and expired credentials are
// CodeNoCredentials.
func (b *Broker) Whoami(ctx context.Context) (Whoami, error) {
	id, err := b.opt.Caller.STS.Identity(ctx)
	if err != nil {
		return Whoami{}, identityError(err)
	}
	p, err := parsePrincipal(id.ARN)
	if err != nil {
		return Whoami{}, err
	}
	who := Whoami{
		Account: id.Account, ARN: id.ARN, UserID: id.UserID,
		SessionName: SessionName(p.name), MasterAccount: id.Account, Partition: p.partition,
	}
	if b.opt.MasterAccount != "" {
		who.MasterAccount = b.opt.MasterAccount
	}
	if who.Account == who.MasterAccount {
		who.CurrentRole = p.userRole()
	}
	if b.opt.Expires != nil {
		// The identity is proven; not knowing when the session ends is no failure.
		who.Expires, _ = b.opt.Expires(ctx)
	}
	return who, nil
}

func identityError(err error) error {
	link := &LinkError{Link: LinkCaller, Err: err}
	if !core.IsCode(err, core.CodeNoCredentials) {
		return &core.Error{Code: core.CodeOf(err), Message: fmt.Sprintf("asking STS who you are: %v", err),
			Hint: hintOf(err), AWSCode: awsCodeOf(err), Err: link}
	}
	message := "no usable credentials for the master account"
	if strings.Contains(awsCodeOf(err), "Expired") {
		message = "the master account's session has expired"
	}
	return (&core.Error{Code: core.CodeNoCredentials, Message: message, AWSCode: awsCodeOf(err), Err: link}).WithHint(
		"sign in to the master account (for example with aws sso login or your organization's sign-in page), or name a profile that has access with --profile")
}

// principal is what an ARN of STS or IAM says.
type principal struct {
	partition core.Partition
	kind      string // assumed-role, user, federated-user, root
	role      string // IAM role name of an assumed-role session
	name      string // session or user name
}

// parsePrincipal reads the ARN forms of the IAM User Guide, "IAM identifiers".
func parsePrincipal(arn string) (principal, error) {
	part := strings.SplitN(arn, ":", 6)
	if len(part) != 6 || part[0] != "arn" || part[1] == "" {
		return principal{}, core.Errorf(core.CodeFailure, "STS named an identity that is not understood: %q", arn)
	}
	path := strings.Split(part[5], "/")
	p := principal{partition: core.Partition(part[1]), kind: path[0], name: path[len(path)-1]}
	if p.kind == "assumed-role" && len(path) >= 3 {
		p.role = path[len(path)-2]
	}
	return p, nil
}

// userRole is the role a user's session holds. The admin role is the engine's own
// and never counts as one.
func (p principal) userRole() core.RoleName {
	name, found := strings.CutPrefix(p.role, core.Prefix)
	if !found || name == string(core.AdminRole) {
		return ""
	}
	return core.RoleName(name)
}

// SessionName makes a role session name of a person's name: STS takes 2 to 64
// characters of [\w+=,.@-] (AssumeRole, STS API Reference). Others become a hyphen.
func SessionName(name string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_+=,.@-", r):
			return r
		default:
			return '-'
		}
	}, name)
	if out == "" {
		return "cam"
	}
	if len(out) == 1 {
		out += "-"
	}
	return out[:min(len(out), 64)]
}

func awsCodeOf(err error) string {
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e.AWSCode
	}
	return ""
}

func hintOf(err error) string {
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e.Hint
	}
	return ""
}
