package coretest

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cross-account-manager/cam/core"
)

// TestObjects tests an implementation of core.Objects on a versioned bucket. open is
// called once.
func TestObjects(t *testing.T, open func(testing.TB) core.Objects) {
	o := open(t)
	t.Run("a missing object is not found", func(t *testing.T) {
		t.Parallel()
		_, err := o.Object(t.Context(), "account/none.yaml")
		wantCode(t, err, core.CodeNotFound)
	})
	t.Run("what is written is read", func(t *testing.T) {
		t.Parallel()
		testObject(t, o)
	})
	t.Run("every write is a version", func(t *testing.T) {
		t.Parallel()
		testVersions(t, o)
	})
	t.Run("lists", func(t *testing.T) {
		t.Parallel()
		testObjectList(t, o)
	})
	t.Run("lists over many pages", func(t *testing.T) {
		t.Parallel()
		testManyObjects(t, o)
	})
}

// objects are objects with every field filled, and keys that need encoding.
func objects() *rapid.Generator[core.Object] {
	header := rapid.StringMatching(`[!-~]([ -~]{0,20}[!-~])?`)
	return rapid.MakeCustom[core.Object](rapid.MakeConfig{
		Kinds: map[reflect.Kind]*rapid.Generator[any]{reflect.String: header.AsAny()},
		Types: map[reflect.Type]*rapid.Generator[any]{reflect.TypeFor[time.Time](): instants().AsAny()},
		Fields: map[reflect.Type]map[string]*rapid.Generator[any]{reflect.TypeFor[core.Object](): {
			"Key":      rapid.StringMatching(`role/[a-zA-Z0-9 !'()*+,&$=@:;?%#~äß語_-]{1,20}\.yaml`).AsAny(),
			"Metadata": rapid.MapOfN(rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,10}`), header, 0, 3).AsAny(),
		}},
	})
}

func testObject(t *testing.T, o core.Objects) {
	start := time.Now().Add(-2 * time.Second) // S3 tells whole seconds
	for seed := range examples {
		want := objects().Example(seed)
		version, err := o.PutObject(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.Object(t.Context(), want.Key)
		if err != nil {
			t.Fatal(err)
		}
		if got.ETag == "" || got.Modified.Before(start) || got.Modified.After(time.Now().Add(2*time.Second)) {
			t.Errorf("entity tag %q, modified %s", got.ETag, got.Modified)
		}
		want.Version, want.ETag, want.Modified = version, got.ETag, got.Modified
		if diff := difference(want, got); diff != "" {
			t.Errorf("what was written is not what is read (-want +got):\n%s", diff)
		}
	}
}

func testVersions(t *testing.T, o core.Objects) {
	seen := map[string]bool{"": true}
	for _, body := range []string{"one", "two", "two"} {
		version, err := o.PutObject(t.Context(), core.Object{Key: "account/versions.yaml", Body: []byte(body)})
		if err != nil || seen[version] {
			t.Fatalf("version %q, %v: not a new one", version, err)
		}
		seen[version] = true
		got, err := o.Object(t.Context(), "account/versions.yaml")
		if err != nil || string(got.Body) != body || got.Version != version {
			t.Errorf("got %q, version %q, %v; want %q, version %q", got.Body, got.Version, err, body, version)
		}
	}
}

func testObjectList(t *testing.T, o core.Objects) {
	want := map[string]core.Object{}
	for _, key := range []string{"list/a.yaml", "list/deep/b.yaml", "list/with space & + ä.yaml"} {
		if _, err := o.PutObject(t.Context(), core.Object{Key: key, Body: []byte(key), Metadata: map[string]string{"m": "x"}}); err != nil {
			t.Fatal(err)
		}
		object, err := o.Object(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		want[key] = core.Object{Key: key, ETag: object.ETag, Modified: object.Modified}
	}
	// Folders, as consoles make them, and what only begins alike.
	for _, key := range []string{"list/", "list/deep/", "listing.yaml", "other/list/c.yaml"} {
		if _, err := o.PutObject(t.Context(), core.Object{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]core.Object{}
	for object, err := range o.ListObjects(t.Context(), "list/") {
		if err != nil {
			t.Fatal(err)
		}
		object.Modified = want[object.Key].Modified // a whole second in one form, parts of it in the other
		got[object.Key] = object
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
	for object, err := range o.ListObjects(t.Context(), "nothing/here/") {
		t.Errorf("an empty folder has %v, %v", object, err)
	}
}

// testManyObjects lists more than the 1,000 keys that S3 puts into one page.
func testManyObjects(t *testing.T, o core.Objects) {
	const objects, writers = 1010, 8
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := w; i < objects; i += writers {
				if _, err := o.PutObject(t.Context(), core.Object{Key: fmt.Sprintf("many/%04d.yaml", i)}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	last, n := "", 0
	for object, err := range o.ListObjects(t.Context(), "many/") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Compare(last, object.Key) >= 0 {
			t.Fatalf("%s after %s", object.Key, last)
		}
		last = object.Key
		n++
	}
	if n != objects {
		t.Errorf("%d objects are listed, want %d", n, objects)
	}
	for _, err := range o.ListObjects(t.Context(), "many/") {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
}
