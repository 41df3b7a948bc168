package sts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// params reads a call's parameters and collects what is wrong with them.
type params struct {
	*api.Call
	problems []string
}

// A pattern is a constraint with the spelling of the API's model.
type pattern struct {
	text string
	re   *regexp.Regexp
}

func newPattern(text string) pattern { return pattern{text, regexp.MustCompile("^(?:" + text + ")$")} }

var (
	anyPattern      = newPattern(`[\s\S]*`)
	wordPattern     = newPattern(`[\w]*`)
	namePattern     = newPattern(`[\w+=,.@-]*`)
	externalPattern = newPattern(`[\w+=,.@:\/-]*`)
	serialPattern   = newPattern(`[\w+=/:,.@-]*`)
	codePattern     = newPattern(`[\d]*`)
)

// text reads a required parameter.
func (p *params) text(name string, min, max int, shape pattern) string {
	if !p.Form.Has(name) {
		p.problem(name, "null", "Member must not be null")
		return ""
	}
	v, _ := p.optional(name, min, max, shape)
	return v
}

// optional reads a parameter; false when it is absent. Lengths are in characters.
func (p *params) optional(name string, min, max int, shape pattern) (string, bool) {
	if !p.Form.Has(name) {
		return "", false
	}
	v := p.Form.Get(name)
	n := utf8.RuneCountInString(v)
	if n < min {
		p.problem(name, v, fmt.Sprintf("Member must have length greater than or equal to %d", min))
	}
	if n > max {
		p.problem(name, v, fmt.Sprintf("Member must have length less than or equal to %d", max))
	}
	if !shape.re.MatchString(v) {
		p.problem(name, v, "Member must satisfy regular expression pattern: "+shape.text)
	}
	return v, true
}

// integer reads an optional number within bounds; def when absent.
func (p *params) integer(name string, def, min, max int) int {
	if !p.Form.Has(name) {
		return def
	}
	v := p.Form.Get(name)
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		p.problem(name, v, "Member must be an integer")
	case n < min:
		p.problem(name, v, fmt.Sprintf("Member must have value greater than or equal to %d", min))
	case n > max:
		p.problem(name, v, fmt.Sprintf("Member must have value less than or equal to %d", max))
	}
	return n
}

// list reads "Name.member.1<suffix>", "Name.member.2<suffix>", ...
func (p *params) list(name, suffix string) []string {
	var out []string
	for i := 1; ; i++ {
		key := name + ".member." + strconv.Itoa(i) + suffix
		if !p.Form.Has(key) {
			return out
		}
		out = append(out, p.Form.Get(key))
	}
}

func (p *params) problem(name, value, constraint string) {
	if value != "null" {
		value = "'" + value + "'"
	}
	member := strings.ToLower(name[:1]) + name[1:]
	p.problems = append(p.problems, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, member, constraint))
}

// check returns the ValidationError for everything that was found wrong.
func (p *params) check() *api.Error {
	switch n := len(p.problems); n {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: " + p.problems[0])
	default:
		return invalid(fmt.Sprintf("%d validation errors detected: %s", n, strings.Join(p.problems, "; ")))
	}
}

// readMFA checks SerialNumber and TokenCode against the caller's devices; false when
// neither was sent.
func (s *Service) readMFA(p *params) (bool, *api.Error) {
	serial, hasSerial := p.optional("SerialNumber", 9, 256, serialPattern)
	_, hasCode := p.optional("TokenCode", 6, 6, codePattern)
	if err := p.check(); err != nil {
		return false, err
	}
	switch {
	case !hasSerial && !hasCode:
		return false, nil
	case !hasSerial || !hasCode:
		return false, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	case p.Caller.Session != nil || !s.iam.HasMFADevice(p.Caller.UserID, serial):
		return false, accessDenied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	return true, nil
}
