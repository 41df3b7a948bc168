package coretest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

// record generates records of a type with every field filled by what it may hold. It
// goes by reflection, so a new field is tested as soon as it exists.
func record[T any]() *rapid.Generator[T] {
	return rapid.MakeCustom[T](rapid.MakeConfig{
		Kinds: map[reflect.Kind]*rapid.Generator[any]{reflect.String: words().AsAny()},
		Types: map[reflect.Type]*rapid.Generator[any]{
			reflect.TypeFor[time.Time]():             instants().AsAny(),
			reflect.TypeFor[map[string]string]():     rapid.MapOfN(rapid.StringN(1, 12, 64), words(), 0, 4).AsAny(),
			reflect.TypeFor[core.AccountStatus]():    rapid.SampledFrom(accountStatuses).AsAny(),
			reflect.TypeFor[core.RoleStatus]():       rapid.SampledFrom(roleStatuses).AsAny(),
			reflect.TypeFor[core.AssignmentStatus](): rapid.SampledFrom(assignmentStatuses).AsAny(),
		},
		Fields: map[reflect.Type]map[string]*rapid.Generator[any]{
			reflect.TypeFor[core.Account](): {"Groups": groups().AsAny()},
			// An assignment repeats what a list shows of the account, and no tags.
			reflect.TypeFor[core.AssignmentRecord](): {"Of": rapid.Custom(func(t *rapid.T) core.Account {
				return core.Account{Name: words().Draw(t, "name"), Email: words().Draw(t, "email"), Groups: groups().Draw(t, "groups")}
			}).AsAny()},
		},
	})
}

var (
	accountStatuses    = []core.AccountStatus{core.AccountPending, core.AccountActive, core.AccountDeleted}
	roleStatuses       = []core.RoleStatus{core.RoleActive, core.RoleDeleted}
	assignmentStatuses = []core.AssignmentStatus{
		core.AssignmentPending, core.AssignmentActive, core.AssignmentFailed, core.AssignmentDeleting, core.AssignmentDeleted,
	}
)

// words are any text that fits into a key of an index.
func words() *rapid.Generator[string] { return rapid.StringN(0, 24, 256) }

// groups are account groups as configuration allows them: sorted, without commas.
func groups() *rapid.Generator[[]string] {
	return rapid.Map(rapid.SliceOfN(rapid.StringMatching(`[\p{L}0-9_.:/=+@-]{1,8}( [a-z]{1,3})?|\*`), 0, 4), func(g []string) []string {
		slices.Sort(g)
		return slices.Compact(g)
	})
}

// instants are points in time to the nanosecond, and the zero time.
func instants() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
	})
}

// newAccountID is an account ID that no other test has, most likely.
func newAccountID() core.AccountID { return core.AccountID(fmt.Sprintf("%012d", rand.Int64N(1e12))) }

func newRoleName() core.RoleName { return core.RoleName(fmt.Sprintf("Role%016x", rand.Uint64())) }
