package broker

import (
	"runtime"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core"
)

// Marker variables tell a command, and a prompt, where it runs.
const (
	MarkerAccount = "CAM_ACCOUNT"
	MarkerRole    = "CAM_ROLE"
)

// stale variables would lead an SDK to other credentials than the ones given, or to
// another account's endpoints.
var stale = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
	"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_EXPIRATION",
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCOUNT_ID",
	"AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
	MarkerAccount, MarkerRole,
}

var stalePrefixes = []string{"AWS_CONTAINER_CREDENTIALS_", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_BEARER_TOKEN_"}

// Environment is the environment of a command that acts in an account: base, in its
// order, without what would lead to other credentials, then the credentials, the
// region and the markers. An empty region keeps base's. The result holds secrets: it
// is for exec.Cmd.Env and nothing else.
func Environment(base []string, c core.Credentials, region string, account core.AccountID, role core.RoleName) []string {
	out := make([]string, 0, len(base)+8)
	for _, entry := range base {
		name, _, _ := strings.Cut(entry, "=")
		if !isStale(name, region != "") {
			out = append(out, entry)
		}
	}
	for _, v := range append(variables(c, region), variable{MarkerAccount, string(account)}, variable{MarkerRole, string(role)}) {
		out = append(out, v.name+"="+v.value)
	}
	return out
}

func isStale(name string, regionToo bool) bool {
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name) // names there differ in more than case
	}
	if slices.Contains(stale, name) || regionToo && (name == "AWS_REGION" || name == "AWS_DEFAULT_REGION") {
		return true
	}
	return slices.ContainsFunc(stalePrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
