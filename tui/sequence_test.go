package tui

import (
	"reflect"

	tea "charm.land/bubbletea/v2"
)

// steps are the commands of a tea.Sequence, whose message has no name outside of its
// package.
func steps(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	out := make([]tea.Cmd, v.Len())
	for i := range out {
		out[i], _ = v.Index(i).Interface().(tea.Cmd)
	}
	return out, true
}
