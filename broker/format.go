package broker

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cross-account-manager/cam/core"
)

// Format is how credentials are written. The names that the AWS CLI has too
// (aws configure export-credentials --format) mean the same.
type Format string

// The formats.
const (
	FormatProcess     Format = "process"       // what credential_process expects
	FormatEnv         Format = "env"           // export NAME='value'
	FormatEnvNoExport Format = "env-no-export" // NAME=value
	FormatPowerShell  Format = "powershell"
	FormatWindowsCmd  Format = "windows-cmd"
	FormatFish        Format = "fish"
	FormatJSON        Format = "json" // one object, keys in snake_case
	FormatINI         Format = "ini"  // a section of an AWS credentials file
	FormatDotenv      Format = "dotenv"
)

// Formats lists all formats, the default first.
func Formats() []Format {
	return []Format{
		FormatProcess, FormatEnv, FormatEnvNoExport, FormatPowerShell, FormatWindowsCmd,
		FormatFish, FormatJSON, FormatINI, FormatDotenv,
	}
}

// ParseFormat accepts a format's name; empty means process. Anything else is CodeUsage.
func ParseFormat(name string) (Format, error) {
	if name == "" {
		return FormatProcess, nil
	}
	if slices.Contains(Formats(), Format(name)) {
		return Format(name), nil
	}
	names := make([]string, 0, len(Formats()))
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	return "", core.Errorf(core.CodeUsage, "there is no credential format %q", name).WithHint("one of %s", strings.Join(names, ", "))
}

// Meta is what goes with the credentials where the format has a place for it.
type Meta struct {
	Region  string         // left out when empty
	Profile string         // section name for ini, which needs one
	Account core.AccountID // json only
	Role    core.RoleName  // json only
}

// WriteCredentials reveals the credentials to w, in one Write, and to nothing else. A
// value that the format cannot carry safely is CodeUsage, and nothing is written; the
// error names the variable and never the value.
func WriteCredentials(w io.Writer, f Format, c core.Credentials, m Meta) error {
	text, err := render(f, c, m)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func render(f Format, c core.Credentials, m Meta) (string, error) {
	for _, v := range variables(c, m.Region) {
		if !utf8.ValidString(v.value) || strings.ContainsRune(v.value, 0) {
			return "", cannotCarry(f, v.name)
		}
	}
	switch f {
	case FormatProcess:
		return encode(processOutput{1, c.AccessKeyID, c.SecretAccessKey.Reveal(), c.SessionToken.Reveal(), stamp(c.Expires)})
	case FormatJSON:
		return encode(jsonOutput{
			c.AccessKeyID, c.SecretAccessKey.Reveal(), c.SessionToken.Reveal(), stamp(c.Expires), m.Region, m.Account, m.Role,
		})
	case FormatINI:
		return section(c, m)
	}
	write, known := statements[f]
	if !known {
		return "", core.Errorf(core.CodeUsage, "there is no credential format %q", string(f))
	}
	var out strings.Builder
	for _, v := range variables(c, m.Region) {
		line, ok := write(v.name, v.value)
		if !ok {
			return "", cannotCarry(f, v.name)
		}
		out.WriteString(line)
	}
	return out.String(), nil
}

func cannotCarry(f Format, name string) error {
	return core.Errorf(core.CodeUsage, "the format %s cannot carry the value of %s safely", f, name).
		WithHint("use the format %s", FormatJSON)
}

// processOutput is what the AWS SDKs and Tools Reference Guide, "Process credential
// provider", prescribes.
type processOutput struct {
	Version         int
	AccessKeyId     string // the spelling is AWS's
	SecretAccessKey string
	SessionToken    string
	Expiration      string `json:",omitempty"`
}

type jsonOutput struct {
	AccessKeyID     string         `json:"access_key_id"`
	SecretAccessKey string         `json:"secret_access_key"`
	SessionToken    string         `json:"session_token"`
	Expires         string         `json:"expires,omitempty"`
	Region          string         `json:"region,omitempty"`
	Account         core.AccountID `json:"account_id,omitempty"`
	Role            core.RoleName  `json:"role,omitempty"`
}

func encode(v any) (string, error) {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return out.String(), err
}

// stamp is RFC 3339 in UTC, to the second; empty for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// variable is one environment variable.
type variable struct{ name, value string }

// variables are those that AWS SDKs read (AWS SDKs and Tools Reference Guide,
// "Environment variables list"), without those that would be empty.
func variables(c core.Credentials, region string) []variable {
	all := []variable{
		{"AWS_ACCESS_KEY_ID", c.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey.Reveal()},
		{"AWS_SESSION_TOKEN", c.SessionToken.Reveal()},
		{"AWS_CREDENTIAL_EXPIRATION", stamp(c.Expires)},
		{"AWS_REGION", region},
		{"AWS_DEFAULT_REGION", region},
	}
	return slices.DeleteFunc(all, func(v variable) bool { return v.value == "" })
}

// section is a section of an AWS credentials file. The files know no quoting, so
// anything with white space or control characters is refused.
func section(c core.Credentials, m Meta) (string, error) {
	if m.Profile == "" || m.Profile != strings.TrimSpace(m.Profile) || strings.ContainsFunc(m.Profile, func(r rune) bool {
		return r == '[' || r == ']' || r == utf8.RuneError || unicode.IsControl(r)
	}) {
		return "", core.Errorf(core.CodeUsage, "%q cannot be the name of a profile", m.Profile).
			WithHint("the format ini needs a profile name without brackets")
	}
	lines := []variable{
		{"aws_access_key_id", c.AccessKeyID},
		{"aws_secret_access_key", c.SecretAccessKey.Reveal()},
		{"aws_session_token", c.SessionToken.Reveal()},
		{"region", m.Region},
	}
	var out strings.Builder
	out.WriteString("[" + m.Profile + "]\n")
	if !c.Expires.IsZero() {
		out.WriteString("# expires " + stamp(c.Expires) + "\n")
	}
	for _, l := range lines {
		if strings.ContainsFunc(l.value, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
			return "", cannotCarry(FormatINI, l.name)
		}
		if l.value != "" {
			out.WriteString(l.name + " = " + l.value + "\n")
		}
	}
	return out.String(), nil
}
