package tuitest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cross-account-manager/cam/core"
)

// Bucket is a configuration bucket in memory whose files count as processed as soon as
// they are written. It is safe for concurrent use.
type Bucket struct {
	mu       sync.Mutex
	objects  map[string]core.Object
	versions int

	// Wrote, if set, is called after every write, without the lock.
	Wrote func(core.Object)
	// Err, if set, is what every write fails with.
	Err error
}

// NewBucket makes a bucket that holds files.
func NewBucket(files map[string]string) *Bucket {
	b := &Bucket{objects: map[string]core.Object{}}
	for key, text := range files {
		b.objects[key] = core.Object{Key: key, Body: []byte(text), Version: "0"}
	}
	return b
}

// Object implements core.Objects.
func (b *Bucket) Object(_ context.Context, key string) (core.Object, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o, found := b.objects[key]; found {
		return o, nil
	}
	return core.Object{}, core.Errorf(core.CodeNotFound, "no object %s", key)
}

// ListObjects implements core.Objects.
func (b *Bucket) ListObjects(_ context.Context, prefix string) iter.Seq2[core.Object, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []core.Object
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(key, prefix) {
			out = append(out, core.Object{Key: key})
		}
	}
	return all(out, nil, func(*core.Object) bool { return true })
}

// PutObject implements core.Objects.
func (b *Bucket) PutObject(_ context.Context, o core.Object) (string, error) {
	b.mu.Lock()
	if b.Err != nil {
		defer b.mu.Unlock()
		return "", b.Err
	}
	b.versions++
	o.Version = fmt.Sprint(b.versions)
	b.objects[o.Key] = o
	wrote := b.Wrote
	b.mu.Unlock()
	if wrote != nil {
		wrote(o)
	}
	return o.Version, nil
}

// Files is what the bucket holds, by key.
func (b *Bucket) Files() map[string][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string][]byte{}
	for key, o := range b.objects {
		out[key] = o.Body
	}
	return out
}

// File implements core.Files.
func (b *Bucket) File(ctx context.Context, key string) (core.FileRecord, error) {
	o, err := b.Object(ctx, key)
	return core.FileRecord{Key: key, Processed: o.Version}, err
}

// UpdateFile implements core.Files: nothing is recorded.
func (b *Bucket) UpdateFile(ctx context.Context, key string, _ core.Change[core.FileRecord]) (core.FileRecord, error) {
	return b.File(ctx, key)
}
