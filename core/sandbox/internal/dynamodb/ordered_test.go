package dynamodb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestOrderedEntries grows and shrinks a collection over many chunks and compares
// every kind of walk with a sorted slice.
func TestOrderedEntries(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var o orderedEntries
	want := map[string]bool{}
	for round := range 8 {
		for range 3000 {
			name := fmt.Sprintf("%05d", random.IntN(8000))
			if random.IntN(8) >= round {
				o.getOrAdd(indexKey{part: name})
				want[name] = true
			} else {
				o.remove(indexKey{part: name})
				delete(want, name)
			}
		}
		names := []string{}
		for name := range want {
			names = append(names, name)
		}
		slices.Sort(names)
		from := fmt.Sprintf("%05d", random.IntN(8000))
		at, _ := slices.BinarySearch(names, from)
		var up, down []string
		for e := range o.ascend(func(k *indexKey) bool { return k.part >= from }) {
			up = append(up, e.key.part)
		}
		for e := range o.descend(func(k *indexKey) bool { return k.part < from }) {
			down = append(down, e.key.part)
		}
		slices.Reverse(down)
		if o.n != len(names) || !slices.Equal(up, names[at:]) || !slices.Equal(down, names[:at]) {
			t.Fatalf("round %d: %d entries, %d up, %d down of %s; want %d, %d, %d", round, o.n, len(up), len(down), from, len(names), len(names)-at, at)
		}
		for _, name := range []string{from, "00000", "99999"} {
			if got := o.get(indexKey{part: name}) != nil; got != want[name] {
				t.Errorf("get(%s) found it: %v", name, got)
			}
		}
	}
}

// TestHistoryIsForgotten: what nobody can see any more is not kept.
func TestHistoryIsForgotten(t *testing.T) {
	t.Parallel()
	ix := &index{history: true}
	now := newClock().Now()
	key := func(name string) indexKey { return indexKey{part: name} }
	for i := range 10 {
		ix.set(key("often"), Item{}, now.Add(time.Duration(i)*20*time.Second))
	}
	versions := 0
	for v := &ix.entries.get(key("often")).version; v != nil; v = v.prev {
		versions++
	}
	if versions != 4 { // now, 20 s, 40 s and 60 s ago
		t.Errorf("%d versions are kept", versions)
	}
	ix.set(key("gone"), Item{}, now)
	ix.remove(key("gone"), now)
	ix.remove(key("often"), now.Add(time.Hour))
	if ix.entries.get(key("gone")) != nil || ix.entries.get(key("often")) == nil {
		t.Error("the grave of an hour ago must be cleared, the new one kept")
	}
}

// TestReservedWords checks the list against the documentation's count.
func TestReservedWords(t *testing.T) {
	t.Parallel()
	if n := len(reservedSet()); n != 573 {
		t.Errorf("%d reserved words, the Developer Guide lists 573", n)
	}
	if !reserved("name") || !reserved("TTL") || reserved("AccountId") {
		t.Error("wrong words are reserved")
	}
}
