package dynamodb

import (
	"iter"
	"slices"
	"sort"
)

// maxChunk is how many entries a chunk holds before it is split.
const maxChunk = 512

// orderedEntries keeps entries sorted by key as a list of sorted chunks: a seek is
// two binary searches, an insertion moves at most one chunk's pointers.
type orderedEntries struct {
	chunks [][]*entry
	n      int
}

// seek finds the first position whose entry satisfies after, which must be false
// for all entries before some point and true from there on.
func (o *orderedEntries) seek(after func(*indexKey) bool) (chunk, pos int) {
	chunk = sort.Search(len(o.chunks), func(i int) bool {
		c := o.chunks[i]
		return after(&c[len(c)-1].key)
	})
	if chunk == len(o.chunks) {
		return chunk, 0
	}
	c := o.chunks[chunk]
	return chunk, sort.Search(len(c), func(i int) bool { return after(&c[i].key) })
}

// get returns the entry with the key, or nil.
func (o *orderedEntries) get(key indexKey) *entry {
	chunk, pos := o.seek(func(k *indexKey) bool { return k.compare(&key) >= 0 })
	if chunk < len(o.chunks) && o.chunks[chunk][pos].key == key {
		return o.chunks[chunk][pos]
	}
	return nil
}

// getOrAdd returns the entry with the key, adding an empty one where there is none.
func (o *orderedEntries) getOrAdd(key indexKey) *entry {
	chunk, pos := o.seek(func(k *indexKey) bool { return k.compare(&key) >= 0 })
	if chunk < len(o.chunks) && o.chunks[chunk][pos].key == key {
		return o.chunks[chunk][pos]
	}
	e := &entry{key: key}
	o.n++
	switch {
	case len(o.chunks) == 0:
		o.chunks = append(o.chunks, append(make([]*entry, 0, maxChunk), e))
		return e
	case chunk == len(o.chunks): // beyond the last: it joins the last chunk
		chunk--
		pos = len(o.chunks[chunk])
	}
	o.chunks[chunk] = slices.Insert(o.chunks[chunk], pos, e)
	if c := o.chunks[chunk]; len(c) == maxChunk {
		upper := append(make([]*entry, 0, maxChunk), c[maxChunk/2:]...)
		clear(c[maxChunk/2:])
		o.chunks[chunk] = c[:maxChunk/2]
		o.chunks = slices.Insert(o.chunks, chunk+1, upper)
	}
	return e
}

// remove deletes the entry with the key, if it is there.
func (o *orderedEntries) remove(key indexKey) {
	chunk, pos := o.seek(func(k *indexKey) bool { return k.compare(&key) >= 0 })
	if chunk == len(o.chunks) || o.chunks[chunk][pos].key != key {
		return
	}
	o.n--
	o.chunks[chunk] = slices.Delete(o.chunks[chunk], pos, pos+1)
	if len(o.chunks[chunk]) == 0 {
		o.chunks = slices.Delete(o.chunks, chunk, chunk+1)
	}
}

// ascend yields the entries from the first that satisfies after, upwards.
func (o *orderedEntries) ascend(after func(*indexKey) bool) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		chunk, pos := o.seek(after)
		for ; chunk < len(o.chunks); chunk++ {
			for _, e := range o.chunks[chunk][pos:] {
				if !yield(e) {
					return
				}
			}
			pos = 0
		}
	}
}

// descend yields the entries from the last that satisfies before, downwards;
// before is true up to some point and false from there on.
func (o *orderedEntries) descend(before func(*indexKey) bool) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		chunk, pos := o.seek(func(k *indexKey) bool { return !before(k) })
		for {
			for pos > 0 {
				pos--
				if !yield(o.chunks[chunk][pos]) {
					return
				}
			}
			if chunk == 0 {
				return
			}
			chunk--
			pos = len(o.chunks[chunk])
		}
	}
}
