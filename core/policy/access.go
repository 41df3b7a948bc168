package policy

import (
	"errors"
	"fmt"
	"slices"
)

// AccessInput says what the holder of a role in the master account may reach.
type AccessInput struct {
	Partition   string
	Region      string // of the tables
	Master      string // account ID
	RoleIAMName string // with its prefix; the same in the master and every sub-account
	Accounts    []string
	OrgID       string // "o-..."; needed once the accounts do not fit one by one
	LinksBucket string // empty: no links page
}

// AccessMode says how an access policy names the sub-accounts.
type AccessMode int

// The modes.
const (
	AccessNone     AccessMode = iota // no accounts, no statement
	AccessExact                      // the ARN of the role in every account
	AccessWildcard                   // any account of the organisation that has the role
)

// String returns none, exact or wildcard.
func (m AccessMode) String() string { return [...]string{"none", "exact", "wildcard"}[m] }

// ErrTooManyAccounts is what a TooManyAccountsError wraps.
var ErrTooManyAccounts = errors.New("too many accounts for an IAM role's inline policies")

// TooManyAccountsError says that the accounts do not fit into a role's inline policies,
// and that no organisation is given to match by.
type TooManyAccountsError struct {
	Accounts, Fit int
	Size          int // characters of the document that lists them all
}

func (e *TooManyAccountsError) Error() string {
	return fmt.Sprintf("%v: %d accounts, %d fit; set the organisation's ID", ErrTooManyAccounts, e.Accounts, e.Fit)
}

func (e *TooManyAccountsError) Unwrap() error { return ErrTooManyAccounts }

// Access is the permissions policy of a role in the master account. Its holder may
// take the role of the same name in the given accounts, and read what cam shows:
// the role's own assignments, names and statuses of accounts, the status of roles,
// and the role's links page.
//
// The accounts are listed one by one while the document fits QuotaRoleInline; beyond
// that any account of the organisation is meant, and the roles' own trust policies
// alone keep the rest out: the role exists only where it is approved.
//
// Errors: TooManyAccountsError; an account that is not 12 digits.
func Access(in AccessInput) (*Document, AccessMode, error) {
	accounts := slices.Compact(slices.Sorted(slices.Values(in.Accounts)))
	for _, account := range accounts {
		if !isAccountID(account) {
			return nil, AccessNone, fmt.Errorf("%q is not an account ID: it has 12 digits", account)
		}
	}
	read := readStatements(in)
	if len(accounts) == 0 {
		return &Document{Version: Version2012, Statements: read}, AccessNone, nil
	}
	assume := Statement{Sid: "Assume", Effect: Allow, Action: assumeActions()}
	document := func() *Document {
		return &Document{Version: Version2012, Statements: append([]Statement{assume}, read...)}
	}
	for _, account := range accounts {
		assume.Resource = append(assume.Resource, iamARN(in.Partition, account, "role/"+in.RoleIAMName))
	}
	exact := document()
	size := Size(exact.JSON())
	if size <= QuotaRoleInline {
		return exact, AccessExact, nil
	}
	if in.OrgID == "" {
		each := len(assume.Resource[0]) + len(`"",`)
		fit := len(accounts) - (size-QuotaRoleInline+each-1)/each
		return nil, AccessNone, &TooManyAccountsError{Accounts: len(accounts), Fit: max(fit, 0), Size: size}
	}
	assume.Resource = []string{iamARN(in.Partition, "*", "role/"+in.RoleIAMName)}
	assume.Conditions = []Condition{{Operator: "StringEquals", Key: "aws:ResourceOrgID", Values: []string{in.OrgID}}}
	return document(), AccessWildcard, nil
}

// readStatements let the holder see its own rows and nothing else. The DynamoDB
// conditions follow "Using IAM policy conditions for fine-grained access control":
// ForAllValues also holds when a request names nothing, so Null asks that it does
// name something, and Select that it does not ask for everything.
func readStatements(in AccessInput) []Statement {
	role := roleEntry(in.RoleIAMName)
	statements := []Statement{
		{
			Sid: "Assignments", Effect: Allow,
			Action:   []string{"dynamodb:Query"},
			Resource: []string{tableARN(in, assignmentsTable)},
			Conditions: []Condition{
				{Operator: "ForAllValues:StringEquals", Key: "dynamodb:LeadingKeys", Values: []string{role}},
				{Operator: "Null", Key: "dynamodb:LeadingKeys", Values: []string{"false"}},
			},
		},
		attributes(in, "Account", "dynamodb:GetItem", accountsTable, "AccountId", "Status"),
		attributes(in, "AccountByName", "dynamodb:Query", accountsTable+"/index/"+nameIndex, "AccountId", "Name", "Status"),
		attributes(in, "Role", "dynamodb:GetItem", rolesTable, "Role", "Status"),
	}
	if in.LinksBucket != "" {
		statements = append(statements, Statement{
			Sid: "Links", Effect: Allow,
			Action:   []string{"s3:GetObject"},
			Resource: []string{"arn:" + in.Partition + ":s3:::" + in.LinksBucket + "/links/" + role + ".html"},
		})
	}
	return statements
}

// attributes lets some attributes of a table or index be read.
func attributes(in AccessInput, sid, action, table string, names ...string) Statement {
	return Statement{
		Sid: sid, Effect: Allow,
		Action:   []string{action},
		Resource: []string{tableARN(in, table)},
		Conditions: []Condition{
			{Operator: "ForAllValues:StringEquals", Key: "dynamodb:Attributes", Values: names},
			{Operator: "Null", Key: "dynamodb:Attributes", Values: []string{"false"}},
			{Operator: "StringEqualsIfExists", Key: "dynamodb:Select", Values: []string{"SPECIFIC_ATTRIBUTES"}},
		},
	}
}

func tableARN(in AccessInput, table string) string {
	return "arn:" + in.Partition + ":dynamodb:" + in.Region + ":" + in.Master + ":table/" + table
}
