package files

import (
	"regexp"
	"strconv"
	"strings"
)

// plain is text that YAML takes for itself without quotes, in a list in brackets too,
// and that no reader takes for a number, a date, true, false or nothing.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./@+=-]*( [A-Za-z0-9_./@+=-]+)*$|^[0-9]+[hm]$`)

// scalar writes a value as YAML.
func scalar(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
	default:
		if plain.MatchString(text) {
			return text
		}
	}
	return strconv.QuoteToGraphic(text)
}

// sequence writes values as a YAML list in brackets.
func sequence(values []string) string {
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = scalar(value)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// commaList is the words of a list with commas between them.
func commaList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
