package core

import (
	"net/url"
	"regexp"
	"strings"
)

// SubAccountStack is the name of the stack by which a sub-account joins, unless its
// owner chooses another.
const SubAccountStack = Prefix + "SubAccount"

// Invitation is what the owner of a sub-account needs to know to let it join: the
// parameters of the sub-account's stack, and where its template is.
type Invitation struct {
	Account        AccountID
	Master         AccountID
	Region         string // of the master stack, and of the stack that is to be made
	OrgID          string // of the installation; empty if it is in none
	ArtifactBucket string
	ArtifactKey    string
	Architecture   string
	TemplateURL    string // in an S3 bucket that the account may read; empty if it is in none
}

// Parameter is a parameter of a stack.
type Parameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Parameters are those of the sub-account's template that have no default, or another
// value than it.
func (i Invitation) Parameters() []Parameter {
	var out []Parameter
	for _, p := range []Parameter{
		{"MasterAccountId", string(i.Master)}, {"MasterRegion", i.Region},
		{"ArtifactBucket", i.ArtifactBucket}, {"ArtifactKey", i.ArtifactKey}, {"Architecture", i.Architecture},
	} {
		if p.Value != "" {
			out = append(out, p)
		}
	}
	return out
}

// flags of cam deploy sub-account, by the parameter that they set.
var invitationFlags = map[string]string{
	"MasterAccountId": "--master", "MasterRegion": "--master-region",
	"ArtifactBucket": "--artifact-bucket", "ArtifactKey": "--artifact-key", "Architecture": "--architecture",
}

// Command is the command line that lets the account join, to be run with credentials of
// the account. It is quoted as POSIX shells understand it.
func (i Invitation) Command() string {
	args := []string{"cam", "deploy", "sub-account"}
	for _, p := range i.Parameters() {
		args = append(args, invitationFlags[p.Name], p.Value)
	}
	return commandLine(args)
}

// MasterCommand is what has to be run in the master account first, so that the account
// may read the function's code; empty in an organisation, where every member may. It
// leaves the master's own code as it is.
func (i Invitation) MasterCommand() string {
	if i.OrgID != "" {
		return ""
	}
	args := []string{"cam", "deploy", "master", "--sub-account", string(i.Account)}
	if i.ArtifactKey != "" {
		args = append(args, "--parameter", "ArtifactKey="+i.ArtifactKey)
	}
	return commandLine(args)
}

// ConsoleURL is a link for somebody who is signed in to the account's console: with a
// TemplateURL, to the page that creates the stack with everything filled in
// (CloudFormation User Guide, "Create quick-create links for CloudFormation stacks");
// without, to the page where a stack begins with the upload of its template, which
// takes the Parameters by hand. The link holds no secret.
func (i Invitation) ConsoleURL() string {
	page := "https://" + i.Region + "." + PartitionOf(i.Region).consoleHost() +
		"/cloudformation/home?region=" + url.QueryEscape(i.Region) + "#/stacks/create"
	if i.TemplateURL == "" {
		return page
	}
	page += "/review?templateURL=" + url.QueryEscape(i.TemplateURL) + "&stackName=" + SubAccountStack
	for _, p := range i.Parameters() {
		page += "&param_" + p.Name + "=" + url.QueryEscape(p.Value)
	}
	return page
}

// consoleHost is the console's host without a region; a partition that is not known has
// the commercial one's.
func (p Partition) consoleHost() string {
	switch p {
	case "aws-cn":
		return "console.amazonaws.cn"
	case "aws-us-gov":
		return "console.amazonaws-us-gov.com"
	default:
		return "console.aws.amazon.com"
	}
}

var plainArgument = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// commandLine quotes arguments where a shell would read them as something else.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		if !plainArgument.MatchString(arg) {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		quoted[i] = arg
	}
	return strings.Join(quoted, " ")
}
