package broker

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	plain := core.Credentials{
		AccessKeyID: "ASIA1", SecretAccessKey: core.NewSecret("a/b+c="), SessionToken: core.NewSecret("t//k=="), Expires: now,
	}
	meta := Meta{Region: "eu-west-1", Profile: "payments", Account: payments, Role: "DevOps"}
	lines := func(before, between, after string) string {
		var out strings.Builder
		for _, v := range []variable{
			{"AWS_ACCESS_KEY_ID", "ASIA1"}, {"AWS_SECRET_ACCESS_KEY", "a/b+c="}, {"AWS_SESSION_TOKEN", "t//k=="},
			{"AWS_CREDENTIAL_EXPIRATION", "2026-03-04T05:06:07Z"}, {"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "eu-west-1"},
		} {
			out.WriteString(before + v.name + between + v.value + after)
		}
		return out.String()
	}
	want := map[Format]string{
		FormatProcess:     `{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"a/b+c=","SessionToken":"t//k==","Expiration":"2026-03-04T05:06:07Z"}` + "\n",
		FormatJSON:        `{"access_key_id":"ASIA1","secret_access_key":"a/b+c=","session_token":"t//k==","expires":"2026-03-04T05:06:07Z","region":"eu-west-1","account_id":"222222222222","role":"DevOps"}` + "\n",
		FormatINI:         "[payments]\n# expires 2026-03-04T05:06:07Z\naws_access_key_id = ASIA1\naws_secret_access_key = a/b+c=\naws_session_token = t//k==\nregion = eu-west-1\n",
		FormatEnv:         lines("export ", "='", "'\n"),
		FormatEnvNoExport: lines("", "=", "\n"),
		FormatDotenv:      lines("", "=", "\n"),
		FormatPowerShell:  lines("$Env:", "='", "'\n"),
		FormatFish:        lines("set -gx ", " '", "';\n"),
		FormatWindowsCmd:  lines(`set "`, "=", "\"\r\n"),
	}
	for _, f := range Formats() {
		var out strings.Builder
		if err := WriteCredentials(&out, f, plain, meta); err != nil {
			t.Fatal(f, err)
		}
		if diff := cmp.Diff(want[f], out.String()); diff != "" {
			t.Errorf("%s: %s", f, diff)
		}
	}
	var out strings.Builder
	if err := WriteCredentials(&out, FormatEnv, plain, Meta{}); err != nil || strings.Contains(out.String(), "REGION") {
		t.Errorf("without a region: %q, %v", out.String(), err)
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); err != nil || got != f {
			t.Error(got, err)
		}
	}
	if got, err := ParseFormat(""); err != nil || got != FormatProcess {
		t.Error(got, err)
	}
	_, err := ParseFormat("yaml")
	wantCode(t, err, core.CodeUsage, "yaml")
	wantCode(t, WriteCredentials(&strings.Builder{}, "yaml", creds, Meta{}), core.CodeUsage)
}

func TestINIProfileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "a]b", "a\nb", "[", "a\x00"} {
		var out strings.Builder
		wantCode(t, WriteCredentials(&out, FormatINI, creds, Meta{Profile: name}), core.CodeUsage)
		if out.Len() != 0 {
			t.Errorf("%q: something was written", name)
		}
	}
}

// hostile values that a careless quoting would run, change or cut.
var hostile = []string{
	"", "plain", "a'b", `a"b`, `a\b`, `a\`, `\'`, "$HOME", "$(echo pwned)", "`echo pwned`", "a\nb", "a\r\nb", "\n", " lead and trail ",
	"a\tb", "a;b&c|d>e<f(g)h^i", "%PATH%", "100%", "!history!", "#no comment", "*?[x]", "~", "{a,b}", "naïve ☃ 𝔘", "‘’‚‛“”", "-n", "=", "''", "'\\''",
}

func TestShellsReadBackWhatWasWritten(t *testing.T) {
	t.Parallel()
	shells := map[string]Format{"sh": FormatEnv, "dash": FormatEnv, "bash": FormatEnv, "zsh": FormatEnv, "ksh": FormatEnv, "fish": FormatFish}
	for shell, format := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell); err != nil {
				t.Skipf("%s is not installed", shell)
			}
			for _, value := range hostile {
				code, _ := statements[format]("CAM_VALUE", value)
				if got := runShell(t, shell, "-c", code+`command printf '%s.' "$CAM_VALUE"`); got != value+"." {
					t.Errorf("%q came back as %q", value, got)
				}
			}
		})
	}
	t.Run("sh without export", func(t *testing.T) {
		t.Parallel()
		for _, value := range hostile {
			code, _ := statements[FormatEnvNoExport]("CAM_VALUE", value)
			if got := runShell(t, "sh", "-c", code+`printf '%s.' "$CAM_VALUE"`); got != value+"." {
				t.Errorf("%q came back as %q", value, got)
			}
		}
	})
	t.Run("pwsh", func(t *testing.T) {
		t.Parallel()
		if _, err := exec.LookPath("pwsh"); err != nil {
			t.Skip("pwsh is not installed")
		}
		for _, value := range hostile[1:] { // PowerShell cannot hold an empty variable
			code, _ := statements[FormatPowerShell]("CAM_VALUE", value)
			script := code + "[Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($Env:CAM_VALUE)) | Out-Null; " +
				"($Env:CAM_VALUE.ToCharArray() | ForEach-Object { [int]$_ }) -join ','"
			if got := strings.TrimSpace(runShell(t, "pwsh", "-NoProfile", "-Command", script)); got != codes(value) {
				t.Errorf("%q came back as %s", value, got)
			}
		}
	})
}

func codes(s string) string {
	var out []string
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, strconv.Itoa(int(u)))
	}
	return strings.Join(out, ",")
}

func runShell(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// evalPowerShell reads the subset of PowerShell that quotePowerShell writes: strings
// in single quotes and [char]N, joined by plus signs.
func evalPowerShell(s string) (string, error) {
	var units []uint16
	for s != "" {
		switch {
		case strings.HasPrefix(s, "[char]"):
			digits := s[6:]
			if end := strings.IndexByte(digits, '+'); end >= 0 {
				digits = digits[:end]
			}
			n, err := strconv.ParseUint(digits, 10, 16)
			if err != nil {
				return "", err
			}
			units, s = append(units, uint16(n)), s[6+len(digits):]
		case s[0] == '\'':
			s = s[1:]
			for {
				i := strings.IndexByte(s, '\'')
				if i < 0 {
					return "", errors.New("open string")
				}
				units = append(units, utf16.Encode([]rune(s[:i]))...)
				s = s[i+1:]
				if !strings.HasPrefix(s, "'") {
					break
				}
				units, s = append(units, '\''), s[1:]
			}
		default:
			return "", errors.New("neither string nor char: " + s)
		}
		if s != "" {
			if s[0] != '+' || len(s) == 1 {
				return "", errors.New("no plus sign: " + s)
			}
			s = s[1:]
		}
	}
	return string(utf16.Decode(units)), nil
}

// evalFish reads a single-quoted fish string.
func evalFish(s string) (string, error) {
	if len(s) < 2 || s[0] != '\'' {
		return "", errors.New("no opening quote")
	}
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			if i != len(s)-1 {
				return "", errors.New("closed early")
			}
			return out.String(), nil
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\'' || s[i+1] == '\\'):
			i++
			out.WriteByte(s[i])
		default:
			out.WriteByte(s[i])
		}
	}
	return "", errors.New("never closed")
}

// evalSh reads single-quoted strings and escaped quotes.
func evalSh(s string) (string, error) {
	var out strings.Builder
	for s != "" {
		switch {
		case strings.HasPrefix(s, `\'`):
			out.WriteByte('\'')
			s = s[2:]
		case s[0] == '\'':
			end := strings.IndexByte(s[1:], '\'')
			if end < 0 {
				return "", errors.New("never closed")
			}
			out.WriteString(s[1 : 1+end])
			s = s[end+2:]
		default:
			return "", errors.New("outside quotes: " + s)
		}
	}
	return out.String(), nil
}

func FuzzFormats(f *testing.F) {
	for _, value := range hostile {
		f.Add(value)
	}
	f.Add("a\x00b")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, value string) {
		c := core.Credentials{AccessKeyID: "ASIA1", SecretAccessKey: core.NewSecret(value), SessionToken: core.NewSecret("t"), Expires: now}
		for _, format := range Formats() {
			var out strings.Builder
			if err := WriteCredentials(&out, format, c, Meta{Profile: "p"}); err != nil {
				if !core.IsCode(err, core.CodeUsage) || out.Len() != 0 || len(value) > 3 && strings.Contains(err.Error(), value) {
					t.Errorf("%s: %v, %q written", format, err, out.String())
				}
				continue
			}
			checkRoundTrip(t, format, value, out.String())
		}
	})
}

func checkRoundTrip(t *testing.T, format Format, value, text string) {
	t.Helper()
	got, err := "", error(nil)
	switch format {
	case FormatProcess:
		var o processOutput
		err = json.Unmarshal([]byte(text), &o)
		got = o.SecretAccessKey
	case FormatJSON:
		var o jsonOutput
		err = json.Unmarshal([]byte(text), &o)
		got = o.SecretAccessKey
	case FormatINI, FormatDotenv, FormatWindowsCmd:
		if want := map[Format]int{FormatINI: 5, FormatDotenv: 4, FormatWindowsCmd: 4}[format]; value != "" && strings.Count(text, "\n") != want {
			t.Errorf("%s: the value made lines: %q", format, text)
		}
		if !strings.Contains(text, value) {
			t.Errorf("%s: the value was changed: %q", format, text)
		}
		return
	default:
		before := map[Format]string{FormatEnv: "export AWS_SECRET_ACCESS_KEY=", FormatEnvNoExport: "AWS_SECRET_ACCESS_KEY=",
			FormatPowerShell: "$Env:AWS_SECRET_ACCESS_KEY=", FormatFish: "set -gx AWS_SECRET_ACCESS_KEY "}[format]
		eval := map[Format]func(string) (string, error){FormatEnv: evalSh, FormatEnvNoExport: evalSh, FormatPowerShell: evalPowerShell, FormatFish: evalFish}[format]
		_, rest, found := strings.Cut(text, before)
		if !found {
			if value != "" {
				t.Errorf("%s: no value in %q", format, text)
			}
			return
		}
		rest, _, _ = strings.Cut(rest, map[Format]string{FormatEnv: "\nexport AWS_SESSION_TOKEN", FormatEnvNoExport: "\nAWS_SESSION_TOKEN=t\n",
			FormatPowerShell: "\n$Env:AWS_SESSION", FormatFish: ";\nset -gx AWS_SESSION_TOKEN 't'"}[format])
		if format == FormatEnvNoExport && isPlain(rest) {
			got = rest
		} else {
			got, err = eval(rest)
		}
	}
	if err != nil || got != value {
		t.Errorf("%s: %q came back as %q (%v)", format, value, got, err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	base := []string{
		"PATH=/bin", "AWS_PROFILE=other", "AWS_DEFAULT_PROFILE=other", "AWS_SECURITY_TOKEN=x", "AWS_SESSION_EXPIRATION=x",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=x", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=x",
		"AWS_WEB_IDENTITY_TOKEN_FILE=x", "AWS_ROLE_ARN=x", "AWS_ROLE_SESSION_NAME=x", "AWS_ACCOUNT_ID=x", "AWS_ACCESS_KEY=x", "AWS_SECRET_KEY=x",
		"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_SESSION_TOKEN=x", "AWS_REGION=us-east-2", "AWS_DEFAULT_REGION=us-east-2",
		"CAM_ACCOUNT=x", "CAM_ROLE=x", "AWS_BEARER_TOKEN_BEDROCK=x", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_PAGER=", "EMPTY=", "odd",
	}
	common := []string{
		"AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=" + fakeSecret, "AWS_SESSION_TOKEN=" + fakeToken,
		"AWS_CREDENTIAL_EXPIRATION=2026-03-04T06:06:07Z",
	}
	markers := []string{"CAM_ACCOUNT=222222222222", "CAM_ROLE=DevOps"}
	kept := []string{"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_PAGER=", "EMPTY=", "odd"}
	join := func(parts ...[]string) (out []string) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	want := join([]string{"PATH=/bin"}, kept, common, []string{"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1"}, markers)
	if diff := cmp.Diff(want, Environment(base, creds, "eu-west-1", payments, "DevOps")); diff != "" {
		t.Error(diff)
	}
	want = join([]string{"PATH=/bin", "AWS_REGION=us-east-2", "AWS_DEFAULT_REGION=us-east-2"}, kept, common, markers)
	if diff := cmp.Diff(want, Environment(base, creds, "", payments, "DevOps")); diff != "" {
		t.Error("without a region:", diff)
	}
}
