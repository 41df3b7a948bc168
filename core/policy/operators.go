package policy

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// valueType is what the values of an operator are.
type valueType int

const (
	stringType valueType = iota
	numberType
	dateType
	boolType
	binaryType
	ipType
	arnType
	nullType
)

// operator is a condition operator without its set prefix and IfExists. The negated
// operators are the positive ones with the answer turned round.
type operator struct {
	typ      valueType
	negated  bool
	wildcard bool // policy values are patterns
	// matches compares one value of the policy with one of the request.
	matches func(policy, request string) bool
}

// operators are all operators of "IAM JSON policy elements: Condition operators".
var operators = map[string]operator{
	"StringEquals":              {typ: stringType, matches: equalStrings},
	"StringNotEquals":           {typ: stringType, matches: equalStrings, negated: true},
	"StringEqualsIgnoreCase":    {typ: stringType, matches: strings.EqualFold},
	"StringNotEqualsIgnoreCase": {typ: stringType, matches: strings.EqualFold, negated: true},
	"StringLike":                {typ: stringType, matches: match, wildcard: true},
	"StringNotLike":             {typ: stringType, matches: match, wildcard: true, negated: true},

	"NumericEquals":            {typ: numberType, matches: numbers(func(c int) bool { return c == 0 })},
	"NumericNotEquals":         {typ: numberType, matches: numbers(func(c int) bool { return c == 0 }), negated: true},
	"NumericLessThan":          {typ: numberType, matches: numbers(func(c int) bool { return c < 0 })},
	"NumericLessThanEquals":    {typ: numberType, matches: numbers(func(c int) bool { return c <= 0 })},
	"NumericGreaterThan":       {typ: numberType, matches: numbers(func(c int) bool { return c > 0 })},
	"NumericGreaterThanEquals": {typ: numberType, matches: numbers(func(c int) bool { return c >= 0 })},

	"DateEquals":            {typ: dateType, matches: dates(func(c int) bool { return c == 0 })},
	"DateNotEquals":         {typ: dateType, matches: dates(func(c int) bool { return c == 0 }), negated: true},
	"DateLessThan":          {typ: dateType, matches: dates(func(c int) bool { return c < 0 })},
	"DateLessThanEquals":    {typ: dateType, matches: dates(func(c int) bool { return c <= 0 })},
	"DateGreaterThan":       {typ: dateType, matches: dates(func(c int) bool { return c > 0 })},
	"DateGreaterThanEquals": {typ: dateType, matches: dates(func(c int) bool { return c >= 0 })},

	"Bool":         {typ: boolType, matches: equalBools},
	"BinaryEquals": {typ: binaryType, matches: equalBinaries},
	"IpAddress":    {typ: ipType, matches: inNetwork},
	"NotIpAddress": {typ: ipType, matches: inNetwork, negated: true},

	"ArnEquals":    {typ: arnType, matches: matchARN, wildcard: true},
	"ArnNotEquals": {typ: arnType, matches: matchARN, wildcard: true, negated: true},
	"ArnLike":      {typ: arnType, matches: matchARN, wildcard: true},
	"ArnNotLike":   {typ: arnType, matches: matchARN, wildcard: true, negated: true},

	"Null": {typ: nullType, matches: equalBools},
}

// quantifier is the set prefix of an operator.
type quantifier int

const (
	noQuantifier quantifier = iota
	forAllValues
	forAnyValue
)

const (
	forAllPrefix   = "ForAllValues:"
	forAnyPrefix   = "ForAnyValue:"
	ifExistsSuffix = "IfExists"
)

// splitOperator takes an operator name apart.
func splitOperator(name string) (q quantifier, base string, ifExists bool) {
	base, ifExists = strings.CutSuffix(name, ifExistsSuffix)
	if rest, ok := strings.CutPrefix(base, forAllPrefix); ok {
		return forAllValues, rest, ifExists
	}
	if rest, ok := strings.CutPrefix(base, forAnyPrefix); ok {
		return forAnyValue, rest, ifExists
	}
	return noQuantifier, base, ifExists
}

func equalStrings(policy, request string) bool { return policy == request }

// numbers compares the request's number with the policy's.
func numbers(want func(int) bool) func(policy, request string) bool {
	return func(policy, request string) bool {
		if p, err := strconv.ParseInt(policy, 10, 64); err == nil {
			if r, err := strconv.ParseInt(request, 10, 64); err == nil {
				return want(cmp.Compare(r, p))
			}
		}
		p, ok := parseNumber(policy)
		r, okToo := parseNumber(request)
		return ok && okToo && want(cmp.Compare(r, p))
	}
}

// parseNumber takes decimal notation only: no hexadecimal, infinity or NaN.
func parseNumber(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// dates compares the request's time with the policy's.
func dates(want func(int) bool) func(policy, request string) bool {
	return func(policy, request string) bool {
		p, ok := parseDate(policy)
		r, okToo := parseDate(request)
		return ok && okToo && want(r.Compare(p))
	}
}

// parseDate takes the W3C profile of ISO 8601, and seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(seconds, 0), true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }

func equalBools(policy, request string) bool {
	return isBool(policy) && strings.EqualFold(policy, request)
}

// equalBinaries compares two base-64 texts by the bytes they stand for.
func equalBinaries(policy, request string) bool {
	p, err := base64.StdEncoding.DecodeString(policy)
	if err != nil {
		return false
	}
	r, err := base64.StdEncoding.DecodeString(request)
	return err == nil && bytes.Equal(p, r)
}

// parseNetwork takes CIDR notation, or a bare address for a network of one.
func parseNetwork(s string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(s); err == nil {
		return prefix.Masked(), true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

func inNetwork(policy, request string) bool {
	network, ok := parseNetwork(policy)
	if !ok {
		return false
	}
	addr, err := netip.ParseAddr(request)
	return err == nil && (network.Contains(addr) || network.Contains(addr.Unmap()))
}

// matchARN matches each of the six colon-separated parts of an ARN on its own, so
// that a * does not reach into the next part. Only the last part may have colons.
// ArnEquals and ArnLike behave alike.
func matchARN(policy, request string) bool {
	for range 5 {
		pattern, policyRest, ok := strings.Cut(policy, ":")
		part, requestRest, okToo := strings.Cut(request, ":")
		if !ok || !okToo || !match(pattern, part) {
			return false
		}
		policy, request = policyRest, requestRest
	}
	return match(policy, request)
}
