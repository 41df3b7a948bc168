package iam

import "time"

// timeline is the history of one entity. The IAM API reads its newest state;
// authorisation reads the newest state that has propagated. States are immutable.
type timeline[T any] struct{ states []state[T] }

type state[T any] struct {
	visible time.Time
	value   *T // nil: the entity does not exist
}

// current is the newest state; nil when the entity does not exist.
func (t *timeline[T]) current() *T {
	if t == nil || len(t.states) == 0 {
		return nil
	}
	return t.states[len(t.states)-1].value
}

// at is the newest state that is visible at the time.
func (t *timeline[T]) at(now time.Time) *T {
	if t == nil {
		return nil
	}
	for i := len(t.states) - 1; i >= 0; i-- {
		if !t.states[i].visible.After(now) {
			return t.states[i].value
		}
	}
	return nil
}

// set appends a state that becomes visible at a time, never before the one it
// follows, and forgets the states that nobody can see any more.
func (t *timeline[T]) set(value *T, visible, now time.Time) {
	if n := len(t.states); n > 0 && t.states[n-1].visible.After(visible) {
		visible = t.states[n-1].visible
	}
	first := 0
	for i, s := range t.states {
		if !s.visible.After(now) {
			first = i
		}
	}
	t.states = append(t.states[first:], state[T]{visible, value})
}
