package dynamodb

import (
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Limits on keys and items (Developer Guide, "Quotas").
const (
	maxItemSize     = 400 << 10
	maxPartitionKey = 2048
	maxSortKey      = 1024
)

// throughput is provisioned capacity; zero with PAY_PER_REQUEST.
type throughput struct {
	ReadCapacityUnits  int64
	WriteCapacityUnits int64
}

// table is one table with its items. Its identity and primary key never change;
// everything else is guarded by the service's lock.
type table struct {
	ref        tableRef
	id         string
	created    time.Time
	activeAt   time.Time // CREATING or UPDATING before
	fresh      bool      // no change since creation: the status before activeAt is CREATING
	attributes []attributeDefinition
	primary    *index
	secondary  []*index

	billing    string
	throughput throughput
	class      string
	protected  bool
	sse        *sseDescription
	tags       []tag
	ttl        string // the attribute; empty while disabled
	pitr       *pointInTimeRecovery
}

func (t *table) status(now time.Time) string {
	switch {
	case !now.Before(t.activeAt):
		return "ACTIVE"
	case t.fresh:
		return "CREATING"
	}
	return "UPDATING"
}

// index finds a secondary index by name, or nil.
func (t *table) index(name string) *index {
	i := slices.IndexFunc(t.secondary, func(ix *index) bool { return ix.name == name })
	if i < 0 {
		return nil
	}
	return t.secondary[i]
}

// keyKind is the declared type of a primary key attribute, or "".
func (t *table) keyKind(name string) string {
	for _, k := range t.primary.keys() {
		if k.name == name {
			return k.kind
		}
	}
	return ""
}

// keyOf is the primary key of an item.
func (t *table) keyOf(item Item) Item { return keyAttributes(item, t.primary) }

// keyAttributes picks the key attributes of the given indexes from an item.
func keyAttributes(item Item, indexes ...*index) Item {
	key := Item{}
	for _, ix := range indexes {
		for _, k := range ix.keys() {
			key[k.name] = item[k.name]
		}
	}
	return key
}

// checkKey validates a Key parameter: exactly the key attributes, of their types.
func (t *table) checkKey(key Item) *api.Error {
	if len(key) != len(t.primary.keys()) {
		return invalid("The provided key element does not match the schema")
	}
	for _, k := range t.primary.keys() {
		if v := key[k.name]; v == nil || v.typeName() != k.kind {
			return invalid("The provided key element does not match the schema")
		}
	}
	return t.checkKeySizes(key)
}

// checkKeySizes refuses empty and too long primary key values.
func (t *table) checkKeySizes(item Item) *api.Error {
	for i, k := range t.primary.keys() {
		v := item[k.name]
		if k.kind == "N" {
			continue
		}
		switch size := v.size(); {
		case size == 0:
			return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", keyWord(k.kind), k.name)
		case i == 0 && size > maxPartitionKey:
			return invalidParameter("Size of hashkey has exceeded the maximum size limit of2048 bytes")
		case i == 1 && size > maxSortKey:
			return invalidParameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
		}
	}
	return nil
}

func keyWord(kind string) string {
	if kind == "B" {
		return "binary"
	}
	return "string"
}

// checkItem validates a whole new item: its primary key, index keys and size.
func (t *table) checkItem(item Item) *api.Error {
	for _, k := range t.primary.keys() {
		v, ok := item[k.name]
		if !ok {
			return invalidParameter("Missing the key %s in the item", k.name)
		}
		if v.typeName() != k.kind {
			return invalidParameter("Type mismatch for key %s expected: %s actual: %s", k.name, k.kind, v.typeName())
		}
	}
	if err := t.checkKeySizes(item); err != nil {
		return err
	}
	if err := t.checkIndexKeys(item); err != nil {
		return err
	}
	if itemSize(item) > maxItemSize {
		return invalid("Item size has exceeded the maximum allowed size")
	}
	return nil
}

// checkIndexKeys refuses values that a secondary index could not hold as keys.
func (t *table) checkIndexKeys(item Item) *api.Error {
	for _, ix := range t.secondary {
		for i, k := range ix.keys() {
			v, ok := item[k.name]
			if !ok {
				continue
			}
			if v.typeName() != k.kind {
				return invalidParameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", k.name, k.kind, v.typeName(), ix.name)
			}
			if k.kind == "N" {
				continue
			}
			if v.size() == 0 {
				return invalid("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s", keyWord(k.kind), ix.name, k.name)
			}
			if i == 0 && v.size() > maxPartitionKey || i == 1 && v.size() > maxSortKey {
				return invalidParameter("Size of secondary index key %s has exceeded the maximum size limit", k.name)
			}
		}
	}
	return nil
}

// get reads the item with the primary key as the view sees it, or nil.
func (t *table) get(key Item, v view) Item {
	place, ok := t.primary.locate(key, t.primary)
	if !ok {
		return nil
	}
	return t.primary.entries.get(place).seenBy(v)
}

// apply replaces old by item in the table and its indexes and returns what that
// costs in write capacity. Either may be nil, and both have the same primary key.
func (t *table) apply(old, item Item, now time.Time) meter {
	m := meter{table: writeUnits(max(itemSize(old), itemSize(item)))}
	place(t.primary, t.primary, old, item, now)
	for _, ix := range t.secondary {
		m.addIndex(ix, place(ix, t.primary, old, item, now))
	}
	return m
}

// place moves an item within one index; the result is the index's write units.
func place(ix, primary *index, old, item Item, now time.Time) float64 {
	from, was := ix.locate(old, primary)
	to, is := ix.locate(item, primary)
	before, after := ix.project(old, primary), ix.project(item, primary)
	units := 0.0
	if was {
		ix.live--
		ix.bytes -= itemSize(before)
	}
	if was && (!is || from != to) {
		ix.remove(from, now)
		units += writeUnits(itemSize(before))
	}
	if is {
		ix.live++
		ix.bytes += itemSize(after)
		ix.set(to, item, now)
		if !was || from != to || !equal(before, after) {
			units += writeUnits(itemSize(after))
		}
	}
	return units
}

// project returns the part of an item that the index holds.
func (ix *index) project(item Item, primary *index) Item {
	if ix.projection.kind == "ALL" || item == nil {
		return item
	}
	out := Item{}
	for name, v := range item {
		if ix.holds(name, primary) {
			out[name] = v
		}
	}
	return out
}

// holds reports whether the index has the attribute.
func (ix *index) holds(name string, primary *index) bool {
	isKey := func(k keyAttribute) bool { return k.name == name }
	return ix.projection.kind == "ALL" || slices.ContainsFunc(ix.keys(), isKey) ||
		slices.ContainsFunc(primary.keys(), isKey) || slices.Contains(ix.projection.nonKey, name)
}
