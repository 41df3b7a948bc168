package files

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cross-account-manager/cam/core/config"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

func TestOverlayIsAFileSystem(t *testing.T) {
	t.Parallel()
	o := newOverlay(map[string]content{
		"account/a.yaml": {data: []byte("accounts: {}\n")}, "account/b.yml": {data: []byte{}},
		"role/r.yaml": {data: []byte("roles: {}")}, "account/nested": {isDir: true},
	})
	if err := fstest.TestFS(o, "account/a.yaml", "account/b.yml", "role/r.yaml", "account/nested"); err != nil {
		t.Error(err)
	}
}

// What the screen checks is what would be checked on disk.
func TestOverlayIsCheckedAsTheDiskIs(t *testing.T) {
	t.Parallel()
	files := sample()
	files["role/DevOps.YAML"] = "roles: {}\n"
	files["account/deep/x.yaml"] = "accounts: {}\n"
	files["account/large.yaml"] = strings.Repeat("#", config.MaxFileSize+1)
	files["custom_policy/bad.json"] = "{"
	b := start(t, files)
	c, findings := b.s.Configuration()
	wantC, want, err := config.Load(context.Background(), b.disk.FS())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Errorf("findings (-disk +screen)\n%s", diff)
	}
	if diff := cmp.Diff(wantC, c); diff != "" {
		t.Errorf("configuration (-disk +screen)\n%s", diff)
	}
	b.s.list.Table.Select("role/")
	has(t, b.plainView(130, 30), "this file is not read")
}

// A key is drawn at once, also with many accounts.
func TestManyAccounts(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("# many\naccounts:\n")
	for i := range 5_000 {
		fmt.Fprintf(&text, "  \"%012d\": {name: account-%d, groups: [g%d]}\n", i, i, i%50)
	}
	files := sample()
	files["account/many.yaml"] = text.String()
	b := start(t, files)
	b.open("account/many.yaml")
	b.plainView(120, 40)
	began := time.Now()
	for range 50 {
		b.types("#")
		b.plainView(120, 40)
	}
	t.Logf("a key takes %s", time.Since(began)/50)
	if took := time.Since(began) / 50; took > 50*time.Millisecond {
		t.Errorf("a key takes %s", took)
	}
	b.press("esc")
	began = time.Now()
	b.press("/")
	b.types("account-4999")
	b.plainView(120, 40)
	if took := time.Since(began); took > time.Second {
		t.Errorf("filtering takes %s", took)
	}
	equal(t, b.s.Status().Shown, 1)
	b.press("esc")
	b.press("esc")
	b.s.list.Table.Select(workloads)
	b.run(b.s.Do(ui.Usage))
	b.page()
}
