package dynamodb

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// namePattern is what table and index names consist of.
var namePattern = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)

// violations collects failed constraints the way AWS reports them: all at once.
type violations []string

func (v *violations) add(value any, at, constraint string) {
	shown := "null"
	if value != nil {
		shown = fmt.Sprintf("'%v'", value)
	}
	*v = append(*v, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", shown, at, constraint))
}

func (v *violations) notNull(present bool, at string) {
	if !present {
		v.add(nil, at, "Member must not be null")
	}
}

// oneOf checks an enumeration; the empty value is an absent parameter.
func (v *violations) oneOf(value, at string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		v.add(value, at, "Member must satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
	}
}

func (v *violations) atLeast(value *int, at string, least int) {
	if value != nil && *value < least {
		v.add(*value, at, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	}
}

func (v *violations) atMost(value *int, at string, most int) {
	if value != nil && *value > most {
		v.add(*value, at, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
}

func (v *violations) name(value, at string) {
	v.notNull(value != "", at)
	switch {
	case value == "":
	case !namePattern.MatchString(value):
		v.add(value, at, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
	case len(value) < 3:
		v.add(value, at, "Member must have length greater than or equal to 3")
	case len(value) > 255:
		v.add(value, at, "Member must have length less than or equal to 255")
	}
}

func (v *violations) capacityLevel(value string) {
	v.oneOf(value, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
}

// err is the ValidationException of what was collected, or nil.
func (v *violations) err() *api.Error {
	switch n := len(*v); n {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: %s", (*v)[0])
	default:
		return invalid("%d validation errors detected: %s", n, strings.Join(*v, "; "))
	}
}
