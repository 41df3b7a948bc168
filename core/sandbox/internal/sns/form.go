package sns

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Lists and maps of the query protocol: Name.member.N and Name.entry.N.key.

// members reads the strings of a list.
func members(form url.Values, name string) []string {
	var out []string
	for i := 1; form.Has(name + ".member." + strconv.Itoa(i)); i++ {
		out = append(out, form.Get(name+".member."+strconv.Itoa(i)))
	}
	return out
}

// entries reads a map of strings.
func entries(form url.Values, name string) map[string]string {
	out := map[string]string{}
	for i := 1; ; i++ {
		p := name + ".entry." + strconv.Itoa(i)
		if !form.Has(p + ".key") {
			return out
		}
		out[form.Get(p+".key")] = form.Get(p + ".value")
	}
}

type tag struct{ Key, Value string }

func tagsOf(form url.Values) []tag {
	var out []tag
	for i := 1; ; i++ {
		p := "Tags.member." + strconv.Itoa(i)
		if !form.Has(p + ".Key") {
			return out
		}
		out = append(out, tag{form.Get(p + ".Key"), form.Get(p + ".Value")})
	}
}

// messageAttribute is one attribute of a message; a Binary value is base64.
type messageAttribute struct {
	Type  string
	Value string
}

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_\-.]{1,256}$`)

// messageAttributes reads prefix+"MessageAttributes" and holds it against
// "Amazon SNS message attributes".
func messageAttributes(form url.Values, prefix string) (map[string]messageAttribute, *api.Error) {
	out := map[string]messageAttribute{}
	for i := 1; ; i++ {
		p := prefix + "MessageAttributes.entry." + strconv.Itoa(i)
		if !form.Has(p + ".Name") {
			return out, nil
		}
		name := form.Get(p + ".Name")
		a := messageAttribute{form.Get(p + ".Value.DataType"), form.Get(p + ".Value.StringValue")}
		base, _, _ := strings.Cut(a.Type, ".")
		if base == "Binary" {
			a.Value = form.Get(p + ".Value.BinaryValue")
		}
		if err := checkAttribute(name, base, a); err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, invalid("MessageAttributes Reason: the attribute name '%s' is not unique", name)
		}
		out[name] = a
	}
}

func checkAttribute(name, base string, a messageAttribute) *api.Error {
	value := func(format string) *api.Error {
		return api.Errorf(400, "ParameterValueInvalid", format, name, a.Type)
	}
	switch {
	case !attributeName.MatchString(name):
		return api.Errorf(400, "ParameterValueInvalid", "The message attribute name '%s' is invalid.", name)
	case base != "String" && base != "Number" && base != "Binary":
		return value("The message attribute '%s' has an invalid message attribute type '%s', the set of supported type prefixes is Binary, Number, and String.")
	case a.Value == "":
		return value("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.")
	}
	if base == "Number" {
		if _, err := strconv.ParseFloat(a.Value, 64); err != nil {
			return api.Errorf(400, "ParameterValueInvalid", "Could not cast message attribute '%s' value to number.", name)
		}
	}
	if base == "Binary" {
		if _, err := base64.StdEncoding.DecodeString(a.Value); err != nil {
			return value("The message attribute '%s' with type '%s' must be base64 encoded.")
		}
	}
	return nil
}

func encodeToken(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// pageAfter decodes a NextToken.
func pageAfter(c *api.Call) (string, *api.Error) {
	b, err := base64.StdEncoding.DecodeString(c.Form.Get("NextToken"))
	if err != nil {
		return "", invalid("NextToken Reason: the token is not valid")
	}
	return string(b), nil
}
