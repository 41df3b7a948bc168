package memory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/memory"
)

// shelf is a Store in memory.
type shelf map[string][]byte

func (s shelf) Read(name string) ([]byte, error) {
	if data, found := s[name]; found {
		return data, nil
	}
	return nil, core.Errorf(core.CodeNotFound, "no %s", name)
}
func (s shelf) Write(name string, data []byte) error { s[name] = data; return nil }
func (s shelf) Remove(name string) error             { delete(s, name); return nil }

func TestPreferencesComeBack(t *testing.T) {
	t.Parallel()
	store := shelf{}
	p := memory.Load(store, "111122223333")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p.Accounts["444455556666"] = memory.Opened{At: at, Service: "s3", Region: "eu-west-1", SwitchRole: true}
	p.Roles["DevOps"] = at
	p.Format = "fish"
	if err := p.Save(store, "111122223333"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, memory.Load(store, "111122223333")); diff != "" {
		t.Errorf("after saving and loading (-want +got):\n%s", diff)
	}
	if other := memory.Load(store, "222233334444"); len(other.Accounts) > 0 {
		t.Errorf("another master account has %v", other.Accounts)
	}
}

func TestBrokenPreferencesAreEmpty(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{", "[]", `{"accounts": 7}`, `{"accounts":{"1":{}},"roles":[]}`} {
		p := memory.Load(shelf{"preferences-1.json": []byte(content)}, "1")
		p.Accounts["2"] = memory.Opened{}
		if len(p.Accounts) != 1 || p.Roles == nil {
			t.Errorf("%q gave %+v", content, p)
		}
	}
}

func TestDraftsAreOfOneFileInOneFolder(t *testing.T) {
	t.Parallel()
	store := shelf{}
	d := &memory.Draft{Folder: "/a", File: "role/r.yaml", Text: "roles:\n", Base: memory.Digest(nil), At: time.Unix(0, 0).UTC()}
	if err := d.Save(store); err != nil {
		t.Fatal(err)
	}
	found, err := memory.FindDraft(store, "/a", "role/r.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, found); diff != "" {
		t.Errorf("the draft came back as (-want +got):\n%s", diff)
	}
	for _, other := range [][2]string{{"/b", "role/r.yaml"}, {"/a", "role/s.yaml"}, {"/a/role", "r.yaml"}} {
		if _, err := memory.FindDraft(store, other[0], other[1]); !core.IsCode(err, core.CodeNotFound) {
			t.Errorf("draft of %v: %v, want not found", other, err)
		}
	}
	if err := d.Forget(store); err != nil {
		t.Fatal(err)
	}
	if _, err := memory.FindDraft(store, "/a", "role/r.yaml"); !core.IsCode(err, core.CodeNotFound) {
		t.Errorf("after Forget: %v, want not found", err)
	}
}
