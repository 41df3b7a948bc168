package dynamodb

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// historyWindow is how long superseded versions of an item are kept for reads that
// lag behind. A longer lag is treated as this one.
const historyWindow = time.Minute

// indexKey places an entry: partitions in the order of a hash, as DynamoDB scans
// them, and within a partition by sort key. Secondary indexes hold several items
// under one key; tie tells them apart by primary key.
type indexKey struct {
	hash uint64
	part string
	sort string
	tie  string
}

func (k *indexKey) compare(l *indexKey) int {
	if c := k.comparePartition(l); c != 0 {
		return c
	}
	if c := strings.Compare(k.sort, l.sort); c != 0 {
		return c
	}
	return strings.Compare(k.tie, l.tie)
}

func (k *indexKey) comparePartition(l *indexKey) int {
	if c := cmp.Compare(k.hash, l.hash); c != 0 {
		return c
	}
	return strings.Compare(k.part, l.part)
}

// hashPartition spreads partition keys evenly: FNV-1a with a final mix.
func hashPartition(part string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(part) {
		h = (h ^ uint64(part[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	return h ^ h>>33
}

// keyText encodes a key attribute so that byte order is key order.
func keyText(v Value) string {
	switch x := v.(type) {
	case String:
		return string(x)
	case Binary:
		return string(x)
	case Number:
		return x.sortable()
	}
	return ""
}

// keyAttribute is one element of a key schema with its declared type.
type keyAttribute struct {
	name string
	kind string // S, N or B
}

// projection is what a secondary index returns of an item.
type projection struct {
	kind   string // ALL, KEYS_ONLY, INCLUDE
	nonKey []string
}

// index is an ordered view of a table: the table itself, or a secondary index.
type index struct {
	name       string // empty for the table itself
	global     bool
	part       keyAttribute
	sort       *keyAttribute
	projection projection
	throughput throughput
	activeAt   time.Time

	entries orderedEntries
	history bool // keep superseded versions
	graves  []grave
	live    int // items, without those that only history keeps
	bytes   int // size of the projected items
}

// entry is one item in an index with its past.
type entry struct {
	key indexKey
	version
}

// version is an item as it was from a point in time on; item is nil after deletion.
type version struct {
	item  Item
	since time.Time
	prev  *version
}

// grave remembers a deleted entry until nobody can read its past any more.
type grave struct {
	key indexKey
	at  time.Time
}

// view is the point in time at which a read sees the table.
type view struct {
	lagging bool
	asOf    time.Time
}

// seenBy returns the item that the view sees, or nil.
func (e *entry) seenBy(v view) Item {
	if e == nil {
		return nil
	}
	if !v.lagging {
		return e.item
	}
	for ver := &e.version; ver != nil; ver = ver.prev {
		if !ver.since.After(v.asOf) {
			return ver.item
		}
	}
	return nil
}

func (ix *index) keys() []keyAttribute {
	if ix.sort == nil {
		return []keyAttribute{ix.part}
	}
	return []keyAttribute{ix.part, *ix.sort}
}

// set stores a new version of an entry.
func (ix *index) set(key indexKey, item Item, now time.Time) {
	e := ix.entries.getOrAdd(key)
	if ix.history && !e.since.IsZero() {
		old := e.version
		e.prev = &old
	}
	e.item = item
	e.since = now
	e.trim(now.Add(-historyWindow))
}

// trim drops the versions that were superseded before the horizon.
func (e *entry) trim(horizon time.Time) {
	for ver := &e.version; ver != nil; ver = ver.prev {
		if !ver.since.After(horizon) {
			ver.prev = nil
		}
	}
}

// remove deletes an entry, at once or, with history, when its past has expired.
func (ix *index) remove(key indexKey, now time.Time) {
	if !ix.history {
		ix.entries.remove(key)
		return
	}
	ix.set(key, nil, now)
	ix.graves = append(ix.graves, grave{key, now})
	horizon := now.Add(-historyWindow)
	for len(ix.graves) > 0 && ix.graves[0].at.Before(horizon) {
		g := ix.graves[0]
		ix.graves = ix.graves[1:]
		if e := ix.entries.get(g.key); e != nil && e.item == nil && !e.since.After(g.at) {
			ix.entries.remove(g.key)
		}
	}
}

// locate is the place of an item in the index; ok is false where the item lacks a
// key attribute and so is not in the index. primary is the table's own index.
func (ix *index) locate(item Item, primary *index) (key indexKey, ok bool) {
	for _, k := range ix.keys() {
		if v, has := item[k.name]; !has || v.typeName() != k.kind {
			return indexKey{}, false
		}
	}
	key.part = keyText(item[ix.part.name])
	key.hash = hashPartition(key.part)
	if ix.sort != nil {
		key.sort = keyText(item[ix.sort.name])
	}
	if ix != primary {
		part := keyText(item[primary.part.name])
		key.tie = strconv.Itoa(len(part)) + ":" + part
		if primary.sort != nil {
			key.tie += keyText(item[primary.sort.name])
		}
	}
	return key, true
}
